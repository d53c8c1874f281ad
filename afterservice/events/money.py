"""What tickets pay, and how they end, as audit facts (A9, A5, A13)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from afterservice.events import fact
from afterservice.models import Ticket
from shopdesk.base.audit import Fact


def asked(ticket: Ticket, rule: str, total: Decimal) -> Fact:
    """A9, P1: a supervisor is asked before money goes out."""
    return fact("money.asked", ticket, {}, {"rule": rule, "amount": str(total)})


def not_given(ticket: Ticket, approval: int | None) -> Fact:
    """A supervisor refused, or what was asked lapsed or was taken back."""
    return fact("money.not_given", ticket, {"money": "asked"}, {"approval": approval})


def due(ticket: Ticket, figures: Mapping[str, Any], approval: int | None) -> Fact:
    """A9: money is to be paid back; ``agreed_by`` names who agreed to an exchange that ends like that (A8)."""
    after = {**figures, "refund": ticket.refund_id, "owed": str(ticket.owed), "approval": approval}
    if ticket.agreed_by_id:
        after["agreed_by"] = ticket.agreed_by_id
    return fact("money.due", ticket, {}, after)


def followed_up(ticket: Ticket) -> Fact:
    """A13: how satisfied the buyer is; the remark stays on the ticket."""
    return fact("ticket.followed_up", ticket, {}, {"satisfaction": ticket.satisfaction})
