"""What must never be on record twice, as statements that count it."""

from __future__ import annotations

CLOSINGS = "base_auditentry WHERE subject_kind = 'order' AND action = 'order.closed'"
LISTED = "orders_platformtask WHERE kind = 'close'"
OVERDUE = "status = 'WAIT_BUYER_PAY' AND created <= now() - interval '73 hours' AND paid_fee = 0"

DUE = f"SELECT count(*) FROM orders_order WHERE {OVERDUE} AND NOT payment_pending AND NOT tied"  # noqa: S608


def twice(column: str, rows: str) -> str:
    """The statement that counts what is there more than once."""
    return f"SELECT count(*) FROM (SELECT FROM {rows} GROUP BY {column} HAVING count(*) > 1) AS found"  # noqa: S608


TWICE = {
    "orders closed twice": twice("subject_id", CLOSINGS),
    "orders listed twice to be closed on Taobao": twice("order_id", LISTED),
}


def count(statement: str) -> int:
    """The number that a statement answers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])
