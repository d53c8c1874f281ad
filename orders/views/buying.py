"""Buying runs, arrivals and the workshop (O16): one action, one view, one service."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.forms.stock import ArriveForm, DecideForm, LinesForm
from orders.models import BuyingRunLine, OrderLine
from orders.selectors.buying import (
    bought,
    made,
    read_lines,
    read_run,
    read_runs,
    sheet_rows,
    to_make,
    waiting_for_run,
)
from orders.services import buying, making
from orders.views.actions import OrderActionView
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.spreadsheets import XLSX_TYPE, xlsx_file
from shopdesk.base.web import StaffActionView, StaffPageView


def read_form(form: DeskForm) -> dict[str, Any]:
    """The values of a form; raises ``DomainError`` with what is wrong with it."""
    if not form.is_valid():
        field, complaint = form.complaint()
        raise DomainError("", complaint, field=field)
    return form.cleaned_data


class RunsPage(StaffPageView):
    """The runs, newest first, and what a new one would take."""

    permission = Permission.BUYING_RUN
    template_name = "buying/runs.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two statements."""
        page = read_runs(self.request.GET.get("cursor", ""))
        return super().get_context_data(page=page, waiting=waiting_for_run(clock.now()), **kwargs)


class OpenRun(StaffActionView):
    """Open a run with all that is to be bought."""

    permission = Permission.BUYING_RUN

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Open it and go to its sheet."""
        run = buying.open_run(actor=self.staff)
        return reverse("stock:run", args=[run.pk])

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The runs."""
        return reverse("stock:runs")


class RunPage(StaffPageView):
    """The sheet of a run by product and SKU, with the orders behind each; it prints as it is."""

    permission = Permission.BUYING_RUN
    template_name = "buying/run.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two statements however long the run is."""
        sheet = read_run(kwargs.pop("pk"))
        if sheet is None:
            raise Http404
        return super().get_context_data(sheet=sheet, run=sheet.run, **kwargs)


class RunSheetFile(StaffPageView):
    """The sheet as XLSX (D3)."""

    permission = Permission.BUYING_RUN

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The file; who took it is audited."""
        sheet = read_run(kwargs["pk"])
        if sheet is None:
            raise Http404
        buying.record_export(sheet.run, actor=self.staff)
        header = [
            _("Product"), _("Colour / size"), _("Code"), _("Pieces"), _("Order number"), _("Buyer"), _("Paid at"),
            _("Outcome"),
        ]  # fmt: skip
        name = f"buying-run-{sheet.run.pk}.xlsx"
        return HttpResponse(
            xlsx_file(header, sheet_rows(sheet)),
            content_type=XLSX_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class DecideLines(StaffActionView):
    """Mark lines of a run as bought or unavailable."""

    permission = Permission.BUYING_RUN

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mark them."""
        values = read_form(DecideForm(request.POST))
        rows = buying.decide(kwargs["pk"], values["rows"], values["outcome"], actor=self.staff)
        dropped = sum(row.outcome == BuyingRunLine.Outcome.DROPPED for row in rows)
        told = _("%(lines)s lines: %(outcome)s.") % {
            "lines": len(rows) - dropped,
            "outcome": BuyingRunLine.Outcome(values["outcome"]).label,
        }
        if dropped:
            more = _("%(lines)s were changed or refunded meanwhile and are dropped.") % {"lines": dropped}
            told = f"{told} {more}"
        messages.success(request, told)
        return self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The run."""
        return reverse("stock:run", args=[kwargs["pk"]])


class ArrivalsPage(StaffPageView):
    """What is on its way from Korea, to be checked in."""

    permission = Permission.SEE_ORDERS
    template_name = "buying/arrivals.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One statement."""
        return super().get_context_data(groups=read_lines(bought()), **kwargs)


class CheckIn(StaffActionView):
    """Check pieces of a SKU in."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Check them in."""
        values = read_form(ArriveForm(request.POST))
        lines = buying.arrive(kwargs["pk"], values["num"], actor=self.staff)
        messages.success(request, _tell(lines, _("Arrived")))
        return self.back(request)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The arrivals."""
        return reverse("stock:arrivals")


class MissBought(StaffActionView):
    """What was bought does not come after all."""

    permission = Permission.BUYING_RUN

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mark the lines as unavailable."""
        lines = buying.miss_bought(read_form(LinesForm(request.POST))["lines"], actor=self.staff)
        messages.success(request, _tell(lines, _("Unavailable")))
        return self.back(request)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The arrivals."""
        return reverse("stock:arrivals")


class MakingPage(StaffPageView):
    """What is to be made, in making, or made."""

    permission = Permission.SEE_ORDERS
    template_name = "buying/making.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One statement."""
        done = self.request.GET.get("tab") == "made"
        return super().get_context_data(done=done, groups=read_lines(made() if done else to_make()), **kwargs)


class BeginMaking(StaffActionView):
    """Somebody makes these now."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mark the lines as in making."""
        lines = making.begin(read_form(LinesForm(request.POST))["lines"], actor=self.staff)
        messages.success(request, _tell(lines, _("In making")))
        return self.back(request)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("stock:making")


class FinishMaking(BeginMaking):
    """These are made."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Mark the lines as made."""
        lines = making.finish(read_form(LinesForm(request.POST))["lines"], actor=self.staff)
        messages.success(request, _tell(lines, _("Made")))
        return self.back(request)


class WaitForGoods(OrderActionView):
    """The buyer of something unavailable waits for the next run."""

    permission = Permission.WORK_ORDERS
    part = "supply"

    def act(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The line stands in the address."""
        self._line = kwargs["line"]
        return super().act(request, **kwargs)

    def perform(self, tid: str, form: None) -> str:
        """Put the line back among what is to be bought."""
        buying.wait(tid, self._line, actor=self.staff)
        return _("The next buying run takes it again.")


def _tell(lines: list[OrderLine], what: str) -> str:
    orders = len({line.order_id for line in lines})
    return ngettext(
        "%(what)s: %(pieces)s pieces for %(orders)s order.", "%(what)s: %(pieces)s pieces for %(orders)s orders.",
        orders,
    ) % {"what": what, "pieces": sum(line.num for line in lines), "orders": orders}  # fmt: skip
