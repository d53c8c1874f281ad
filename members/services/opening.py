"""The starting balance (M4a): what a file would change, and counting it once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.models import Buyer, LifetimeShipping, SpendEntry
from members.opening_files import OpeningFile, OpeningRow, RejectedRow
from members.services.ledger import Spent, record_spend
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission


@dataclass(frozen=True)
class Change:
    """What a row does: whether its spend and its address are new here; ``known`` where the buyer is."""

    row: OpeningRow
    counts: bool
    gives_lifetime: bool
    known: bool


@dataclass
class OpeningReport:
    """What became, or would become, of every row of a file."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


def preview(file: OpeningFile) -> OpeningReport:
    """What a file would change, with three statements; changes nothing."""
    nicks = [row.nick for row in file.rows]
    known = set(Buyer.objects.filter(pk__in=nicks).values_list("pk", flat=True))
    return _weigh(file, known)


@transaction.atomic
def take_over(file: OpeningFile, *, actor: Staff | None, now: datetime) -> OpeningReport:
    """Count a file's starting balances, each nick once (M4a). Without ``actor`` it comes from the shell.

    What is counted already stays: the same again changes nothing, another amount or address is rejected.
    Raises ``Forbidden`` (M4a) by role.
    """
    if actor is not None and not actor.may(Permission.CHANGE_TARIFFS):
        raise Forbidden("M4a", _("Only a manager brings in starting balances."))
    nicks = sorted(row.nick for row in file.rows)
    known = set(Buyer.objects.filter(pk__in=nicks).values_list("pk", flat=True))
    Buyer.objects.bulk_create(
        (Buyer(nick=nick, first_seen_at=now) for nick in nicks if nick not in known), ignore_conflicts=True
    )
    # Two uploads of the same buyers at once take turns here, in the order of the nicks.
    list(Buyer.objects.select_for_update().filter(pk__in=nicks).order_by("pk").values_list("pk"))
    report = _weigh(file, known)
    record_spend(
        Spent(change.row.nick, SpendEntry.Kind.OPENING, change.row.nick, change.row.spend, now)
        for change in report.changes
        if change.counts
    )
    given = LifetimeShipping.objects.bulk_create(
        LifetimeShipping(
            buyer_id=change.row.nick,
            address=change.row.address,
            status=LifetimeShipping.Status.CONFIRMED,
            proposed_at=now,
            decided_at=now,
        )
        for change in report.changes
        if change.gives_lifetime
    )
    audit.record_many(_facts(report.changes, given), at=now, actor=actor)
    return report


def _weigh(file: OpeningFile, known: set[str]) -> OpeningReport:
    nicks = [row.nick for row in file.rows]
    counted = dict(
        SpendEntry.objects.filter(kind=SpendEntry.Kind.OPENING, tid__in=nicks).values_list("tid", "amount")
    )
    free = dict(
        LifetimeShipping.objects.filter(
            buyer__in=nicks, status=LifetimeShipping.Status.CONFIRMED
        ).values_list("buyer_id", "address")
    )
    report = OpeningReport(rejected=list(file.rejected))
    for row in file.rows:
        had, address = counted.get(row.nick), free.get(row.nick)
        counts = bool(row.spend) and had is None
        gives = bool(row.address) and address is None
        if had is not None and row.spend and had != row.spend:
            reason = _("Its starting balance was counted already, as %(amount)s: it is counted once.")
            report.rejected.append(RejectedRow(row.number, row.nick, reason % {"amount": yuan(had)}))
        elif address is not None and row.address and address != row.address:
            reason = _("This buyer has free shipping for life already, to another address.")
            report.rejected.append(RejectedRow(row.number, row.nick, reason))
        elif counts or gives:
            report.changes.append(Change(row, counts, gives, row.nick in known))
        else:
            report.unchanged += 1
    report.rejected.sort(key=lambda rejected: rejected.number)
    return report


def _facts(changes: Sequence[Change], given: Sequence[LifetimeShipping]) -> list[Fact]:
    # The address stays in its row: the audit only refers to it (D4).
    lifetime = {row.buyer_id: row.pk for row in given}
    return [
        Fact(
            "member.opening",
            "member",
            change.row.nick,
            {},
            ({"spend": str(change.row.spend)} if change.counts else {})
            | ({"lifetime": lifetime[change.row.nick]} if change.gives_lifetime else {}),
        )
        for change in changes
    ]
