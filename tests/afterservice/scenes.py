"""Tickets for tests, as rows, with sensible values wherever a test does not care."""

from datetime import timedelta
from typing import Any

from afterservice.models import Ticket, TicketLine
from afterservice.rules.kinds import WITHOUT_GOODS, Problem, TicketKind, category_of, priority_of
from orders.models import Order
from tests.factories import NOW, make_line
from tests.orders.shipped_parcels import make_shipped_order


def make_received_order(nick: str = "", title: str = "小白鞋", **fields: Any) -> Order:
    """A shipped order of one line that its buyer signed for a day before ``NOW``."""
    fields.setdefault("signed_time", NOW - timedelta(days=1))
    order = make_shipped_order(nick, shipped_at=NOW - timedelta(days=4), **fields)
    make_line(order, title)
    return order


def make_ticket(order: Order | None = None, **fields: Any) -> Ticket:
    """A return of all goods of a received order, opened an hour before ``NOW``, unless said otherwise."""
    order = order or make_received_order()
    fields = {
        "kind": TicketKind.RETURN,
        "problem": Problem.CHANGED_MIND,
        "opened_at": NOW - timedelta(hours=1),
        "buyer": order.buyer,
    } | fields
    fields.setdefault("category", category_of(fields["problem"]))
    fields.setdefault("priority", priority_of(fields["problem"]))
    lines = fields.pop("lines", None if fields["kind"] not in WITHOUT_GOODS else [])
    ticket = Ticket.objects.create(order=order, **fields)
    for line in order.lines.all() if lines is None else lines:
        TicketLine.objects.create(ticket=ticket, line=line, num=line.num)
    return ticket
