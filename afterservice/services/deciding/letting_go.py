"""Giving back what was kept for a ticket that comes to nothing (A5, A8)."""

from datetime import datetime

from afterservice.models import Ticket, TicketLine
from orders.services import holds_for_exchange, tying
from orders.services.extra_parcels import drop_extra
from orders.states import ParcelStage
from shopdesk.base.models import Staff


def give_back(ticket: Ticket, *, actor: Staff, now: datetime) -> None:
    """Drop the planned parcel of a ticket, free its holds, untie its order. What is printed or out is refused before.

    The ticket is locked by the caller, and keeps the numbers of all three.
    """
    if ticket.parcel is not None and ticket.parcel.stage == ParcelStage.PLANNED:
        drop_extra(ticket.parcel, actor=actor, now=now)
    held = TicketLine.objects.filter(ticket=ticket, hold__released_at__isnull=True, hold__isnull=False)
    for line in held.select_related("hold").order_by("hold__sku_id"):
        assert line.hold is not None  # noqa: S101 (the filter let no other pass)
        holds_for_exchange.release_held(line.hold, actor=actor, now=now)
    if ticket.tied_order is not None and ticket.tied_order.tied:
        tying.untie(ticket.tied_order, actor=actor, now=now)
