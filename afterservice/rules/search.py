"""What a search for tickets is taken for, told from the shape of what was typed (as O3 for orders)."""

import re
import unicodedata
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST = 100
_NOISE = re.compile(r"""[\s#'"=]+""")
_NUMBER = re.compile(r"[Tt]?([0-9]{1,9})")
_TID = re.compile(r"[0-9]{10,24}")
_TRACKING = re.compile(r"[A-Za-z0-9-]{8,64}")


class Key(models.TextChoices):
    """What staff search tickets by."""

    NUMBER = "number", _("ticket number")
    TID = "tid", _("order number")
    TRACKING = "tracking", _("return tracking number")
    NICK = "nick", _("buyer nick")


@dataclass(frozen=True)
class Wanted:
    """What was typed: as it is, and as the number that it may be."""

    text: str
    compact: str

    @classmethod
    def read(cls, typed: str) -> "Wanted":
        """Tidy what was typed: cut at ``LONGEST`` characters, without what no database text may hold."""
        text = " ".join(typed.replace("\x00", " ")[:LONGEST].split())
        # Full-width digits and the quotes that exports put around numbers are no part of a number.
        return cls(text, _NOISE.sub("", unicodedata.normalize("NFKC", text)))

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def number(self) -> int | None:
        """The ticket number that it may be: ``T123``, or ``123``."""
        found = _NUMBER.fullmatch(self.compact)
        return int(found[1]) if found else None


def keys_of(wanted: Wanted) -> list[Key]:
    """What a text may be, likeliest first: each is tried until one finds something. A nick may look like anything."""
    keys = []
    if wanted.number is not None:
        keys.append(Key.NUMBER)
    if _TID.fullmatch(wanted.compact):
        keys.append(Key.TID)
    if _TRACKING.fullmatch(wanted.compact):
        keys.append(Key.TRACKING)
    return [*keys, Key.NICK] if wanted else []


def is_ticket_number(typed: str) -> int | None:
    """The ticket that a text names beyond doubt, ``T123``: a bare number may be anything else."""
    wanted = Wanted.read(typed)
    return wanted.number if wanted.compact[:1] in ("T", "t") else None
