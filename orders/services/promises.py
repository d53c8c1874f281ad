"""Promises to ship (O13): what is late is flagged once; a proxy order 15 days late has its postage owed back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from orders.events import tracking as events
from orders.models import Order, OrderLine, Parcel, PostageCredit, Refund, RefundTask
from orders.rules.promises import LATE_LABEL, POSTAGE_OWED_AFTER, PROXY_KINDS, postage_owed
from orders.selectors.exempt import orders_exempt, parcels_exempt, tids_in
from orders.selectors.promises import UNSENT
from orders.services.parcels.locks import lock_parcels
from orders.services.red_flags import Alarm, raise_red_flags
from orders.states import Status
from shopdesk.base import audit
from shopdesk.base.batches import work_off
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.exemptions import spare
from shopdesk.base.jobs import JobResult
from shopdesk.base.money import ZERO

JOB = "flag_late_promises"


def flag_late_promises(now: datetime, dry_run: bool) -> JobResult:
    """Flag orders whose parcel is late by the promise that governs it, and owe late postage back (O13, S10).

    Each parcel is flagged once, each order's postage owed once. An order counts once in a run.
    """
    result = JobResult()
    late = spare(_late(now), parcels_exempt(JOB, now), result)
    owing = spare(_owing(now), orders_exempt(JOB, now), result)
    if dry_run:
        flagged = set(tids_in(late))
        owed = _owed(list(owing.values_list("tid", flat=True)))
        result.add(sorted(flagged | owed.keys()))
        return result
    done: set[str] = set()

    def flag(parcels: QuerySet[Parcel]) -> list[str]:
        tids = _flag_late(parcels, now)
        done.update(tids)
        return tids

    def owe(orders: QuerySet[Order]) -> list[str]:
        return [tid for tid in _owe_postage(orders, now) if tid not in done]

    work_off(late, flag, result, job=JOB)
    work_off(owing, owe, result, job=JOB)
    return result


def _late(now: datetime) -> QuerySet[Parcel]:
    """Parcels that are not out by the promise that governs them, and were not flagged yet.

    Also those for after the sale, whose orders are shipped long since: nothing waits unseen.
    """
    return Parcel.objects.filter(
        Q(order__status=Status.WAIT_SELLER_SEND_GOODS) | ~Q(purpose=Parcel.Purpose.ORDER),
        stage__in=UNSENT,
        ship_by__lte=now,
        late_flagged_at__isnull=True,
    )


def _flag_late(parcels: QuerySet[Parcel], now: datetime) -> list[str]:
    locked = lock_parcels(parcels)
    alarms = {
        order.tid: Alarm(LATE_LABEL, _words(found.parcel))
        for found in locked
        for order in found.orders
        if order.status == Status.WAIT_SELLER_SEND_GOODS or found.parcel.purpose != Parcel.Purpose.ORDER
    }
    raise_red_flags(alarms, now=now)
    Parcel.objects.filter(pk__in=[found.parcel.pk for found in locked]).update(late_flagged_at=now)
    return sorted(alarms)


def _words(parcel: Parcel) -> str:
    promised = parcel.ship_by.astimezone(SHANGHAI) if parcel.ship_by else None
    by = f"{promised.month}月{promised.day}日{promised:%H:%M}" if promised else ""
    return f"应在{by}前发货，已超时，请联系客户并催仓库"


def _owing(now: datetime) -> QuerySet[Order]:
    """Proxy orders with postage that are not out 15 days after payment, and whose postage was not owed before."""
    long_ago = now - POSTAGE_OWED_AFTER
    proxy = OrderLine.objects.filter(
        order=OuterRef("pk"),
        product__kind__in=PROXY_KINDS,
        product__virtual=False,
        refunded_at__isnull=True,
    )
    owed_before = RefundTask.objects.filter(order=OuterRef("pk"), reason=RefundTask.Reason.LATE_POSTAGE)
    return Order.objects.filter(
        Exists(proxy),
        ~Exists(owed_before),
        status=Status.WAIT_SELLER_SEND_GOODS,
        tied=False,
        created__lte=long_ago,  # nobody pays before ordering: the index by state is read from there
        pay_time__lte=long_ago,
        post_fee__gt=0,
    )


def _owe_postage(orders: QuerySet[Order], now: datetime) -> list[str]:
    locked = orders.order_by("tid").select_for_update(of=("self",), skip_locked=True)
    tids = {order.tid for order in locked}
    # Another run may have been here between the finding and the locking.
    before = RefundTask.objects.filter(order__in=tids, reason=RefundTask.Reason.LATE_POSTAGE)
    owed = _owed(sorted(tids.difference(before.values_list("order_id", flat=True))))
    RefundTask.objects.bulk_create(
        RefundTask(
            order_id=tid, reason=RefundTask.Reason.LATE_POSTAGE, rule="S10", amount=amount, opened_at=now
        )
        for tid, amount in owed.items()
    )
    audit.record_many([events.postage_owed(tid, amount) for tid, amount in owed.items()], at=now, actor=None)
    return sorted(owed)


def _owed(tids: Sequence[str]) -> dict[str, Decimal]:
    """What is owed of each order's postage (CNY), where anything is: four statements in all (S10)."""
    fees = dict(Order.objects.filter(pk__in=tids).values_list("tid", "post_fee"))
    credited = dict(PostageCredit.objects.filter(paid_on__in=tids).values_list("paid_on", "amount"))
    tasks = RefundTask.objects.filter(order__in=tids, reason=RefundTask.Reason.LOWER_POSTAGE)
    refunds = Refund.objects.filter(~Q(status=Refund.Status.WITHDRAWN), order__in=tids, post_fee__gt=0)
    returned = dict(tasks.values_list("order", "amount"))
    for tid, amount in refunds.values_list("order").annotate(Sum("post_fee")).order_by():
        returned[tid] = returned.get(tid, ZERO) + amount
    amounts = {
        tid: postage_owed(fee, credited.get(tid, ZERO), returned.get(tid, ZERO)) for tid, fee in fees.items()
    }
    return {tid: amount for tid, amount in sorted(amounts.items()) if amount > 0}
