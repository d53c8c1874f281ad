"""Who may take orders in at once: one import batch, or any number of new orders."""

from shopdesk.base.prepared import prepared_cursor

_IMPORT_LOCK = 7_201_001
# What is selected is worked out only where the condition holds.
_LOCK_UNHEARD = """
SELECT pg_advisory_xact_lock_shared(%(lock)s), pg_advisory_xact_lock(hashtextextended(%(tid)s, %(lock)s))
WHERE NOT EXISTS (SELECT FROM orders_order WHERE tid = %(tid)s)
    AND NOT EXISTS (SELECT FROM orders_waitingrow WHERE tid = %(tid)s)
"""


def lock_imports() -> None:
    """Wait until nobody else takes orders in: two files that bring the same order must not both create it.

    The lock goes with the transaction.
    """
    with prepared_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])


def lock_new_order(tid: str) -> bool:
    """Wait until no batch is taken in and nobody else creates this order; others may be created meanwhile.

    Answers false, and waits for nobody, where the order or a row of it was told before.

    Only for what is new: what brings orders forward may touch other orders than its own, and takes its turn.
    The lock goes with the transaction.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_LOCK_UNHEARD, {"lock": _IMPORT_LOCK, "tid": tid})
        return cursor.fetchone() is not None
