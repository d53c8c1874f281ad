"""Keeping the spend ledger (M1) and the tiers (M4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from members.models import TierRow, TierVersion
from members.rules import STARTING_TIERS, Tier
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Spent:
    """What one order counts for its buyer: goods paid (CNY, positive), or goods refunded (negative)."""

    nick: str
    kind: str
    tid: str
    amount: Decimal
    at: datetime


# The buyers are locked in the order of their nicks before the ledger is read, so that two who tell of orders
# of one buyer at once take turns. Entries that say the same as before are left alone.
_RECORD = """
WITH told AS (
    SELECT * FROM unnest(%(nicks)s::text[], %(kinds)s::text[], %(tids)s::text[], %(amounts)s::numeric[],
                         %(times)s::timestamptz[]) AS t(nick, kind, tid, amount, at)
), before AS (
    SELECT e.tid, e.kind, e.buyer_id, e.amount FROM members_spendentry e JOIN told USING (tid, kind)
), written AS (
    INSERT INTO members_spendentry (buyer_id, kind, tid, amount, at)
    SELECT nick, kind, tid, amount, at FROM told
    WHERE amount <> 0 OR EXISTS (SELECT 1 FROM before b WHERE b.tid = told.tid AND b.kind = told.kind)
    ON CONFLICT (tid, kind) DO UPDATE SET buyer_id = excluded.buyer_id, amount = excluded.amount
    WHERE (members_spendentry.buyer_id, members_spendentry.amount) IS DISTINCT FROM
          (excluded.buyer_id, excluded.amount)
    RETURNING tid, kind, buyer_id, amount
), moved AS (
    SELECT buyer_id, amount FROM written
    UNION ALL
    SELECT b.buyer_id, -b.amount FROM before b JOIN written w USING (tid, kind)
)
UPDATE members_buyer SET spend = spend + sums.amount
FROM (SELECT buyer_id, sum(amount) AS amount FROM moved GROUP BY buyer_id) AS sums
WHERE members_buyer.nick = sums.buyer_id
"""


def record_spend(spent: Iterable[Spent]) -> None:
    """Tell what orders count, each once per kind, and keep the buyers' sums (M1).

    Telling the same again changes nothing. Call it inside the transaction that changes the orders.
    """
    rows = sorted(spent, key=lambda row: (row.nick, row.tid, row.kind))
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nick FROM members_buyer WHERE nick = ANY(%s) ORDER BY nick FOR NO KEY UPDATE",
            [sorted({row.nick for row in rows})],
        )
        cursor.execute(
            _RECORD,
            {
                "nicks": [row.nick for row in rows],
                "kinds": [row.kind for row in rows],
                "tids": [row.tid for row in rows],
                "amounts": [row.amount for row in rows],
                "times": [row.at for row in rows],
            },
        )


def prove_spend(now: datetime, dry_run: bool) -> JobResult:
    """Prove that each buyer's spend is the sum of their ledger; mend and tell where it is not (M1)."""
    result = JobResult()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.nick, b.spend, coalesce(s.amount, 0) FROM members_buyer b
            LEFT JOIN (SELECT buyer_id, sum(amount) AS amount FROM members_spendentry GROUP BY 1) s
            ON s.buyer_id = b.nick WHERE b.spend <> coalesce(s.amount, 0) ORDER BY b.nick FOR UPDATE OF b
            """
        )
        wrong: list[tuple[str, Decimal, Decimal]] = cursor.fetchall()
        if not dry_run and wrong:
            cursor.executemany(
                "UPDATE members_buyer SET spend = %s WHERE nick = %s",
                [(right, nick) for nick, _, right in wrong],
            )
            audit.record_many(
                (
                    Fact("member.spend_mended", "member", nick, {"spend": str(had)}, {"spend": str(right)})
                    for nick, had, right in wrong
                ),
                at=now,
                actor=None,
            )
    result.add([nick for nick, _, _ in wrong])
    return result


def ensure_starting_tiers() -> None:
    """Give a shop without any tiers the starting table (M4)."""
    if not TierVersion.objects.exists():
        _write_tiers(STARTING_TIERS.tiers, SINCE_EVER, None)


@transaction.atomic
def change_tiers(tiers: Sequence[Tier], *, actor: Staff, now: datetime) -> TierVersion:
    """Enter a new table of tiers, valid from now on (M4).

    Raises ``Forbidden`` (M4) by role, ``DomainError`` (M4) for thresholds or rates that do not step.
    """
    if not actor.may(Permission.CHANGE_TARIFFS):
        raise Forbidden("M4", _("Only a manager changes tiers."))
    for lower, higher in pairwise(tiers):
        if lower.threshold >= higher.threshold or lower.rate < higher.rate:
            raise DomainError("M4", _("Each tier starts higher than the one before and takes off no less."))
    if not all(0 < tier.rate <= 1 and tier.threshold > 0 for tier in tiers):
        raise DomainError("M4", _("A tier starts above 0 and is charged at more than 0 and at most 100 %."))
    table = _write_tiers(tiers, now, actor)
    after = {tier.name: f"{tier.threshold} × {tier.rate}" for tier in tiers}
    audit.record(Fact("tiers.changed", "tiers", str(table.pk), {}, after), at=now, actor=actor)
    return table


def _write_tiers(tiers: Sequence[Tier], valid_from: datetime, actor: Staff | None) -> TierVersion:
    table = TierVersion.objects.create(valid_from=valid_from, entered_by=actor)
    TierRow.objects.bulk_create(
        TierRow(table=table, name=tier.name, threshold=tier.threshold, rate=tier.rate) for tier in tiers
    )
    return table
