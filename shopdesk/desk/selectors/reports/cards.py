"""Figures as a page shows them: words, numbers, and for every number the address of the rows behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from shopdesk.base.models import Staff
from shopdesk.base.money import yuan
from shopdesk.base.shifts import ShiftCode
from shopdesk.desk.selectors.reports.figures import Figure, Section, Unit
from shopdesk.desk.selectors.reports.periods import Period, StepSize
from shopdesk.desk.selectors.reports.reading import (
    OFF_SHIFT,
    SHIFT_CODES,
    Narrowed,
    Report,
    Tally,
    read_section,
    read_team,
)
from shopdesk.desk.selectors.reports.team import TEAM_TABLE

# More bars of parts than this are not told apart; what is left over stands in the table and the file.
MOST_PARTS = 20
_TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Cell:
    """A number and the rows behind it; no address where there are none."""

    text: str
    address: str | None
    value: Decimal | None = None


@dataclass(frozen=True)
class Card:
    """A figure over a period, ready to be shown."""

    report: Report
    value: str
    before: str
    change: str
    address: str
    head: Sequence[str]
    table: Sequence[tuple[str, Sequence[Cell]]]
    chart: dict[str, Any]

    @property
    def figure(self) -> Figure:
        """What it is of."""
        return self.report.figure

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in the period."""
        return not self.report.tallies


def shown(value: Decimal | None, unit: Unit) -> str:
    """A value in words: ``46``, ``¥1,204.50``, ``88.2%``, ``4.6``; a dash for none."""
    if value is None:
        return "—"
    if unit == Unit.MONEY:
        return yuan(value)
    if unit == Unit.SHARE:
        return f"{(value * 100).quantize(_TENTH, ROUND_HALF_UP)}%"
    return f"{value:,}" if unit == Unit.COUNT else str(value.quantize(_TENTH, ROUND_HALF_UP))


def change(now: Decimal | None, before: Decimal | None, unit: Unit) -> str:
    """How a value differs from the one before: in per cent of it, in points for shares and means; "" if unknown."""
    if now is None or before is None:
        return ""
    if unit == Unit.SHARE:
        points = ((now - before) * 100).quantize(_TENTH, ROUND_HALF_UP)
        return _("%(points)s points") % {"points": f"{points:+}"}
    if unit == Unit.SCORE:
        return f"{(now - before).quantize(_TENTH, ROUND_HALF_UP):+}"
    return f"{((now - before) / before * 100).quantize(_TENTH, ROUND_HALF_UP):+}%" if before else ""


def rows_address(figure: Figure, period: Period, narrowed: Narrowed) -> str:
    """The page of the rows behind a number."""
    asked = period.parameters | {
        "who": str(narrowed.who or ""),
        "shift": narrowed.shift,
        "first": narrowed.first.isoformat() if narrowed.first else "",
        "last": narrowed.last.isoformat() if narrowed.last else "",
    }
    parameters = {name: value for name, value in asked.items() if value}
    if narrowed.part is not None:
        # An empty part is one, too.
        parameters["part"] = narrowed.part
    return f"{reverse('report-rows', args=[figure.code])}?{urlencode(parameters)}"


def section_cards(section: Section, period: Period, narrowed: Narrowed) -> list[Card]:
    """The figures of a page."""
    return [_card(report, narrowed) for report in read_section(section, period, narrowed)]


def _card(report: Report, narrowed: Narrowed) -> Card:
    figure, period = report.figure, report.period
    value, before = report.total.value(figure.unit), report.before.value(figure.unit)
    head, table, chart = (_parts if figure.by_part else _steps)(report, narrowed)
    return Card(
        report,
        shown(value, figure.unit),
        shown(before, figure.unit),
        change(value, before, figure.unit),
        rows_address(figure, period, narrowed),
        head,
        table,
        chart | {"unit": _bar_unit(figure).value},
    )


def _bar_unit(figure: Figure) -> Unit:
    # A share is drawn as what it is a share of: so many in time, so many late.
    return Unit.COUNT if figure.unit == Unit.SHARE else figure.unit


def _parts(report: Report, narrowed: Narrowed) -> tuple[Sequence[str], list[Any], dict[str, Any]]:
    figure, unit = report.figure, _bar_unit(report.figure)
    parts = report.by_part()
    if not figure.parts:
        parts = parts[:MOST_PARTS]
    cells = [_cell(report, narrowed, tally, unit, part=part) for part, tally in parts]
    names = [figure.part_name(part) for part, _tally in parts]
    series = {
        "name": str(figure.title),
        "values": [_number(tally.value(unit)) for _part, tally in parts],
        "links": [cell.address for cell in cells],
    }
    table = [(name, [cell]) for name, cell in zip(names, cells, strict=True)]
    return [str(figure.title)], table, {"labels": names, "series": [series], "across": True}


