"""What those who see no prices, or no phone numbers, are not shown (T1)."""

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


_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}-?\d{7,8})(?!\d)")


def masked(number: str) -> str:
    """A phone number with its middle hidden: ``138****7620``."""
    if len(number) < 7 or "*" in number:
        return number if "*" in number else "*" * len(number)
    return f"{number[:3]}****{number[-4:]}"


def without_phones(text: str) -> str:
    """A text in which somebody may have written phone numbers, with the middle of each hidden."""
    return _PHONE.sub(lambda found: masked(found[0]), text)
