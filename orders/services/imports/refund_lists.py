"""Handing the rows of a refund list to whoever takes them; rows that come before their order wait (D1, D2)."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import transaction

from orders.imports.headers import ListKind
from orders.imports.refund_rows import RefundRow
from orders.imports.takers import Taken, taker_of
from orders.models import Order, WaitingRow
from orders.services.imports.locks import lock_imports
from orders.services.imports.waiting import forget_refund_rows, keep_refund_rows, refund_rows_of


@transaction.atomic
def import_refunds(rows: Sequence[RefundRow], *, file_name: str, now: datetime) -> Taken:
    """Hand a batch of rows over, those whose order is not here yet are kept; answers what became of each."""
    lock_imports()
    tids = {row.tid for row in rows}
    here = set(Order.objects.filter(pk__in=tids).values_list("tid", flat=True))
    taken = _hand_over([row for row in rows if row.tid in here], file_name=file_name, now=now)
    early = [row for row in rows if row.tid not in here]
    keep_refund_rows([*early, *taken.waiting], file_name=file_name, now=now)
    _forget([row for row in rows if row.tid in here], taken)
    return Taken(taken.created, taken.updated, taken.unchanged, [*early, *taken.waiting], taken.refused)


@transaction.atomic
def take_up_refunds(
    tids: Collection[str], *, now: datetime, lock: Callable[[], None] = lock_imports
) -> Taken:
    """Hand over again what waited for these orders: a file brought them, or their lines.

    A row that is refused goes on waiting: its file is gone, and nothing may be lost (D1).
    """
    if not tids or not WaitingRow.objects.filter(kind=WaitingRow.Kind.REFUND, tid__in=tids).exists():
        return Taken()
    lock()
    here = set(Order.objects.filter(pk__in=tids).values_list("tid", flat=True))
    waiting = refund_rows_of(here)
    created = updated = unchanged = 0
    for file_name in sorted({name for _row, name in waiting}):
        rows = [row for row, name in waiting if name == file_name]
        taken = _hand_over(rows, file_name=file_name, now=now)
        _forget(rows, taken)
        created, updated = created + taken.created, updated + taken.updated
        unchanged += taken.unchanged
    return Taken(created, updated, unchanged)


def _hand_over(rows: Sequence[RefundRow], *, file_name: str, now: datetime) -> Taken:
    taker = taker_of(ListKind.REFUNDS)
    if taker is None or not rows:
        return Taken(waiting=rows)
    return taker(rows, file_name=file_name, now=now)


def _forget(rows: Sequence[RefundRow], taken: Taken) -> None:
    """What was taken waits no more; of two rows of one refund the later one decides."""
    left = {row.row for row in taken.waiting} | {refused.row for refused in taken.refused}
    last = {(row.tid, row.refund_no): row for row in rows}
    forget_refund_rows(row for row in last.values() if row.row not in left)
