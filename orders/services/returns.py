"""Goods that came back and go on the shelf again (A5, F5)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import stock as events
from orders.models import OrderLine, Sku, StockMovement
from orders.services import holds, shortages
from orders.services.locks import lock_sku
from shopdesk.base import audit
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

REASON = "订单{tid}退回，验货通过"


@transaction.atomic
def put_back(
    line: OrderLine, num: int, sku: Sku | None = None, *, actor: Staff | None, now: datetime
) -> StockMovement:
    """Put pieces of a line that came back, and passed, on the shelf (F5); lines that wait for them get theirs.

    ``sku`` is what they are, where that is not the line's own. The order is locked by the caller, who also sees to it
    that each piece comes back once. Raises ``Forbidden`` (F5) by role, ``DomainError`` (F5) for no pieces or more
    than the line has, or where no SKU is known.
    """
    if actor is not None and not actor.may(Permission.WORK_WAREHOUSE):
        raise Forbidden("F5", _("Only the warehouse and supervisors change the stock."))
    sku_id = sku.pk if sku is not None else line.sku_id
    if sku_id is None:
        raise DomainError("F5", _("This line has no SKU: say which colour and size came back."))
    if not 1 <= num <= line.num:
        raise DomainError(
            "F5", _("How many pieces came back? 1 to %(most)s.") % {"most": line.num}, field="num"
        )
    locked = lock_sku(sku_id)
    locked.stock += num
    locked.save(update_fields=["stock"])
    movement = StockMovement.objects.create(
        sku=locked,
        kind=StockMovement.Kind.RETURNED,
        num=num,
        stock=locked.stock,
        reason=REASON.format(tid=line.order_id),
        by=actor,
        at=now,
    )
    audit.record(events.stock_moved(movement), at=now, actor=actor)
    holds.serve_waiting([locked.pk], now=now)
    shortages.end_if_served(locked.pk, actor=actor, now=now)
    return movement
