"""The period of a report: whole days of Shanghai, in steps of a day, a week or a month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.listing import midnight, read_day
from shopdesk.base.shifts import DAY

USUAL_DAYS = 30
# Ten years: longer ones are somebody trying addresses.
MOST_DAYS = 3660
# More bars than this are not told apart; the step grows instead.
MOST_STEPS = 120


class StepSize(models.TextChoices):
    """How long one bar is."""

    DAY = "day", _("by day")
    WEEK = "week", _("by week")
    MONTH = "month", _("by month")


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date
    step: StepSize = StepSize.DAY

    @classmethod
    def read(cls, query: Mapping[str, str], today: date) -> "Period":
        """The period that an address asks for; the last thirty days where it asks for none."""
        last = read_day(query.get("to", "")) or today
        first = read_day(query.get("from", "")) or last - (USUAL_DAYS - 1) * DAY
        if last < first:
            first, last = last, first
        first = max(first, last - (MOST_DAYS - 1) * DAY)
        asked = query.get("step", "")
        step = StepSize(asked) if asked in StepSize.values else StepSize.DAY
        days = (last - first).days + 1
        if step == StepSize.DAY and days > MOST_STEPS:
            step = StepSize.WEEK
        if step == StepSize.WEEK and days > MOST_STEPS * 7:
            step = StepSize.MONTH
        return cls(first, last, step)

    @property
    def since(self) -> datetime:
        """When it begins."""
        return midnight(self.first)

    @property
    def until(self) -> datetime:
        """The moment after its end."""
        return midnight(self.last, days_later=1)

    @property
    def before(self) -> "Period":
        """The period before: as many days, or as many whole months where this one is of whole months."""
        last = self.first - DAY
        if self.first.day == 1 and (self.last + DAY).day == 1:
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            number = self.first.year * 12 + self.first.month - 1 - months
            return Period(date(number // 12, number % 12 + 1, 1), last, self.step)
        return Period(last - (self.last - self.first), last, self.step)

    def steps(self) -> list[date]:
        """The first day of each step, also of those in which nothing happened."""
        found = [self.start_of(self.first)]
        while (following := self._after(found[-1])) <= self.last:
            found.append(following)
        return found

    def start_of(self, day: date) -> date:
        """The first day of the step that holds a day; a week begins on Monday."""
        if self.step == StepSize.MONTH:
            return day.replace(day=1)
        return day - timedelta(days=day.weekday()) if self.step == StepSize.WEEK else day

    def _after(self, start: date) -> date:
        if self.step == StepSize.MONTH:
            return (start + 31 * DAY).replace(day=1)
        return start + (7 * DAY if self.step == StepSize.WEEK else DAY)

    def within(self, start: date) -> tuple[date, date]:
        """The days of a step that belong to this period: first and last."""
        return max(start, self.first), min(self._after(start) - DAY, self.last)

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of an address that asks for the same; ``read`` gives this period back."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "step": self.step.value}
