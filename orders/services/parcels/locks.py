"""Locking parcels: their orders by tid first, then the parcels by id."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.models import Order, Parcel
from orders.selectors.readiness import orders_of
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def require_warehouse(actor: Staff) -> None:
    """Raise ``Forbidden`` (F1) for a role that does not work in the warehouse."""
    if not actor.may(Permission.WORK_WAREHOUSE):
        raise Forbidden("F1", _("Your role does not print, pack or ship."))


def lock_parcel(parcel_id: int, *, version: int | None = None) -> tuple[Parcel, list[Order]]:
    """Lock a parcel after the orders in it; answer both as they are now, the orders by number.

    Raises ``DomainError`` (F1) for no parcel, ``VersionConflict`` (T5) when it changed since ``version``, or while
    the locks were waited for.
    """
    parcel = Parcel.objects.filter(pk=parcel_id).first()
    if parcel is None:
        raise DomainError("F1", _("There is no parcel P%(number)s.") % {"number": parcel_id})
    tids = orders_of(parcel)
    orders = list(Order.objects.select_for_update().filter(pk__in=tids).order_by("tid"))
    locked = Parcel.objects.select_for_update().filter(pk=parcel_id).first()
    if locked is None or orders_of(locked) != tids or version not in (None, locked.version):
        raise VersionConflict(
            "T5",
            _("This parcel was changed meanwhile. Look at it as it is now, then try again."),
            subject=("order", min(tids)) if tids else None,
        )
    return locked, orders


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
    """Lock those of ``parcels`` that still are among them once their orders are locked, with four statements.

    For bulk work: a parcel that somebody holds, or one of whose orders, is passed over and left to the next run. With
    ``wait`` it is waited for.
    """
    before = tids_of(parcels)
    tids = {tid for of_parcel in before.values() for tid in of_parcel}
    orders = Order.objects.filter(pk__in=tids).order_by("tid").select_for_update(skip_locked=not wait)
    locked = {order.tid: order for order in orders}
    free = list(parcels.order_by("pk").select_for_update(of=("self",), skip_locked=not wait))
    inside = tids_of([parcel.pk for parcel in free])
    return [
        LockedParcel(parcel, [locked[tid] for tid in inside[parcel.pk]])
        for parcel in free
        if set(inside[parcel.pk]) <= locked.keys()
    ]


def tids_of(parcels: Collection[int] | QuerySet[Any]) -> Mapping[int, list[str]]:
    """The numbers of the orders in each of many parcels (or their ids), the leading one's too, lowest first."""
    found: dict[int, set[str]] = defaultdict(set)
    live = FilteredRelation("lines", condition=Q(lines__live=True))
    rows = Parcel.objects.filter(pk__in=parcels).annotate(inside=live)
    for parcel, leader, tid in rows.values_list("pk", "order_id", "inside__order_id"):
        found[parcel] |= {leader, tid or leader}
    return {parcel: sorted(tids) for parcel, tids in found.items()}
