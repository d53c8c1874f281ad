"""Giving back what was kept for a ticket that comes to nothing (A5, A8)."""

from datetime import datetime

from afterservice.models import Ticket
from afterservice.services.exchanging import let_go
from orders.models import Parcel
from orders.services.extra_parcels import drop_extra
from orders.states import ParcelStage
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO


def give_back(ticket: Ticket, *, actor: Staff, now: datetime) -> None:
    """Drop a ticket's planned parcel, free its holds, untie its order; it keeps the numbers of all three.

    The ticket is locked by the caller, who has refused what is printed or out (``has_moved``).
    """
    parcel = ticket.parcel
    if parcel is not None and parcel.purpose == Parcel.Purpose.RESEND and parcel.stage == ParcelStage.PLANNED:
        drop_extra(parcel, actor=actor, now=now)
    let_go(ticket, actor=actor, now=now)


def forget_tied(ticket: Ticket) -> list[str]:
    """A ticket that goes on after it gave back has no order for a new style any more (A8): another one may be tied.

    Answers the fields to save. The order that was let go stands in the audit; buyers may pay it, or tie it anew.
    """
    ticket.tied_order, ticket.difference_due = None, ZERO
    return ["tied_order", "difference_due"]
