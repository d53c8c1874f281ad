"""What files show of changes and refunds that staff made here: done on Taobao (D1, D5, O9, O10, F4)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
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
    found = list(Refund.objects.filter(order__in=refunded.keys(), status__in=OPEN).order_by("asked_at", "pk"))
    tids = {refund.order_id for refund in found}
    closed = set(Order.objects.filter(pk__in=tids, status=Status.TRADE_CLOSED).values_list("pk", flat=True))
    left = dict(refunded)
    done = []
    for refund in found:
        tid = refund.order_id
        if tid in closed or left[tid] >= refund.total:
            left[tid] = max(left[tid] - refund.total, ZERO)
            done.append(refund.pk)
    finish_refunds(done, refund_success.Shown(orders=refunded), now)


def follow_lines(refunded: Mapping[int, Decimal], changed: Collection[str], *, now: datetime) -> None:
    """Lines of which a file shows more refunded than was known; orders whose new colour or size it names."""
    if not refunded and not changed:
        return
    _tick_skus(changed, now)
    named = RefundLine.objects.filter(line__in=refunded.keys(), refund__status__in=OPEN)
    parts: dict[int, list[RefundLine]] = defaultdict(list)
    for part in RefundLine.objects.filter(refund__in=named.values("refund")).order_by(
        "refund__asked_at", "pk"
    ):
        parts[part.refund_id].append(part)
    left = dict(refunded)
    done = []
    # Several tickets may refund one line: each is shown by what the ones before it leave.
    for refund, of_refund in parts.items():
        if all(left.get(part.line_id, ZERO) >= part.amount for part in of_refund):
            for part in of_refund:
                left[part.line_id] -= part.amount
            done.append(refund)
    finish_refunds(done, refund_success.Shown(lines=refunded), now)


def finish_refunds(ids: Sequence[int], shown: refund_success.Shown, now: datetime) -> list[Refund]:
    """Count open refunds (by id) as done and tick their tasks; what else is to be refunded stays on them.

    Their orders are locked by the caller. Answers those that were done by this.
    """
    if not ids:
        return []
    tids = set(Refund.objects.filter(pk__in=ids).values_list("order_id", flat=True))
    done = refund_success.complete(tids, actor=None, now=now, statuses=OPEN, shown=shown, only=ids)
    for refund in done:
        task = PlatformTask.objects.filter(
            order=refund.order_id, kind=PlatformTask.Kind.REFUND, done_at__isnull=True
        ).first()
        if task is not None and task.amount == refund.total:
            seen_done([task], now=now)
        elif task is not None:
            drop_refund_task(refund.order, refund.total)
    return done


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
