"""O3: what a search is taken for, told from the shape of what was typed."""

import re
import unicodedata
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from shipping.carriers import carriers_of_number

LONGEST = 100
MOST_WORDS = 6


class Key(models.TextChoices):
    """What staff search orders by (O3)."""

    TID = "tid", _("order number")
    TRACKING = "tracking", _("tracking number")
    PHONE = "phone", _("phone number")
    PHONE_END = "phone_end", _("last 4 of a phone")
    SKU = "sku", _("SKU code")
    NICK = "nick", _("buyer nick")
    TITLE = "title", _("product title")
    RECEIVER = "receiver", _("receiver")
    NOTE = "note", _("note text")


PHONES = frozenset({Key.PHONE, Key.PHONE_END})
# What else is tried, in this order, when the key that was assumed finds nothing.
_TRIED = (
    Key.TID,
    Key.TRACKING,
    Key.PHONE,
    Key.PHONE_END,
    Key.NICK,
    Key.SKU,
    Key.TITLE,
    Key.RECEIVER,
    Key.NOTE,
)
_NOISE = re.compile(r"""[\s#'"=]+""")
_CODE = re.compile(r"[A-Za-z0-9]+([-.][A-Za-z0-9]+)+")
_ASCII_WORD = re.compile(r"[A-Za-z0-9._-]{3,}")


@dataclass(frozen=True)
class Term:
    """What was typed: as it is, and as the number or code that it may be."""

    text: str
    compact: str

    @classmethod
    def read(cls, typed: str) -> "Term":
        """Tidy what was typed: cut at ``LONGEST`` characters, without what no database text may hold."""
        text = " ".join(typed.replace("\x00", " ")[:LONGEST].split())
        # Full-width digits and the quotes that exports put around numbers are no part of a number.
        compact = _NOISE.sub("", unicodedata.normalize("NFKC", text))
        compact = re.sub(r"^(No|单号)[:：]", "", compact, flags=re.IGNORECASE)
        return cls(text, compact)

    def __bool__(self) -> bool:
        return bool(self.text)

    @property
    def words(self) -> list[str]:
        """The words, each of which must be found; what stands beyond ``MOST_WORDS`` is one word."""
        return self.text.split(maxsplit=MOST_WORDS - 1)


def shape(term: Term) -> Key:
    """What a term is taken for (O3): a number or code by its look, else the buyer nick, used most."""
    digits = term.compact
    if digits.isascii() and digits.isdigit():
        if len(digits) >= 15:
            return Key.TID
        if len(digits) == 11 and digits.startswith("1"):
            return Key.PHONE
        if len(digits) == 4:
            return Key.PHONE_END
        if carriers_of_number(digits) or len(digits) >= 10:
            return Key.TRACKING
    elif carriers_of_number(term.compact):
        return Key.TRACKING
    elif _CODE.fullmatch(term.text) and any(character.isdigit() for character in term.text):
        return Key.SKU
    return Key.NICK


def fits(key: Key, term: Term) -> bool:
    """Whether a term can be looked for by a key at all."""
    digits = term.compact.isascii() and term.compact.isdigit()
    if key == Key.TID:
        return digits and len(term.compact) >= 6
    if key == Key.PHONE:
        return digits and len(term.compact) == 11
    if key == Key.PHONE_END:
        return digits and len(term.compact) == 4
    if key == Key.TRACKING:
        return bool(_ASCII_WORD.fullmatch(term.compact)) and len(term.compact) >= 6
    if key == Key.SKU:
        return bool(term.compact)
    return True


def keys_to_try(term: Term, allowed: frozenset[Key]) -> list[Key]:
    """The assumed key, then the others that the term can be looked for by, in a fixed order."""
    assumed = shape(term)
    order = [assumed, *(key for key in _TRIED if key != assumed)]
    return [key for key in order if key in allowed and fits(key, term)]
