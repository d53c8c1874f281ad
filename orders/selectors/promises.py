"""Reading by when goods are to be shipped (O13): for each line of an order, and for orders in the list."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from orders.models import Order, OrderLine, Parcel, ParcelLine
from orders.rules.promises import ship_by
from orders.rules.supply import travels
from orders.states import ParcelStage, Status
from shopdesk.base.composed import Composed, Given

UNSENT = (ParcelStage.PLANNED, ParcelStage.PRINTED, ParcelStage.PACKED)


@dataclass(frozen=True)
class LinePromise:
    """By when a line is to be shipped: by its own promise, and by the one that governs its parcel."""

    own: datetime
    governing: datetime

    @property
    def waits(self) -> bool:
        """Whether it goes with goods that were promised for later."""
        return self.governing > self.own


_INSIDE = Composed(lambda: ParcelLine.objects.filter(order=Given("tid"), live=True).select_related("parcel"))


def line_promises(order: Order, lines: Iterable[OrderLine]) -> dict[int, LinePromise]:
    """The promises of the lines that are still to be shipped, by line: one statement."""
    if order.status != Status.WAIT_SELLER_SEND_GOODS:
        return {}
    parcels: Mapping[int, Parcel] = {inside.line_id: inside.parcel for inside in _INSIDE(tid=order.pk)}
    promised = {}
    for line in lines:
        parcel = parcels.get(line.pk)
        goods = line.product
        gone = parcel is not None and parcel.stage not in UNSENT
        if gone or not travels(goods.kind, virtual=goods.virtual, refunded=line.refunded_at is not None):
            continue
        own = ship_by(order.pay_time or order.created, goods.kind, goods.lead_days)
        governing = parcel.ship_by if parcel is not None and parcel.ship_by is not None else own
        # A planned parcel keeps the date that was promised, whatever the product says by now.
        promised[line.pk] = LinePromise(min(own, governing), governing)
    return promised


def governing_promises(tids: Collection[str]) -> dict[str, datetime]:
    """By when the next parcel of each order is to be shipped, where one is: one statement."""
    waiting = ParcelLine.objects.filter(
        order__in=tids,
        order__status=Status.WAIT_SELLER_SEND_GOODS,
        live=True,
        parcel__stage__in=UNSENT,
        parcel__ship_by__isnull=False,
    )
    return dict(waiting.values_list("order").annotate(Min("parcel__ship_by")).order_by())
