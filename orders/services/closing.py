"""Closing unpaid orders: by the clock (O4), or by staff with the buyer's consent (O6)."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from orders import events
from orders.approval_kinds import PART_PAYMENT
from orders.models import Consent, Flag, Hold, Order, PlatformTask
from orders.rules.closing import UNPAID_KEPT, placed_before
from orders.selectors.exempt import orders_exempt
from orders.services import holds
from orders.services.flags import FlagRequest, raise_flag
from orders.services.joining import closed_lately, flag_shortfalls, lock_group
from orders.services.locks import lock_order
from orders.services.ownership import own
from orders.services.platform import open_task
from orders.states import ORDER_MOVES, CloseReason, Status
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.exemptions import hold_exemptions, spare
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Approval, Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services import approvals

JOB = "close_unpaid_orders"
BATCH = 1000
FLAG_HOURS = 24
PART_PAID_LABEL = "部分付款"
# Why a run skips an order that is overdue.
PART_PAID = gettext_noop("part of the money is paid: a supervisor decides (O5)")
PENDING = gettext_noop("Taobao is still confirming the payment")
TIED = gettext_noop("placed for an exchange: it is not to be paid (A8)")

# One statement closes a batch: whoever else holds a row (a payment, a second copy of the job) keeps it, and
# the state is looked at again under the lock. The audit row and the task on Taobao are part of it.
_CLOSE_BATCH = """
WITH due AS (
    SELECT tid FROM orders_order
    WHERE status = %(from)s AND created <= %(placed_before)s AND paid_fee = 0 AND NOT payment_pending
        AND NOT tied AND NOT EXISTS (
            SELECT FROM base_jobexemption
            WHERE job = %(job)s AND subject = tid AND until > %(now)s AND ended_at IS NULL
        )
    ORDER BY created, tid
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
), closed AS (
    UPDATE orders_order AS o
    SET status = %(to)s, close_reason = %(reason)s, end_time = %(now)s, version = version + 1
    FROM due WHERE o.tid = due.tid
    RETURNING o.tid
), logged AS (
    INSERT INTO base_auditentry (at, action, subject_kind, subject_id, origin, address, request_id, before, after)
    SELECT %(now)s, 'order.closed', 'order', tid, %(origin)s, %(address)s, %(request_id)s,
           jsonb_build_object('status', %(from)s::text),
           jsonb_build_object('status', %(to)s::text, 'reason', %(reason)s::text)
    FROM closed
), listed AS (
    INSERT INTO orders_platformtask (order_id, kind, opened_at)
    SELECT tid, 'close', %(now)s FROM closed
    ON CONFLICT (order_id, kind) WHERE done_at IS NULL DO NOTHING
)
SELECT tid FROM closed ORDER BY tid
"""


def close_unpaid_orders(now: datetime, dry_run: bool) -> JobResult:
    """Close what was placed 72 hours ago or earlier and never paid (O4); send part-paid ones to a supervisor.

    Orders placed for an exchange are exempt (A8). Runs in batches, each one transaction; a run that was killed is
    completed by the next.
    """
    result = JobResult()
    overdue = Order.objects.filter(status=Status.WAIT_BUYER_PAY, created__lte=placed_before(now))
    overdue = spare(overdue, orders_exempt(JOB, now), result)
    part_paid = _part_paid_overdue(now).filter(~orders_exempt(JOB, now))
    pending, tied = overdue.filter(payment_pending=True, tied=False), overdue.filter(tied=True)
    if dry_run:
        due = overdue.filter(paid_fee=0, payment_pending=False, tied=False)
        result.add_rows(due.order_by("created", "tid").values_list("tid", flat=True))
        result.skip(PART_PAID, part_paid.count())
        result.skip(PENDING, pending.count())
        result.skip(TIED, tied.count())
        return result
    while closed := _close_batch(now):
        result.add(closed)
    # In transactions of their own: whoever prices the others holds their locks in another order.
    flag_shortfalls(closed_lately(now), now=now)
    for tid in part_paid.values_list("tid", flat=True):
        if _ask_about_part_payment(tid, now):
            result.skip(PART_PAID)
    result.skip(PENDING, pending.count())
    result.skip(TIED, tied.count())
    return result


def to_close(now: datetime) -> QuerySet[Order]:
    """Orders that the job closes at ``now``, those included that are exempt from it."""
    overdue = Order.objects.filter(status=Status.WAIT_BUYER_PAY, created__lte=placed_before(now))
    return overdue.filter(paid_fee=0, payment_pending=False, tied=False)


@transaction.atomic
def _close_batch(now: datetime) -> list[str]:
    origin = audit.current_origin()
    hold_exemptions(JOB)
    with connection.cursor() as cursor:
        cursor.execute(
            _CLOSE_BATCH,
            {
                "job": JOB,
                "from": Status.WAIT_BUYER_PAY.value,
                "to": ORDER_MOVES.require("close_unpaid", Status.WAIT_BUYER_PAY),
                "reason": CloseReason.TIMEOUT.value,
                "now": now,
                "placed_before": placed_before(now),
                "batch": BATCH,
                "origin": origin.kind,
                "address": origin.address,
                "request_id": origin.request_id,
            },
        )
        tids = [tid for (tid,) in cursor.fetchall()]
    holds.release_of_orders(tids, release=Hold.Release.CLOSED, now=now)
    return tids


@transaction.atomic
def close_with_consent(
    tid: str,
    *,
    version: int,
    channel: str,
    agreed_at: datetime,
    remark: str = "",
    actor: Staff,
    now: datetime | None = None,
) -> Order:
    """Close an unpaid order for the seller, with the buyer's consent on record: how, when, by whom (O6).

    Raises ``Forbidden`` (O6) by role, ``VersionConflict`` (T5), ``Conflict`` (O1) where the state does not
    allow it, ``DomainError`` (O6) without a consent that can be, or where part of the money was paid.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O6", _("Your role does not close orders."))
    now = now or clock.now()
    lock_group(tid)
    order = lock_order(tid, version=version)
    ORDER_MOVES.require("close_unpaid", order.status)
    if channel not in Consent.Channel.values:
        raise DomainError(
            "O6",
            _("An unpaid order is closed only with the buyer's consent: say how they agreed."),
            field="channel",
        )
    if not order.created <= agreed_at <= now:
        raise DomainError(
            "O6", _("The buyer agreed after ordering and before now: check the time."), field="agreed_at"
        )
    if order.paid_fee > 0:
        raise DomainError(
            "O5", _("Part of this order is paid. A supervisor decides whether to wait or to refund.")
        )
    own(order, actor, now=now)
    consent = Consent(channel=channel, agreed_at=agreed_at, remark=remark)
    close_for_seller(order, consent, recorded_by=actor, actor=actor, now=now)
    flag_shortfalls([tid], now=now)
    return order


