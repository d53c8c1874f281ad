"""Tickets for tests of clocks: rows made directly, in any state, with the clocks that they ask for."""

import itertools
from datetime import datetime
from typing import Any

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import Problem, TicketKind, category_of, priority_of
from afterservice.services import clocks
from orders.models import Order
from tests.factories import NOW
from tests.orders.shipped_parcels import make_shipped_order

_numbers = itertools.count(1)


def make_ticket(
    order: Order | None = None, *, running: tuple[str, ...] = (), now: datetime = NOW, **fields: Any
) -> Ticket:
    """A return that was opened ``now`` for a shipped order, unless said otherwise; these clocks run since then."""
    order = order or make_shipped_order()
    problem = fields.setdefault("problem", Problem.CHANGED_MIND)
    fields = {
        "kind": TicketKind.RETURN,
        "category": category_of(problem),
        "priority": priority_of(problem),
        "opened_at": now,
    } | fields
    ticket = Ticket.objects.create(order=order, buyer=order.buyer, **fields)
    for kind in running:
        clocks.start(ticket, kind, now=now)
    return ticket


def clock_of(ticket: Ticket, kind: str = ClockKind.ANSWER) -> Clock:
    """The newest clock of a kind, as it is now."""
    return Clock.objects.filter(ticket=ticket, kind=kind).order_by("-started_at", "-pk")[0]
