"""Free shipping for life (M5): writing the proposals of a year, confirming and refusing them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from members.models import LifetimeShipping
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Approval, Staff
from shopdesk.base.services import approvals

KIND = "lifetime_shipping"
SUBJECT = "member"
Status = LifetimeShipping.Status
# Two runs of the job at once take turns behind this number of PostgreSQL's advisory locks.
_PROPOSING = 5_190_105


@dataclass(frozen=True)
class Candidate:
    """A buyer among the highest spenders of a year (CNY)."""

    nick: str
    spend: Decimal


@transaction.atomic
def propose(
    year: int,
    candidates: Sequence[Candidate],
    addresses: Mapping[str, str],
    *,
    now: datetime,
    dry_run: bool = False,
) -> list[str]:
    """Ask a supervisor for each candidate; answers the nicks that were proposed, or would be.

    Once a year was proposed, it stays as it was proposed. A buyer without an address, who has it already, or
    whom an earlier year still waits for is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PROPOSING])
    if LifetimeShipping.objects.filter(year=year).exists():
        return []
    nicks = [candidate.nick for candidate in candidates]
    settled = set(
        LifetimeShipping.objects.filter(buyer__in=nicks)
        .exclude(status=Status.REFUSED)
        .values_list("buyer_id", flat=True)
    )
    wanted = [one for one in candidates if addresses.get(one.nick) and one.nick not in settled]
    for candidate in [] if dry_run else wanted:
        row = LifetimeShipping.objects.create(
            buyer_id=candidate.nick,
            year=year,
            spend=candidate.spend,
            address=addresses[candidate.nick],
            proposed_at=now,
        )
        _ask(row, now)
    return [candidate.nick for candidate in wanted]


def version_of(nick: str) -> int | None:
    """Lock what is proposed for a buyer and answer its version; ``None`` when nothing is proposed any more."""
    row = _proposed(nick)
    return row.version if row else None


def versions_of(nicks: Collection[str]) -> dict[str, int]:
    """The versions of what is proposed for some buyers, with one statement."""
    proposed = LifetimeShipping.objects.filter(buyer__in=nicks, status=Status.PROPOSED)
    return dict(proposed.values_list("buyer_id", "version"))


def confirm(approval: Approval, actor: Staff, now: datetime) -> None:
    """Give the buyer free shipping for life to the proposed address (M5).

    Raises ``Conflict`` (M5) where the buyer has it already.
    """
    row = _decided(approval, Status.CONFIRMED, now)
    if LifetimeShipping.objects.filter(buyer=row.buyer_id, status=Status.CONFIRMED).exists():
        raise Conflict("M5", _("This buyer has free shipping for life already."))
    _save(row, "member.lifetime_confirmed", actor, now)


def refuse(approval: Approval, actor: Staff, now: datetime) -> None:
    """Leave the buyer without it; the refused proposal stays on record (M5)."""
    _save(_decided(approval, Status.REFUSED, now), "member.lifetime_refused", actor, now)


def ask_again(nick: str, now: datetime) -> None:
    """A request lapsed because the proposal changed: ask anew for what it is now."""
    if row := _proposed(nick):
        _ask(row, now)


def _ask(row: LifetimeShipping, now: datetime) -> None:
    approvals.ask(
        KIND,
        subject_kind=SUBJECT,
        subject_id=row.buyer_id,
        subject_version=row.version,
        rule="M5",
        reason=str(
            _("Among the ten highest spends of %(year)s. Parcels to this one address go free, no other.")
            % {"year": row.year}
        ),
        before={"year": row.year, "spend": str(row.spend)},
        after={"address": row.address},
        now=now,
    )


def _proposed(nick: str) -> LifetimeShipping | None:
    return LifetimeShipping.objects.select_for_update().filter(buyer=nick, status=Status.PROPOSED).first()


def _decided(approval: Approval, status: str, now: datetime) -> LifetimeShipping:
    row = _proposed(approval.subject_id)
    if row is None:
        raise Conflict("M5", _("This proposal was decided already."))
    row.status, row.decided_at = status, now
    return row


def _save(row: LifetimeShipping, action: str, actor: Staff, now: datetime) -> None:
    row.version += 1
    row.save(update_fields=["status", "decided_at", "version"])
    # The address stays in the row: the audit only refers to it (D4).
    after = {"lifetime": row.pk, "year": row.year, "status": row.status}
    audit.record(
        Fact(action, SUBJECT, row.buyer_id, {"status": Status.PROPOSED.value}, after), at=now, actor=actor
    )
