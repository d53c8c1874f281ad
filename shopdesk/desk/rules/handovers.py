"""Which shift hands over to which, and until when the next one accepts (T2): decisions on plain values."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.shifts import DAY, Duty, Plan, next_of

# **Our reading** of "what is not accepted goes to the supervisor": so long after the next shift began.
ACCEPT_WITHIN = timedelta(hours=1)
# A packet of a shift that ended can still be handed over so long.
LATE_BY = timedelta(hours=4)
MOST_WORDS = 20
MOST_DRAFTS = 20
LINE_LENGTH = 500


@dataclass(frozen=True)
class Change:
    """The shift that ends, the one that takes over, and by when it accepts."""

    ending: Duty
    taking_over: Duty
    accept_by: datetime


def change_of_shift(
    now: datetime,
    plan: Plan,
    *,
    works: Collection[tuple[date, str]] = (),
    given: Collection[tuple[date, str]] = (),
) -> Change | None:
    """Which shift somebody hands over now: the one that ends soonest, or that ended within ``LATE_BY``.

    Where the roster says that they work one of those (``works``), that one. One that was ``given`` already is passed
    over. ``None`` where there is none.
    """
    today = now.astimezone(SHANGHAI).date()
    near = [
        shift
        for shift in plan.between(today - DAY, today)
        if shift.starts <= now < shift.ends + LATE_BY and (shift.day, shift.code) not in given
    ]
    own = [shift for shift in near if (shift.day, shift.code) in works]
    # One that runs before one that is over; of these, the one nearest to its end.
    ranked = sorted(own or near, key=lambda shift: (shift.ends <= now, abs(shift.ends - now)))
    if not ranked:
        return None
    following = next_of(ranked[0], plan)
    return Change(ranked[0], following, max(following.starts, now) + ACCEPT_WITHIN)


def words_of(text: str) -> list[str]:
    """The lines of free text, each to be accepted by itself; empty ones are none."""
    return [line.strip() for line in text.replace("\r", "").split("\n") if line.strip()]
