"""Locking parcels: their orders by tid first, then the parcels by id."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orders.models import Order, Parcel, ParcelLine
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
            "T5", _("This parcel was changed meanwhile. Look at it as it is now, then try again.")
        )
    return locked, orders


def lock_free_parcels(parcel_ids: Sequence[int]) -> dict[int, list[str]]:
    """Lock those of many parcels that nobody else holds, with their orders; answer the orders' numbers of each.

    For bulk work: whoever holds an order or a parcel keeps it, and what changed meanwhile is left for the next run.
    """
    before = tids_of(parcel_ids)
    wanted = {tid for tids in before.values() for tid in tids}
    orders = Order.objects.select_for_update(skip_locked=True).filter(pk__in=wanted).order_by("tid")
    held = set(orders.values_list("tid", flat=True))
    free = [pk for pk, tids in before.items() if held.issuperset(tids)]
    parcels = Parcel.objects.select_for_update(skip_locked=True).filter(pk__in=free).order_by("pk")
    locked = list(parcels.values_list("pk", flat=True))
    now = tids_of(locked)
    return {pk: now[pk] for pk in locked if now.get(pk) == before[pk]}


def tids_of(parcel_ids: Collection[int]) -> Mapping[int, list[str]]:
    """The numbers of the orders in each of many parcels, lowest first, with one statement."""
    found: dict[int, set[str]] = defaultdict(set)
    lines = ParcelLine.objects.filter(parcel__in=parcel_ids, live=True)
    for parcel, order, leader in lines.values_list("parcel_id", "order_id", F("parcel__order_id")):
        found[parcel] |= {order, leader}
    return {parcel: sorted(tids) for parcel, tids in found.items()}
