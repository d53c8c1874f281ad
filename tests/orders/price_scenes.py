"""Orders whose price is asked for, and prices that the rules do not give."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from orders.approval_kinds import SPECIAL_PRICE
from orders.models import Order
from orders.services.special_prices import PriceWish, ask_for_price
from orders.states import Status
from shopdesk.base.models import Approval, Staff
from shopdesk.base.services import approvals
from tests.factories import NOW, make_line, make_order, make_staff

ADDRESS = "浙江省 杭州市 西湖区 示例街道1号"


def unpaid(goods: str = "250.00", **fields: Any) -> Order:
    """An unpaid order to Zhejiang: 250.00 + 6.00."""
    fields.setdefault("receiver_state", "浙江")
    fields.setdefault("receiver_address", ADDRESS)
    order = make_order("公主小肥", goods_payable=Decimal(goods), **fields)
    make_line(order, price=Decimal(goods))
    return order


def paid(goods: str = "300.00", post_fee: str = "6.00", **fields: Any) -> Order:
    """The same buyer's order of two days before, and it is paid."""
    return unpaid(
        goods,
        post_fee=Decimal(post_fee),
        status=Status.WAIT_SELLER_SEND_GOODS,
        created=NOW - timedelta(days=2),
        **fields,
    )


def mixed(*prices: str) -> Order:
    """An order of shelf goods and goods that are bought to order."""
    order = unpaid(prices[0])
    make_line(order, "【韩国直送】连衣裙", price=Decimal(prices[1]))
    return order


def special(total: str = "200.00", **fields: Any) -> PriceWish:
    """A wish for this total."""
    return PriceWish(SPECIAL_PRICE, "老客户", Decimal(total), **fields)


def ask(order: Order, wish: PriceWish, actor: Staff | None = None, **fields: Any) -> Approval:
    """Ask a supervisor for it, as an agent unless said otherwise."""
    fields.setdefault("version", Order.objects.get(pk=order.pk).version)
    return ask_for_price(order.tid, wish, actor=actor or make_staff("agent"), now=NOW, **fields)


def approve(approval: Approval, **fields: Any) -> Order:
    """A supervisor gives it."""
    approvals.approve(approval.pk, actor=make_staff("supervisor", signature="慧慧"), now=NOW, **fields)
    return Order.objects.get(pk=approval.subject_id)


def page_of(client: Client, order: Order, **asked: str) -> str:
    """The order's page, a price tried on it as asked."""
    response = client.get(f"/orders/{order.tid}/", asked)
    assert response.status_code == 200
    return str(response.content.decode())
