"""Taking in one order as a program tells it, by the rules of imports (D1)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.imports.errors import Refused
from orders.imports.rows import ItemRow, OrderRow
from orders.models import WaitingRow
from orders.rules.imports import Outcome
from orders.services.imports.catalogue import Catalogue
from orders.services.imports.items import NONE_FRESH, Known, import_items, import_waiting_items
from orders.services.imports.locks import lock_imports, lock_new_order
from orders.services.imports.orders import import_orders
from orders.services.imports.refund_lists import take_up_refunds
from orders.services.imports.run import REASONS
from orders.services.imports.waiting import Item, content_key
from orders.services.locks import lock_order
from orders.states import Status
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.prepared import prepared_cursor

SOURCE = "API"
_HEARD_OF = """
SELECT EXISTS (SELECT FROM orders_order WHERE tid = %(tid)s)
    OR EXISTS (SELECT FROM orders_waitingrow WHERE tid = %(tid)s)
    OR EXISTS (SELECT FROM orders_waitingpayment WHERE tid = %(tid)s)
"""
# Told of an order that is new, these touch no other order than its own.
_STARTING = (Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS)


@dataclass(frozen=True)
class Placed:
    """What became of an order that was told, and how many of its lines were written."""

    tid: str
    outcome: str
    lines: int


@transaction.atomic(savepoint=False)
def place_order(
    row: OrderRow,
    items: Sequence[ItemRow],
    *,
    actor: Staff,
    version: int | None = None,
    now: datetime | None = None,
) -> Placed:
    """Create an order with its lines, or bring it forward (D1): all of it, or nothing.

    Raises ``Forbidden`` (D1) by role, ``Conflict`` (D1) for what contradicts what is known, ``VersionConflict`` (T5)
    when ``version`` is given and the order has changed since, ``DomainError`` (O1) when it is given for a new order.
    """
    if not actor.may(Permission.IMPORT):
        raise Forbidden("D1", _("Your role does not take in orders."))
    now = now or clock.now()
    tid = row.tid
    unheard = _take_turn(row)
    held = lambda: None  # noqa: E731 (the lock is ours until the end)
    if version is not None:
        lock_order(tid, version=version)
    orders = import_orders([row], file_name=SOURCE, now=now, actor=actor, lock=held, unheard=unheard)
    _require_taken(orders.refused)
    catalogue = Catalogue()
    written = 0
    if items:
        fresh = _fresh(row) if unheard and orders.created else NONE_FRESH
        lines = import_items(_told(items), catalogue, file_name=SOURCE, now=now, lock=held, fresh=fresh)
        _require_taken(lines.refused)
        written = lines.lines
    if not unheard and _waits(tid):
        # What waited may be the lines that were told just now, which then are written once.
        written = max(written, import_waiting_items([tid], catalogue, now=now, lock=held))
        take_up_refunds({tid}, now=now, lock=held)
    [outcome] = [name for name, count in orders.outcomes.items() if count] or [Outcome.UNCHANGED]
    return Placed(tid, str(outcome), written)


def _waits(tid: str) -> bool:
    """Whether something told before waits for this order."""
    return WaitingRow.objects.filter(tid=tid).exists()


def _take_turn(row: OrderRow) -> bool:
    """Wait for our turn to tell of an order; answers whether nothing of it was heard before.

    New orders are created side by side; whatever else is told takes its turn among the imports.
    """
    if row.status in _STARTING and not row.invoice_no and lock_new_order(row.tid):
        # Once more, now that nobody else creates it.
        return not _is_heard_of(row.tid)
    lock_imports()
    return False


def _is_heard_of(tid: str) -> bool:
    """Whether an order, rows of it or a payment for it were told."""
    with prepared_cursor() as cursor:
        cursor.execute(_HEARD_OF, {"tid": tid})
        return bool(cursor.fetchone()[0])


def _fresh(row: OrderRow) -> dict[str, Known]:
    """An order as its first row made it."""
    assert row.created is not None  # noqa: S101 (no order is made without these)
    assert row.status is not None  # noqa: S101
    return {row.tid: Known(row.created, row.status)}


def _told(items: Sequence[ItemRow]) -> list[Item]:
    alike: Counter[str] = Counter()
    told = []
    for position, item in enumerate(items, start=1):
        nth = 1
        if not item.oid:
            alike[content_key(item)] += 1
            nth = alike[content_key(item)]
        told.append(Item(item._replace(row=position), position, nth))
    return told


def _require_taken(refused: Sequence[Refused]) -> None:
    for refusal in refused:
        raise Conflict("D1", refusal.reason or REASONS[refusal.code], field=refusal.field or None)
