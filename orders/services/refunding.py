"""Refunds before shipping, by stage of the parcel (O6, F4)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.approval_kinds import BEGUN_REFUND
from orders.events import changes as facts
from orders.models import (
    ChangeNotice,
    Hold,
    LinkSettlement,
    Order,
    OrderLine,
    ParcelLine,
    PlatformTask,
    Refund,
    RefundLine,
    Slip,
)
from orders.rules.changes import REFUND_LABEL, require_paid, require_refundable
from orders.rules.notes import NOTE_LENGTH
from orders.rules.products import property_words
from orders.selectors.changes import group_of
from orders.selectors.refunding import OPEN, RefundScope, refund_scope
from orders.selectors.stages import stages_of_lines
from orders.services import buying, holds
from orders.services.changes import goods
from orders.services.changes.locking import lock_for_change, require_role
from orders.services.changes.telling import Telling, tell_warehouse, void_slips
from orders.services.joining import flag_shortfalls
from orders.services.notes import write_note
from orders.services.ownership import own
from orders.services.parcels.planning import plan
from orders.services.platform import drop_refund_task, open_task
from orders.services.reasons import require_reason
from orders.states import CLOSED, ParcelStage
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Approval, Staff
from shopdesk.base.services import approvals

LONGEST_REASON = 200
REFUND_NOTE = "客户申请退款，请勿发货：{goods}"
WITHDRAWN_NOTE = "客户撤回退款，照常发货：{goods}"
_IN_HAND = frozenset({ParcelStage.PRINTED, ParcelStage.PACKED})


@transaction.atomic
def refund_lines(
    tid: str,
    positions: Collection[int],
    *,
    reason: str,
    version: int,
    actor: Staff,
    now: datetime | None = None,
) -> Refund | Approval:
    """Refund lines of a paid order that are not shipped (O6, F4); they travel no more from now on.

    A planned parcel lets go of them at once and the money is due. A printed one waits until the warehouse has the
    slip, a packed one until it is pulled. Where goods are bought or in making a supervisor is asked instead (P1).
    Raises ``Forbidden`` (O6) by role, ``VersionConflict`` (T5), ``Conflict`` (O6, F4) by state and stage,
    ``DomainError`` (O6) for no line, (A9) for no money, (P2) without a reason.
    """
    require_role("O6", actor)
    now = now or clock.now()
    order = lock_for_change(tid, version=version)
    scope = scope_of(order, positions)
    reason = _reason(reason)
    own(order, actor, now=now)
    if scope.begun:
        return _ask(order, scope, reason, actor=actor, now=now)
    return _apply(order, scope, reason, actor=actor, now=now)


def apply_approved(approval: Approval, actor: Staff, now: datetime) -> None:
    """Refund as approved, after every check again (P2); it is the refund of who asked."""
    order = lock_for_change(approval.subject_id, version=approval.subject_version)
    scope = scope_of(order, approval.after["positions"])
    if scope.amounts.total != approval.amount:
        raise Conflict(
            "P2", _("The amount is another one than when this was asked. Refuse it, and ask anew.")
        )
    agent = approval.requested_by or actor
    _apply(order, scope, _reason(approval.reason), actor=agent, now=now, approval=approval.pk)


@transaction.atomic
def withdraw_refund(
    tid: str, refund_id: int, *, version: int, actor: Staff, now: datetime | None = None
) -> bool:
    """Take a refund back that is not paid out: its lines travel again (F4). False where the shelf is short now.

    Raises ``Forbidden`` (O6) by role, ``VersionConflict`` (T5), ``Conflict`` (O6) when it was paid out or
    taken back, or the order is shipped or closed.
    """
    require_role("O6", actor)
    now = now or clock.now()
    order = lock_for_change(tid, version=version)
    require_paid("O6", order.status)
    open_ones = Refund.objects.select_for_update().filter(order=order, status__in=OPEN, after_sale=False)
    refund = open_ones.filter(pk=refund_id).first()
    if refund is None:
        raise Conflict("O6", _("This refund was paid out or taken back already."))
    own(order, actor, now=now)
    lines = list(OrderLine.objects.filter(refunds__refund=refund).select_related("product", "order"))
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(refunded_at=None)
    was_due = refund.status == Refund.Status.DUE
    refund.status = Refund.Status.WITHDRAWN
    refund.save(update_fields=["status"])
    order.version += 1
    order.save(update_fields=["version"])
    if was_due:
        drop_refund_task(order, refund.total)
    write_note(order, WITHDRAWN_NOTE.format(goods=_words(lines))[:NOTE_LENGTH], actor=actor, now=now)
    audit.record(facts.refund_withdrawn(refund), at=now, actor=actor)
    plan(group_of(order), now=now)
    held = [goods.hold_again(line, actor=actor, now=now) for line in lines if was_due]
    return all(held)


def release_waiting(tids: Collection[str], *, actor: Staff | None, now: datetime) -> list[Refund]:
    """Make the refunds due that nothing holds up any more: their goods are in no printed or packed parcel (F4).

    Call it with the orders locked, whenever the warehouse pulled a parcel or acknowledged a notice.
    """
    waiting = list(
        Refund.objects.select_for_update().filter(order__in=tids, status=Refund.Status.WAITING).order_by("pk")
    )
    due = []
    for refund in waiting:
        lines = list(OrderLine.objects.filter(refunds__refund=refund).select_related("product", "order"))
        if not _IN_HAND & set(stages_of_lines([line.pk for line in lines]).values()):
            _make_due(refund, lines, actor=actor, now=now)
            due.append(refund)
    return due


def take_out(parcels: Collection[int]) -> None:
    """Take refunded goods out of printed parcels whose paper was found; the rest is led by its lowest order."""
    refunded = ParcelLine.objects.filter(parcel__in=parcels, live=True, line__refunded_at__isnull=False)
    touched = list(ParcelLine.objects.filter(pk__in=refunded).select_related("parcel"))
    ParcelLine.objects.filter(pk__in=[inside.pk for inside in touched]).delete()
    for parcel in {inside.parcel for inside in touched}:
        rest = sorted(set(parcel.lines.filter(live=True).values_list("order_id", flat=True)))
        if rest and parcel.order_id not in rest:
            parcel.order_id = rest[0]
            parcel.save(update_fields=["order"])


def scope_of(order: Order, positions: Collection[int]) -> RefundScope:
    """What a refund comes to, after every check of its lines; nothing is written. Raises as the refund."""
    stages = stages_of_lines(order.lines.filter(position__in=positions).values_list("pk", flat=True))
    shipped = ParcelStage.SHIPPED in stages.values()
    require_refundable(order.status, ParcelStage.SHIPPED if shipped else ParcelStage.PLANNED)
    settled = LinkSettlement.objects.filter(paid_by=order).exclude(order__status__in=CLOSED).first()
    if settled is not None:
        raise Conflict(
            "O12",
            _("This postage link paid a difference on order %(tid)s: refund that order first.")
            % {"tid": settled.order_id},
        )
    return refund_scope(order, positions)


def _reason(text: str) -> str:
    reason = require_reason(text)
    if len(reason) > LONGEST_REASON:
        raise DomainError("P2", _("A reason of a refund holds 200 characters."), field="reason")
    return reason


def _ask(order: Order, scope: RefundScope, reason: str, *, actor: Staff, now: datetime) -> Approval:
    return approvals.ask(
        BEGUN_REFUND,
        subject_kind=events.SUBJECT,
        subject_id=order.pk,
        subject_version=order.version,
        rule="O16",
        reason=reason,
        before={
            "goods": _words(scope.lines),
            "supply": sorted({line.supply for line in scope.lines if line.supply}),
        },
        after={
            "positions": [line.position for line in scope.lines],
            "goods_fee": str(scope.amounts.goods_fee),
            "post_fee": str(scope.amounts.post_fee),
        },
        amount=scope.amounts.total,
        requested_by=actor,
        now=now,
    )


def _apply(
    order: Order,
    scope: RefundScope,
    reason: str,
    *,
    actor: Staff,
    now: datetime,
    approval: int | None = None,
) -> Refund:
    lines, amounts = list(scope.lines), scope.amounts
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(refunded_at=now)
    order.version += 1
    order.save(update_fields=["version"])
    words = _words(lines)
    telling = Telling(ChangeNotice.Kind.REFUND, REFUND_LABEL, refund_note(lines), before=words)
    notice = tell_warehouse(order, telling, stage=scope.stage, actor=actor, now=now)
    refund = Refund.objects.create(
        order=order,
        status=Refund.Status.WAITING,
        goods_fee=amounts.goods_fee,
        post_fee=amounts.post_fee,
        reason=reason,
        notice=notice,
        asked_by=actor,
        asked_at=now,
    )
    RefundLine.objects.bulk_create(
        RefundLine(refund=refund, line=line, amount=amount)
        for line, amount in zip(lines, amounts.lines, strict=True)
    )
    audit.record(facts.refund_asked(refund, stage=scope.stage, approval=approval), at=now, actor=actor)
    plan(group_of(order), now=now)
    printed = ParcelLine.objects.filter(line__in=lines, live=True, parcel__stage=ParcelStage.PRINTED)
    void_slips(set(printed.values_list("parcel_id", flat=True)), notice, now=now, reason=Slip.Void.REFUNDED)
    release_waiting([order.pk], actor=actor, now=now)
    flag_shortfalls([order.pk], now=now)
    refund.refresh_from_db()
    return refund


def _make_due(refund: Refund, lines: Collection[OrderLine], *, actor: Staff | None, now: datetime) -> None:
    refund.status, refund.due_at = Refund.Status.DUE, now
    refund.save(update_fields=["status", "due_at"])
    buying.drop_lines([line.pk for line in lines], actor=actor, now=now)
    buying.settle_unavailable(refund.order, now=now)
    holds.release_lines([line.pk for line in lines], release=Hold.Release.CANCELLED, now=now, actor=actor)
    open_task(refund.order, PlatformTask.Kind.REFUND, now=now, amount=refund.total)
    audit.record(facts.refund_due(refund), at=now, actor=actor)


def refund_note(lines: Collection[OrderLine]) -> str:
    """What the note of a refund says: no amounts, the warehouse reads it."""
    return REFUND_NOTE.format(goods=_words(lines))[:NOTE_LENGTH]


def _words(lines: Collection[OrderLine]) -> str:
    """The goods in Chinese, as the note says them."""
    return "；".join(
        " ".join(
            filter(None, (line.product.title, property_words(line.sku_properties_name), f"× {line.num}"))
        )
        for line in lines
    )
