"""Finishing shipped orders: by the buyer's confirmation, or by the clock after ten days (O1)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.events import tracking as events
from orders.models import Order, Parcel, ParcelLine
from orders.rules.finishing import shipped_before
from orders.selectors.exempt import orders_exempt
from orders.services.locks import lock_order
from orders.services.ownership import own
from orders.services.tracking import lower_trouble
from orders.states import ORDER_MOVES, ParcelStage, Status
from shopdesk.base import audit, clock
from shopdesk.base.batches import work_off
from shopdesk.base.errors import Forbidden
from shopdesk.base.exemptions import spare
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

JOB = "auto_confirm_receipts"
BY_BUYER, BY_CLOCK = "buyer", "clock"


@transaction.atomic
def finish(tid: str, *, version: int | None = None, actor: Staff, now: datetime | None = None) -> Order:
    """Finish a shipped order because its buyer confirmed the receipt (O1).

    Where the carrier told no signing time, the confirmation is the receipt time (A4). Raises ``Forbidden`` (O1)
    by role, ``VersionConflict`` (T5), ``Conflict`` (O1) for an order that is not shipped.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O1", _("Your role does not work orders."))
    now = now or clock.now()
    order = lock_order(tid, version=version)
    before, order.status = order.status, ORDER_MOVES.require("finish", order.status)
    order.end_time = now
    order.version += 1
    order.save(update_fields=["status", "end_time", "version"])
    own(order, actor, now=now)
    audit.record(events.finished(tid, before, order.status, by=BY_BUYER), at=now, actor=actor)
    receive({tid: now}, now=now, actor=actor)
    order.refresh_from_db(fields=["signed_time", "seller_flag"])
    return order


def receive(confirmed: Mapping[str, datetime], *, now: datetime, actor: Staff | None = None) -> None:
    """Take the buyers' confirmations as receipt times where no carrier told one (A4).

    Their parcels leave the list of troubled deliveries. The orders are locked by the caller; the number of
    statements is constant.
    """
    orders = Order.objects.filter(pk__in=confirmed, signed_time__isnull=True)
    unsigned = list(orders.order_by("tid").only("tid"))
    for order in unsigned:
        order.signed_time = confirmed[order.tid]
    Order.objects.bulk_update(unsigned, ["signed_time"])
    facts = [events.signed_for(order.tid, confirmed[order.tid], None) for order in unsigned]
    audit.record_many(facts, at=now, actor=actor)
    _sign_parcels(confirmed)
    lower_trouble(confirmed, now=now)


def _sign_parcels(confirmed: Mapping[str, datetime]) -> None:
    """A parcel whose order was received is, too; one of several joined orders speaks for all of them."""
    inside = ParcelLine.objects.filter(
        order__in=confirmed, live=True, parcel__stage=ParcelStage.SHIPPED, parcel__signed_at__isnull=True
    )
    received: dict[int, datetime] = {}
    for parcel_id, tid in inside.values_list("parcel_id", "order_id"):
        received[parcel_id] = min(confirmed[tid], received.get(parcel_id, confirmed[tid]))
    parcels = list(Parcel.objects.filter(pk__in=received).order_by("pk").select_for_update())
    for parcel in parcels:
        parcel.signed_at = received[parcel.pk]
    Parcel.objects.bulk_update(parcels, ["signed_at"])


def auto_confirm_receipts(now: datetime, dry_run: bool) -> JobResult:
    """Finish orders that were shipped ten days ago or earlier (O1). The clock is no receipt: A4 waits for one."""
    result = JobResult()
    due = spare(_due(now), orders_exempt(JOB, now), result)
    if dry_run:
        result.add_rows(due.order_by("consign_time", "tid").values_list("tid", flat=True))
    else:
        work_off(due, lambda orders: _confirm(orders, now), result, job=JOB)
    return result


def _due(now: datetime) -> QuerySet[Order]:
    return Order.objects.filter(status=Status.WAIT_BUYER_CONFIRM_GOODS, consign_time__lte=shipped_before(now))


def _confirm(orders: QuerySet[Order], now: datetime) -> list[str]:
    before = Status.WAIT_BUYER_CONFIRM_GOODS.value
    after = ORDER_MOVES.require("finish", before)
    locked = orders.order_by("tid").select_for_update(skip_locked=True)
    tids = [order.tid for order in locked.only("tid")]
    Order.objects.filter(pk__in=tids).update(status=after, end_time=now, version=F("version") + 1)
    audit.record_many([events.finished(tid, before, after, by=BY_CLOCK) for tid in tids], at=now, actor=None)
    return tids
