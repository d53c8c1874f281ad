"""What a change does to goods: holds move, what is here goes on the shelf (F5, O16)."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders.models import Hold, OrderLine, Sku, StockMovement
from orders.rules.products import SHELF_KINDS
from orders.services import holds
from orders.services.locks import lock_skus
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

HOLD_REASON = "客户改颜色尺码"
SHELF_REASON = "订单{tid}不再需要"


def move_hold(line: OrderLine, sku: Sku, *, accept_short: bool, actor: Staff | None, now: datetime) -> bool:
    """Give the line's pieces back to the shelf and hold those of another SKU (O9, F5); False where it waits.

    Raises ``DomainError`` (F5) where the shelf has too few and the buyer does not wait for them.
    """
    if line.product.kind not in SHELF_KINDS:
        return True
    locked = lock_skus({sku.pk, *_held_skus([line])})
    free = locked[sku.pk].stock - locked[sku.pk].held
    if free < line.num and not accept_short:
        raise DomainError(
            "F5",
            _(
                "Only %(free)s of this colour and size are free on the shelf, %(num)s are needed. Choose another, "
                "or tick that the buyer waits for it."
            )
            % {"free": free, "num": line.num},
            field="accept_short",
        )
    holds.release_lines([line.pk], release=Hold.Release.CHANGED, actor=actor, now=now)
    if free < line.num:
        return False
    holds.place(sku.pk, line.num, reason=HOLD_REASON, order=line.order, line=line, actor=actor, now=now)
    return True


def hold_again(line: OrderLine, *, actor: Staff | None, now: datetime) -> bool:
    """Hold a shelf line's pieces again, as far as the shelf has them; False where it has too few."""
    if line.product.kind not in SHELF_KINDS or line.sku_id is None:
        return True
    try:
        holds.place(
            line.sku_id, line.num, reason="退款撤回", order=line.order, line=line, actor=actor, now=now
        )
    except DomainError:
        return False
    return True


def put_on_shelf(line: OrderLine, *, actor: Staff | None, now: datetime) -> None:
    """Goods that arrived or were made for a line that does without them go on the shelf (F4)."""
    if line.sku_id is None:
        return
    sku = lock_skus([line.sku_id])[line.sku_id]
    sku.stock += line.num
    sku.save(update_fields=["stock"])
    StockMovement.objects.create(
        sku=sku,
        kind=StockMovement.Kind.RETURNED,
        num=line.num,
        stock=sku.stock,
        reason=SHELF_REASON.format(tid=line.order_id),
        by=actor,
        at=now,
    )


def _held_skus(lines: Collection[OrderLine]) -> list[int]:
    return list(
        Hold.objects.filter(line__in=lines, released_at__isnull=True).values_list("sku_id", flat=True)
    )
