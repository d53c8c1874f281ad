"""Orders that were shipped, and what follows after their sale."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from members.models import Buyer
from members.services import prove_spend
from orders.models import Hold, Order, OrderLine, Parcel, PlatformTask, Refund, RefundTask, Sku
from orders.services.extra_parcels import Extra, plan_extra
from orders.services.holds_for_exchange import hold_for
from orders.services.locks import lock_order
from orders.services.parcels.printing import print_parcels
from orders.services.parcels.stages import pack
from orders.services.refunds_after import refund_shipped, refundable
from orders.services.spend import tell_spend
from orders.states import Status
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_line, make_sku, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

NICK = "换货的人"
OTHER = "颜色分类：白色;尺码：38"


def sent_order(*prices: str, nick: str = NICK, **fields: Any) -> Order:
    """An order of these prices and 6.00 postage that is on its way in one parcel; its goods count as spent."""
    prices = prices or ("499.00",)
    order = make_shipped_order(nick, goods_payable=sum(map(Decimal, prices)), **fields)
    for number, price in enumerate(prices):
        make_line(order, f"小白鞋{number or ''}", price=Decimal(price))
    make_shipped_parcel(order)
    tell_spend([order.pk])
    return order


def finished_order(*prices: str, **fields: Any) -> Order:
    """The same, and the buyer has confirmed it."""
    order = sent_order(*prices, **fields)
    Order.objects.filter(pk=order.pk).update(status=Status.TRADE_FINISHED, end_time=NOW)
    order.refresh_from_db()
    return order


def line_of(order: Order, position: int = 1) -> OrderLine:
    """A line by its position."""
    return order.lines.select_related("product").get(position=position)


def refund(
    order: Order, amounts: dict[int, str], post_fee: str = "0.00", *, actor: Staff | None = None, **more: Any
) -> Refund:
    """Refund amounts by the positions of lines, the order locked as a ticket locks it."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        by_line = {line_of(order, position).pk: Decimal(amount) for position, amount in amounts.items()}
        return refund_shipped(
            locked,
            by_line,
            Decimal(post_fee),
            reason=more.pop("reason", "退货退款"),
            actor=actor or make_staff("agent"),
            now=more.pop("now", NOW),
        )


def left(order: Order) -> tuple[list[str], str, str]:
    """What is left to refund: by line, of the postage, of the order."""
    order.refresh_from_db()
    amounts = refundable(order)
    lines = order.lines.order_by("position")
    return [str(amounts[line.pk]) for line in lines], str(amounts.post_fee), str(amounts.total)


def state(order: Order) -> list[Any]:
    """Every row that a refund could change."""
    models = (Order, OrderLine, Refund, PlatformTask, RefundTask)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]


def spend() -> Decimal:
    """What the buyer has spent, proven against the ledger."""
    assert prove_spend(NOW, True).done == 0
    return Buyer.objects.get(pk=NICK).spend


def other_sku(stock: int = 1, *, title: str = "小白鞋") -> Sku:
    """Another size of the shoe, on the shelf."""
    return make_sku(title, OTHER, stock=stock, shelf="B-2-1", outer_sku_id="XBX-38")


def held(order: Order, sku: Sku | None = None, num: int = 1) -> Hold:
    """What an exchange of the order takes."""
    sku = sku or other_sku(num)
    return hold_for(order, sku.pk, num, reason="换码", actor=make_staff("agent"), now=NOW)


def exchange_parcel(order: Order, hold: Hold | None = None, *, purpose: str = "exchange") -> Parcel:
    """A planned parcel that follows the order's sale."""
    hold = hold or (held(order) if purpose == "exchange" else None)
    extra = Extra(line_of(order), hold.num if hold else 1, hold)
    return plan_extra(order, purpose, [extra], actor=make_staff("agent"), now=NOW)


def printed_extra(parcel: Parcel, actor: Staff | None = None) -> Parcel:
    """Print it."""
    print_parcels([parcel.pk], actor=actor or make_staff("warehouse"), now=NOW)
    parcel.refresh_from_db()
    return parcel


def packed_extra(parcel: Parcel, actor: Staff | None = None) -> Parcel:
    """Print and pack it."""
    actor = actor or make_staff("warehouse")
    return pack(printed_extra(parcel, actor).pk, actor=actor, now=NOW)
