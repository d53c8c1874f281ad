"""Phone numbers as those see them who may not see them whole (T1)."""

import re

_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}-?\d{7,8})(?!\d)")


def masked(number: str) -> str:
    """A phone number with its middle hidden: ``138****7620``."""
    if len(number) < 7 or "*" in number:
        return number if "*" in number else "*" * len(number)
    return f"{number[:3]}****{number[-4:]}"


def without_phones(text: str) -> str:
    """A text in which somebody may have written phone numbers, with the middle of each hidden."""
    return _PHONE.sub(lambda found: masked(found[0]), text)
