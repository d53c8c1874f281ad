"""When somebody is on duty (T2), and how much of a span that is: decisions on plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shopdesk.base.clock import SHANGHAI

DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Shift:
    """A shift by the clock of Shanghai; one that ends no later than it starts ends on the next day."""

    code: str
    starts: time
    ends: time

    def on(self, day: date) -> Span:
        """When it starts and ends, where it starts on that day."""
        starts = datetime.combine(day, self.starts, SHANGHAI)
        ends = datetime.combine(day, self.ends, SHANGHAI)
        return starts, ends if self.ends > self.starts else ends + DAY


# T2, in this one place. **Our reading:** every day, until a roster says who works which shift on which day.
SHIFTS: Sequence[Shift] = (
    Shift("day", time(8, 30), time(17, 30)),
    Shift("late", time(17, 0), time(1, 0)),
)


def duty(start: datetime, end: datetime, shifts: Sequence[Shift] = SHIFTS) -> list[Span]:
    """The spans between two moments in which a shift is on duty: in order, no moment twice (T2)."""
    first, last = start.astimezone(SHANGHAI).date() - DAY, end.astimezone(SHANGHAI).date()
    spans = sorted(
        shift.on(first + DAY * number) for number in range((last - first).days + 1) for shift in shifts
    )
    found = []
    for opens, closes in spans:
        opens, closes = max(opens, start), min(closes, end)
        if opens < closes:
            found.append((opens, closes))
            start = closes
    return found


def shift_time(start: datetime, end: datetime, shifts: Sequence[Shift] = SHIFTS) -> timedelta:
    """How much of the span between two moments somebody was on duty (T2)."""
    return sum((closes - opens for opens, closes in duty(start, end, shifts)), timedelta(0))


def latest_start(end: datetime, span: timedelta, shifts: Sequence[Shift] = SHIFTS) -> datetime:
    """The latest moment from which ``span`` of shift time has passed by ``end``. The span is more than nothing.

    Raises ``ValueError`` where nobody is ever on duty.
    """
    left = span
    for opens, closes in reversed(duty(end - _long_enough(end, span, shifts), end, shifts)):
        if closes - opens >= left:
            return closes - left
        left -= closes - opens
    raise AssertionError("the days looked at hold the span")


def earliest_end(start: datetime, span: timedelta, shifts: Sequence[Shift] = SHIFTS) -> datetime:
    """The moment at which ``span`` of shift time has passed since ``start``. The span is more than nothing.

    Raises ``ValueError`` where nobody is ever on duty.
    """
    left = span
    for opens, closes in duty(start, start + _long_enough(start, span, shifts), shifts):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise AssertionError("the days looked at hold the span")


def _long_enough(moment: datetime, span: timedelta, shifts: Sequence[Shift]) -> timedelta:
    """Whole days that hold a span of shift time: every day is staffed alike."""
    a_day = shift_time(moment, moment + DAY, shifts)
    if not a_day:
        raise ValueError("nobody is ever on duty")
    return -(-span // a_day) * DAY
