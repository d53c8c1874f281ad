"""A refund succeeded: it was made on Taobao, or an import shows it (O6, F4, A9, M1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import F

from orders import events
from orders.models import Hold, Order, OrderLine, Payment, PostageCredit, Refund, RefundTask
from orders.rules.missed import MISSED_LABEL
from orders.rules.promises import LATE_LABEL
from orders.rules.refunds import AFTER_SALE, BEFORE_SHIPPING
from orders.rules.supply import HERE
from orders.services import holds
from orders.services.changes import goods
from orders.services.parcels.planning import plan
from orders.services.red_flags import lower_red_flags
from orders.services.spend import tell_spend
from orders.states import ORDER_MOVES, CloseReason, Status
from shopdesk.base import audit
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO


@dataclass(frozen=True)
class Shown:
    """What a file told as refunded beyond what the desk knew (CNY): it is not counted again."""

    orders: Mapping[str, Decimal] = field(default_factory=dict)
    lines: Mapping[int, Decimal] = field(default_factory=dict)


_NOTHING = Shown()


def complete(
    tids: Collection[str],
    *,
    actor: Staff | None,
    now: datetime,
    statuses: Collection[str] = (Refund.Status.DUE,),
    shown: Shown = _NOTHING,
    only: Collection[int] | None = None,
) -> list[Refund]:
    """Count the refunds of orders as done: on lines and order, in the spend ledger; a full one closes the order.

    With ``only``, none but these refunds (by id). The orders are locked by the caller. Answers the refunds that were
    done by this.
    """
    found = Refund.objects.select_for_update().filter(order__in=tids, status__in=statuses)
    if only is not None:
        found = found.filter(pk__in=only)
    refunds = list(found.order_by("pk"))
    for refund in refunds:
        order = Order.objects.get(pk=refund.order_id)
        _count(order, refund, shown, actor=actor, now=now)
        _close_if_all(order, actor=actor, now=now)
    touched = {refund.order_id for refund in refunds}
    tell_spend(touched)
    plan(touched, now=now)
    return refunds


def _count(order: Order, refund: Refund, shown: Shown, *, actor: Staff | None, now: datetime) -> None:
    for part in refund.lines.select_related("line__product"):
        line: OrderLine = part.line
        line.refund_fee += max(part.amount - shown.lines.get(line.pk, ZERO), ZERO)
        line.save(update_fields=["refund_fee"])
        if line.supply in HERE and not refund.after_sale:
            goods.put_on_shelf(line, actor=actor, now=now)
            OrderLine.objects.filter(pk=line.pk).update(supply="")
    total = refund.total
    order.refund_fee += max(total - shown.orders.get(order.pk, ZERO), ZERO)
    order.version += 1
    order.save(update_fields=["refund_fee", "version"])
    refund.status, refund.done_at = Refund.Status.DONE, now
    refund.save(update_fields=["status", "done_at"])
    rule, why = ("A9", AFTER_SALE) if refund.after_sale else ("O6", BEFORE_SHIPPING)
    fact = events.refund_paid_out(order.pk, total, rule=rule, reason=why, refund=refund.pk)
    audit.record(fact, at=now, actor=actor)


def _close_if_all(order: Order, *, actor: Staff | None, now: datetime) -> None:
    """O6: a paid or shipped order closes when its refund has succeeded in full.

    **Our reading:** in full is every line in full, as on Taobao: postage that the buyer bears does not keep it open.
    """
    waiting = Refund.objects.filter(order=order, status__in=(Refund.Status.WAITING, Refund.Status.DUE))
    kept = order.lines.filter(refunded_at__isnull=True, refund_fee__lt=F("payment"))
    if waiting.exists() or kept.exists():
        return
    if order.status not in (Status.WAIT_SELLER_SEND_GOODS, Status.WAIT_BUYER_CONFIRM_GOODS):
        return  # finished, or closed by a file already
    before = order.status
    order.status = ORDER_MOVES.require("close_refunded", before)
    order.close_reason, order.end_time = CloseReason.REFUND, now
    order.save(update_fields=["status", "close_reason", "end_time"])
    lower_red_flags([order.pk], MISSED_LABEL, LATE_LABEL, now=now)
    holds.release_of_orders([order.pk], release=Hold.Release.CLOSED, now=now, actor=actor)
    Payment.objects.filter(order=order, status=Payment.Status.APPLIED).update(status=Payment.Status.REFUNDED)
    # S7: the postage of other orders that came off this one's total is theirs again, unless it was paid out.
    paid_out = RefundTask.objects.filter(
        order=order, reason=RefundTask.Reason.JOINED_POSTAGE, done_at__isnull=False
    )
    if not paid_out.exists():
        PostageCredit.objects.filter(given_to=order).delete()
        RefundTask.objects.filter(order=order, reason=RefundTask.Reason.JOINED_POSTAGE).delete()
    audit.record(
        events.moved("order.closed", order, before, reason=CloseReason.REFUND.value), at=now, actor=actor
    )
