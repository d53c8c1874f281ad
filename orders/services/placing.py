"""Taking in one order as a program tells it, by the rules of imports (D1)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.imports.errors import Refused
from orders.imports.rows import ItemRow, OrderRow
from orders.rules.imports import Outcome
from orders.services.imports.items import Catalogue, import_items
from orders.services.imports.orders import import_orders
from orders.services.imports.refund_lists import take_up_refunds
from orders.services.imports.run import REASONS
from orders.services.imports.waiting import Item, content_key
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

SOURCE = "API"


@dataclass(frozen=True)
class Placed:
    """What became of an order that was told, and how many of its lines were written."""

    tid: str
    outcome: str
    lines: int


@transaction.atomic
def place_order(
    row: OrderRow, items: Sequence[ItemRow], *, actor: Staff, now: datetime | None = None
) -> Placed:
    """Create an order with its lines, or bring it forward (D1): all of it, or nothing.

    Raises ``Forbidden`` (D1) by role, ``Conflict`` (D1) for what contradicts what is known.
    """
    if not actor.may(Permission.IMPORT):
        raise Forbidden("D1", _("Your role does not take in orders."))
    now = now or clock.now()
    orders = import_orders([row], file_name=SOURCE, now=now)
    _require_taken(orders.refused)
    alike: Counter[str] = Counter()
    told = []
    for position, item in enumerate(items, start=1):
        nth = 1
        if not item.oid:
            alike[content_key(item)] += 1
            nth = alike[content_key(item)]
        told.append(Item(replace(item, row=position), position, nth))
    lines = import_items(told, Catalogue(), file_name=SOURCE, now=now)
    _require_taken(lines.refused)
    take_up_refunds({row.tid}, now=now)
    [outcome] = [name for name, count in orders.outcomes.items() if count] or [Outcome.UNCHANGED]
    return Placed(row.tid, str(outcome), lines.lines)


def _require_taken(refused: Sequence[Refused]) -> None:
    for refusal in refused:
        raise Conflict("D1", refusal.reason or REASONS[refusal.code], field=refusal.field or None)
