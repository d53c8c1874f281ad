"""Lists that are taken out as files (D3): each app registers its own, one service writes them all."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.phones import without_phones
from shopdesk.base.spreadsheets import Cell

# Rows that are read at a time.
BATCH = 1000
# The parameter of an address that names the subject of a list, such as one bill.
SUBJECT = "of"
# What people type to look for something may be a name or a number: the audit log keeps only that they did.
SEARCHES = frozenset({"q"})
LONGEST_VALUE = 200
Value = Cell | date | datetime | Promise
Rows = Iterable[Any]


@dataclass(frozen=True)
class Column:
    """A column of a file. ``money`` is not for who sees no prices (T1).

    In a ``spoken`` text, which people wrote, phone numbers are masked for who may not reveal them.
    """

    title: str | Promise
    value: Callable[[Any], Value]
    money: bool = False
    spoken: bool = False


@dataclass(frozen=True)
class Asked:
    """What is taken out: by whom, when, and the parameters of the address of the list."""

    staff: Staff
    now: datetime
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> int:
        """The number of what the list is about. Raises ``DomainError`` where none is named."""
        number = self.query.get(SUBJECT, "")
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            raise DomainError("D3", _("There is no such list."))
        return int(number)


@dataclass(frozen=True)
class Filters:
    """What a list can be filtered by: the parameters of its address, by name, and how they are read."""

    names: Sequence[str]
    read: Callable[[Mapping[str, str]], dict[str, str]]


def parameters(*names: str) -> Filters:
    """How the filters of most lists are read: the parameters of these names, and nothing else."""

    def read(address: Mapping[str, str]) -> dict[str, str]:
        found = {name: address.get(name, "").replace("\x00", "").strip()[:LONGEST_VALUE] for name in names}
        return {name: value for name, value in found.items() if value}

    return Filters(names, read)


NO_FILTERS = parameters()


@dataclass(frozen=True)
class ExportList:
    """A list that can be taken out.

    ``batches`` reads it as its page does, so that the file is what the page shows: rows in the order of the page,
    some at a time. ``page`` is the name of the page's address.
    """

    code: str
    title: str | Promise
    page: str
    permission: Permission
    columns: Sequence[Column] | Callable[[Asked], Sequence[Column]]
    batches: Callable[[Asked], Iterator[Rows]]
    known: Filters = NO_FILTERS
    has_subject: bool = False

    @property
    def filter_names(self) -> list[str]:
        """The parameters that the list understands, that of its subject among them."""
        return [*self.known.names, *([SUBJECT] if self.has_subject else [])]

    def filters(self, address: Mapping[str, str]) -> dict[str, str]:
        """The filters in an address, as the list understands them, and its subject."""
        subject = parameters(SUBJECT).read(address) if self.has_subject else {}
        return self.known.read(address) | subject

    def columns_for(self, asked: Asked) -> list[Column]:
        """The columns that somebody sees (T1)."""
        columns = self.columns(asked) if callable(self.columns) else self.columns
        sees_prices = asked.staff.may(Permission.SEE_PRICES)
        return [column for column in columns if sees_prices or not column.money]

    def cells(self, asked: Asked) -> Iterator[list[Cell]]:
        """Every row, read while it is written."""
        columns, shows_phones = self.columns_for(asked), asked.staff.may(Permission.REVEAL_PHONE)
        for rows in self.batches(asked):
            for row in rows:
                yield [
                    cell_of(column.value(row), masks=column.spoken and not shows_phones) for column in columns
                ]


def cell_of(value: Value, *, masks: bool = False) -> Cell:
    """A value as files have it: times to the minute, in Shanghai."""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Promise):
        return str(value)
    return without_phones(value) if masks and isinstance(value, str) else value


def facts_of(filters: Mapping[str, str]) -> dict[str, str]:
    """Filters as the audit log keeps them, without what was looked for."""
    return {name: "*" if name in SEARCHES else value for name, value in filters.items()}


def walk(read: Callable[[str], tuple[str | None, Rows]]) -> Iterator[Rows]:
    """A list page by page to its end: ``read`` takes a cursor, and answers the next one and the rows."""
    cursor: str | None = ""
    while cursor is not None:
        cursor, rows = read(cursor)
        yield rows


_lists: dict[str, ExportList] = {}


def register(*lists: ExportList) -> None:
    """Make lists known. Called once, from the app's ``ready``."""
    for one in lists:
        _lists[one.code] = one


def registered() -> list[ExportList]:
    """All lists by their codes."""
    return [_lists[code] for code in sorted(_lists)]


def get(code: str) -> ExportList:
    """The list of that code; raises ``KeyError`` for an unknown one."""
    return _lists[code]
