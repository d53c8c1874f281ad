"""The one search box: tickets by their number or what comes back with them, else orders."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import View

from afterservice.selectors.finding import ticket_of
from shopdesk.base.permissions import Permission


class Find(View):
    """Where what was typed leads: to the ticket that it names beyond doubt, else to the order list's search."""

    permission = Permission.SEE_ORDERS
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponseRedirect:
        """Go there."""
        typed = request.GET.get("q", "")
        ticket = ticket_of(typed)
        if ticket is not None:
            return HttpResponseRedirect(reverse("tickets:detail", args=[ticket]))
        query = "?" + urlencode({"q": typed}) if typed.strip() else ""
        return HttpResponseRedirect(reverse("orders:list") + query)
