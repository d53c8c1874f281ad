"""Reading the frame of a ticket's page: its head, the order behind it, its timeline. Boxes read their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketLine
from afterservice.rules.kinds import EXCHANGES
from afterservice.selectors.timeline import read_timeline
from members.selectors import Standing, standing_of
from orders.models import Order
from orders.selectors.timeline import Happening
from shopdesk.base import clock
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

WITH_ALL = (
    "order",
    "buyer",
    "owner",
    "opened_by",
    "decided_by",
    "agreed_by",
    "condition",
    "tied_order",
    "parcel",
    "refund",
)


@dataclass(frozen=True)
class Receipt:
    """When the buyer got the goods, and who says so (A4)."""

    at: datetime
    source: str | Promise


@dataclass(frozen=True)
class TicketDetail:
    """A ticket as its page's frame shows it."""

    ticket: Ticket
    lines: Sequence[TicketLine]
    receipt: Receipt | None
    # Nothing for those who see no prices (T1).
    standing: Standing | None
    # The other requests about the same order.
    siblings: Sequence[Ticket]
    timeline: Sequence[Happening]
    take_over_refusal: str | Promise | None

    @property
    def wants_other_goods(self) -> bool:
        """Whether other goods are asked for instead (A7, A8)."""
        return self.ticket.kind in EXCHANGES or any(line.target_id for line in self.lines)


def receipt_of(order: Order, ticket: Ticket | None = None) -> Receipt | None:
    """A4: the carrier's signing, else the buyer's confirmation, else what an agent entered with its source."""
    if order.signed_time is not None:
        return Receipt(order.signed_time, Ticket.ReceiptSource.CARRIER.label)
    if ticket is not None and ticket.received_time is not None:
        return Receipt(ticket.received_time, ticket.get_received_source_display())
    return None


def read_ticket(number: int, *, staff: Staff) -> TicketDetail | None:
    """A ticket's page as a person may see it; ``None`` when there is none. A fixed number of statements."""
    ticket = Ticket.objects.select_related(*WITH_ALL).filter(pk=number).first()
    if ticket is None:
        return None
    sees_prices = staff.may(Permission.SEE_PRICES)
    lines = TicketLine.objects.filter(ticket=ticket).select_related(
        "line__product", "line__sku", "target__product", "hold"
    )
    return TicketDetail(
        ticket=ticket,
        lines=list(lines.order_by("line__position")),
        receipt=receipt_of(ticket.order, ticket),
        standing=standing_of(ticket.buyer, clock.now()) if ticket.buyer and sees_prices else None,
        siblings=list(
            Ticket.objects.filter(order=ticket.order_id)
            .exclude(pk=ticket.pk)
            .order_by("-opened_at", "-pk")[:20]
        ),
        timeline=read_timeline(ticket.pk, see_prices=sees_prices),
        take_over_refusal=_take_over_refusal(ticket, staff),
    )


def _take_over_refusal(ticket: Ticket, staff: Staff) -> str | Promise | None:
    if not staff.may(Permission.WORK_TICKETS):
        return _("Your role does not work tickets.")
    return _("This ticket is yours already.") if ticket.owner_id == staff.pk else None
