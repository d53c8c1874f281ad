"""The forms of the tiers and of the address free for life: they check types and give what the services take."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from members.rules import Tier
from members.services.lifetime_address import LONGEST_ADDRESS, LONGEST_REASON
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import VersionedForm

SPARE_ROWS = 1
MOST_TIERS = 12
NAME_LENGTH = 16
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class TypedTier:
    """A row as it was typed: the rate is in per cent."""

    name: str
    threshold: str
    percent: str

    @property
    def empty(self) -> bool:
        """Whether nothing was typed: such a row is no tier."""
        return not (self.name or self.threshold or self.percent)


def typed_tiers(sent: QueryDict) -> list[TypedTier]:
    """The rows of the form as they were sent."""
    columns = [sent.getlist(name)[: MOST_TIERS + SPARE_ROWS] for name in ("name", "threshold", "percent")]
    return [TypedTier(*(cell.strip() for cell in row)) for row in zip(*columns, strict=False)]


def as_typed(tiers: Sequence[Tier]) -> list[TypedTier]:
    """The rows that show a table, and one more to be filled in."""
    rows = [
        TypedTier(tier.name, f"{tier.threshold:.2f}", f"{(tier.rate * HUNDRED).normalize():f}")
        for tier in tiers
    ]
    return rows + [TypedTier("", "", "")] * SPARE_ROWS


def tiers_of(rows: Sequence[TypedTier]) -> list[Tier]:
    """The tiers that were typed; an emptied row is dropped. Raises ``DomainError`` (M4) for what is no number."""
    return [
        Tier(
            threshold=_number(row.threshold, 2, Decimal(10**9)),
            rate=_number(row.percent, 1, HUNDRED) / HUNDRED,
            name=_name(row.name),
        )
        for row in rows
        if not row.empty
    ]


def _name(text: str) -> str:
    if not text or len(text) > NAME_LENGTH or not text.isprintable():
        raise DomainError("M4", _("Each tier has a name of 1 to 16 characters."), field="name")
    return text


def _number(text: str, places: int, most: Decimal) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -places or not 0 < number <= most:
        raise DomainError("M4", _("Write the threshold in yuan and the rate in per cent, such as 95."))
    return number


class MoveForm(VersionedForm):
    """Another address for free shipping for life, and the version that the page showed (M5)."""

    address = forms.CharField(label=_("New address"), max_length=LONGEST_ADDRESS)
    reason = forms.CharField(label=_("Reason"), max_length=LONGEST_REASON)
