"""Locking many parcels together with their orders: orders by number first, then parcels by id."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from orders.models import Order, Parcel, ParcelLine


@dataclass(frozen=True)
class LockedParcel:
    """A parcel that is locked, and the orders in it, locked too, lowest number first."""

    parcel: Parcel
    orders: Sequence[Order]

    @property
    def tids(self) -> list[str]:
        """The numbers of its orders."""
        return [order.tid for order in self.orders]


def lock_parcels(parcels: QuerySet[Parcel], *, wait: bool = False) -> list[LockedParcel]:
    """Lock those of ``parcels`` that still are among them once their orders are locked, with three statements.

    A parcel that somebody holds, or one of whose orders, is passed over: it is the next run's. With ``wait`` it
    is waited for.
    """
    tids = set(_orders_in(parcels))
    orders = Order.objects.filter(pk__in=tids).order_by("tid").select_for_update(skip_locked=not wait)
    locked = {order.tid: order for order in orders}
    rows = parcels.order_by("pk").select_for_update(of=("self",), skip_locked=not wait)
    inside: dict[int, set[str]] = defaultdict(set)
    found = list(rows)
    for parcel in found:
        inside[parcel.pk].add(parcel.order_id)
    pairs = ParcelLine.objects.filter(parcel__in=found, live=True).values_list("parcel_id", "order_id")
    for parcel_id, tid in pairs:
        inside[parcel_id].add(tid)
    return [
        LockedParcel(parcel, [locked[tid] for tid in sorted(inside[parcel.pk])])
        for parcel in found
        if inside[parcel.pk] <= locked.keys()
    ]


def _orders_in(parcels: QuerySet[Parcel]) -> list[str]:
    keys = list(parcels.order_by("pk").values_list("pk", "order_id"))
    lines = ParcelLine.objects.filter(parcel__in=[pk for pk, _tid in keys], live=True)
    return [tid for _pk, tid in keys] + list(lines.values_list("order_id", flat=True))
