"""Paid orders to Shanghai, and changes of their address."""

from decimal import Decimal
from typing import Any

from orders.models import ChangeNotice, Order
from orders.services.changes.address import AddressChange, change_address
from shopdesk.base.models import Approval, Staff
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.postage_links import NICK

GUANGDONG = "广东省 广州市 天河区 示例路2号"


def paid(goods: str = "250.00", **fields: Any) -> Order:
    """A paid order to Shanghai: 250.00 + 6.00."""
    order = make_paid_order(NICK, goods_payable=Decimal(goods), **fields)
    make_line(order, price=Decimal(goods))
    return order


def change(
    order: Order, address: str = GUANGDONG, actor: Staff | None = None, **fields: Any
) -> ChangeNotice | Approval:
    """Change the order's address, by an agent unless said otherwise."""
    version = fields.pop("version", Order.objects.get(pk=order.pk).version)
    fields.setdefault("receiver_name", order.receiver_name)
    fields.setdefault("receiver_mobile", order.receiver_mobile)
    asked = AddressChange(address, **fields)
    return change_address(order.pk, asked, version=version, actor=actor or make_staff("agent"), now=NOW)
