"""Parcels: whether goods go in one or in two (S8), and what scanners and people call them (F1, F6)."""

import re
import unicodedata
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from shipping.rules import TWO_FREE_FROM
from shopdesk.base.errors import DomainError

# Our reading: what is sent after the sale goes within the time of shelf goods (O13), counted from its planning.
SHIP_AFTER_SALE_WITHIN = timedelta(hours=48)


def goes_in_two(
    goods_payable: Decimal, *, shelf_goods_first: bool, forwarder: bool, has_shelf: bool, has_later: bool
) -> bool:
    """Whether shelf goods go ahead of what must be bought or made (S8).

    Because the buyer asked, or unasked from 3000 CNY of payable goods; never to a forwarder, who wants all at
    once (S5).
    """
    asked = shelf_goods_first or goods_payable >= TWO_FREE_FROM
    return asked and has_shelf and has_later and not forwarder


# What a slip's barcode holds: parcel number and slip version (F1). A scanner may send small letters.
_BARCODE = re.compile(r"P([0-9]{1,12})-([0-9]{1,6})", re.IGNORECASE | re.ASCII)
_TRACKING = re.compile(r"[0-9A-Z][0-9A-Z-]{4,39}", re.ASCII)


def read_barcode(text: str) -> tuple[int, int] | None:
    """The parcel number and slip version of a scanned slip (F1); ``None`` where the text is no slip's."""
    found = _BARCODE.fullmatch(_scanned(text))
    return (int(found[1]), int(found[2])) if found else None


def read_parcel_number(text: str) -> int | None:
    """The parcel that a person or a file names: ``P123``, ``123`` or a slip's barcode; ``None`` for none."""
    found = re.fullmatch(r"P?([0-9]{1,12})(?:-[0-9]{1,6})?", _scanned(text).upper(), re.ASCII)
    return int(found[1]) if found else None


def read_tracking_number(text: str) -> str:
    """A tracking number as it is kept: capitals, no spaces. Raises ``DomainError`` (F6) for what cannot be one."""
    number = "".join(_scanned(text).upper().split())
    if not number:
        raise DomainError(
            "F6", _("A parcel goes out with its tracking number: scan or type it."), field="invoice_no"
        )
    if not _TRACKING.fullmatch(number) or _BARCODE.fullmatch(number):
        raise DomainError(
            "F6",
            _("“%(text)s” is no tracking number: 5 to 40 letters and digits. Scan the carrier's label again.")
            % {"text": text.strip()[:60]},
            field="invoice_no",
        )
    return number


def _scanned(text: str) -> str:
    # An input method may have turned the scanner's keys into their wide forms.
    return unicodedata.normalize("NFKC", text).strip()
