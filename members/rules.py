"""M2, M4: what a buyer's spend so far takes off an order, as decisions on plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shopdesk.base.money import ZERO, quantize


@dataclass(frozen=True)
class Tier:
    """A bracket: spend of ``threshold`` CNY or more; the part above it is charged at ``rate`` (0.95 = 95 %)."""

    threshold: Decimal
    rate: Decimal
    name: str


@dataclass(frozen=True)
class TierTable:
    """All brackets, lowest first, and the version of the configuration that they are."""

    version: str
    tiers: tuple[Tier, ...]

    def tier_of(self, spend: Decimal) -> Tier | None:
        """The highest tier that a spend reaches, at exactly its amount (M4)."""
        return next((tier for tier in reversed(self.tiers) if spend >= tier.threshold), None)

    def next_after(self, spend: Decimal) -> Tier | None:
        """The next tier above a spend."""
        return next((tier for tier in self.tiers if spend < tier.threshold), None)


# M2, M4: what a new shop starts with.
STARTING_TIERS = TierTable(
    version="1",
    tiers=(
        Tier(Decimal(1000), Decimal("0.95"), "初级"),
        Tier(Decimal(10_000), Decimal("0.94"), "中级"),
        Tier(Decimal(20_000), Decimal("0.93"), "高级"),
    ),
)


@dataclass(frozen=True)
class BracketPart:
    """The part of an amount that falls into one bracket, and the rate that it is charged at (CNY)."""

    amount: Decimal
    rate: Decimal
    tier: Tier | None

    @property
    def charged(self) -> Decimal:
        """What the part costs, not rounded."""
        return self.amount * self.rate


def bracket_parts(spend: Decimal, amount: Decimal, table: TierTable) -> list[BracketPart]:
    """Lay ``amount`` on top of ``spend`` and cut it at the brackets, like income tax (M2)."""
    parts = []
    bounds: list[tuple[Decimal, Decimal, Tier | None]] = [(ZERO, Decimal(1), None)]
    bounds += [(tier.threshold, tier.rate, tier) for tier in table.tiers]
    end = spend + amount
    for number, (low, rate, tier) in enumerate(bounds):
        high = bounds[number + 1][0] if number + 1 < len(bounds) else None
        top = end if high is None else min(end, high)
        part = top - max(spend, low)
        if part > 0:
            parts.append(BracketPart(part, rate, tier))
    return parts


def discount_on(spend: Decimal, amount: Decimal, table: TierTable) -> Decimal:
    """What is taken off an amount of regular goods after a spend so far (CNY), rounded once (M2)."""
    return quantize(amount - sum((part.charged for part in bracket_parts(spend, amount, table)), ZERO))


def share(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share a total among lines in proportion, to the cent, so that the shares add up to it exactly (M2).

    No share is larger than its weight as long as the total is no larger than the weights' sum.
    """
    whole = sum(weights, ZERO)
    shares, given, seen = [], ZERO, ZERO
    for weight in weights:
        # Each share is what the running total grows by: the rounding never drifts, and the last one fits.
        seen += weight
        upto = quantize(total * seen / whole) if whole else ZERO
        shares.append(upto - given)
        given = upto
    return shares
