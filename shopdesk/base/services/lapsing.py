"""Requests that the clock looks after: those whose subject changed, and those that nobody answers (P2, P3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet

from shopdesk.base import audit, clock
from shopdesk.base.approvals import ApprovalKind, kind_of
from shopdesk.base.errors import DomainError
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Approval
from shopdesk.base.selectors.roster import supervision
from shopdesk.base.services import approvals
from shopdesk.base.shifts import Plan, earliest_end, latest_start

BATCH = 500
# P3: a request that nobody answered for this long, counted in shift time, is every supervisor's.
UNANSWERED = clock.hours(4)
# How the reports of jobs write what is no order.
_PREFIXES = {"ticket": "T", "parcel": "P"}
logger = structlog.get_logger(__name__)


def lapse_approvals(now: datetime, dry_run: bool) -> JobResult:
    """Let pending requests lapse whose subject is not what it was (P2), and escalate the unanswered ones (P3).

    Both go in batches, each one transaction; a request that somebody decides at this moment is passed over.
    The 4 hours are shift time: those in which a supervisor is on duty by the roster (T2).
    """
    result = JobResult()
    for batch in _batches(Approval.objects.filter(status=Approval.Status.PENDING)):
        _lapse(_changed(batch, result), now, dry_run, result)
    unanswered = Approval.objects.filter(
        status=Approval.Status.PENDING,
        escalated_at__isnull=True,
        requested_at__lte=latest_start(now, UNANSWERED, supervision(now)),
    )
    for batch in _batches(unanswered):
        _escalate(batch, now, dry_run, result)
    return result


def escalates_at(request: Approval, plan: Plan) -> datetime:
    """When a request is every supervisor's if nobody answers it until then, by when they are on shift (P3)."""
    return request.escalated_at or earliest_end(request.requested_at, UNANSWERED, plan)


def _batches(requests: QuerySet[Approval]) -> Iterator[list[Approval]]:
    last = 0
    while batch := list(requests.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _changed(batch: Sequence[Approval], result: JobResult) -> list[Approval]:
    """Those whose subject has another version now, or is gone; one statement for each kind.

    Versions only grow: what was seen to differ without a lock still differs under one.
    """
    changed = []
    for code in {request.kind for request in batch}:
        requests = [request for request in batch if request.kind == code]
        try:
            kind = kind_of(code)
        except KeyError:
            logger.warning("request of an unknown kind", kind=code)
            result.failed += len(requests)
            continue
        subjects = [request.subject_id for request in requests]
        versions = kind.versions_of(subjects) if kind.versions_of else _read_singly(kind, subjects)
        changed += [
            request for request in requests if versions.get(request.subject_id) != request.subject_version
        ]
    return sorted(changed, key=lambda request: request.pk)


def _read_singly(kind: ApprovalKind, subjects: Sequence[str]) -> dict[str, int]:
    versions = {}
    for subject in subjects:
        with transaction.atomic():  # it locks the subject, for no longer than this
            version = kind.version_of(subject)
        if version is not None:
            versions[subject] = version
    return versions


def _lapse(changed: Sequence[Approval], now: datetime, dry_run: bool, result: JobResult) -> None:
    # Where something is done with the subject, it is locked before the request.
    singly = [request for request in changed if _touches_subject(request)]
    together = [request for request in changed if not _touches_subject(request)]
    if dry_run:
        result.add([_written(request) for request in together + singly])
        return
    if together:
        with transaction.atomic():
            locked = _lock(together)
            _pending(locked).update(status=Approval.Status.LAPSED, decided_at=now)
            audit.record_many(
                [approvals.fact_of("approval.lapsed", request) for request in locked], at=now, actor=None
            )
        result.add([_written(request) for request in locked])
    for request in singly:
        try:
            if approvals.lapse_if_changed(request.pk, now=now):
                result.add([_written(request)])
        except DomainError:
            logger.exception("request could not lapse", approval=request.pk)
            result.failed += 1


def _written(request: Approval) -> str:
    """Its subject, as the reports of jobs write subjects."""
    return _PREFIXES.get(request.subject_kind, "") + request.subject_id


def _touches_subject(request: Approval) -> bool:
    """The desk asks again about its own requests; and some subjects show that a supervisor is asked."""
    kind = kind_of(request.kind)
    return kind.dropped is not None or (kind.renew is not None and request.requested_by_id is None)


def _escalate(batch: Sequence[Approval], now: datetime, dry_run: bool, result: JobResult) -> None:
    if dry_run:
        result.add([_written(request) for request in batch])
        return
    with transaction.atomic():
        locked = [request for request in _lock(batch) if request.escalated_at is None]
        _pending(locked).update(escalated_at=now)
        audit.record_many(
            [approvals.fact_of("approval.escalated", request) for request in locked], at=now, actor=None
        )
    result.add([_written(request) for request in locked])


def _lock(requests: Sequence[Approval]) -> list[Approval]:
    waiting = _pending(requests).order_by("pk")
    return list(waiting.select_for_update(skip_locked=True, of=("self",)))


def _pending(requests: Sequence[Approval]) -> QuerySet[Approval]:
    return Approval.objects.filter(
        pk__in=[request.pk for request in requests], status=Approval.Status.PENDING
    )
