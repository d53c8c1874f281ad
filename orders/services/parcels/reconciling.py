"""What an import shows as sent or closed, and our parcels that were printed or packed by then (D1, F1)."""

from collections.abc import Collection
from datetime import datetime

from orders.events import parcels as events
from orders.models import ChangeNotice, Order, Parcel, ParcelLine, Slip
from orders.rules.parcels import read_tracking_number
from orders.services.notices import open_notice
from orders.services.parcels.locks import tids_of
from orders.services.parcels.slips import void_slip
from orders.services.tracking import begin
from orders.states import ParcelStage
from shipping.carriers import carrier_of
from shopdesk.base import audit
from shopdesk.base.errors import DomainError

_IN_THE_PILE = (ParcelStage.PRINTED, ParcelStage.PACKED)


def follow_platform(*, sent: Collection[str], closed: Collection[str], now: datetime) -> None:
    """Bring printed and packed parcels in step with orders that the platform sent or closed.

    A parcel of which every order was sent, with a number that may be its own, is shipped. Any other loses the goods
    of those orders; its slip is void and the warehouse is told, so that nobody sends them a second time. Planned
    parcels are the planning's own. One statement where there is nothing to do; the orders are locked by the caller.
    """
    gone = {*sent, *closed}
    if not gone:
        return
    lines = ParcelLine.objects.filter(order__in=gone, live=True, parcel__stage__in=_IN_THE_PILE)
    parcels = list(Parcel.objects.select_for_update().filter(pk__in=lines.values("parcel")).order_by("pk"))
    if not parcels:
        return
    tids = tids_of([parcel.pk for parcel in parcels])
    orders = Order.objects.in_bulk({tid for of_parcel in tids.values() for tid in of_parcel})
    for parcel in parcels:
        inside = [orders[tid] for tid in tids[parcel.pk]]
        number = _number(parcel, inside[0])
        if number and all(order.tid in sent for order in inside):
            _ship(parcel, inside, number, now)
        else:
            _take_out(parcel, [order for order in inside if order.tid in gone], sent, now)


def _number(parcel: Parcel, order: Order) -> str:
    """The platform's tracking number, where it may be this parcel's (F6)."""
    try:
        number = read_tracking_number(order.invoice_no)
    except DomainError:
        return ""
    taken = Parcel.objects.filter(invoice_no=number).exclude(buyer=parcel.buyer_id).exists()
    return "" if taken else number


def _ship(parcel: Parcel, orders: Collection[Order], number: str, now: datetime) -> None:
    order = next(iter(orders))
    parcel.stage, parcel.invoice_no = ParcelStage.SHIPPED, number
    parcel.carrier = carrier_of(order.logistics_company) or parcel.carrier or order.logistics_company[:24]
    parcel.shipped_at = order.consign_time or now
    parcel.version += 1
    parcel.save(update_fields=["stage", "invoice_no", "carrier", "shipped_at", "version"])
    audit.record_many(events.shipped(parcel, [order.tid for order in orders]), at=now, actor=None)
    begin([parcel.pk], now=now)


def _take_out(parcel: Parcel, orders: Collection[Order], sent: Collection[str], now: datetime) -> None:
    tids = [order.tid for order in orders]
    ParcelLine.objects.filter(parcel=parcel, order__in=tids).update(live=False)
    notices = [
        open_notice(
            order,
            ChangeNotice.Kind.REFUND,
            stage=parcel.stage,
            now=now,
            actor=None,
            before=f"包裹P{parcel.pk}",
            after="平台显示已发货，取出" if order.tid in sent else "平台显示已关闭，取出",
        )
        for order in orders
    ]
    slip = void_slip(parcel, Slip.Void.REFUNDED, now=now, notice=notices[0])
    Parcel.objects.filter(pk=parcel.pk).update(version=parcel.version + 1)
    if slip is not None:
        audit.record_many(events.slip_voided(parcel, tids, slip), at=now, actor=None)
