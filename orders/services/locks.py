"""Row locks, always in one order: orders by tid, then SKUs by id."""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from orders.models import Order, Sku
from shopdesk.base.errors import DomainError, VersionConflict


def lock_order(tid: str, *, version: int | None = None) -> Order:
    """Lock an order and answer it as it is now.

    Raises ``DomainError`` (O1) when there is none, ``VersionConflict`` (T5) when ``version`` is given and the
    order has changed since.
    """
    order = Order.objects.select_for_update().filter(pk=tid).first()
    if order is None:
        raise DomainError("O1", _("There is no order %(tid)s.") % {"tid": tid})
    check_version(order, version)
    return order


def lock_orders(tids: Iterable[str]) -> dict[str, Order]:
    """Lock orders in the order of their numbers; the ones that there are, by number."""
    return {
        order.pk: order
        for order in Order.objects.select_for_update().filter(pk__in=set(tids)).order_by("tid")
    }


def check_version(order: Order, version: int | None) -> None:
    """Raise ``VersionConflict`` (T5) when ``version`` is given and the order has changed since."""
    if version is not None and order.version != version:
        raise VersionConflict(
            "T5",
            _("Somebody changed this order since you opened it. Look at it as it is now, then try again."),
            subject=("order", order.tid),
            stands={"version": order.version},
        )


def versions_of(tids: Collection[str]) -> dict[str, int]:
    """The versions of many orders as they are now, with one statement and without a lock."""
    return dict(Order.objects.filter(pk__in=tids).values_list("tid", "version"))


def lock_skus(ids: Iterable[int], *, patient: bool = True) -> dict[int, Sku]:
    """Lock SKUs in the order of their ids; unless ``patient``, leave out those that somebody else has locked."""
    skus = Sku.objects.select_for_update(skip_locked=not patient).filter(pk__in=set(ids)).order_by("pk")
    return {sku.pk: sku for sku in skus}


def lock_sku(sku_id: int) -> Sku:
    """Lock one SKU and answer it as it is now, its product read with it. Raises ``DomainError`` (F5) for none."""
    sku = Sku.objects.select_for_update(of=("self",)).select_related("product").filter(pk=sku_id).first()
    if sku is None:
        raise DomainError("F5", _("There is no such SKU. Search for it by its title or code."))
    return sku
