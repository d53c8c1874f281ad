"""Paid orders that are not shipped, their refunds, and what these leave of spend, tier and stock."""

from decimal import Decimal
from typing import Any

from members.models import Buyer
from members.selectors import standing_of
from orders.models import Order, PlatformTask, Refund, Sku
from orders.services import platform
from orders.services.refunding import refund_lines
from orders.services.spend import tell_spend
from shopdesk.base.models import Approval, Staff
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.parcel_makers import hold_line
from tests.orders.postage_links import NICK


def paid(*prices: str, **fields: Any) -> Order:
    """A paid order of shelf goods at these prices and 6.00 postage, their pieces held."""
    prices = prices or ("499.00",)
    order = make_paid_order(NICK, goods_payable=sum(map(Decimal, prices)), **fields)
    for number, price in enumerate(prices):
        hold_line(make_line(order, f"小白鞋{number}", price=Decimal(price)))
    tell_spend([order.pk])
    return order


def refund(order: Order, *positions: int, actor: Staff | None = None, **fields: Any) -> Refund | Approval:
    """Refund these lines, the first unless said otherwise, before anything is shipped."""
    fields.setdefault("version", Order.objects.get(pk=order.pk).version)
    fields.setdefault("reason", "不想要了")
    return refund_lines(order.pk, positions or (1,), actor=actor or make_staff("agent"), now=NOW, **fields)


def tick(order: Order) -> None:
    """Somebody makes the refund on Taobao."""
    task = PlatformTask.objects.get(order=order, kind="refund", done_at=None)
    platform.tick(task.pk, actor=make_staff("agent"), now=NOW)


def standing() -> tuple[Decimal, str | None, list[tuple[int, int]]]:
    """The buyer's spend and tier, and every SKU's stock and what is held of it."""
    buyer = Buyer.objects.get(pk=NICK)
    tier = standing_of(buyer, NOW).tier
    return buyer.spend, tier and tier.name, list(Sku.objects.order_by("pk").values_list("stock", "held"))
