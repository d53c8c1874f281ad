"""Orders of one SKU, and what is held of it."""

from typing import Any

from django.db import transaction

from orders.models import Hold, Order, Sku
from orders.services import holds
from tests.factories import NOW, make_line, make_order, make_paid_order


def ordered(sku: Sku, num: int = 1, *, paid: bool = False, **fields: Any) -> Order:
    """An order of one line of that SKU, nothing held yet."""
    order = (make_paid_order if paid else make_order)(**fields)
    make_line(order, sku.product.title, sku=sku, num=num, sku_properties_name=sku.sku_properties_name)
    return order


def take(*orders: Order) -> set[int]:
    """Hold what these orders want and the shelf has."""
    with transaction.atomic():
        return holds.take([order.tid for order in orders], now=NOW)


def held_for(order: Order) -> int:
    """The pieces that are held for the order."""
    return sum(Hold.objects.filter(order=order, released_at=None).values_list("num", flat=True))


def figures(sku: Sku) -> tuple[int, int]:
    """Stock and held pieces, proven against the open holds."""
    sku.refresh_from_db()
    assert sku.held == sum(Hold.objects.filter(sku=sku, released_at=None).values_list("num", flat=True))
    return sku.stock, sku.held
