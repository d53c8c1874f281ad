"""Moving the goods of lines on: bought, arrived, made (O16)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from orders.events import stock as events
from orders.models import Order, OrderLine
from orders.rules.supply import supply_of
from orders.states import SUPPLY_MOVES
from shopdesk.base import audit
from shopdesk.base.models import Staff


def move(lines: Sequence[OrderLine], action: str, *, actor: Staff, now: datetime) -> None:
    """Make one of ``SUPPLY_MOVES`` with lines that have their product with them.

    The orders are locked by the caller, and get a new version. Raises ``Conflict`` (O16) where a line is not in a
    state for it, with nothing changed.
    """
    facts, target = [], ""
    for line in lines:
        before = supply_of(line.product.kind, line.supply)
        target = SUPPLY_MOVES.require(action, before)
        facts.append(events.supply_moved(line, before, target))
    if not facts:
        return
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(supply=target)
    for line in lines:
        line.supply = target
    tids = {line.order_id for line in lines}
    Order.objects.filter(pk__in=tids).update(version=F("version") + 1)
    audit.record_many(facts, at=now, actor=actor)
