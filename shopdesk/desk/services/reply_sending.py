"""Logging canned replies as sent, checked by how the order or ticket is at that moment (T3)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketMessage
from afterservice.selectors.ticket_page import WITH_ALL
from afterservice.services.locks import lock_ticket
from afterservice.services.messages import say
from orders.models import Order
from orders.rules.chasing import Channel
from orders.services.chasing import ReminderRequest, remind
from orders.services.locks import lock_order
from orders.services.ownership import own
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.desk import events
from shopdesk.desk.models import CannedReply, SentReply
from shopdesk.desk.rules.replies import is_reminder, says_the_same
from shopdesk.desk.rules.reply_facts import ReplyFacts
from shopdesk.desk.rules.reply_fields import LANGUAGES
from shopdesk.desk.selectors.replies import fill_reply, stop_words, usable
from shopdesk.desk.selectors.reply_facts import order_facts, ticket_facts

# How a reply was sent, as the reminders call it.
_CHANNELS: Mapping[str, str] = {
    SentReply.Channel.WANGWANG: Channel.WANGWANG,
    SentReply.Channel.PHONE: Channel.PHONE,
    SentReply.Channel.TAOBAO: Channel.OTHER,
    SentReply.Channel.OTHER: Channel.OTHER,
}


class Untrue(Conflict):
    """A missing field or an untrue claim stops the reply (T3)."""


@transaction.atomic
def send_to_order(
    tid: str,
    reply_id: int,
    *,
    language: str,
    text: str,
    channel: str,
    actor: Staff,
    now: datetime | None = None,
) -> SentReply:
    """Log that a reply was sent to the buyer of an order: ``text`` as it was copied, in ``language`` (T3).

    Raises ``Forbidden`` (T3) by role, ``DomainError`` (O1) for no order, (T3) for no such reply, channel or
    language, ``Untrue`` (T3) where a field is missing, a claim untrue by now or a reminder not allowed (O14),
    ``Conflict`` (T3) where the text is not what the reply says by now. A reply that chases is logged as a reminder.
    """
    _require(actor, Permission.WORK_ORDERS)
    now = now or clock.now()
    order = lock_order(tid)
    facts = order_facts(order, now=now)
    reply = _checked(reply_id, facts, language, text, channel, actor)
    own(order, actor, now=now)
    _remind(reply, tid, channel, actor, now)
    return _log(reply, order, None, text, channel, actor, now)


@transaction.atomic
def send_to_ticket(
    number: int,
    reply_id: int,
    *,
    language: str,
    text: str,
    channel: str,
    actor: Staff,
    now: datetime | None = None,
) -> SentReply:
    """Log that a reply was sent to the buyer of a ticket; the ticket's log holds it, and it answers (A5, A12).

    Raises as ``send_to_order``; ``DomainError`` (A1) for no ticket.
    """
    _require(actor, Permission.WORK_TICKETS)
    now = now or clock.now()
    lock_ticket(number)
    ticket = Ticket.objects.select_related(*WITH_ALL).get(pk=number)
    facts = ticket_facts(ticket, now=now)
    reply = _checked(reply_id, facts, language, text, channel, actor)
    _remind(reply, ticket.order_id, channel, actor, now)
    say(number, side=TicketMessage.Side.TO_BUYER, text=text, channel=channel, actor=actor, now=now)
    return _log(reply, ticket.order, ticket, text, channel, actor, now)


def _require(actor: Staff, permission: Permission) -> None:
    if not (actor.may(permission) and actor.may(Permission.SEE_REPLIES)):
        raise Forbidden("T3", _("Your role does not send replies."))


def _checked(
    reply_id: int, facts: ReplyFacts, language: str, text: str, channel: str, actor: Staff
) -> CannedReply:
    reply = usable(actor).filter(pk=reply_id).first()
    if reply is None:
        raise DomainError("T3", _("There is no such reply any more. Choose another one."))
    if channel not in SentReply.Channel.values:
        raise DomainError("T3", _("Say how it was sent."), field="channel")
    if language not in LANGUAGES or not reply.text_in(language):
        raise DomainError("T3", _("The reply has no text in this language."), field="language")
    template = reply.text_in(language)
    stops = fill_reply(reply, facts, language).stops
    if stops:
        raise Untrue(
            "T3",
            gettext(
                "Not logged: %(reasons)s Nothing was changed. If it was sent already, tell the buyer how it is."
            )
            % {"reasons": " ".join(str(stop_words(stop)) for stop in stops)},
        )
    if not says_the_same(template, text, facts, language):
        raise Conflict(
            "T3",
            _("Not logged: what the reply says has changed since the page was shown. Copy it as it is now."),
        )
    return reply


def _remind(reply: CannedReply, tid: str, channel: str, actor: Staff, now: datetime) -> None:
    """A reply that chases is a reminder: it is logged as one, and the same guard stands before it (O14)."""
    if is_reminder(reply.moment, reply.claims):
        remind(tid, ReminderRequest(_CHANNELS[channel]), actor=actor, now=now)


def _log(
    reply: CannedReply,
    order: Order,
    ticket: Ticket | None,
    text: str,
    channel: str,
    actor: Staff,
    now: datetime,
) -> SentReply:
    sent = SentReply.objects.create(
        reply=reply,
        reply_version=reply.version,
        moment=reply.moment,
        order=order,
        ticket=ticket,
        text=text,
        channel=channel,
        at=now,
        by=actor,
    )
    audit.record(events.reply_sent(sent), at=now, actor=actor)
    return sent
