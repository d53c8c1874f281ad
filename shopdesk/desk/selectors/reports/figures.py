"""What a figure is: its name, what it means, its rule, and the rows that it is made of (T4).

The rows are one statement. Totals, bars, the list behind a bar and the file all read that same statement, so that
they cannot differ. It selects, of a period from ``%(since)s`` to before ``%(until)s``:

``at`` when it counts, ``acted_at`` when somebody acted (its shift), ``kind`` and ``key`` the order or ticket, ``who``
the person it is laid to, ``part`` what it is told apart by, ``amount`` CNY, or 1 and 0 for yes and no, and ``ref``,
unique among the rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise

Words = str | Promise


class Unit(Enum):
    """How rows become a figure."""

    COUNT = "count"  # how many rows
    MONEY = "money"  # the sum of their amounts (CNY)
    SHARE = "share"  # of those that say yes or no, how many say yes
    SCORE = "score"  # the mean of their amounts


class Section(Enum):
    """Which page a figure stands on."""

    TRADE = "orders"
    POSTAGE = "postage"
    AFTER_SALES = "after-sales"
    TEAM = "team"


@dataclass(frozen=True)
class Figure:
    """One figure: everything that is said of it anywhere is said here.

    ``parts`` names the values of ``part``; one that is not named is its own name. ``by_part`` draws a bar for each
    part instead of each day. ``listed`` gives the address of another page that lists the very same rows.
    """

    code: str
    section: Section
    title: Words
    rule: str
    meaning: Words
    rows: str
    unit: Unit = Unit.COUNT
    parts: Mapping[str, Words] = field(default_factory=dict)
    by_part: bool = False
    listed: tuple[str, Mapping[str, str]] | None = None

    def part_name(self, part: str) -> str:
        """What people call a part."""
        return str(self.parts.get(part, part))

    def list_address(self, first: date, last: date, part: str, who: int | None) -> str | None:
        """Where another page shows the same rows; nothing where no page does."""
        if self.listed is None:
            return None
        page, parameters = self.listed
        values = {"first": first.isoformat(), "last": last.isoformat(), "part": part, "who": str(who or "")}
        asked = {name: value.format_map(values) for name, value in parameters.items()}
        return f"{reverse(page)}?{urlencode({name: value for name, value in asked.items() if value})}"
