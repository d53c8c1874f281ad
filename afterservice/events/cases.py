"""What happens to a ticket as a case: whose it is."""

from afterservice.events import fact
from afterservice.models import Ticket
from shopdesk.base.audit import Fact


def owner_changed(ticket: Ticket, before: int | None) -> Fact:
    """The ticket has another owner (O17)."""
    return fact("ticket.owner", ticket, {"owner": before}, {"owner": ticket.owner_id})
