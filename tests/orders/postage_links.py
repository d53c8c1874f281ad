"""A buyer of the shop, and the postage links that they paid."""

from decimal import Decimal
from typing import Any

from orders.models import Order
from tests.factories import make_line, make_paid_order

NICK = "公主小肥"


def link(amount: str, nick: str = NICK, **fields: Any) -> Order:
    """An order of a paid postage link."""
    order = make_paid_order(nick, goods_payable=Decimal(amount), post_fee=Decimal(0), **fields)
    make_line(order, "补差价 邮费专拍", price=Decimal(amount), sku_properties_name="")
    return order
