"""Keyset pages: a list is read from where the last page ended, never by OFFSET."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row", bound=Model)
PAGE_SIZE = 50
COUNT_CAP = 1000


@dataclass(frozen=True)
class Keyset:
    """The order of a list: by a time, newest first, then by a key that is unique.

    With ``numeric`` the key is a number; a position of an address whose key is none is not one of ours. With
    ``money`` the list goes by an amount, largest first; with ``key_ascends`` equal rows go by rising keys.
    """

    moment: str
    key: str
    numeric: bool = False
    money: bool = False
    key_ascends: bool = False

    @property
    def ordering(self) -> tuple[str, str]:
        """The ``order_by`` of the list, newest or largest first."""
        return f"-{self.moment}", self.key if self.key_ascends else f"-{self.key}"

    def after(self, position: "Position") -> Q:
        """Rows that come later in the list, written so that the index over both columns bounds the scan."""
        side, strictly = ("gte", "gt") if position.backwards else ("lte", "lt")
        key_strictly = "gt" if position.backwards != self.key_ascends else "lt"
        return Q(**{f"{self.moment}__{side}": position.moment}) & (
            Q(**{f"{self.moment}__{strictly}": position.moment})
            | Q(**{f"{self.key}__{key_strictly}": position.key})
        )

    def read(self, cursor: str) -> "Position | None":
        """The position that a ``?cursor=`` names; ``None`` for one that no page of this list gave out."""
        position = Position.parse(cursor, money=self.money) if cursor else None
        if position is not None and self.numeric and not re.fullmatch(r"[0-9]{1,18}", position.key):
            return None
        return position

    def position(self, row: Any, *, backwards: bool) -> "Position":
        """The position of a row."""
        return Position(getattr(row, self.moment), getattr(row, self.key), backwards)


@dataclass(frozen=True)
class Position:
    """A place in a list: between two pages, and which way to read."""

    moment: datetime | Decimal
    key: str
    backwards: bool = False

    def cursor(self) -> str:
        """As the opaque ``?cursor=`` of an address."""
        moment = self.moment.isoformat() if isinstance(self.moment, datetime) else f"{self.moment:.2f}"
        raw = json.dumps([moment, str(self.key), int(self.backwards)], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, cursor: str, *, money: bool = False) -> "Position | None":
        """Read a ``?cursor=``; ``None`` for one that no page of ours gave out."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            moment, key, backwards = json.loads(raw)
            parsed = _amount(moment) if money else _time(moment)
        except (ValueError, TypeError, binascii.Error):
            return None
        if parsed is None or not isinstance(key, str) or "\x00" in key:
            return None
        return cls(parsed, key, bool(backwards))


def _time(text: str) -> datetime | None:
    moment = parse_datetime(text)
    return moment if moment is not None and moment.tzinfo is not None else None


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,10}\.[0-9]{2}", text) else None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list and the ways on from it."""

    rows: Sequence[Row]
    newer: str | None
    older: str | None


def read_page(queryset: QuerySet[Row], keyset: Keyset, cursor: str = "", size: int = PAGE_SIZE) -> Page[Row]:
    """Read one page with one statement: the rows, and whether there are more either way."""
    position = keyset.read(cursor)
    ordered = queryset.order_by(*keyset.ordering)
    if position is not None:
        ordered = ordered.filter(keyset.after(position))
        if position.backwards:
            ordered = ordered.reverse()
    rows = list(ordered[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    backwards = position is not None and position.backwards
    if backwards:
        rows.reverse()
    has_newer = more if backwards else position is not None
    has_older = True if backwards else more
    return Page(
        rows,
        newer=keyset.position(rows[0], backwards=True).cursor() if rows and has_newer else None,
        older=keyset.position(rows[-1], backwards=False).cursor() if rows and has_older else None,
    )


def capped_count(queryset: QuerySet[Any]) -> int:
    """Count at most ``COUNT_CAP`` rows: no page counts a million."""
    return queryset.order_by()[:COUNT_CAP].count()


def capped_counts(querysets: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """Count at most ``COUNT_CAP`` rows of each, all with one statement."""
    counts = dict.fromkeys(querysets, 0)
    names: list[str] = []
    parts: list[str] = []
    values: list[Any] = []
    for name, queryset in querysets.items():
        try:
            statement, own = queryset.order_by().values("pk")[:COUNT_CAP].query.sql_with_params()
        except EmptyResultSet:
            continue
        names.append(name)
        parts.append(f"(SELECT count(*) FROM ({statement}) AS counted)")  # noqa: S608 (values are bound)
        values.extend(own)
    if not parts:
        return counts
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return counts | dict(zip(names, cursor.fetchone(), strict=True))


def count_label(count: int) -> str:
    """A capped count as the pages write it: ``46``, or ``999+``."""
    return f"{COUNT_CAP - 1}+" if count >= COUNT_CAP else str(count)
