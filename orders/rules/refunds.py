"""What a refund is called where several look for it, and how much a refund before shipping is (O6, F4, A9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shopdesk.base.money import ZERO

# The fact that money owed was paid out: written by the service, read by the list of what was paid out.
REFUND_PAID_OUT = "refund.paid_out"
# What the fact says where goods were refunded before they were shipped.
BEFORE_SHIPPING = "refund"
# What it says where goods were shipped before.
AFTER_SALE = "refund_after_sale"


@dataclass(frozen=True)
class RefundAmounts:
    """How much is refunded (CNY): for each line in the order given, and for postage."""

    lines: tuple[Decimal, ...]
    post_fee: Decimal

    @property
    def goods_fee(self) -> Decimal:
        """All lines together."""
        return sum(self.lines, ZERO)

    @property
    def total(self) -> Decimal:
        """All that is paid out."""
        return self.goods_fee + self.post_fee


def refund_amounts(
    left_of_lines: Sequence[Decimal], left_of_postage: Decimal, left: Decimal
) -> RefundAmounts:
    """Lines as they were charged, then postage, never more than is left of what was paid (A9)."""
    amounts = []
    for charged in left_of_lines:
        amount = max(min(charged, left), ZERO)
        amounts.append(amount)
        left -= amount
    return RefundAmounts(tuple(amounts), max(min(left_of_postage, left), ZERO))
