"""Change notices: the warehouse reads what was changed, by whom, and acknowledges it (O9, F2, F4)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.selectors.notices import open_notices, read_notice, read_notices
from orders.services.acknowledging import acknowledge_notice
from shopdesk.base.listing import capped_count
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address


class NoticesPage(StaffPageView):
    """Changes that wait for the warehouse, and those that it knows of. No prices, no phones (T1)."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "warehouse/notices.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of notices; a constant number of statements."""
        done = self.request.GET.get("tab") == "done"
        page, cards = read_notices(done=done, cursor=self.request.GET.get("cursor", ""))
        return super().get_context_data(
            done=done, page=page, cards=cards, open_count=capped_count(open_notices()), **kwargs
        )


class AcknowledgeNotice(StaffActionView):
    """Acknowledge one change."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Acknowledge it, and show it so in its place."""
        notice = acknowledge_notice(kwargs["pk"], found=request.POST.get("found") == "yes", actor=self.staff)
        told = _("The change is acknowledged.")
        if getattr(request, "htmx", False):
            context = {
                "card": read_notice(notice.pk),
                "told": told,
                "open_count": capped_count(open_notices()),
            }
            return render(request, "warehouse/_notice.html", context)
        messages.success(request, told)
        return next_address(request, self.back(request))

    def refuse(self, request: HttpRequest, refusal: Any, **kwargs: Any) -> HttpResponseBase:
        """Show why not, inside the card."""
        response = super().refuse(request, refusal, **kwargs)
        if getattr(request, "htmx", False):
            response["HX-Retarget"] = f"#notice-{kwargs['pk']}-refusal"
            response["HX-Reswap"] = "innerHTML"
        return response

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("notices:notices")
