"""Locking all that a change of a paid order may touch, in one order: by number."""

from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.selectors.changes import group_of, link_orders
from orders.services.locks import check_version, lock_orders
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def require_role(rule: str, actor: Staff) -> None:
    """Raise ``Forbidden`` for roles that do not work orders."""
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden(rule, _("Your role does not change orders."))


def lock_for_change(tid: str, *, version: int | None = None) -> Order:
    """Lock an order, those joined with it (S7) and the buyer's postage links that could pay a difference.

    Raises ``DomainError`` (O1) for no such order, ``VersionConflict`` (T5) when it has changed.
    """
    seen = Order.objects.filter(pk=tid).first()
    locked = lock_orders({tid, *_others(seen)}) if seen else {}
    if seen is None or tid not in locked:
        raise DomainError("O1", _("There is no order %(tid)s.") % {"tid": tid})
    order = locked[tid]
    check_version(order, version)
    if order.joined != seen.joined:
        raise VersionConflict(
            "T5",
            _("Somebody changed this order since you opened it. Look at it as it is now, then try again."),
            subject=("order", tid),
            stands={"version": order.version},
        )
    return order


def version_for_change(tid: str) -> int | None:
    """Lock as ``lock_for_change`` does and answer the order's version; ``None`` when there is none."""
    seen = Order.objects.filter(pk=tid).first()
    if seen is None:
        return None
    order = lock_orders({tid, *_others(seen)}).get(tid)
    return order.version if order else None


def _others(order: Order) -> set[str]:
    links = link_orders(order).order_by().values_list("pk", flat=True)
    return {*group_of(order), *links}
