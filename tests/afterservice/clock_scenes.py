"""Tickets with running clocks, for tests of clocks."""

from datetime import datetime
from typing import Any

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.services import clocks
from orders.models import Order
from tests.afterservice import scenes
from tests.factories import NOW


def make_ticket(
    order: Order | None = None, *, running: tuple[str, ...] = (), now: datetime = NOW, **fields: Any
) -> Ticket:
    """A return that was opened ``now``, unless said otherwise; these clocks run since then."""
    ticket = scenes.make_ticket(order, **{"opened_at": now} | fields)
    for kind in running:
        clocks.start(ticket, kind, now=now)
    return ticket


def clock_of(ticket: Ticket, kind: str = ClockKind.ANSWER) -> Clock:
    """The newest clock of a kind, as it is now."""
    return Clock.objects.filter(ticket=ticket, kind=kind).order_by("-started_at", "-pk")[0]
