"""Putting what many orders need on the list “to do on Taobao” (D5)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

# Written out: to build a statement of all the rows takes longer than to run it.
_OPEN = """
INSERT INTO orders_platformtask (order_id, kind, opened_at)
SELECT tid, %s, %s FROM unnest(%s::text[]) AS wanted (tid) ON CONFLICT DO NOTHING
"""


def open_tasks(tids: Iterable[str], kind: str, *, now: datetime) -> None:
    """Put the same on the list for many orders by one statement; what stands there already stands there once."""
    if wanted := list(tids):
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, [str(kind), now, wanted])
