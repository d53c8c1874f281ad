"""What files show of changes and refunds that staff made here: done on Taobao (D1, D5, O9, O10, F4)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from orders.models import ChangeNotice, Order, OrderLine, PlatformTask, Refund, RefundLine
from orders.selectors.refunding import OPEN
from orders.services import refund_success
from orders.services.platform import drop_refund_task, seen_done
from orders.states import Status
from shopdesk.base.money import ZERO


def sent_elsewhere(tids: Collection[str]) -> set[str]:
    """The orders whose address staff changed (O10): a file's own address never undoes that (D1)."""
    notices = ChangeNotice.objects.filter(order__in=list(tids), kind=ChangeNotice.Kind.ADDRESS)
    return set(notices.values_list("order_id", flat=True))


def follow_orders(refunded: Mapping[str, Decimal], addresses: Mapping[str, str], *, now: datetime) -> None:
    """Orders of which a file shows more refunded than was known, or another address. They are locked."""
    _tick_addresses(addresses, now)
    totals: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for refund in Refund.objects.filter(order__in=refunded.keys(), status__in=OPEN):
        totals[refund.order_id] += refund.total
    closed = set(
        Order.objects.filter(pk__in=totals.keys(), status=Status.TRADE_CLOSED).values_list("pk", flat=True)
    )
    done = [tid for tid, total in totals.items() if tid in closed or refunded[tid] >= total]
    _finish(done, refund_success.Shown(orders=refunded), now)


def follow_lines(refunded: Mapping[int, Decimal], changed: Collection[str], *, now: datetime) -> None:
    """Lines of which a file shows more refunded than was known; orders whose new colour or size it names."""
    _tick_skus(changed, now)
    parts = RefundLine.objects.filter(line__in=refunded.keys(), refund__status__in=OPEN)
    candidates = set(parts.values_list("refund__order_id", flat=True))
    shown: dict[str, bool] = dict.fromkeys(candidates, True)
    for part in RefundLine.objects.filter(
        refund__order__in=candidates, refund__status__in=OPEN
    ).select_related("refund"):
        if refunded.get(part.line_id, ZERO) < part.amount:
            shown[part.refund.order_id] = False
    done = [tid for tid, is_shown in shown.items() if is_shown]
    _finish(done, refund_success.Shown(lines=refunded), now)


def _finish(tids: Collection[str], shown: refund_success.Shown, now: datetime) -> None:
    """Count the refunds as done and tick the task; what else is to be refunded stays on it."""
    if not tids:
        return
    for refund in refund_success.complete(tids, actor=None, now=now, statuses=OPEN, shown=shown):
        task = PlatformTask.objects.filter(
            order=refund.order_id, kind=PlatformTask.Kind.REFUND, done_at__isnull=True
        ).first()
        if task is not None and task.amount == refund.total:
            seen_done([task], now=now)
        elif task is not None:
            drop_refund_task(refund.order, refund.total)


def _tick_addresses(addresses: Mapping[str, str], now: datetime) -> None:
    shown = {tid: text for tid, text in addresses.items() if text}
    if not shown:
        return
    tasks = PlatformTask.objects.filter(
        order__in=shown.keys(), kind=PlatformTask.Kind.ADDRESS, done_at__isnull=True
    )
    seen_done(
        [
            task
            for task in tasks.select_related("order")
            if task.order.receiver_address == shown[task.order_id]
        ],
        now=now,
    )


def _tick_skus(changed: Collection[str], now: datetime) -> None:
    """Where several lines were changed, a person looks whether all of them are."""
    if not changed:
        return
    lines = OrderLine.objects.filter(order__in=changed).exclude(ordered_properties_name="")
    counts = Counter(lines.values_list("order_id", flat=True))
    tasks = PlatformTask.objects.filter(
        order__in=[tid for tid in changed if counts[tid] == 1],
        kind=PlatformTask.Kind.SKU,
        done_at__isnull=True,
    )
    seen_done(tasks, now=now)
