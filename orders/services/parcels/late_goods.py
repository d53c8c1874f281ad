"""S7: goods of a joined order that is paid when the parcel of its group is printed already."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orders.events import parcels as events
from orders.models import ChangeNotice, Order, OrderLine, Parcel, ParcelLine, Slip
from orders.services.notices import open_notice
from orders.services.parcels.slips import void_slip
from orders.states import ParcelStage
from shopdesk.base import audit


@dataclass
class Wanted:
    """A parcel as it should be: whose, which part of S8, by which carrier, with which lines, by when."""

    order: Order
    part: str
    carrier: str
    lines: list[int] = field(default_factory=list)
    ship_by: datetime | None = None


def take_late(wanted: dict[tuple[str, str], Wanted], groups: Sequence[str]) -> list[tuple[Parcel, list[int]]]:
    """Take out of ``wanted`` what goes into a printed parcel of its group; answers those parcels, locked.

    Joined orders ship in one parcel (S7), and a printed one can still be changed (F2). A packed one cannot: later
    goods of its group then go by themselves.
    """
    if not groups or not wanted:
        return []
    printed = (
        Parcel.objects.select_for_update(of=("self",))
        .filter(order__joined__in=groups, stage=ParcelStage.PRINTED, purpose=Parcel.Purpose.ORDER)
        .select_related("order")
        .order_by("pk")
    )
    late = []
    for parcel in printed:
        goods = wanted.pop((parcel.order.joined, parcel.part), None)
        if goods is not None:
            late.append((parcel, goods.lines))
    return late


def put_into_printed(late: Sequence[tuple[Parcel, list[int]]], *, now: datetime) -> None:
    """Put late goods into the printed parcel: its slip is void, and the warehouse is told (F2, S7)."""
    for parcel, line_ids in late:
        lines = list(OrderLine.objects.filter(pk__in=line_ids).select_related("order").order_by("pk"))
        ParcelLine.objects.bulk_create(
            ParcelLine(parcel=parcel, order_id=line.order_id, line=line) for line in lines
        )
        Parcel.objects.filter(pk=parcel.pk).update(version=parcel.version + 1)
        orders = {line.order_id: line.order for line in lines}
        notices = [
            open_notice(
                order,
                ChangeNotice.Kind.JOINED,
                stage=ParcelStage.PRINTED,
                now=now,
                actor=None,
                after=f"并入包裹P{parcel.pk}",
            )
            for _tid, order in sorted(orders.items())
        ]
        slip = void_slip(parcel, Slip.Void.CHANGED, now=now, notice=notices[0])
        if slip is not None:
            tids = sorted({parcel.order_id, *orders})
            audit.record_many(events.slip_voided(parcel, tids, slip), at=now, actor=None)