def _steps(report: Report, narrowed: Narrowed) -> tuple[Sequence[str], list[Any], dict[str, Any]]:
    figure, period, unit = report.figure, report.period, _bar_unit(report.figure)
    # A mean cannot be stacked: it has one bar a step.
    parts = [] if figure.unit == Unit.SCORE else [part for part, _tally in report.by_part()]
    steps = period.steps()
    labels = [step_label(start, period.step) for start in steps]
    series, columns = [], []
    for part in parts:
        tallies = [report.tallies.get((start, part), Tally()) for start in steps]
        cells = [
            _cell(report, narrowed, tally, unit, part=part, start=start)
            for start, tally in zip(steps, tallies, strict=True)
        ]
        columns.append(cells)
        series.append(
            {
                "name": figure.part_name(part),
                "values": [_number(tally.value(unit)) for tally in tallies],
                "links": [cell.address for cell in cells],
            }
        )
    totals = [report.of_step(start) for start in steps]
    whole = [
        _cell(report, narrowed, tally, figure.unit, start=start)
        for start, tally in zip(steps, totals, strict=True)
    ]
    if not parts:
        values = [_number(tally.value(unit)) for tally in totals]
        series.append(
            {"name": str(figure.title), "values": values, "links": [cell.address for cell in whole]}
        )
    if len(parts) != 1:
        columns.append(whole)
    head = [figure.part_name(part) for part in parts] + ([str(figure.title)] if len(parts) != 1 else [])
    table = [
        (label, [column[place] for column in columns])
        for place, label in enumerate(labels)
        if totals[place].rows
    ]
    return head, table, {"labels": labels, "series": series, "across": False}


def _cell(
    report: Report,
    narrowed: Narrowed,
    tally: Tally,
    unit: Unit,
    *,
    part: str | None = None,
    start: date | None = None,
) -> Cell:
    if not tally.rows:
        return Cell("·", None)
    first, last = report.period.within(start) if start else (None, None)
    asked = replace(narrowed, part=part, first=first, last=last)
    return Cell(shown(tally.value(unit), unit), rows_address(report.figure, report.period, asked))


def _number(value: Decimal | None) -> str | None:
    # As text: no float holds money here, only the drawing needs one.
    return None if value is None else str(value)


def step_label(start: date, step: StepSize) -> str:
    """A step as it stands under its bar."""
    if step == StepSize.MONTH:
        return start.strftime("%Y-%m")
    if step == StepSize.WEEK:
        return f"{start:%m-%d} – {start + timedelta(days=6):%m-%d}"
    return start.strftime("%m-%d")


@dataclass(frozen=True)
class TeamRow:
    """A person's figures, or a shift's, in the order of ``TEAM_TABLE``."""

    name: str
    note: str
    cells: Sequence[Cell]


def shift_name(code: str) -> str:
    """What people call a shift."""
    return _("Off shift") if code == OFF_SHIFT else str(ShiftCode(code).label)


def team_rows(
    period: Period, narrowed: Narrowed, people: Iterable[Staff]
) -> tuple[list[TeamRow], list[TeamRow]]:
    """T4: a row for each person who did something, and one for each shift: one statement."""
    found = read_team(period, narrowed)
    by_person, by_shift = [], []
    for person in people:
        tallies = _added(tallies for (who, _shift), tallies in found.items() if who == person.pk)
        if tallies:
            asked = Narrowed(who=person.pk, shift=narrowed.shift)
            by_person.append(TeamRow(str(person), person.username, _team_cells(tallies, period, asked)))
    for code in (*SHIFT_CODES, OFF_SHIFT):
        tallies = _added(tallies for (_who, shift), tallies in found.items() if shift == code)
        if tallies:
            asked = Narrowed(who=narrowed.who, shift=code)
            by_shift.append(TeamRow(shift_name(code), "", _team_cells(tallies, period, asked)))
    return by_person, by_shift


def _added(found: Iterable[dict[str, Tally]]) -> dict[str, Tally]:
    added: dict[str, Tally] = {}
    for tallies in found:
        for code, tally in tallies.items():
            added[code] = added.get(code, Tally()) + tally
    return added


def _team_cells(tallies: dict[str, Tally], period: Period, asked: Narrowed) -> list[Cell]:
    cells = []
    for figure in TEAM_TABLE:
        tally = tallies.get(figure.code, Tally())
        if tally.rows:
            text = shown(tally.value(figure.unit), figure.unit)
            if figure.unit in (Unit.SHARE, Unit.SCORE):
                text = f"{text} / {tally.valued}"
            value = tally.value(figure.unit)
            cells.append(Cell(text, rows_address(figure, period, asked), value))
        else:
            cells.append(Cell("·", None))
    return cells
