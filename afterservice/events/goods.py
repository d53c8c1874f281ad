"""What happens to the goods of tickets, as audit facts: exchanges, returns, repairs (A5–A8, A10)."""

from datetime import datetime
from decimal import Decimal

from afterservice.events import fact
from afterservice.models import ReturnAddress, Ticket, TicketLine, UnmatchedReturn
from orders.models import Parcel
from shopdesk.base.audit import Fact


def return_address_changed(address: ReturnAddress) -> Fact:
    """Goods are sent back to another address from now on."""
    return Fact("return_address.changed", "return_address", str(address.pk), {}, {"text": address.text})


def resale_asked(ticket: Ticket) -> Fact:
    """A7: the buyer was asked whether the goods are fit for resale."""
    return fact("goods.resale_asked", ticket, {}, {})


def exception_told(ticket: Ticket) -> Fact:
    """A8: the buyer was told that it is an exception."""
    return fact("exchange.exception_told", ticket, {}, {})


def target_chosen(line: TicketLine, before: int | None) -> Fact:
    """A7: what is wanted instead."""
    return fact(
        "exchange.target_chosen",
        line.ticket_id,
        {"line": line.line_id, "sku": before},
        {"line": line.line_id, "sku": line.target_id},
    )


def order_tied(ticket: Ticket, before: str | None) -> Fact:
    """A8: the unpaid order for the new style."""
    return fact(
        "exchange.order_tied",
        ticket,
        {"tid": before},
        {"tid": ticket.tied_order_id, "difference_due": str(ticket.difference_due)},
    )


def goods_held(ticket: Ticket, holds: list[int]) -> Fact:
    """A7: what goes out is kept from the shelf."""
    return fact("exchange.held", ticket, {}, {"holds": holds})


def holds_freed(ticket: Ticket, holds: list[int]) -> Fact:
    """The exchange is off: what was kept goes back to the shelf."""
    return fact("exchange.freed", ticket, {"holds": holds}, {})


def postage_set(ticket: Ticket, before: Decimal | None) -> Fact:
    """A7: the postage that the buyer pays; ``before``, nothing where nobody had said yet."""
    was = {"postage_due": str(before)} if before is not None else {}
    return fact("exchange.postage_set", ticket, was, {"postage_due": str(ticket.postage_due)})


def links_paid(ticket: Ticket, purpose: str, tids: list[str], amount: Decimal) -> Fact:
    """A7, A8: postage links paid what the buyer owed."""
    return fact("exchange.links_paid", ticket, {}, {"purpose": purpose, "tids": tids, "amount": str(amount)})


def address_given(ticket: Ticket, address: ReturnAddress) -> Fact:
    """A7: the buyer was told where to send the goods."""
    return fact("goods.address_given", ticket, {}, {"address": address.pk})


def return_noted(ticket: Ticket, before: str) -> Fact:
    """A7: the tracking number of the goods on their way back."""
    return fact(
        "goods.return_noted",
        ticket,
        {"return_invoice_no": before},
        {"return_invoice_no": ticket.return_invoice_no, "return_carrier": ticket.return_carrier},
    )


def received(ticket: Ticket, before: str) -> Fact:
    """The goods arrived."""
    return fact("goods.received", ticket, {"goods": before}, {"goods": ticket.goods})


def listed_unmatched(found: UnmatchedReturn) -> Fact:
    """Goods arrived that no ticket told of (A11)."""
    return Fact(
        "unmatched_return.listed", "unmatched_return", str(found.pk), {}, {"invoice_no": found.invoice_no}
    )


def matched(found: UnmatchedReturn) -> Fact:
    """Their ticket was found."""
    return fact("goods.matched", found.ticket_id or 0, {}, {"unmatched_return": found.pk})


def inspected(ticket: Ticket, before: str) -> Fact:
    """The goods were inspected (A5)."""
    return fact(
        "goods.inspected",
        ticket,
        {"goods": before},
        {"goods": ticket.goods, "found": ticket.inspection},
    )


def failed_decided(ticket: Ticket, before: str, choice: str, reason: str) -> Fact:
    """A10: what a supervisor decided about goods that failed."""
    return fact(
        "goods.failed_decided",
        ticket,
        {"goods": before},
        {"goods": ticket.goods, "choice": choice, "reason": reason},
    )


def parcel_planned(ticket: Ticket, parcel: Parcel) -> Fact:
    """F1: goods go to the buyer: exchanged, resent, repaired or sent back."""
    return fact("goods.parcel_planned", ticket, {}, {"parcel": parcel.pk, "purpose": parcel.purpose})


def repair_placed(ticket: Ticket, before: str) -> Fact:
    """A6: who repairs where."""
    return fact(
        "goods.repair_placed", ticket, {"repair_place": before}, {"repair_place": ticket.repair_place}
    )


def visit_agreed(ticket: Ticket, before: datetime | None) -> Fact:
    """A6: the time of a visit."""
    return fact(
        "goods.visit_agreed",
        ticket,
        {"visit_at": before.isoformat() if before else None},
        {"visit_at": ticket.visit_at.isoformat() if ticket.visit_at else None},
    )


def visited(ticket: Ticket) -> Fact:
    """A6: the first visit was made."""
    return fact("goods.visited", ticket, {}, {})
