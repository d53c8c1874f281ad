"""The log of a ticket: everything said to the buyer, by the buyer, among staff and by Taobao (A12). Append-only."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.requests import check_words
from afterservice.services import clocks
from afterservice.services.locks import lock_ticket, require_role
from afterservice.services.ownership import own
from afterservice.states import CASE_MOVES, Case
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

Side, Channel = TicketMessage.Side, TicketMessage.Channel
# What people write and need a channel for; among staff there is none, and Taobao speaks on its own page.
_WITH_CHANNEL = (Side.TO_BUYER, Side.FROM_BUYER)


@transaction.atomic
def say(
    number: int,
    *,
    side: str,
    text: str,
    channel: str = "",
    actor: Staff,
    now: datetime | None = None,
) -> TicketMessage:
    """Log what was said (A12), on a ticket in any state. What is told to the buyer answers an opened ticket (A5, A6).

    The version stays: words change nothing that somebody could be deciding on. Raises ``Forbidden`` (A12) by role,
    ``DomainError`` (A12) for no words, too many, or an unknown side or channel.
    """
    require_role("A12", actor)
    now = now or clock.now()
    text = check_words(text)
    if side not in Side.values:
        raise DomainError("A12", _("Say who speaks to whom."), field="side")
    if side in _WITH_CHANNEL and channel not in Channel.values:
        raise DomainError("A12", _("Say how it was said."), field="channel")
    ticket = lock_ticket(number)
    own(ticket, actor, now=now)
    message = log(ticket, side, text, channel=channel if side in _WITH_CHANNEL else "", actor=actor, now=now)
    if side == Side.TO_BUYER:
        answer(ticket, now=now)
    return message


def log(
    ticket: Ticket, side: str, text: str, *, channel: str = "", actor: Staff | None, now: datetime
) -> TicketMessage:
    """Write a line of the log of a ticket that is locked, without asking who may; ``text`` was checked."""
    message = TicketMessage.objects.create(
        ticket=ticket, side=side, channel=channel, text=text, at=now, author=actor
    )
    audit.record(events.said(message), at=now, actor=actor)
    return message


def answer(ticket: Ticket, *, now: datetime) -> None:
    """The buyer was answered: an opened ticket is, and the answer clock stops (A5, A6). The ticket is locked."""
    if ticket.answered_at is None:
        ticket.answered_at = now
        ticket.save(update_fields=["answered_at"])
    if ticket.case == Case.OPENED:
        ticket.case = CASE_MOVES.require("answer", ticket.case)
        ticket.save(update_fields=["case"])
    clocks.stop(ticket, ClockKind.ANSWER, now=now)
