"""Running an action on many orders: the set as previewed, each order checked again under its lock."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from orders.models import BulkRow, BulkRun, Flag, Order
from orders.selectors.bulk import matching
from orders.selectors.filters import OrderFilter
from orders.services.bulk.actions import (
    PERFORM,
    Asked,
    check_may,
    checked_request,
    refusals_at_preview,
)
from orders.services.locks import lock_orders
from shopdesk.base import audit, clock
from shopdesk.base.batches import work_off
from shopdesk.base.bulk import copy_rows
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.queueing import hand_over

MOST_ORDERS = 20_000
# More than these are the worker's: a page does not wait for them.
AT_ONCE = 100
FAILED = _("An error on our side. Try this one again.")
State, Status = BulkRow.State, BulkRun.Status


@transaction.atomic
def prepare(
    action: str, chosen: Iterable[str] | OrderFilter, *, actor: Staff, now: datetime | None = None
) -> BulkRun:
    """Fix the orders of an action and find those that cannot be done; nothing is done to any of them.

    ``chosen`` are numbers of orders, or the filter whose orders are all meant. Raises ``Forbidden`` (T1) by role,
    ``DomainError`` for no order, or for more than ``MOST_ORDERS``.
    """
    now = now or clock.now()
    check_may(action, actor)
    if isinstance(chosen, OrderFilter):
        chosen = matching(chosen, staff=actor, now=now, most=MOST_ORDERS)
    tids = sorted(set(chosen))
    if len(tids) > MOST_ORDERS:
        raise DomainError(
            "",
            _(
                "These are more than %(most)s orders. Narrow the list, by its days for one, and do it in parts."
            )
            % {"most": MOST_ORDERS},
        )
    known = sorted(Order.objects.filter(pk__in=tids).order_by().values_list("pk", flat=True))
    if not known:
        raise DomainError("", _("No order is selected. Tick some rows first."))
    flags = {flag.order_id: flag for flag in Flag.objects.filter(order__in=known, ended_at__isnull=True)}
    refused = {tid: _told(refusal) for tid, refusal in refusals_at_preview(action, flags, actor).items()}
    run = BulkRun.objects.create(action=action, created_by=actor, created_at=now)
    copy_rows(
        BulkRow,
        ("run_id", "order_id", "seen_flag", "state", "code", "reason"),
        (
            (
                run.pk,
                tid,
                flags[tid].pk if tid in flags else None,
                State.REFUSED.value if tid in refused else State.WAITING.value,
                *refused.get(tid, ("", "")),
            )
            for tid in known
        ),
    )
    return run


def start(
    run_id: int,
    asked: Asked,
    *,
    actor: Staff,
    hand_to: Callable[[int], object],
    now: datetime | None = None,
) -> BulkRun:
    """Do what was previewed: at once where there are few, else by the worker, whom ``hand_to`` tells.

    Raises ``Conflict`` where it was started before, ``DomainError`` (N1, N2, N3, O17) for what cannot be done with
    any order, ``WorkerUnreachable`` where nobody could be told to do it: then it is as before.
    """
    now = now or clock.now()
    with transaction.atomic():
        run = _lock(run_id, actor)
        if run.status != Status.PREVIEW:
            raise Conflict("", _("This was started already. Its results are shown below."))
        run.request = checked_request(run.action, asked, actor, now)
        run.status, run.started_at, run.moved_at = Status.RUNNING, now, now
        run.save(update_fields=["request", "status", "started_at", "moved_at"])
        many = run.rows.filter(state=State.WAITING)[AT_ONCE : AT_ONCE + 1].exists()
    if not many:
        work(run_id, now=now)
        run.refresh_from_db()
        return run
    try:
        hand_over(hand_to, run_id)
    except DomainError:
        BulkRun.objects.filter(pk=run_id).update(status=Status.PREVIEW, started_at=None, moved_at=None)
        raise
    return run


def resume(run_id: int, *, actor: Staff, hand_to: Callable[[int], object]) -> None:
    """Let the worker go on with a run that was broken off; one that goes on anyway does no order twice."""
    with transaction.atomic():
        run = _lock(run_id, actor)
        if run.status != Status.RUNNING:
            raise Conflict("", _("Nothing is left to be done here."))
    hand_over(hand_to, run_id)


def lost(since: datetime) -> list[int]:
    """The runs of which no order was done since a moment."""
    standing = BulkRun.objects.filter(status=Status.RUNNING, moved_at__lte=since)
    return list(standing.order_by("pk").values_list("pk", flat=True))


def begin_again(run_id: int, hand_to: Callable[[int], object], *, now: datetime) -> None:
    """Let the worker go on with a run that stands still. Raises ``WorkerUnreachable``."""
    hand_over(hand_to, run_id)
    BulkRun.objects.filter(pk=run_id, status=Status.RUNNING).update(moved_at=now)


def again(run_id: int, *, actor: Staff, now: datetime | None = None) -> BulkRun:
    """Preview the orders that were not done once more, with the flags as they are now; asks for the same."""
    run = BulkRun.objects.filter(pk=run_id, created_by=actor).first()
    if run is None or run.status == Status.PREVIEW:
        raise Conflict("", _("Nothing was tried yet."))
    left = list(run.rows.filter(state=State.REFUSED).values_list("order_id", flat=True))
    made = prepare(run.action, left, actor=actor, now=now)
    made.request = run.request
    made.save(update_fields=["request"])
    return made


def work(run_id: int, *, now: datetime | None = None) -> None:
    """Do every order of a run that still waits, batch by batch; safe to call again, and by two at once."""
    run = BulkRun.objects.select_related("created_by").get(pk=run_id)
    if run.status != Status.RUNNING:
        return  # a second delivery
    origin = audit.current_origin().kind
    waiting = BulkRow.objects.filter(run=run, state=State.WAITING)
    with audit.origin(AuditEntry.Origin.PAGE if origin == AuditEntry.Origin.SHELL else origin):
        work_off(waiting, lambda rows: _batch(run, rows, now or clock.now()), JobResult())
    with transaction.atomic():
        # Whoever ends last ends the run. What failed even alone says so; what another worker has is left to it.
        failed = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
        BulkRow.objects.filter(pk__in=failed).update(state=State.REFUSED, code="", reason=_in_english(FAILED))
    with transaction.atomic():
        BulkRun.objects.select_for_update().get(pk=run_id)
        if not waiting.exists():
            ended = now or clock.now()
            BulkRun.objects.filter(pk=run_id).update(status=Status.DONE, moved_at=ended, ended_at=ended)


def _batch(run: BulkRun, found: QuerySet[BulkRow], now: datetime) -> list[str]:
    rows = list(found.select_for_update(skip_locked=True).order_by("order_id"))
    if not rows:
        return []
    actor = run.created_by
    orders = lock_orders([row.order_id for row in rows])
    try:
        with transaction.atomic():
            refused = PERFORM[run.action](rows, orders, run.request, actor, now)
    except DomainError as refusal:  # of what was asked for, such as a time that is past by now
        refused = dict.fromkeys(orders, refusal)
    by_reason: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        if row.order_id in refused:
            by_reason[_told(refused[row.order_id])].append(row.pk)
    for (code, reason), keys in by_reason.items():
        BulkRow.objects.filter(pk__in=keys).update(state=State.REFUSED, code=code, reason=reason)
    done = [row for row in rows if row.order_id not in refused]
    BulkRow.objects.filter(pk__in=[row.pk for row in done]).update(state=State.DONE)
    BulkRun.objects.filter(pk=run.pk).update(moved_at=now)
    return [row.order_id for row in done]


def _lock(run_id: int, actor: Staff) -> BulkRun:
    run = BulkRun.objects.select_for_update().filter(pk=run_id, created_by=actor).first()
    if run is None:
        raise DomainError("", _("This action is not there any more. Select the orders again."))
    check_may(run.action, actor)
    return run


def _told(refusal: DomainError) -> tuple[str, str]:
    return refusal.code, _in_english(refusal.message)


def _in_english(message: Any) -> str:
    with override("en"):  # a reason is kept in English and translated when it is shown
        return str(message)
