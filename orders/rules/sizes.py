"""T6: a size chart as data, and the answer to “160 cm, 52 kg: which size?”."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# What a person can be, so that a slip of the finger is asked about and not answered.
HEIGHTS = (Decimal(50), Decimal(230))
WEIGHTS = (Decimal(3), Decimal(200))
MOST_ROWS, LONGEST_SIZE = 30, 16
_NUMBER = r"(\d{1,3}(?:\.\d{1,2})?)"
_BODY = re.compile(
    rf"^\s*{_NUMBER}\s*(cm|厘米|公分)?\s*[,，、/;；\s]?\s*{_NUMBER}\s*(kg|公斤|千克|斤)?\s*$", re.IGNORECASE
)
_RANGE = rf"{_NUMBER}\s*[-–—~～至]\s*{_NUMBER}"
_ROW = re.compile(
    rf"^\s*(\S{{1,{LONGEST_SIZE}}})\s+{_RANGE}\s*(?:cm|厘米)?[\s,，]+{_RANGE}\s*(kg|公斤|斤)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Body:
    """Whom a size is for: height (cm) and weight (kg)."""

    height: Decimal
    weight: Decimal


@dataclass(frozen=True)
class SizeRow:
    """A size of a chart with the heights (cm) and weights (kg) that it is made for, bounds included."""

    size: str
    height_from: Decimal
    height_to: Decimal
    weight_from: Decimal
    weight_to: Decimal

    def fits(self, body: Body) -> bool:
        """Whether the size is made for somebody."""
        return (
            self.height_from <= body.height <= self.height_to
            and self.weight_from <= body.weight <= self.weight_to
        )


class Misfit(StrEnum):
    """Why no size of a chart fits."""

    NO_CHART = "no_chart"
    TOO_SHORT = "too_short"
    TOO_TALL = "too_tall"
    TOO_LIGHT = "too_light"
    TOO_HEAVY = "too_heavy"
    # Each of the two is in the chart, but in no size together.
    BETWEEN = "between"


@dataclass(frozen=True)
class SizeAnswer:
    """The sizes that fit, in the chart's order: two where it overlaps; none with every reason why."""

    sizes: tuple[str, ...]
    misfits: tuple[Misfit, ...] = ()


def sizes_for(chart: Sequence[SizeRow], body: Body) -> SizeAnswer:
    """Which sizes of a chart fit somebody (T6)."""
    fitting = tuple(dict.fromkeys(row.size for row in chart if row.fits(body)))
    if fitting:
        return SizeAnswer(fitting)
    if not chart:
        return SizeAnswer((), (Misfit.NO_CHART,))
    beyond = {
        Misfit.TOO_SHORT: body.height < min(row.height_from for row in chart),
        Misfit.TOO_TALL: body.height > max(row.height_to for row in chart),
        Misfit.TOO_LIGHT: body.weight < min(row.weight_from for row in chart),
        Misfit.TOO_HEAVY: body.weight > max(row.weight_to for row in chart),
    }
    return SizeAnswer((), tuple(misfit for misfit, is_so in beyond.items() if is_so) or (Misfit.BETWEEN,))


def read_body(text: str) -> Body | None:
    """Height and weight as they are typed: ``160 52``, ``160cm, 52kg``, ``160/104斤`` (two 斤 are a kilogram).

    ``None`` for what does not say both, or what no person is.
    """
    found = _BODY.match(text)
    if found is None:
        return None
    height, _unit, weight, unit = found.groups()
    body = Body(Decimal(height), _kilograms(weight, unit))
    if HEIGHTS[0] <= body.height <= HEIGHTS[1] and WEIGHTS[0] <= body.weight <= WEIGHTS[1]:
        return body
    return None


@dataclass(frozen=True)
class ChartFault:
    """A line of a typed chart that cannot be read, counted from 1."""

    line: int
    text: str


def read_chart(text: str) -> tuple[list[SizeRow], list[ChartFault]]:
    """A chart as it is typed, a size a line: ``S 150-160 45-52``; what cannot be read is named by its line."""
    rows: list[SizeRow] = []
    faults: list[ChartFault] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        row = _row(line)
        if row is None or len(rows) == MOST_ROWS:
            faults.append(ChartFault(number, line.strip()[:40]))
        else:
            rows.append(row)
    return rows, faults


def _row(line: str) -> SizeRow | None:
    found = _ROW.match(line)
    if found is None:
        return None
    size, *bounds, unit = found.groups()
    shortest, tallest = Decimal(bounds[0]), Decimal(bounds[1])
    lightest, heaviest = (_kilograms(bound, unit) for bound in bounds[2:])
    if not (
        HEIGHTS[0] <= shortest <= tallest <= HEIGHTS[1] and WEIGHTS[0] <= lightest <= heaviest <= WEIGHTS[1]
    ):
        return None
    return SizeRow(size, shortest, tallest, lightest, heaviest)


def write_chart(chart: Sequence[SizeRow]) -> str:
    """A chart as it is typed: ``read_chart`` gives it back."""
    return "\n".join(
        f"{row.size} {_range(row.height_from, row.height_to)} {_range(row.weight_from, row.weight_to)}"
        for row in chart
    )


def _kilograms(number: str, unit: str | None) -> Decimal:
    return Decimal(number) / 2 if unit == "斤" else Decimal(number)


def _range(least: Decimal, most: Decimal) -> str:
    return f"{least.normalize():f}-{most.normalize():f}"
