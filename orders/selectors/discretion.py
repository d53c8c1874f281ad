"""What those who see no prices are not shown (T1)."""

import re

from orders.models import Note

HIDDEN = "＊＊"
_MOBILE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
_AMOUNT = re.compile(r"¥?\d[\d,]*\.\d{2}(?!\d)")


def without_amounts(note: Note) -> Note:
    """The note with the amounts out of it that the desk itself wrote there; what people wrote stays.

    The note is changed in memory only: never save it.
    """
    if note.author_id is None:
        note.text = _AMOUNT.sub(HIDDEN, note.text)
    return note


def without_phones(text: str) -> str:
    """The text with the middle of each mobile number hidden: the label alone needs it whole."""
    return _MOBILE.sub(r"\1****\2", text)
