"""Another address for free shipping for life (M5): the buyer moved. A supervisor decides; the old one pays."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import LifetimeShipping
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services import approvals

KIND = "lifetime_address"
SUBJECT = "member"
LONGEST_ADDRESS = 500
LONGEST_REASON = 500
Status = LifetimeShipping.Status


@transaction.atomic
def ask_for_address(
    nick: str, address: str, *, reason: str, version: int, actor: Staff, now: datetime | None = None
) -> Approval:
    """Ask a supervisor to move a buyer's free shipping for life to another address (M5, P2).

    The request says how often it was moved before: moved again and again, it would be lent. Raises ``Forbidden``
    (P1) by role, ``Conflict`` (M5) for a buyer without it, ``VersionConflict`` (T5), and ``DomainError`` (M5, P2)
    for an address or a reason that cannot be.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("P1", _("Your role does not ask for another address."))
    now = now or clock.now()
    row = confirmed(nick)
    if row.version != version:
        raise VersionConflict(
            "T5",
            _("The address changed since you opened this. Look at it, then try again."),
            subject=("member", nick),
            stands={"version": row.version},
        )
    reason = reason.strip()
    if not reason:
        raise DomainError("P2", _("Say why: the supervisor decides by the reason."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError("P2", _("A reason holds 500 characters."), field="reason")
    address = check_address(row, address)
    moved = Approval.objects.filter(
        kind=KIND, subject_kind=SUBJECT, subject_id=nick, status=Approval.Status.APPROVED
    ).count()
    return approvals.ask(
        KIND,
        subject_kind=SUBJECT,
        subject_id=nick,
        subject_version=row.version,
        rule="M5",
        reason=reason,
        before={"address": row.address, "moved": moved},
        after={"address": address},
        requested_by=actor,
        now=now,
    )


def check_address(row: LifetimeShipping, address: str) -> str:
    """An address as it would be kept. Raises ``DomainError`` (M5) for none, too long a one, or the same."""
    address = address.strip()
    if not address or not address.isprintable():
        raise DomainError("M5", _("Give the new address, as the buyer's orders write it."), field="address")
    if len(address) > LONGEST_ADDRESS:
        raise DomainError("M5", _("An address holds 500 characters."), field="address")
    if address == row.address:
        raise DomainError("M5", _("It is free for life to this address already."), field="address")
    return address


def confirmed(nick: str) -> LifetimeShipping:
    """Lock a buyer's free shipping for life. Raises ``Conflict`` (M5) where there is none."""
    row = _confirmed(nick)
    if row is None:
        raise Conflict("M5", _("This buyer has no free shipping for life."))
    return row


def version_of(nick: str) -> int | None:
    """Lock a buyer's free shipping for life and answer its version; ``None`` where there is none."""
    row = _confirmed(nick)
    return row.version if row else None


def versions_of(nicks: Collection[str]) -> dict[str, int]:
    """The versions of some buyers' free shipping for life, with one statement."""
    rows = LifetimeShipping.objects.filter(buyer__in=nicks, status=Status.CONFIRMED)
    return dict(rows.values_list("buyer_id", "version"))


def move(approval: Approval, actor: Staff, now: datetime) -> None:
    """Let the approved address take the old one's place (M5). Raises as ``ask_for_address`` does."""
    row = confirmed(approval.subject_id)
    row.address = check_address(row, approval.after["address"])
    row.version += 1
    row.save(update_fields=["address", "version"])
    # Both addresses stand in the request: the audit only refers to it (D4).
    after = {"lifetime": row.pk, "version": row.version, "approval": approval.pk}
    fact = Fact("member.lifetime_moved", SUBJECT, row.buyer_id, {"version": row.version - 1}, after)
    audit.record(fact, at=now, actor=actor)


def _confirmed(nick: str) -> LifetimeShipping | None:
    rows = LifetimeShipping.objects.select_for_update().filter(buyer=nick, status=Status.CONFIRMED)
    return rows.first()
