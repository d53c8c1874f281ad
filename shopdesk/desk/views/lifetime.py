"""Another address for free shipping for life (M5): ask for it after looking at what it would change."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.forms import MoveForm
from members.models import Buyer
from members.services.lifetime_address import ask_for_address
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView
from shopdesk.desk.selectors.lifetime import confirmed_of, other_addresses, preview_move, waiting_move

TEMPLATE = "desk/lifetime_address.html"


def move_context(nick: str, form: MoveForm | None = None) -> dict[str, Any]:
    """What the page shows of a buyer: four statements. Without free shipping for life there is no page."""
    buyer = get_object_or_404(Buyer, pk=nick.replace("\x00", ""))
    row = confirmed_of(buyer)
    if row is None:
        raise Http404
    return {
        "buyer": buyer,
        "row": row,
        "waiting": waiting_move(buyer),
        "addresses": other_addresses(row),
        "form": form or MoveForm(initial={"version": row.version}),
    }


class LifetimeAddressPage(StaffPageView):
    """The address as it is, and the form for another one."""

    permission = Permission.WORK_ORDERS
    template_name = TEMPLATE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of statements."""
        return super().get_context_data(**move_context(self.kwargs["nick"]), **kwargs)


class MoveAction(StaffActionView):
    """What both buttons of the form have in common: a refusal keeps what was typed."""

    permission = Permission.WORK_ORDERS
    _form: MoveForm

    def read(self, request: HttpRequest) -> dict[str, Any]:
        """What was typed. Raises ``DomainError`` for what is missing."""
        self._form = MoveForm(request.POST)
        if not self._form.is_valid():
            field, errors = next(iter(self._form.errors.items()))
            raise DomainError("", f"{self._form.fields[field].label}: {errors[0]}", field=field)
        return self._form.cleaned_data

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page of the form."""
        return reverse("lifetime-address", args=[kwargs["nick"]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page again, with the refusal and everything that was typed, beside the address as it is now."""
        context = move_context(kwargs["nick"])
        context["form"] = MoveForm(request.POST.dict() | {"version": context["row"].version})
        context["refusal"] = refusal
        return render(request, TEMPLATE, context, status=refusal.status)


class PreviewLifetimeAddress(MoveAction):
    """What the other address would change; nothing is changed."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Show it beneath the form."""
        typed = self.read(request)
        context = move_context(kwargs["nick"], self._form)
        return render(request, TEMPLATE, context | {"move": preview_move(context["row"], typed["address"])})


class AskLifetimeAddress(MoveAction):
    """Ask a supervisor for the address that was looked at."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Ask, and go back to the buyer."""
        nick = kwargs["nick"]
        ask_for_address(nick, **self.read(request), actor=self.staff)
        messages.success(request, _("Asked. The old address stays free until a supervisor approves."))
        return reverse("member", args=[nick])
