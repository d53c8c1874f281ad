"""A6: the clocks of a ticket, what they wait for, when they warn and run out, and the terms of a new shop."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.clock import hours


class ClockKind(models.TextChoices):
    """What is awaited (A6, A13)."""

    ANSWER = "answer", _("answer the buyer")
    DECIDE = "decide", _("decide")
    SEND_BACK = "send_back", _("send the goods back")
    INSPECT = "inspect", _("inspect the goods")
    REPAIR = "repair", _("repair")
    AGREE_VISIT = "agree_visit", _("agree on a visit")
    VISIT = "visit", _("visit")
    VISIT_REPAIR = "visit_repair", _("finish the repair on site")
    CONFIRM = "confirm", _("confirm the exchange")
    FOLLOW_UP = "follow_up", _("say whether all is well")
    PLATFORM = "platform", _("due on Taobao")


class Awaits(models.TextChoices):
    """From whom."""

    US = "us", _("us")
    BUYER = "buyer", _("the buyer")


class AtZero(models.TextChoices):
    """What happens when nobody did it in time."""

    SUPERVISOR = "supervisor", _("red flag, to the supervisor")
    ACCEPT = "accept", _("accepted where the rules allow it, else to the supervisor")
    CLOSE = "close", _("closed; the buyer may open it again")
    OFFER_RETURN = "offer_return", _("to the supervisor, return and refund offered")
    SETTLE = "settle", _("settled as done")
    FLAG = "flag", _("red flag")


@dataclass(frozen=True)
class Terms:
    """How long a clock runs and warns ahead (hours), whom it waits for, what happens at zero."""

    hours: int
    warning_hours: int
    awaits: Awaits
    at_zero: AtZero


DAY = 24
# A6's table. ``platform`` has no span of its own: the list from Taobao says when it is due; it warns twice.
STARTING_TERMS: dict[ClockKind, Terms] = {
    ClockKind.ANSWER: Terms(24, 4, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.DECIDE: Terms(48, 8, Awaits.US, AtZero.ACCEPT),
    ClockKind.SEND_BACK: Terms(10 * DAY, 48, Awaits.BUYER, AtZero.CLOSE),
    ClockKind.INSPECT: Terms(7 * DAY, 24, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.REPAIR: Terms(30 * DAY, 72, Awaits.US, AtZero.OFFER_RETURN),
    ClockKind.AGREE_VISIT: Terms(3 * DAY, 24, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.VISIT: Terms(15 * DAY, 48, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.VISIT_REPAIR: Terms(30 * DAY, 72, Awaits.US, AtZero.OFFER_RETURN),
    ClockKind.CONFIRM: Terms(10 * DAY, 24, Awaits.BUYER, AtZero.SETTLE),
    ClockKind.FOLLOW_UP: Terms(7 * DAY, 0, Awaits.BUYER, AtZero.CLOSE),
    ClockKind.PLATFORM: Terms(0, 24, Awaits.US, AtZero.FLAG),
}
# A6: the platform's own due time warns once more so many hours before.
PLATFORM_LAST_WARNING_HOURS = 4
# No clock runs longer than a year.
LONGEST_HOURS = 365 * DAY


@dataclass(frozen=True)
class Times:
    """When a clock runs out, and when it warns before; ``None`` where it does not."""

    due_at: datetime
    warn_at: datetime | None
    last_warn_at: datetime | None


def times_of(kind: str, terms: Terms, started_at: datetime, due_at: datetime | None = None) -> Times:
    """The times of a clock that starts then, by these terms; ``due_at`` where somebody else set it (A6).

    Raises ``ValueError`` for a clock whose terms have no span, and no due time.
    """
    if due_at is None:
        if not terms.hours:
            raise ValueError(f"the clock {kind} needs a due time")
        due_at = started_at + hours(terms.hours)
    warn_at = due_at - hours(terms.warning_hours) if terms.warning_hours else None
    warns_again = kind == ClockKind.PLATFORM and terms.warning_hours != PLATFORM_LAST_WARNING_HOURS
    return Times(due_at, warn_at, due_at - hours(PLATFORM_LAST_WARNING_HOURS) if warns_again else None)


def moved_on(times: Times, paused_at: datetime, resumed_at: datetime) -> Times:
    """The times of a clock after a pause: later by its length."""
    length = resumed_at - paused_at
    return Times(
        times.due_at + length,
        None if times.warn_at is None else times.warn_at + length,
        None if times.last_warn_at is None else times.last_warn_at + length,
    )


def next_due(clocks: Iterable[tuple[str, datetime]]) -> tuple[str, datetime | None]:
    """From whom and when something is awaited next, of (from whom, due time) of each clock: what waits on us comes
    first, however soon the buyer's is due, since lists are sorted by what is due next by us (A6).
    """
    soonest: dict[str, datetime] = {}
    for awaits, due_at in clocks:
        soonest[awaits] = min(due_at, soonest.get(awaits, due_at))
    for awaits in (Awaits.US, Awaits.BUYER):
        if awaits in soonest:
            return awaits.value, soonest[awaits]
    return "", None


def terms_may_be(terms: Terms, kind: str) -> bool:
    """Whether these terms can run a clock: it warns before it runs out, and has a span but for Taobao's own time."""
    if kind == ClockKind.PLATFORM:
        return terms.hours == 0
    return 0 <= terms.warning_hours < terms.hours <= LONGEST_HOURS


def choices_at_zero(kind: str) -> list[AtZero]:
    """What may be laid down to happen at zero: what A6 says, or only a supervisor who looks after it."""
    said = STARTING_TERMS[ClockKind(kind)].at_zero
    return [said] if said in (AtZero.SUPERVISOR, AtZero.FLAG) else [said, AtZero.SUPERVISOR]
