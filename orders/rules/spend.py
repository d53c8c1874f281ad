"""M1: what an order counts for its buyer's spend, as a decision on plain values."""

from dataclasses import dataclass
from decimal import Decimal

from orders.states import Status
from shopdesk.base.money import ZERO

COUNTING = frozenset({Status.WAIT_SELLER_SEND_GOODS, Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED})


@dataclass(frozen=True)
class Counted:
    """What was paid for goods, and what of it was refunded (CNY, both positive)."""

    goods: Decimal
    refunded: Decimal


def counted(status: str, payable: Decimal, links: Decimal, refunded: Decimal, refund_fee: Decimal) -> Counted:
    """What an order counts, from payment on: its goods without postage and postage links, less their refunds.

    ``refunded`` is what the lines tell of refunds; where none does, the order's own figure ``refund_fee`` is
    taken, as far as it can be goods.
    """
    goods = max(payable - links, ZERO) if status in COUNTING else ZERO
    return Counted(goods, min(refunded or refund_fee, goods))
