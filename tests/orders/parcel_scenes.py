"""Orders, and how far their parcels are, for the tests of the warehouse."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from orders.models import ChangeNotice, Hold, Order, OrderLine, Parcel, Sku
from orders.services.notes import add_note, write_note
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
PHONE = "13800007620"


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


def talkative_order(**fields: Any) -> Order:
    """An order in which people and the desk wrote phone numbers and amounts wherever they could."""
    order = ready_order(
        receiver_mobile=PHONE,
        receiver_phone="021-55558888",
        receiver_address=f"上海 上海市 浦东新区 示例街道1号 {PHONE}",
        buyer_message=f"到了打 {PHONE}，或者 138 0000 7620",
        **fields,
    )
    add_note(order.tid, f"联系电话{PHONE}", actor=make_staff("agent"), now=NOW)
    write_note(order, "应付505.00，实付505.00", actor=None, now=NOW)
    return order


def numbers_file(
    *rows: Any, header: str = "包裹号,运单号,快递公司", name: str = "numbers.csv"
) -> SimpleUploadedFile:
    """Tracking numbers of these parcels as the carrier gives them; a row may be words instead."""
    lines = [
        f"P{row},{NUMBER[:-2]}{number:02},中通" if isinstance(row, int) else row
        for number, row in enumerate(rows)
    ]
    return SimpleUploadedFile(name, "\r\n".join([header, *lines]).encode("gb18030"))
