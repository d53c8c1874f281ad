"""Keyset pages: a list is read from where the last page ended, never by OFFSET."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

from shopdesk.base.clock import SHANGHAI

Row = TypeVar("Row", bound=Model)
PAGE_SIZE = 50
COUNT_CAP = 1000
# What a cursor of ours can be at most; nicks take more room than numbers, in whatever script they are.
CURSOR_LENGTH, NICK_CURSOR_LENGTH, KEY_LENGTH = 300, 600, 64
# Of a list by a text: twice 200 characters, each up to 6 bytes of JSON, in base64.
TEXT_LENGTH, TEXT_CURSOR_LENGTH = 200, 3300
# PostgreSQL reads offsets below 16 hours.
FARTHEST_OFFSET = timedelta(hours=15)


@dataclass(frozen=True)
class Keyset:
    """The order of a list: by a time, newest first, then by a key that is unique.

    With ``numeric`` the key is a number; a position of an address whose key is none is not one of ours. With
    ``money`` the list goes by an amount, largest first; with ``text`` by a text, and its key is one too. With
    ``key_ascends`` equal rows go by rising keys. With ``soonest_first`` the list begins with the earliest time, or
    the first text, instead.
    """

    moment: str
    key: str
    numeric: bool = False
    money: bool = False
    key_ascends: bool = False
    soonest_first: bool = False
    text: bool = False

    @property
    def ordering(self) -> tuple[str, str]:
        """The ``order_by`` of the list, newest or largest first."""
        if self.soonest_first:
            return self.moment, self.key
        return f"-{self.moment}", self.key if self.key_ascends else f"-{self.key}"

    def after(self, position: "Position") -> Q:
        """Rows that come later in the list, written so that the index over both columns bounds the scan."""
        rises = position.backwards != self.soonest_first
        side, strictly = ("gte", "gt") if rises else ("lte", "lt")
        key_strictly = "gt" if rises != self.key_ascends else "lt"
        return Q(**{f"{self.moment}__{side}": position.moment}) & (
            Q(**{f"{self.moment}__{strictly}": position.moment})
            | Q(**{f"{self.key}__{key_strictly}": position.key})
        )

    def read(self, cursor: str) -> "Position | None":
        """The position that a ``?cursor=`` names; ``None`` for one that no page of this list gave out."""
        position = Position.parse(cursor, money=self.money, text=self.text) if cursor else None
        if position is not None and self.numeric and not re.fullmatch(r"[0-9]{1,18}", position.key):
            return None
        return position

    def position(self, row: Any, *, backwards: bool) -> "Position":
        """The position of a row."""
        moment, key = (attrgetter(name.replace("__", "."))(row) for name in (self.moment, self.key))
        return Position(moment, key, backwards)


@dataclass(frozen=True)
class Position:
    """A place in a list: between two pages, and which way to read."""

    moment: datetime | Decimal | str
    key: str
    backwards: bool = False

    def cursor(self) -> str:
        """As the opaque ``?cursor=`` of an address."""
        moment = self.moment
        if not isinstance(moment, str):
            moment = moment.isoformat() if isinstance(moment, datetime) else f"{moment:.2f}"
        place = [moment, str(self.key), int(self.backwards)]
        raw = json.dumps(place, separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, cursor: str, *, money: bool = False, text: bool = False) -> "Position | None":
        """Read a ``?cursor=``; ``None`` for one that no page of ours gave out.

        Lists by ``money`` have nicks for keys, in any script, as lists by ``text`` have texts; all others have
        numbers of orders or rows.
        """
        if len(cursor) > (TEXT_CURSOR_LENGTH if text else NICK_CURSOR_LENGTH if money else CURSOR_LENGTH):
            return None
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            moment, key, backwards = json.loads(raw)
            parsed = _text(moment) if text else _amount(moment) if money else _time(moment)
        except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
            return None
        if parsed is None or (_text(key) is None if text else not _is_key(key, any_script=money)):
            return None
        return cls(parsed, key, bool(backwards))


def _time(text: str) -> datetime | None:
    moment = parse_datetime(text)
    offset = moment.utcoffset() if moment is not None else None
    if moment is None or offset is None or abs(offset) > FARTHEST_OFFSET:
        return None
    # An offset may have fractions of a second, which PostgreSQL does not read.
    return moment.astimezone(UTC)


def _text(text: Any) -> str | None:
    """A text that a column of ours may hold."""
    if not isinstance(text, str) or len(text) > TEXT_LENGTH or re.search(r"[\x00\ud800-\udfff]", text):
        return None
    return text


def _is_key(key: Any, *, any_script: bool) -> bool:
    if not isinstance(key, str) or len(key) > KEY_LENGTH:
        return False
    if any_script:
        return not re.search(r"[\x00\ud800-\udfff]", key)
    return re.fullmatch(r"[ -~]*", key) is not None


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


def read_day(text: str) -> date | None:
    """A day of an address, ``2026-11-22``; nothing for what is none, or of a year that no column of ours reaches."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def midnight(day: date, *, days_later: int = 0) -> datetime:
    """When a day begins in Shanghai, or one that comes so many days later."""
    return datetime.combine(day + timedelta(days=days_later), time.min, tzinfo=SHANGHAI)


def count_label(count: int) -> str:
    """A capped count as the pages write it: ``46``, or ``999+``."""
    return f"{COUNT_CAP - 1}+" if count >= COUNT_CAP else str(count)
