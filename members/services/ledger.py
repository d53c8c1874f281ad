"""Keeping the spend ledger (M1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from shopdesk.base import audit
from shopdesk.base.arrays import text_array
from shopdesk.base.audit import Fact
from shopdesk.base.jobs import JobResult


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
    -- By the array: the planner knows its length, and reads the index however long the ledger is.
    SELECT e.tid, e.kind, e.buyer_id, e.amount FROM members_spendentry e
    WHERE e.tid = ANY (%(tids)s::text[]) AND EXISTS (
        SELECT 1 FROM told WHERE told.tid = e.tid AND told.kind = e.kind
    )
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
            [text_array(sorted({row.nick for row in rows}))],
        )
        cursor.execute(
            _RECORD,
            {
                "nicks": text_array(row.nick for row in rows),
                "kinds": text_array(row.kind for row in rows),
                "tids": text_array(row.tid for row in rows),
                "amounts": text_array(str(row.amount) for row in rows),
                "times": text_array(row.at.isoformat() for row in rows),
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
