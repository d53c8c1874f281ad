"""Holding pieces on the shelf (F5). The sum of holds never exceeds the stock: the database refuses it."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Hold, Order, Sku
from orders.services.locks import lock_skus
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

HOLD_HOURS = 72


@transaction.atomic
def place(
    sku_id: int,
    num: int,
    *,
    reason: str,
    order: Order | None = None,
    until: datetime | None = None,
    actor: Staff | None = None,
    now: datetime | None = None,
) -> Hold:
    """Hold ``num`` pieces of a SKU (F5). Raises ``DomainError`` (F5) where the shelf has fewer left."""
    now = now or clock.now()
    sku = lock_skus([sku_id])[sku_id]
    if num < 1 or sku.held + num > sku.stock:
        raise DomainError(
            "F5",
            _("Only %(left)s of %(stock)s pieces are free, %(num)s were asked for.")
            % {"left": sku.stock - sku.held, "stock": sku.stock, "num": num},
        )
    Sku.objects.filter(pk=sku_id).update(held=F("held") + num)
    hold = Hold.objects.create(
        sku=sku, order=order, num=num, reason=reason, placed_by=actor, placed_at=now, until=until
    )
    audit.record(events.hold_placed(hold), at=now, actor=actor)
    return hold


def release_of_orders(
    tids: Iterable[str], *, release: str, now: datetime, actor: Staff | None = None
) -> list[Hold]:
    """End all open holds of the orders; what was shipped leaves the stock too (F5, N5).

    Call it inside the transaction that holds the orders' locks.
    """
    return end(Hold.objects.filter(order__in=list(tids)), release=release, now=now, actor=actor)


def end(holds: QuerySet[Hold], *, release: str, now: datetime, actor: Staff | None) -> list[Hold]:
    """End those of these holds that are open, whatever they are for (F5)."""
    ending = list(holds.filter(released_at__isnull=True).order_by("pk"))
    if not ending:
        return []
    freed = Counter[int]()
    for hold in ending:
        freed[hold.sku_id] += hold.num
        hold.released_at, hold.release = now, release
    lock_skus(freed)
    for sku_id, num in sorted(freed.items()):
        shipped = num if release == Hold.Release.CONSUMED else 0
        Sku.objects.filter(pk=sku_id).update(held=F("held") - num, stock=F("stock") - shipped)
    Hold.objects.filter(pk__in=[hold.pk for hold in ending]).update(released_at=now, release=release)
    audit.record_many((events.hold_released(hold) for hold in ending), at=now, actor=actor)
    return ending


def retake(order: Order, *, now: datetime) -> bool:
    """Hold again what the closing released (O5). True when everything could be held again."""
    complete = True
    released = Hold.objects.filter(order=order, release=Hold.Release.CLOSED, released_at=order.end_time)
    for former in released.order_by("sku_id"):
        try:
            place(former.sku_id, former.num, reason=former.reason, order=order, until=former.until, now=now)
        except DomainError:
            complete = False
    return complete
