"""The warehouse's own list of flagged orders (N3)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.selectors.flags import acknowledged, read_flags, to_acknowledge
from orders.services.flags import acknowledge
from shopdesk.base.errors import DomainError
from shopdesk.base.listing import capped_counts
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address


class FlagsPage(StaffPageView):
    """Red flags to the warehouse, the soonest due first; no prices, no whole phone numbers (T1)."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "deliveries/flags.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of flags and how many there are: four statements beside who asks."""
        seen = self.request.GET.get("tab") == "seen"
        page, rows = read_flags(seen=seen, cursor=self.request.GET.get("cursor", ""))
        counts = capped_counts({"open": to_acknowledge(), "seen": acknowledged()})
        return super().get_context_data(
            tab="seen" if seen else "open", page=page, rows=rows, counts=counts, **kwargs
        )


class AcknowledgeFromList(StaffActionView):
    """Say that a flag was seen, from the list (N3)."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Acknowledge the flag that the list showed."""
        shown = request.POST.get("flag", "")
        if not (shown.isascii() and shown.isdigit() and len(shown) <= 18):
            raise DomainError("N3", _("This flag was acknowledged or changed already."))
        flag = acknowledge(kwargs["tid"], int(shown), actor=self.staff)
        told = _("“%(label)s” is acknowledged.") % {"label": flag.label}
        if getattr(request, "htmx", False):
            return render(request, "deliveries/_done.html", {"told": told, "row_id": f"flag-{flag.pk}"})
        messages.success(request, told)
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("deliveries:flags")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the refusal in the row."""
        response = super().refuse(request, refusal, **kwargs)
        if getattr(request, "htmx", False):
            response["HX-Retarget"] = f"#refusal-{kwargs['tid']}"
            response["HX-Reswap"] = "innerHTML"
        return response
