"""Parcels that follow an order's sale on their way out, and all that they could touch."""

from typing import Any

from orders.models import (
    ExtraGoods,
    Flag,
    Hold,
    Note,
    Order,
    Parcel,
    PlatformTask,
    Sku,
    Slip,
    StockMovement,
)
from orders.services.parcels.shipping import ship
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_staff
from tests.orders.parcel_scenes import NUMBER


def send(parcel: Parcel, number: str = NUMBER, **more: Any) -> Parcel:
    """Ship it."""
    more.setdefault("actor", make_staff("warehouse"))
    ship(parcel.pk, carrier="zhongtong", invoice_no=number, now=more.pop("now", NOW), **more)
    parcel.refresh_from_db()
    return parcel


def state() -> list[Any]:
    """Every row that such a parcel could change."""
    models = (Parcel, ExtraGoods, Order, Hold, Sku, StockMovement, Note, Flag, PlatformTask, Slip)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]
