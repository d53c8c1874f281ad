"""What those who see no prices, or no phone numbers, are not shown (T1)."""

import re

from orders.models import Note
from shopdesk.base.phones import masked, without_phones

__all__ = ["HIDDEN", "amounts_hidden", "masked", "without_amounts", "without_phones"]

HIDDEN = "＊＊"
_AMOUNT = re.compile(r"¥?\d[\d,]*\.\d{2}(?!\d)")


def amounts_hidden(text: str) -> str:
    """A text of the desk's own with the amounts out of it."""
    return _AMOUNT.sub(HIDDEN, text)


def without_amounts(note: Note) -> Note:
    """The note with the amounts out of it that the desk itself wrote there; what people wrote stays.

    The note is changed in memory only: never save it.
    """
    if note.author_id is None:
        note.text = amounts_hidden(note.text)
    return note
