"""When somebody is on duty (T2), and how much of a span that is: decisions on plain values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from shopdesk.base.clock import SHANGHAI

DAY = timedelta(days=1)
WEEK = 7
Span = tuple[datetime, datetime]


class ShiftCode(TextChoices):
    """T2."""

    DAY = "day", _("Day shift")
    LATE = "late", _("Late shift")


@dataclass(frozen=True)
class Shift:
    """A shift by the clock of Shanghai, from a day on; one that ends no later than it starts ends on the next day."""

    code: str
    starts: time
    ends: time
    valid_from: date = date.min

    def on(self, day: date) -> Span:
        """When it starts and ends, where it starts on that day."""
        starts = datetime.combine(day, self.starts, SHANGHAI)
        ends = datetime.combine(day, self.ends, SHANGHAI)
        return starts, ends if self.ends > self.starts else ends + DAY


@dataclass(frozen=True)
class Duty:
    """A shift on a day, with when it starts and ends."""

    day: date
    code: str
    starts: datetime
    ends: datetime


# T2: the hours of a shop that changed nothing. What a manager changes is a row of ``ShiftHours``, from a day on.
STARTING_SHIFTS: Sequence[Shift] = (
    Shift(ShiftCode.DAY, time(8, 30), time(17, 30)),
    Shift(ShiftCode.LATE, time(17, 0), time(1, 0)),
)


@dataclass(frozen=True)
class Plan:
    """Which shifts count on which day: those that ``of_days`` names by code, on every other day all of them.

    ``hours`` holds each shift with its hours, a row for each time that they changed.
    """

    hours: Sequence[Shift]
    of_days: Mapping[date, Collection[str]] = field(default_factory=dict)

    def on(self, day: date) -> list[Duty]:
        """The shifts that start on a day, the earliest first."""
        named = self.of_days.get(day)
        found = [
            Duty(day, shift.code, *shift.on(day))
            for shift in in_force(self.hours, day)
            if named is None or shift.code in named
        ]
        return sorted(found, key=lambda duty: (duty.starts, duty.ends))

    def between(self, first: date, last: date) -> list[Duty]:
        """The shifts that start on the days from ``first`` to ``last``, in order."""
        return [duty for number in range((last - first).days + 1) for duty in self.on(first + DAY * number)]


def in_force(hours: Iterable[Shift], day: date) -> list[Shift]:
    """Each shift with the hours that it has on a day."""
    newest: dict[str, Shift] = {}
    for shift in sorted(hours, key=lambda shift: shift.valid_from):
        if shift.valid_from <= day:
            newest[shift.code] = shift
    return list(newest.values())


def week_of(day: date) -> list[date]:
    """The seven days of a day's week, from Monday."""
    monday = day - DAY * day.weekday()
    return [monday + DAY * number for number in range(WEEK)]


def duty(start: datetime, end: datetime, plan: Plan) -> list[Span]:
    """The spans between two moments in which a shift is on duty: in order, no moment twice (T2)."""
    first, last = start.astimezone(SHANGHAI).date() - DAY, end.astimezone(SHANGHAI).date()
    spans = sorted((shift.starts, shift.ends) for shift in plan.between(first, last))
    found = []
    for opens, closes in spans:
        opens, closes = max(opens, start), min(closes, end)
        if opens < closes:
            found.append((opens, closes))
            start = closes
    return found


def shift_time(start: datetime, end: datetime, plan: Plan) -> timedelta:
    """How much of the span between two moments somebody was on duty (T2)."""
    return sum((closes - opens for opens, closes in duty(start, end, plan)), timedelta(0))


def latest_start(end: datetime, span: timedelta, plan: Plan) -> datetime:
    """The latest moment from which ``span`` of shift time has passed by ``end``. The span is more than nothing.

    Raises ``ValueError`` where nobody is ever on duty.
    """
    left = span
    for opens, closes in reversed(duty(end - _long_enough(span, plan), end, plan)):
        if closes - opens >= left:
            return closes - left
        left -= closes - opens
    raise AssertionError("the days looked at hold the span")


def earliest_end(start: datetime, span: timedelta, plan: Plan) -> datetime:
    """The moment at which ``span`` of shift time has passed since ``start``. The span is more than nothing.

    Raises ``ValueError`` where nobody is ever on duty.
    """
    left = span
    for opens, closes in duty(start, start + _long_enough(span, plan), plan):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise AssertionError("the days looked at hold the span")


def _long_enough(span: timedelta, plan: Plan) -> timedelta:
    """Whole days that hold a span of shift time, however few the days that the plan names hold of it."""
    changes = sorted({shift.valid_from for shift in plan.hours})
    shortest = min((_a_day(in_force(plan.hours, day)) for day in changes), default=timedelta(0))
    if not shortest:
        raise ValueError("nobody is ever on duty")
    # A day on which the hours change may hold less than either.
    return (-(-span // shortest) + len(plan.of_days) + 2 * len(changes)) * DAY


def _a_day(shifts: Sequence[Shift]) -> timedelta:
    """How much of a day they cover, every day being alike."""
    day = date(2000, 1, 3)
    alike = Plan([Shift(shift.code, shift.starts, shift.ends) for shift in shifts])
    moment = datetime.combine(day, time(0), SHANGHAI)
    return shift_time(moment, moment + DAY, alike)


def running(now: datetime, plan: Plan) -> list[Duty]:
    """The shifts that are on at a moment, the one that ends first in front (T2)."""
    today = now.astimezone(SHANGHAI).date()
    on = [shift for shift in plan.between(today - DAY, today) if shift.starts <= now < shift.ends]
    return sorted(on, key=lambda shift: (shift.ends, shift.starts))


def next_of(shift: Duty, plan: Plan) -> Duty:
    """The shift that starts next after this one started. Raises ``ValueError`` where none ever does."""
    ahead = plan.between(shift.day, shift.day + DAY * WEEK)
    for before, after in pairwise(ahead):
        if (before.day, before.code) == (shift.day, shift.code):
            return after
    raise ValueError("no shift follows")
