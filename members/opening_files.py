"""Reading the starting balance of a shop that moves in (M4a): a small CSV, row by row, nothing guessed."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO

COLUMNS = ("nick", "opening_spend", "lifetime_address")
MAX_BYTES = 1 << 20
MAX_ROWS = 10_000
NICK_LENGTH, ADDRESS_LENGTH = 64, 500
MOST_SPEND = Decimal("99999999.99")
_AMOUNT = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,2})?", re.ASCII)


@dataclass(frozen=True)
class OpeningRow:
    """A buyer's spend so far (CNY) and the address with free shipping for life, "" for none."""

    number: int
    nick: str
    spend: Decimal
    address: str


@dataclass(frozen=True)
class RejectedRow:
    """A row that cannot be taken, and why; the header is row 1."""

    number: int
    nick: str
    reason: str | Promise


@dataclass(frozen=True)
class OpeningFile:
    """What a file says: rows that can be read, and those that cannot."""

    rows: list[OpeningRow]
    rejected: list[RejectedRow]


def read_opening(content: bytes) -> OpeningFile:
    """Read a file. Raises ``DomainError`` (M4a) for one that is no such CSV at all."""
    if len(content) > MAX_BYTES:
        raise _refused(_("The file is larger than 1 MB: split it."))
    reader = csv.reader(io.StringIO(_decode(content), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if tuple(header[:2]) != COLUMNS[:2] or tuple(header) not in (COLUMNS, COLUMNS[:2]):
            raise _refused(_("The first row must be: nick,opening_spend,lifetime_address"))
        return _read_rows(reader)
    except csv.Error as error:
        raise _refused(
            _("The file is no readable CSV: a quotation mark is open, or a row is endless.")
        ) from error


def _read_rows(reader: Iterator[list[str]]) -> OpeningFile:
    rows: list[OpeningRow] = []
    rejected: list[RejectedRow] = []
    seen: set[str] = set()
    for number, cells in enumerate(reader, start=2):
        if number > MAX_ROWS + 1:
            raise _refused(_("The file has more than 10 000 rows: split it."))
        if not any(cell.strip() for cell in cells):
            continue
        nick = _clean(cells[0])
        try:
            row = _read_row(number, nick, cells)
            if nick in seen:
                raise _Rejected(_("This nick stands in the file twice."))
        except _Rejected as rejection:
            rejected.append(RejectedRow(number, nick[:NICK_LENGTH], rejection.reason))
            continue
        seen.add(nick)
        rows.append(row)
    return OpeningFile(rows, rejected)


class _Rejected(Exception):
    def __init__(self, reason: str | Promise) -> None:
        super().__init__(reason)
        self.reason = reason


def _read_row(number: int, nick: str, cells: list[str]) -> OpeningRow:
    if len(cells) > len(COLUMNS):
        raise _Rejected(
            _("The row has more cells than the header: put texts with commas in quotation marks.")
        )
    spend, address = (_clean(cell) for cell in [*cells[1:], "", ""][:2])
    if not nick:
        raise _Rejected(_("The nick is missing."))
    if len(nick) > NICK_LENGTH or not nick.isprintable():
        raise _Rejected(_("A nick has 64 readable characters at most."))
    if len(address) > ADDRESS_LENGTH or not address.isprintable():
        raise _Rejected(_("An address has 500 readable characters at most."))
    if spend and not _AMOUNT.fullmatch(spend):
        raise _Rejected(_("The spend is an amount such as 1204.50."))
    amount = Decimal(spend) if spend else ZERO
    if amount > MOST_SPEND:
        raise _Rejected(_("The spend is larger than the desk can hold."))
    if not amount and not address:
        raise _Rejected(_("The row says nothing: neither a spend nor an address."))
    return OpeningRow(number, nick, amount, address)


def _clean(cell: str) -> str:
    # What a spreadsheet puts before a text to keep it one.
    return cell.strip().removeprefix("'").strip()


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _refused(_("The file is no text: save it as CSV, in UTF-8 or GB18030."))


def _refused(reason: Promise | str) -> DomainError:
    return DomainError("M4a", reason, field="file")
