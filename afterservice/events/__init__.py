"""What happens to tickets, as audit facts: one function per fact, a module per topic (D4).

What was said and what a buyer calls a file stay out of it: the ticket's log and evidence have them.
"""

from typing import Any

from afterservice.models import Ticket
from shopdesk.base.audit import Fact

SUBJECT = "ticket"


def fact(action: str, ticket: Ticket | int, before: dict[str, Any], after: dict[str, Any]) -> Fact:
    """A fact of a ticket, or of the ticket with this number."""
    number = ticket.pk if isinstance(ticket, Ticket) else ticket
    return Fact(action, SUBJECT, str(number), before, after)
