"""Orders, and how far their parcels are, for the tests of the warehouse."""

from datetime import datetime
from typing import Any

from orders.models import ChangeNotice, Hold, Order, OrderLine, Parcel, Sku
from orders.services.notices import open_notice
from orders.services.parcels.planning import plan
from orders.services.parcels.printing import print_parcels
from orders.services.parcels.stages import pack
from shopdesk.base.models import Staff
from tests.factories import NOW, make_line, make_paid_order, make_product, make_staff

PREORDER = "【韩国直送】羊毛大衣"
SHELF = "【韩国现货】小白鞋"
CUSTOM = "【momonaco made】连衣裙"
NUMBER = "73100000000001"


def shelf_line(
    order: Order, title: str = SHELF, *, held: bool = True, shelf: str = "A-1-3", **fields: Any
) -> OrderLine:
    """A line from the shelf with a piece or more kept for it."""
    sku, _new = Sku.objects.get_or_create(
        product=make_product(title), sku_properties_name="颜色分类：白色;尺码：37", defaults={"shelf": shelf}
    )
    line = make_line(order, title, sku=sku, **fields)
    if held:
        sku.refresh_from_db()
        sku.stock, sku.held = sku.stock + line.num, sku.held + line.num
        sku.save(update_fields=["stock", "held"])
        Hold.objects.create(sku=sku, order=order, line=line, num=line.num, reason="下单", placed_at=NOW)
    return line


def ready_order(nick: str = "", **fields: Any) -> Order:
    """A paid order of one piece that lies on the shelf, its parcel planned."""
    order = make_paid_order(nick, **fields)
    shelf_line(order)
    plan([order.tid], now=NOW)
    return order


def parcel_of(order: Order) -> Parcel:
    """The order's one live parcel, as it is now."""
    return Parcel.objects.distinct().get(lines__order=order, lines__live=True)


def printed(order: Order, *, actor: Staff | None = None, now: datetime = NOW) -> Parcel:
    """Print the order's parcel."""
    print_parcels([parcel_of(order).pk], actor=actor or make_staff("warehouse"), now=now)
    return parcel_of(order)


def packed(order: Order, *, actor: Staff | None = None, now: datetime = NOW) -> Parcel:
    """Print and pack the order's parcel."""
    actor = actor or make_staff("warehouse")
    return pack(printed(order, actor=actor, now=now).pk, actor=actor, now=now)


def notice_on(order: Order, *, kind: str = ChangeNotice.Kind.SKU, stage: str = "printed") -> ChangeNotice:
    """A change of the order that nobody acknowledged yet."""
    return open_notice(
        order,
        kind,
        stage=stage,
        now=NOW,
        actor=make_staff("agent", signature="小雨"),
        before="白色 / 37",
        after="白色 / 38",
    )
