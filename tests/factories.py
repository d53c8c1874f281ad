"""Rows for tests, with sensible values wherever a test does not care."""

import itertools
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from members.models import Buyer
from orders.models import Order, OrderLine, Product, Sku
from orders.rules.products import is_special_price, kind_of_title
from orders.states import Status
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import Staff

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=SHANGHAI)
PASSWORD = "correct-horse-battery"
_numbers = itertools.count(1)


def make_staff(role: str, **fields: Any) -> Staff:
    """A staff member; the signature is 娜娜 unless said otherwise."""
    number = next(_numbers)
    fields.setdefault("username", f"{role}{number}-test")
    fields.setdefault("signature", "娜娜")
    return Staff.objects.create_user(password=fields.pop("password", PASSWORD), role=role, **fields)


def make_buyer(nick: str = "") -> Buyer:
    """A buyer."""
    nick = nick or f"买家{next(_numbers):05d}"
    return Buyer.objects.get_or_create(nick=nick, defaults={"first_seen_at": NOW})[0]


def make_product(title: str = "小白鞋") -> Product:
    """A product whose kind is read from its title (O12)."""
    return Product.objects.get_or_create(
        title=title, defaults={"kind": kind_of_title(title), "special_price": is_special_price(title)}
    )[0]


def make_sku(title: str = "小白鞋", properties: str = "颜色分类：白色;尺码：37", **fields: Any) -> Sku:
    """A SKU of a product."""
    return Sku.objects.create(product=make_product(title), sku_properties_name=properties, **fields)


def make_order(nick: str | None = "", **fields: Any) -> Order:
    """An unpaid order of 499.00 + 6.00, placed an hour before ``NOW``, unless said otherwise."""
    fields.setdefault("tid", f"4326{next(_numbers):015d}")
    fields.setdefault("status", Status.WAIT_BUYER_PAY)
    fields.setdefault("created", NOW - timedelta(hours=1))
    fields.setdefault("goods_payable", Decimal("499.00"))
    fields.setdefault("post_fee", Decimal("6.00"))
    fields.setdefault("payment", fields["goods_payable"] + fields["post_fee"])
    fields.setdefault("receiver_name", "张三")
    fields.setdefault("receiver_state", "上海")
    fields.setdefault("receiver_address", "上海 上海市 浦东新区 示例街道1号")
    fields.setdefault("receiver_mobile", "13800007620")
    fields.setdefault("num", 1)
    buyer = None if nick is None else make_buyer(nick)
    return Order.objects.create(buyer=buyer, **fields)


def make_paid_order(nick: str | None = "", **fields: Any) -> Order:
    """An order that was paid in full half an hour before ``NOW`` and is not shipped yet."""
    fields.setdefault("status", Status.WAIT_SELLER_SEND_GOODS)
    fields.setdefault("pay_time", NOW - timedelta(minutes=30))
    order = make_order(nick, **fields)
    if "paid_fee" not in fields:
        order.paid_fee = order.payment
        order.save(update_fields=["paid_fee"])
    return order


def make_line(order: Order, title: str = "小白鞋", **fields: Any) -> OrderLine:
    """A line of an order."""
    fields.setdefault("position", order.lines.count() + 1)
    fields.setdefault("price", Decimal("499.00"))
    fields.setdefault("num", 1)
    fields.setdefault("payment", fields["price"] * fields["num"])
    fields.setdefault("sku_properties_name", "颜色分类：白色;尺码：37")
    return OrderLine.objects.create(
        order=order, product=make_product(title), order_created=order.created, **fields
    )
