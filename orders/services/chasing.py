"""Reminding the buyers of unpaid orders, and what comes of it (O14)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import chasing as events
from orders.models import Reminder, UnpaidReason
from orders.rules.chasing import Channel, Outcome, WhyNot, why_no_reminder
from orders.selectors.chasing import had_asked, reminder_facts
from orders.services.locks import lock_order
from orders.services.ownership import own
from orders.states import Status
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

WORDS_LENGTH = 200


@dataclass(frozen=True)
class OutcomeRequest:
    """What came of a reminder; empty while it is not known."""

    outcome: str = ""
    remark: str = ""


@dataclass(frozen=True)
class ReminderRequest:
    """A reminder that was sent: through which channel, and what came of it where that is known already."""

    channel: str
    result: OutcomeRequest = OutcomeRequest()


@dataclass(frozen=True)
class ReasonRequest:
    """Why an order closed unpaid: a choice, and the words of who found out."""

    reason: str
    words: str = ""


@transaction.atomic
def remind(tid: str, request: ReminderRequest, *, actor: Staff, now: datetime | None = None) -> Reminder:
    """Log that the buyer of an unpaid order is reminded, signed by ``actor`` (O14).

    Everything is looked at again under the order's lock: a payment that came a second ago stops it. Raises
    ``Forbidden`` (O14) by role, ``Conflict`` (O14) for an order that is paid or closed, ``DomainError`` (O14) within
    the quiet hours, with when the next may be sent, (A8) for one placed for an exchange, (O5) where part is paid,
    (O4) when its 72 hours are over, (O14) for a channel, outcome or remark that cannot be kept.
    """
    _require_role(actor)
    order = lock_order(tid)
    now = now or clock.now()
    if request.channel not in Channel.values:
        raise DomainError("O14", _("Say how the buyer was reminded."), field="channel")
    if request.result.outcome:
        _check_outcome(request.result)
    last = Reminder.objects.filter(order=order).order_by("-at", "-pk").first()
    refusal = why_no_reminder(reminder_facts(order, last.at if last else None), now)
    if refusal is not None:
        raise refusal
    own(order, actor, now=now)
    reminder = Reminder(order=order, at=now, by=actor, channel=request.channel, asked_before=had_asked(order))
    _fill(reminder, request.result, actor=actor, now=now)
    reminder.save()
    audit.record(events.reminded(reminder), at=now, actor=actor)
    return reminder


@transaction.atomic
def note_outcome(
    reminder_id: int, request: OutcomeRequest, *, seen: str = "", actor: Staff, now: datetime | None = None
) -> Reminder:
    """Note what came of a reminder, also when the order is paid or closed by now (O14).

    ``seen`` is the outcome that the page showed. Raises ``Forbidden`` (O14) by role, ``DomainError`` (O14) for no
    such reminder or an outcome that cannot be, ``VersionConflict`` (T5) when somebody noted another one meanwhile.
    """
    _require_role(actor)
    tid = Reminder.objects.filter(pk=reminder_id).values_list("order", flat=True).first()
    if tid is None:
        raise DomainError("O14", _("There is no such reminder."))
    lock_order(tid)
    reminder = Reminder.objects.get(pk=reminder_id)
    now = now or clock.now()
    before = reminder.outcome
    if before != seen:
        raise VersionConflict(
            "T5", _("Somebody noted an outcome meanwhile. Look at it as it is now, then try again.")
        )
    _check_outcome(request)
    _fill(reminder, request, actor=actor, now=now)
    reminder.save(update_fields=["outcome", "remark", "outcome_at", "outcome_by"])
    audit.record(events.outcome_noted(reminder, before), at=now, actor=actor)
    return reminder


@transaction.atomic
def find_reason(
    tid: str, request: ReasonRequest, *, seen: str = "", actor: Staff, now: datetime | None = None
) -> UnpaidReason:
    """Say why an order closed unpaid, or say it better; the unpaid register shows it (O14).

    ``seen`` is the reason that the page showed. Raises ``Forbidden`` (O14) by role, ``Conflict`` (O14) for an order
    that did not close unpaid, ``VersionConflict`` (T5) when somebody gave another reason meanwhile, ``DomainError``
    (O14) for a reason that cannot be.
    """
    _require_role(actor)
    order = lock_order(tid)
    now = now or clock.now()
    if order.status != Status.TRADE_CLOSED_BY_TAOBAO or order.tied:
        raise Conflict("O14", _("Only an order that closed unpaid stands in the unpaid register."))
    if request.reason not in WhyNot.values:
        raise DomainError("O14", _("Choose why the buyer did not pay."), field="reason")
    words = checked_words(request.words, "words")
    found = UnpaidReason.objects.filter(pk=order).first()
    before = found.reason if found else ""
    if before != seen:
        raise VersionConflict(
            "T5", _("Somebody gave a reason meanwhile. Look at it as it is now, then try again.")
        )
    found = found or UnpaidReason(order=order, order_created=order.created)
    found.reason, found.words, found.found_by, found.found_at = request.reason, words, actor, now
    found.save()
    audit.record(events.reason_found(found, before), at=now, actor=actor)
    return found


def checked_words(text: str, field: str, *, most: int = WORDS_LENGTH) -> str:
    """A text of one line as it is kept. Raises ``DomainError`` (O14) where it cannot be."""
    text = " ".join(text.split())
    if "\x00" in text:
        raise DomainError("O14", _("The text holds a character that cannot be stored."), field=field)
    if len(text) > most:
        raise DomainError(
            "O14",
            _("This field holds %(most)s characters, the text has %(length)s. Say it shorter.")
            % {"most": most, "length": len(text)},
            field=field,
        )
    return text


def _require_role(actor: Staff) -> None:
    if not actor.may(Permission.CHASE):
        raise Forbidden("O14", _("Your role does not chase payments."))


def _check_outcome(request: OutcomeRequest) -> None:
    if request.outcome not in Outcome.values:
        raise DomainError("O14", _("Choose what came of the reminder."), field="outcome")


def _fill(reminder: Reminder, request: OutcomeRequest, *, actor: Staff, now: datetime) -> None:
    reminder.remark = checked_words(request.remark, "remark")
    reminder.outcome = request.outcome
    if request.outcome:
        reminder.outcome_at, reminder.outcome_by = now, actor
