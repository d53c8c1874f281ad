"""From the text of one cell to a value, with all quirks of the platform's exports (D2).

Every function takes a cell as the file holds it and raises `CellRefused` where the cell holds something
else than it should; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from orders.imports.errors import CellRefused

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLIEST_YEAR = 2003  # the year in which the platform opened
LATEST_YEAR = 2099
MAX_MONEY = Decimal("99999999.99")
MAX_QUANTITY = 1_000_000
MAX_NUMBER_LENGTH = 32  # order, sub-order numbers
MAX_REFERENCE_LENGTH = 64  # payment references
MAX_TRACKING_LENGTH = 128  # one order may name several parcels
MAX_PHONE_LENGTH = 32
MAX_NUMBER_TEXT = 40  # longer text is no amount, time or count, and is not worth matching

NO_VALUE = frozenset({"null", "NULL"})
NO_REFUND = "无退款申请"

_AMOUNT = re.compile(r"[¥￥]?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]{1,2})?元?", re.ASCII)
_MOMENT = re.compile(
    r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?",
    re.ASCII,
)
_WHOLE = re.compile(r"([0-9]{1,9})(?:\.0+)?", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9.]+[eE][+-]?[0-9]+", re.ASCII)

_NOT_A_TIME = _("Not a date with a time: write it as 2026-11-20 09:23:06.")
_LOST_DIGITS = _(
    "The number has lost digits in a spreadsheet: export it again, or format the column as text."
)
_NUL = _("The text holds a NUL character, which cannot be kept: delete it.")


def clean(cell: str) -> str:
    """The cell without what the export wraps round it: `="…"`, a leading `'`, tabs and blanks; `null` is "".

    Wrappers are taken off until none is left, so that a cell defused by `mended` reads as before.
    """
    text = cell.strip()
    while text:
        first = text[0]
        if first == "'":
            text = text[1:].strip()
        elif first == "=" and len(text) > 2 and text[1] == '"' and text[-1] == '"':
            text = text[2:-1].strip()
        else:
            break
    return "" if text in NO_VALUE else text


def plain_text(max_length: int) -> Callable[[str], str]:
    """A reader of text of at most `max_length` characters; longer text is refused, never cut."""
    too_long = _("The text is too long for this column: shorten it.")

    def read(cell: str) -> str:
        text = clean(cell)
        if "\x00" in text:
            raise CellRefused(_NUL)
        if len(text) > max_length:
            raise CellRefused(too_long)
        return text

    return read


def money(cell: str) -> Decimal | None:
    """An amount in CNY with two places, None where the cell says nothing (`null`, `无退款申请`).

    `0元`, `¥12.5` and well-placed thousands commas are read. Refused: signs, exponents, NaN, more than two
    decimals, more than 99 999 999.99. No float is ever made of it.
    """
    text = clean(cell)
    return _amount(text) if text and text != NO_REFUND else None


@lru_cache(maxsize=16_384)
def _amount(text: str) -> Decimal:
    match = _AMOUNT.fullmatch(text) if len(text) <= MAX_NUMBER_TEXT else None
    if match is None:
        raise CellRefused(_("Not an amount of money: write it as 1234.50, with at most two decimals."))
    amount = Decimal(match[1].replace(",", "") + (match[2] or "")).quantize(Decimal("0.01"))
    if amount > MAX_MONEY:
        raise CellRefused(_("The amount is too large to be true: check the file."))
    return amount


def moment(cell: str) -> datetime | None:
    """A time of day in Shanghai, to the second; None where the cell is empty.

    Reads `2026-11-20 09:23:06` and `2026/11/20 9:23`. A date without a time is refused: the 72 hours (O4)
    cannot be counted from it.
    """
    text = clean(cell)
    if not text:
        return None
    if len(text) == 19 and text[4] == "-" and text[10] == " " and text[13] == ":":
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise CellRefused(_NOT_A_TIME) from None
        if time.tzinfo is not None:
            raise CellRefused(_NOT_A_TIME)
    else:
        match = _MOMENT.fullmatch(text) if len(text) <= MAX_NUMBER_TEXT else None
        if match is None:
            raise CellRefused(_NOT_A_TIME)
        year, _separator, month, day, hour, minute, second = match.groups(default="0")
        try:
            time = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second))  # noqa: DTZ001
        except ValueError:
            raise CellRefused(_NOT_A_TIME) from None
    if not EARLIEST_YEAR <= time.year <= LATEST_YEAR:
        raise CellRefused(_("The year is out of range: check the date."))
    return time.replace(tzinfo=SHANGHAI)


def order_number(cell: str) -> str:
    """An order or sub-order number, digits only; "" where the cell is empty.

    A number in scientific notation has lost digits and is refused (D2); `workbooks` writes so what a
    spreadsheet holds as a number of more than 15 digits.
    """
    text = clean(cell)
    if not text:
        return ""
    if text.isascii() and text.isdigit() and len(text) <= MAX_NUMBER_LENGTH:
        return text
    if _SCIENTIFIC.fullmatch(text[:MAX_NUMBER_TEXT]):
        raise CellRefused(_LOST_DIGITS)
    raise CellRefused(_("Not an order number: it has digits only, 32 at most."))


def reference(cell: str, max_length: int = MAX_REFERENCE_LENGTH) -> str:
    """A payment reference, as it stands; "" where the cell is empty. Lost digits are refused (D2)."""
    text = clean(cell)
    if not text:
        return ""
    if "\x00" in text:
        raise CellRefused(_NUL)
    if len(text) > max_length:
        raise CellRefused(_("The number is too long: check the file."))
    if "+" in text[1:] and _SCIENTIFIC.fullmatch(text):
        raise CellRefused(_LOST_DIGITS)
    return text


def tracking_number(cell: str) -> str:
    """A parcel's tracking number without the `No:` that older exports put in front; "" where empty."""
    text = reference(cell, MAX_TRACKING_LENGTH)
    if text[:2].lower() == "no" and text[2:3] in (":", "："):
        text = clean(text[3:])
    return text


def phone(cell: str) -> str:
    """A phone number as the export has it, masked or not, without the country code of the mainland."""
    return reference(cell, MAX_PHONE_LENGTH).removeprefix("+").removeprefix("86-")


def quantity(cell: str) -> int | None:
    """A count of pieces, 0 to 1 000 000; None where the cell is empty."""
    text = clean(cell)
    if not text:
        return None
    match = _WHOLE.fullmatch(text) if len(text) <= MAX_NUMBER_TEXT else None
    if match is None or int(match[1]) > MAX_QUANTITY:
        raise CellRefused(_("Not a quantity: write a whole number."))
    return int(match[1])


def pieces(cell: str) -> int | None:
    """How many pieces a line holds, 1 to 1 000 000; None where the cell is empty."""
    count = quantity(cell)
    if count == 0:
        raise CellRefused(_("A line holds one piece at least."))
    return count
