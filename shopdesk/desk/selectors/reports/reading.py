"""Reading figures: their bars, the period before, the table per agent and shift, and the rows behind (T4)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shopdesk.base.listing import PAGE_SIZE, Position
from shopdesk.base.money import quantize
from shopdesk.base.replica import report_connection
from shopdesk.base.shifts import STARTING_SHIFTS, Shift, ShiftCode
from shopdesk.desk.selectors.reports import after_sales, team, trade
from shopdesk.desk.selectors.reports.figures import Figure, Section, Unit
from shopdesk.desk.selectors.reports.periods import Period

FIGURES: Mapping[str, Figure] = {
    figure.code: figure for figure in (*trade.FIGURES, *after_sales.FIGURES, *team.FIGURES)
}
SHIFT_CODES = tuple(ShiftCode.values)
OFF_SHIFT = "off"
_LOCAL = "AT TIME ZONE 'Asia/Shanghai'"


@dataclass(frozen=True)
class Tally:
    """Rows added up: how many, how many of them have an amount, and the sum of those."""

    rows: int = 0
    valued: int = 0
    total: Decimal = Decimal(0)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.rows + other.rows, self.valued + other.valued, self.total + other.total)

    def value(self, unit: Unit) -> Decimal | None:
        """The figure that these rows make: a count, CNY, a share between 0 and 1, or a mean; nothing of nothing."""
        if unit == Unit.COUNT:
            return Decimal(self.rows)
        if unit == Unit.MONEY:
            return quantize(self.total)
        return self.total / self.valued if self.valued else None


@dataclass(frozen=True)
class Narrowed:
    """Which of a figure's rows: of a person, a shift, a part, some days. Nothing of a kind: all.

    ``hours`` says when the shifts are (T2).
    """

    who: int | None = None
    shift: str = ""
    part: str | None = None
    first: date | None = None
    last: date | None = None
    hours: Sequence[Shift] = STARTING_SHIFTS

    def condition(self) -> tuple[str, dict[str, Any]]:
        """As SQL over the rows ``r``, with its values."""
        parts, values = ["TRUE"], dict[str, Any]()
        if self.who is not None:
            parts.append("r.who = %(who)s")
            values["who"] = self.who
        if self.part is not None:
            parts.append("r.part = %(part)s")
            values["part"] = self.part
        if self.first is not None and self.last is not None:
            parts.append(f"(r.at {_LOCAL})::date BETWEEN %(first)s AND %(last)s")
            values |= {"first": self.first, "last": self.last}
        if self.shift:
            shift, shift_values = _shift(self.hours)
            parts.append(f"({shift}) = %(shift)s")
            values |= shift_values | {"shift": self.shift}
        return " AND ".join(parts), values


@dataclass
class Report:
    """A figure over a period: a tally for each step and part, and the period before."""

    figure: Figure
    period: Period
    tallies: dict[tuple[date, str], Tally] = field(default_factory=dict)
    before: Tally = Tally()

    @property
    def total(self) -> Tally:
        """All rows of the period."""
        return sum(self.tallies.values(), Tally())

    def of_step(self, start: date) -> Tally:
        """All rows of a step."""
        return sum((tally for (day, _part), tally in self.tallies.items() if day == start), Tally())

    def by_part(self) -> list[tuple[str, Tally]]:
        """The parts with their tallies, in the order that the figure names them, else the largest first."""
        found: dict[str, Tally] = defaultdict(Tally)
        for (_day, part), tally in self.tallies.items():
            found[part] += tally
        named = {part: place for place, part in enumerate(self.figure.parts)}
        return sorted(
            found.items(), key=lambda item: (named.get(item[0], len(named)), -item[1].rows, item[0])
        )


def read_report(figure: Figure, period: Period, narrowed: Narrowed) -> Report:
    """A figure with the period before: two statements."""
    report = Report(figure, period)
    where, values = narrowed.condition()
    statement = (
        f"SELECT date_trunc(%(step)s, r.at {_LOCAL})::date, r.part, {_TALLY} FROM ({figure.rows}) r"  # noqa: S608
        f" WHERE {where} GROUP BY 1, 2"
    )
    asked = values | {"since": period.since, "until": period.until, "step": period.step.value}
    for start, part, *tally in _run(statement, asked):
        report.tallies[start, part] = Tally(*tally)
    before = period.before
    statement = f"SELECT {_TALLY} FROM ({figure.rows}) r WHERE {where}"  # noqa: S608
    asked = values | {"since": before.since, "until": before.until}
    report.before = Tally(*_run(statement, asked)[0])
    return report


def read_section(section: Section, period: Period, narrowed: Narrowed) -> list[Report]:
    """The figures of a page: two statements each."""
    return [read_report(figure, period, narrowed) for figure in FIGURES.values() if figure.section == section]


_TALLY = "count(*), count(r.amount), COALESCE(sum(r.amount), 0)::numeric"


def read_team(period: Period, narrowed: Narrowed) -> dict[tuple[int, str], dict[str, Tally]]:
    """The figures of T4 by person and shift, all with one statement."""
    where, values = narrowed.condition()
    shift, shift_values = _shift(narrowed.hours)
    parts = [
        f"SELECT '{figure.code}', r.who, {shift} AS shift, {_TALLY} FROM ({figure.rows}) r"  # noqa: S608
        f" WHERE r.who IS NOT NULL AND {where} GROUP BY 2, 3"
        for figure in team.TEAM_TABLE
    ]
    asked = values | shift_values | {"since": period.since, "until": period.until}
    found: dict[tuple[int, str], dict[str, Tally]] = defaultdict(dict)
    for code, who, on_shift, *tally in _run(" UNION ALL ".join(parts), asked):
        found[who, on_shift][code] = Tally(*tally)
    return found


@dataclass(frozen=True)
class Row:
    """One row behind a figure; what it is of is looked up by the page."""

    at: datetime
    kind: str
    key: str
    who: int | None
    part: str
    amount: Decimal | None
    ref: str


@dataclass(frozen=True)
class RowPage:
    """One page of the rows behind a figure, newest first, and what all of them come to."""

    rows: Sequence[Row]
    total: Tally
    newer: str | None
    older: str | None


def read_rows(figure: Figure, period: Period, narrowed: Narrowed, cursor: str = "") -> RowPage:
    """One page of the rows behind a figure, with the total of all: two statements."""
    where, values = narrowed.condition()
    values |= {"since": period.since, "until": period.until}
    total = Tally(*_run(f"SELECT {_TALLY} FROM ({figure.rows}) r WHERE {where}", values)[0])  # noqa: S608
    position = Position.parse(cursor) if cursor else None
    backwards = position is not None and position.backwards
    way, side = ("ASC", ">") if backwards else ("DESC", "<")
    if position is not None:
        where += f' AND (r.at, r.ref COLLATE "C") {side} (%(position_at)s, %(position_ref)s)'
        values |= {"position_at": position.moment, "position_ref": position.key}
    statement = (
        f"SELECT {_COLUMNS} FROM ({figure.rows}) r WHERE {where}"  # noqa: S608
        f' ORDER BY r.at {way}, r.ref COLLATE "C" {way} LIMIT %(limit)s'
    )
    rows = [Row(*row) for row in _run(statement, values | {"limit": PAGE_SIZE + 1})]
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    has_newer = more if backwards else position is not None
    return RowPage(
        rows,
        total,
        newer=Position(rows[0].at, rows[0].ref, True).cursor() if rows and has_newer else None,
        older=Position(rows[-1].at, rows[-1].ref).cursor() if rows and (backwards or more) else None,
    )


_COLUMNS = 'r.at, r.kind, r.key, r.who, r.part, r.amount::numeric, r.ref COLLATE "C" AS ref'


def all_rows(figure: Figure, period: Period, narrowed: Narrowed, most: int) -> Iterator[Row]:
    """The rows behind a figure for a file, newest first, at most so many: one statement."""
    where, values = narrowed.condition()
    statement = (
        f"SELECT {_COLUMNS} FROM ({figure.rows}) r WHERE {where}"  # noqa: S608
        ' ORDER BY r.at DESC, r.ref COLLATE "C" DESC LIMIT %(limit)s'
    )
    asked = values | {"since": period.since, "until": period.until, "limit": most}
    return (Row(*row) for row in _run(statement, asked))


def _shift(hours: Sequence[Shift]) -> tuple[str, dict[str, Any]]:
    """The shift in which somebody acted (T2), by the hours of that day, as SQL over ``r``, with its values.

    **Our reading:** half an hour belongs to both shifts; what was done in it counts for the one that is going out.
    """
    day, time = f"(r.acted_at {_LOCAL})::date", f"(r.acted_at {_LOCAL})::time"
    cases, values = [], dict[str, Any]()
    for number, shift in enumerate(sorted(hours, key=lambda shift: (shift.starts, shift.valid_from))):
        later = [other.valid_from for other in hours if other.code == shift.code]
        ended = min((other for other in later if other > shift.valid_from), default=date.max)
        names = {name: f"%({name}_{number})s" for name in ("starts", "ends", "valid", "ended", "code")}
        values |= {
            f"starts_{number}": shift.starts,
            f"ends_{number}": shift.ends,
            f"valid_{number}": shift.valid_from,
            f"ended_{number}": ended,
            f"code_{number}": str(shift.code),
        }
        valid = "{day} >= {valid} AND {day} < {ended}"
        if shift.starts < shift.ends:
            condition = "{time} >= {starts} AND {time} < {ends} AND " + valid
        else:
            condition = (
                f"({{time}} >= {{starts}} AND {valid}) OR"
                " ({time} < {ends} AND {day} - 1 >= {valid} AND {day} - 1 < {ended})"
            )
        cases.append(f"WHEN {condition} THEN {{code}}::text".format(day=day, time=time, **names))
    return f"CASE {' '.join(cases)} ELSE '{OFF_SHIFT}' END", values


def _run(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with report_connection().cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
