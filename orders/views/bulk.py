"""Actions on many orders: choose, preview, run, read the result for each (N1–N3, O17)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.forms.bulk import asked_by, form_of, tids_of
from orders.models import BulkRun
from orders.selectors.bulk import read_report
from orders.selectors.filters import OrderFilter
from orders.services.bulk import running
from orders.tasks import run_bulk
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address, staff_of


class ChooseBulk(StaffActionView):
    """Fix the orders that were ticked, or all that the list's filter finds, for an action."""

    permission = Permission.FLAG_AND_NOTE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Go to the preview."""
        sent = request.POST
        wanted = OrderFilter.read({name: str(value) for name, value in sent.items()})
        chosen = wanted if sent.get("all") else tids_of(sent.getlist("tid"))
        run = running.prepare(sent.get("action", ""), chosen, actor=self.staff)
        return reverse("orders:bulk-run", args=[run.pk])

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return next_address(request, reverse("orders:list"))


class BulkPage(StaffPageView):
    """The preview, then how far it is, then the result for each order. The page asks again while it runs."""

    permission = Permission.FLAG_AND_NOTE

    def get_template_names(self) -> list[str]:
        """Only the part that changes, where htmx asks."""
        part = getattr(self.request, "htmx", False)
        return ["orders/_bulk_progress.html" if part else "orders/bulk_run.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The run as it stands."""
        return super().get_context_data(**bulk_context(self.request, self.kwargs["pk"]), **kwargs)


def bulk_context(request: HttpRequest, run_id: int, form: DeskForm | None = None) -> dict[str, Any]:
    """What the page of a run shows; only who started it sees it."""
    staff = staff_of(request)
    run = BulkRun.objects.filter(pk=run_id, created_by=staff).first()
    if run is None:
        raise Http404
    query = request.GET
    return {
        "run": run,
        "report": read_report(
            run, now=clock.now(), only=query.get("only", ""), cursor=query.get("cursor", "")
        ),
        "form": form or form_of(run, staff),
        "at_once": running.AT_ONCE,
    }


class BulkActionView(StaffActionView):
    """An action on a run: a refusal is shown on its page, everything typed still in the form."""

    permission = Permission.FLAG_AND_NOTE
    _form: DeskForm | None = None

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page of the run."""
        return reverse("orders:bulk-run", args=[kwargs["pk"]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Say why on the page."""
        context = bulk_context(request, kwargs["pk"], self._form) | {"refusal": refusal}
        return render(request, "orders/bulk_run.html", context, status=refusal.status)


class StartBulk(BulkActionView):
    """Do what was previewed."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Start it, and watch it."""
        run = BulkRun.objects.filter(pk=kwargs["pk"], created_by=self.staff).first()
        if run is None:
            raise Http404
        self._form = form_of(run, self.staff, request.POST)
        if not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        running.start(run.pk, asked_by(self._form), actor=self.staff, hand_to=run_bulk.delay)
        return self.back(request, **kwargs)


class ResumeBulk(BulkActionView):
    """Go on with what was broken off."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Hand the rest to the worker."""
        running.resume(kwargs["pk"], actor=self.staff, hand_to=run_bulk.delay)
        messages.success(request, _("The worker goes on with the rest."))
        return self.back(request, **kwargs)


class RetryBulk(BulkActionView):
    """Preview once more what was not done."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Go to the new preview."""
        run = running.again(kwargs["pk"], actor=self.staff)
        return reverse("orders:bulk-run", args=[run.pk])
