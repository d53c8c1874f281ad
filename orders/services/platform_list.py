"""Putting what many orders need on the list “to do on Taobao” (D5)."""

from collections.abc import Iterable
from datetime import datetime

from orders.models import PlatformTask


def open_tasks(tids: Iterable[str], kind: str, *, now: datetime) -> None:
    """Put the same on the list for many orders by one statement; what stands there already stands there once."""
    PlatformTask.objects.bulk_create(
        (PlatformTask(order_id=tid, kind=kind, opened_at=now) for tid in tids), ignore_conflicts=True
    )
