"""The carrier's bill (F8): read, look through what was found, say what became of it, take it out."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext as _

from orders.events.carrier_bills import bill_exported
from orders.forms.carrier_bills import BillFileForm, ResolveForm
from orders.imports.mended import mended_csv
from orders.models import CarrierBill
from orders.rules.carrier_bills import DIFFERENCES, Resolution, Verdict
from orders.selectors.carrier_bills import (
    export_header,
    export_lines,
    lines_of,
    newest_bills,
    read_lines,
    rejected_of,
    summaries,
)
from orders.services.carrier_bills import read_bill, resolve_line
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.replica import ReadsReplica
from shopdesk.base.shifts import DAY
from shopdesk.base.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file
from shopdesk.base.web import StaffActionView, StaffPageView, next_address

# A workbook is written whole, then sent; a CSV file has no bound.
MAX_XLSX_LINES = 100_000


class BillsPage(StaffPageView):
    """The bills of the last months, and the form for the next."""

    permission = Permission.CARRIER_BILL
    template_name = "reports/carrier_bills.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two statements beside who looks."""
        return super().get_context_data(**bills_context(BillFileForm(initial=_usual())), **kwargs)


def bills_context(form: DeskForm, **extra: Any) -> dict[str, Any]:
    """What the page of bills shows."""
    return {"bills": newest_bills(), "form": form, **extra}


def _usual() -> dict[str, str]:
    """Last month's bill of the default carrier is what is checked most."""
    this_month = clock.now().astimezone(clock.SHANGHAI).date().replace(day=1)
    return {"carrier": "zhongtong", "month": (this_month - DAY).strftime("%Y-%m")}


class ReadBill(StaffActionView):
    """Read a file of a bill."""

    permission = Permission.CARRIER_BILL
    _form: DeskForm

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Read it and show what was found."""
        self._form = BillFileForm(request.POST, request.FILES)
        if not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        data = self._form.cleaned_data
        file = data["file"]
        report = read_bill(
            file.file, carrier=data["carrier"], month=data["month"], file_name=file.name, actor=self.staff
        )
        told = _("%(rows)s rows read: %(new)s new, %(known)s known already, %(rejected)s rejected.")
        messages.success(
            request,
            told
            % {
                "rows": report.rows,
                "new": report.new,
                "known": report.known,
                "rejected": report.rejected,
            },
        )
        return reverse("carrier-bill", args=[report.bill.pk])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the form again, with what was chosen."""
        context = bills_context(self._form, refusal=refusal)
        return render(request, "reports/carrier_bills.html", context, status=refusal.status)


class BillPage(StaffPageView):
    """One bill: what was found, the largest sum first."""

    permission = Permission.CARRIER_BILL
    template_name = "reports/carrier_bill.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The bill, its totals and one page of lines: two statements beside who looks and the lines."""
        return super().get_context_data(**bill_context(self.request, kwargs["pk"]), **kwargs)


def bill_context(request: HttpRequest, pk: int, **extra: Any) -> dict[str, Any]:
    """What the page of a bill shows."""
    bill = CarrierBill.objects.select_related("read_by").filter(pk=pk).first()
    if bill is None:
        raise Http404
    verdict = request.GET.get("verdict", "")
    verdict = verdict if verdict in Verdict.values else ""
    return {
        "summary": summaries([bill])[0],
        "bill": bill,
        "verdict": verdict,
        "page": read_lines(bill, verdict, request.GET.get("cursor", "")),
        "resolutions": Resolution.choices,
        "differences": [found.value for found in DIFFERENCES],
        "query": request.GET.urlencode(),
        **extra,
    }


class ResolveLine(StaffActionView):
    """Say what became of a difference, with a word."""

    permission = Permission.CARRIER_BILL
    _form: ResolveForm

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Keep it."""
        self._form = ResolveForm(request.POST)
        self._form.is_valid()
        data = self._form.cleaned_data
        line = resolve_line(
            kwargs["line"], data.get("resolution", ""), data.get("word", ""), actor=self.staff
        )
        messages.success(request, _("%(number)s: kept.") % {"number": line.invoice_no})
        return next_address(request, self.back(request, **kwargs))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The bill, as it was looked at."""
        address = reverse("carrier-bill", args=[kwargs["pk"]])
        return f"{address}?{request.GET.urlencode()}" if request.GET else address

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the refusal in the line, with what was typed."""
        typed = request.POST.get("word", "")
        context = bill_context(request, kwargs["pk"], refused=kwargs["line"], refusal=refusal, typed=typed)
        return render(request, "reports/carrier_bill.html", context, status=refusal.status)


class ExportBill(ReadsReplica, StaffActionView):
    """The lines as filtered, as a file. It is audited, so it is a POST."""

    permission = Permission.CARRIER_BILL

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        bill = get_object_or_404(CarrierBill, pk=kwargs["pk"])
        verdict, kind = request.GET.get("verdict", ""), request.POST.get("kind", "csv")
        if kind == "xlsx" and lines_of(bill, verdict)[MAX_XLSX_LINES : MAX_XLSX_LINES + 1].exists():
            raise DomainError(
                "D3", _("A workbook holds %(most)s lines. Take CSV.") % {"most": MAX_XLSX_LINES}
            )
        kind = "xlsx" if kind == "xlsx" else "csv"
        audit.record(bill_exported(bill, kind, verdict), at=clock.now(), actor=self.staff)
        header, rows = export_header(), export_lines(bill, verdict)
        response: HttpResponseBase
        if kind == "xlsx":
            response = HttpResponse(xlsx_file(header, rows), content_type=XLSX_TYPE)
        else:
            response = StreamingHttpResponse(csv_lines(header, rows), content_type=CSV_TYPE)
        name = f"{bill.carrier}-{bill.month:%Y-%m}{'-' + verdict if verdict else ''}.{kind}"
        response["Content-Disposition"] = content_disposition_header(True, name) or ""
        response["Cache-Control"] = "no-store"
        return response

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The bill."""
        return reverse("carrier-bill", args=[kwargs["pk"]])


class RejectedLines(StaffActionView):
    """The rejected rows of the last file as CSV, to be mended and read again."""

    permission = Permission.CARRIER_BILL

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Stream the file; who took it is audited."""
        bill = get_object_or_404(CarrierBill, pk=kwargs["pk"])
        audit.record(bill_exported(bill, "csv", Verdict.REJECTED.value), at=clock.now(), actor=self.staff)
        content = mended_csv(bill.header, _reasons(bill, get_language() or "en"))
        response = StreamingHttpResponse(content, content_type=CSV_TYPE)
        name = f"{bill.carrier}-{bill.month:%Y-%m}-to-mend.csv"
        response["Content-Disposition"] = content_disposition_header(True, name) or ""
        return response


def _reasons(bill: CarrierBill, language: str) -> Iterator[tuple[list[str], str]]:
    for cells, source in rejected_of(bill):
        # The answer is sent after the request's own language is gone.
        with override(language):
            reason = gettext(source) if source else ""
        yield cells, reason
