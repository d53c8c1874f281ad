"""The one page of a ticket."""

from typing import Any

from django.http import Http404

from afterservice.models import Ticket
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffPageView


class TicketPage(StaffPageView):
    """Everything about a ticket; each box reads what it shows by a tag of its own."""

    permission = Permission.SEE_TICKETS
    template_name = "tickets/ticket_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The ticket."""
        found = Ticket.objects.select_related("order", "buyer", "owner", "tied_order", "parcel", "refund")
        ticket = found.filter(pk=kwargs["number"]).first()
        if ticket is None:
            raise Http404
        return super().get_context_data(ticket=ticket, **kwargs)
