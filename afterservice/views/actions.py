"""What staff do on the ticket page: one action, one view, one service."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from afterservice.services.ownership import take_over
from afterservice.views.detail import ticket_context
from shopdesk.base.permissions import Permission
from shopdesk.base.web import PageActionView


class TicketAction(PageActionView):
    """An action on one ticket, from its page.

    The boxes find the form that was sent by ``form_of(context, part, …)`` and its refusal at ``refusals.<part>``.
    """

    permission = Permission.WORK_TICKETS
    subject = "number"
    page = "tickets:detail"
    page_template = "tickets/ticket_detail.html"
    content_template = "tickets/_ticket.html"

    def page_context(self, request: HttpRequest, subject: int, **shown: Any) -> dict[str, Any]:
        """The ticket page."""
        return ticket_context(request, subject, **shown)

    def draft_of(self, subject: int) -> str:
        """Of the ticket by its number as people write it."""
        return f"draft-{self.part}-T{subject}"


class TakeOver(TicketAction):
    """Become the owner of the ticket (O17)."""

    part = "owner"

    def perform(self, number: int, form: None) -> str:
        """Take it over."""
        take_over(number, actor=self.staff)
        return _("The ticket is yours now.")
