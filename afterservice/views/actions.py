"""What staff do on the ticket page: one action, one view, one service."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from afterservice.services.ownership import take_over
from afterservice.views.detail import ticket_context
from orders.forms.order_page import DeskForm
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView


class TicketAction(StaffActionView):
    """An action on one ticket. With htmx it answers the ticket as it is now, else it goes back to the page.

    A refusal is shown in ``#<part>-refusal``, next to the form of that part, which keeps what was typed; without
    htmx the box finds the sent form by ``form_of(context, part, …)`` and the refusal at ``refusals.<part>``.
    The draft named ``draft-<part>-T<number>`` is forgotten once it is taken in.
    """

    permission = Permission.WORK_TICKETS
    part: ClassVar[str]
    form_class: ClassVar[type[DeskForm] | None] = None
    _form: DeskForm | None = None

    def perform(self, number: int, form: Any) -> str:
        """Call the service; answers what to tell the person."""
        raise NotImplementedError

    def read_form(self, request: HttpRequest, number: int) -> DeskForm | None:
        """The form as it was sent; override where it is built by the ticket."""
        return self.form_class(request.POST, request.FILES) if self.form_class is not None else None

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Read the form, perform, answer."""
        number = kwargs["number"]
        self._form = self.read_form(request, number)
        if self._form is not None and not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        told = self.perform(number, self._form)
        draft = f"draft-{self.part}-T{number}"
        if getattr(request, "htmx", False):
            context = ticket_context(request, number, told=told, draft_taken=draft)
            return render(request, "tickets/_ticket.html", context)
        messages.success(request, told, extra_tags=draft)
        return self.back(request, number=number)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The ticket's page."""
        return reverse("tickets:detail", args=[kwargs["number"]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the refusal beside the form, everything typed still in it."""
        if getattr(request, "htmx", False):
            response = render(request, self.refusal_template, {"refusal": refusal}, status=refusal.status)
            response["HX-Retarget"] = f"#{self.part}-refusal"
            response["HX-Reswap"] = "innerHTML"
            return response
        bound = {self.part: self._form} if self._form else {}
        context = ticket_context(request, kwargs["number"], bound=bound, refusals={self.part: refusal})
        return render(request, "tickets/ticket_detail.html", context, status=refusal.status)


class TakeOver(TicketAction):
    """Become the owner of the ticket (O17)."""

    part = "owner"

    def perform(self, number: int, form: None) -> str:
        """Take it over."""
        take_over(number, actor=self.staff)
        return _("The ticket is yours now.")
