"""The one page of a ticket."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest

from afterservice.selectors.ticket_page import read_ticket
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import HereView, StaffPageView, staff_of


def ticket_context(
    request: HttpRequest,
    number: int,
    *,
    bound: Mapping[str, DeskForm] | None = None,
    refusals: Mapping[str, DomainError] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Everything that the ticket page or its swapped part shows. Raises ``Http404`` for no such ticket.

    ``bound`` holds the forms that were sent and refused, by part, so that nothing typed is lost; the boxes
    find them there (``afterservice.forms.boxes``).
    """
    detail = read_ticket(number, staff=staff_of(request))
    if detail is None:
        raise Http404
    return {
        "detail": detail,
        "ticket": detail.ticket,
        "bound": bound or {},
        "refusals": refusals or {},
        **extra,
    }


class TicketHere(HereView):
    """Who else has a ticket open (T5)."""

    permission = Permission.SEE_TICKETS
    subject_kind, subject = "ticket", "number"


class TicketPage(StaffPageView):
    """Everything about a ticket; each box reads what it shows by a tag of its own."""

    permission = Permission.SEE_TICKETS
    template_name = "tickets/ticket_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The ticket."""
        return super().get_context_data(**ticket_context(self.request, kwargs.pop("number")), **kwargs)
