"""One figure of a benchmark, with what it may be; all of a run can be gathered into one table."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from shopdesk.desk.benchmarks.scratch import say

# Names the file that gathers the figures of several benchmarks, a line of JSON each.
GATHERED = "BENCH_FIGURES"


@dataclass(frozen=True)
class Figure:
    """What was measured: ``goal`` is the most it may be, ``times`` how often its floor of the same run it may be."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    floor: float | None = None
    times: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times its floor."""
        return self.value / self.floor if self.floor else None

    @property
    def reached(self) -> bool:
        """Whether it is within all that was set; a figure without a goal is."""
        within = self.goal is None or self.value <= self.goal
        return within and (self.times is None or self.ratio is None or self.ratio <= self.times)


def gather(figure: Figure) -> bool:
    """Hand a figure to the table of the run, if there is one; answers whether its goals were reached."""
    if name := os.environ.get(GATHERED):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")
    return figure.reached


def judge(figure: Figure) -> bool:
    """Say whether a figure's goals were reached, and gather it."""
    against = "" if figure.goal is None else f", at most {figure.goal:g}"
    if figure.ratio is not None:
        against += f", {figure.ratio:.2f} × its floor" + (
            f", at most {figure.times:g}" if figure.times else ""
        )
    word = "reached" if figure.reached else "MISSED "
    say(f"{word}  {figure.name}: {figure.value:.4g} {figure.unit}{against}")
    return gather(figure)


def within(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not pass: ``within(times, 0.95)``."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def columns(text: str) -> int:
    """How wide a text is written: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def fitted(text: str, width: int) -> str:
    """A text with blanks up to this many columns."""
    return text + " " * max(0, width - columns(text))


def gathered(file: Path) -> list[Figure]:
    """The figures of a run."""
    return [Figure(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]
