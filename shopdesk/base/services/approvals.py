"""Asking a supervisor, and deciding (P1–P3)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock
from shopdesk.base.approvals import ApprovalKind, kind_of
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Approval, Staff
from shopdesk.base.money import ZERO
from shopdesk.base.permissions import Permission


def ask(
    kind: str,
    *,
    subject_kind: str,
    subject_id: str,
    subject_version: int,
    rule: str,
    reason: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    amount: Decimal = ZERO,
    requested_by: Staff | None = None,
    now: datetime | None = None,
) -> Approval:
    """File a request (P2), bound to the subject's version. Call it inside the subject's transaction.

    One that waits for an older version of the subject can only lapse: it does so now.

    Raises ``Conflict`` (P2) when the same is already asked for this subject, ``Forbidden`` (P1) when the
    person may not ask.
    """
    now = now or clock.now()
    if requested_by is not None and not requested_by.may(Permission.ASK_APPROVAL):
        raise Forbidden("P1", _("Your role cannot ask for approvals."))
    _lapse_outdated(kind, subject_kind, subject_id, subject_version, now)
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                kind=kind,
                subject_kind=subject_kind,
                subject_id=subject_id,
                subject_version=subject_version,
                rule=rule,
                reason=reason,
                before=before,
                after=after,
                amount=amount,
                requested_by=requested_by,
                requested_at=now,
            )
    except IntegrityError as error:
        raise Conflict("P2", _("This was already asked and waits for a supervisor.")) from error
    _record("approval.asked", approval, now=now, actor=requested_by)
    return approval


def approve(approval_id: int, *, actor: Staff, now: datetime | None = None) -> Approval:
    """Approve: every check runs again and the change is made, all in one transaction (P2).

    Where the subject changed since the request, the request lapses instead; the caller sees it by the
    returned status. Raises ``Forbidden`` (P3), ``Conflict`` (P2), and whatever the change itself refuses.
    """
    return _decide(approval_id, Approval.Status.APPROVED, "", actor, now or clock.now())


def refuse(approval_id: int, *, reason: str, actor: Staff, now: datetime | None = None) -> Approval:
    """Refuse with a reason (P2). Lapses and raises as ``approve`` does."""
    if not reason.strip():
        raise DomainError("P2", _("Say why: a refusal carries a reason."), field="reason")
    return _decide(approval_id, Approval.Status.REFUSED, reason.strip(), actor, now or clock.now())


@transaction.atomic
def withdraw(approval_id: int, *, actor: Staff, now: datetime | None = None) -> Approval:
    """Take one's own request back (P3). Raises ``Forbidden`` for anybody else's, ``Conflict`` when decided."""
    now = now or clock.now()
    kind = _lock_subject(approval_id)
    approval = _locked_pending(approval_id)
    if approval.requested_by_id != actor.pk:
        raise Forbidden("P3", _("Only the person who asked can take a request back."))
    _close(approval, Approval.Status.WITHDRAWN, "", actor, now)
    if kind.dropped is not None:
        kind.dropped(approval, actor, now)
    return approval


def lapse(kind: str, subject_kind: str, subject_id: str, *, now: datetime) -> None:
    """Let a pending request lapse because its subject changed (P2). The subject is locked by the caller."""
    pending = Approval.objects.select_for_update().filter(
        kind=kind, subject_kind=subject_kind, subject_id=subject_id, status=Approval.Status.PENDING
    )
    for approval in pending:
        _close(approval, Approval.Status.LAPSED, "", None, now)


@transaction.atomic
def lapse_if_changed(approval_id: int, *, now: datetime) -> bool:
    """Let one pending request lapse whose subject changed, and let its kind ask again (P2)."""
    kind = _lock_subject(approval_id)
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    changed = kind.version_of(approval.subject_id) != approval.subject_version
    if approval.status != Approval.Status.PENDING or not changed:
        return False
    _lapse(kind, approval, now)
    return True


def fact_of(action: str, approval: Approval) -> Fact:
    """What happened to a request, as an entry of its subject's audit."""
    return Fact(
        action,
        approval.subject_kind,
        approval.subject_id,
        before={},
        after={
            "approval": approval.pk,
            "kind": approval.kind,
            "amount": str(approval.amount),
            "reason": approval.decision_reason or approval.reason,
        },
    )


def _lapse_outdated(kind: str, subject_kind: str, subject_id: str, version: int, now: datetime) -> None:
    outdated = Approval.objects.select_for_update().filter(
        kind=kind, subject_kind=subject_kind, subject_id=subject_id, status=Approval.Status.PENDING
    )
    for approval in outdated.exclude(subject_version=version):
        _close(approval, Approval.Status.LAPSED, "", None, now)


@transaction.atomic
def _decide(approval_id: int, status: str, reason: str, actor: Staff, now: datetime) -> Approval:
    if not actor.may(Permission.DECIDE_APPROVAL):
        raise Forbidden("P3", _("Only a supervisor decides approvals."))
    kind = _lock_subject(approval_id)
    approval = _locked_pending(approval_id)
    if approval.requested_by_id == actor.pk:
        raise Forbidden("P3", _("Nobody decides their own request. Another supervisor must."))
    if kind.version_of(approval.subject_id) != approval.subject_version:
        _lapse(kind, approval, now)
        return approval
    action = kind.approve if status == Approval.Status.APPROVED else kind.refuse
    _close(approval, status, reason, actor, now)
    if action is not None:
        action(approval, actor, now)
    return approval


def _lapse(kind: ApprovalKind, approval: Approval, now: datetime) -> None:
    _close(approval, Approval.Status.LAPSED, "", None, now)
    if kind.dropped is not None:
        kind.dropped(approval, None, now)
    if kind.renew is not None and approval.requested_by_id is None:
        kind.renew(approval.subject_id, now)


def _lock_subject(approval_id: int) -> ApprovalKind:
    """Lock the subject before the request: services lock the subject first too, so the order is one."""
    approval = Approval.objects.filter(pk=approval_id).first()
    if approval is None:
        raise DomainError("P2", _("There is no such request."))
    kind = kind_of(approval.kind)
    kind.version_of(approval.subject_id)
    return kind


def _locked_pending(approval_id: int) -> Approval:
    approval = Approval.objects.select_for_update().filter(pk=approval_id).first()
    if approval is None:
        raise DomainError("P2", _("There is no such request."))
    if approval.status != Approval.Status.PENDING:
        raise Conflict(
            "P2",
            _("This request was already decided: %(status)s.") % {"status": approval.get_status_display()},
        )
    return approval


def _close(approval: Approval, status: str, reason: str, actor: Staff | None, now: datetime) -> Approval:
    approval.status = status
    approval.decided_by = actor
    approval.decided_at = now
    approval.decision_reason = reason
    approval.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    _record(f"approval.{status}", approval, now=now, actor=actor)
    return approval


def _record(action: str, approval: Approval, *, now: datetime, actor: Staff | None) -> None:
    audit.record(fact_of(action, approval), at=now, actor=actor)
