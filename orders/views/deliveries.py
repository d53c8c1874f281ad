"""Deliveries in trouble, the news of them, and buyers who are to be told (F7, O15)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.forms.deliveries import FollowUpForm, NewsFileForm, NewsForm
from orders.selectors.tracking import followed_up, in_trouble, read_to_tell, read_trouble, to_tell
from orders.services.following_up import follow_up
from orders.services.missed import tell_buyer
from orders.services.tracking import enter_news
from orders.services.tracking_files import NewsReport, import_news
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.listing import capped_counts
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address, staff_of


class TroublePage(StaffPageView):
    """Deliveries in trouble: what is to be followed up, and what somebody looks after."""

    permission = Permission.WORK_ORDERS
    template_name = "deliveries/trouble.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of parcels and how many there are: four statements beside who asks."""
        return super().get_context_data(**trouble_context(self.request), **kwargs)


def trouble_context(request: HttpRequest, **extra: Any) -> dict[str, Any]:
    """What the page of deliveries in trouble shows."""
    looked_after = request.GET.get("tab") == "followed"
    page, rows = read_trouble(looked_after=looked_after, cursor=request.GET.get("cursor", ""))
    counts = capped_counts({"open": in_trouble(), "followed": followed_up(), "tell": to_tell()})
    now = clock.now().astimezone(clock.SHANGHAI)
    return {
        "tab": "followed" if looked_after else "open",
        "page": page,
        "rows": rows,
        "counts": counts,
        "news_form": NewsForm(initial={"at": now}),
        **extra,
    }


class DeliveryActionView(StaffActionView):
    """An action on the lists of deliveries; a refusal of a form is shown on the page, nothing typed is lost."""

    permission = Permission.WORK_ORDERS

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list of deliveries in trouble."""
        return reverse("deliveries:trouble")


class FollowUp(DeliveryActionView):
    """Say what was done about a delivery in trouble (F7)."""

    _form: FollowUpForm

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Follow it up; with htmx the row says so in its place."""
        self._form = FollowUpForm(request.POST)
        self._form.is_valid()
        parcel = follow_up(kwargs["pk"], self._form.cleaned_data.get("text", ""), actor=self.staff)
        told = _("P%(parcel)s is followed up.") % {"parcel": parcel.pk}
        if getattr(request, "htmx", False):
            return render(request, "deliveries/_done.html", {"told": told, "row_id": f"parcel-{parcel.pk}"})
        messages.success(request, told)
        return next_address(request, self.back(request))

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the refusal in the row."""
        if getattr(request, "htmx", False):
            response = render(request, self.refusal_template, {"refusal": refusal}, status=refusal.status)
            response["HX-Retarget"] = f"#refusal-{kwargs['pk']}"
            response["HX-Reswap"] = "innerHTML"
            return response
        context = trouble_context(
            request, refused=kwargs["pk"], refusal=refusal, typed=self._form.data.get("text", "")
        )
        return render(request, "deliveries/trouble.html", context, status=refusal.status)


class EnterNews(DeliveryActionView):
    """Enter news that somebody read at the carrier's (F7)."""

    _form: DeskForm

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Keep it."""
        self._form = NewsForm(request.POST)
        if not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        heard = enter_news(self._form.request(), actor=self.staff)
        messages.success(request, _("The news is kept.") if heard.new else _("This was known already."))
        return self.back(request)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the form again, everything typed still in it."""
        context = trouble_context(request, news_form=self._form, news_refusal=refusal)
        return render(request, "deliveries/trouble.html", context, status=refusal.status)


class ImportNews(DeliveryActionView):
    """Take in a carrier's list of news (F7), and account for every row."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Read it and show the report."""
        form = NewsFileForm(request.POST, request.FILES)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        report = import_news(form.cleaned_data["file"].file, actor=self.staff)
        return render(request, "deliveries/news_report.html", {"report": report, "summary": _summary(report)})

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Say on the page what is wrong with the file."""
        return render(
            request,
            "deliveries/trouble.html",
            trouble_context(request, file_refusal=refusal),
            status=refusal.status,
        )


def _summary(report: NewsReport) -> str:
    return ngettext("%(rows)s row read", "%(rows)s rows read", report.rows) % {"rows": report.rows}


class TellPage(StaffPageView):
    """Buyers who are to be told that their parcel did not go out today (O15)."""

    permission = Permission.WORK_ORDERS
    template_name = "deliveries/tell.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of parcels: three statements beside who asks."""
        page, rows = read_to_tell(self.request.GET.get("cursor", ""))
        counts = capped_counts({"open": in_trouble(), "tell": to_tell()})
        return super().get_context_data(page=page, rows=rows, counts=counts, **kwargs)


class TellBuyer(DeliveryActionView):
    """Tick off that a buyer was told (O15)."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Tick it; with htmx the row says so in its place."""
        parcel = tell_buyer(kwargs["pk"], actor=staff_of(request))
        told = _("The buyer of P%(parcel)s was told.") % {"parcel": parcel.pk}
        if getattr(request, "htmx", False):
            return render(request, "deliveries/_done.html", {"told": told, "row_id": f"parcel-{parcel.pk}"})
        messages.success(request, told)
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("deliveries:tell")