def close_for_seller(
    order: Order, consent: Consent, *, recorded_by: Staff, actor: Staff | None, now: datetime
) -> None:
    """Close an unpaid order with a consent, which is recorded (O6). The order is locked and checked by the caller."""
    target = ORDER_MOVES.require("close_unpaid", order.status)
    consent.order, consent.recorded_by, consent.recorded_at = order, recorded_by, now
    consent.save()
    _close(order, target, CloseReason.SELLER, actor=actor, now=now, consent=consent.channel)


def close_unpaid(order: Order, *, actor: Staff, now: datetime) -> None:
    """Close an unpaid order that a supervisor decided to close. The order is locked by the caller."""
    target = ORDER_MOVES.require("close_unpaid", order.status)
    _close(order, target, CloseReason.TIMEOUT, actor=actor, now=now)


def _close(
    order: Order, target: str, reason: CloseReason, *, actor: Staff | None, now: datetime, **details: str
) -> None:
    before = order.status
    order.status, order.close_reason, order.end_time = target, reason, now
    order.version += 1
    order.save(update_fields=["status", "close_reason", "end_time", "paid_fee", "version"])
    holds.release_of_orders([order.tid], release=Hold.Release.CLOSED, now=now, actor=actor)
    open_task(order, PlatformTask.Kind.CLOSE, now=now)
    audit.record(
        events.moved("order.closed", order, before, reason=reason.value, **details), at=now, actor=actor
    )


def _part_paid_overdue(now: datetime) -> QuerySet[Order]:
    """Overdue orders with part of their money paid that no supervisor has before them, or let wait."""
    asked = Approval.objects.filter(
        Q(status=Approval.Status.PENDING)
        | Q(requested_at__gt=now - UNPAID_KEPT, status=Approval.Status.APPROVED),
        kind=PART_PAYMENT,
        subject_kind=events.SUBJECT,
        subject_id__in=Order.objects.filter(status=Status.WAIT_BUYER_PAY, paid_fee__gt=0).values("tid"),
    )
    return Order.objects.filter(
        status=Status.WAIT_BUYER_PAY, created__lte=placed_before(now), paid_fee__gt=0, tied=False
    ).exclude(tid__in=asked.values("subject_id"))


@transaction.atomic
def _ask_about_part_payment(tid: str, now: datetime) -> bool:
    hold_exemptions(JOB)
    order = lock_order(tid)
    if not _part_paid_overdue(now).filter(~orders_exempt(JOB, now), tid=tid).exists():
        return False  # somebody got there first: it was paid in full, exempted, or another run asked
    missing = order.payment - order.paid_fee
    raise_flag(
        order,
        FlagRequest(
            Order.SellerFlag.RED,
            label=PART_PAID_LABEL,
            text=f"72小时已到，只付{order.paid_fee}，还差{missing}，请主管决定继续等或退款关闭",
            addressee=Flag.Addressee.SUPERVISOR,
            until=now + clock.hours(FLAG_HOURS),
        ),
        actor=None,
        now=now,
    )
    try:
        approvals.ask(
            PART_PAYMENT,
            subject_kind=events.SUBJECT,
            subject_id=tid,
            subject_version=order.version,
            rule="O5",
            reason="72小时已到，只付了一部分",
            amount=order.paid_fee,
            before={"payment": str(order.payment), "paid_fee": str(order.paid_fee)},
            after={"missing": str(missing)},
            now=now,
        )
    except Conflict:
        return False
    return True
