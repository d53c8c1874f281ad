"""Print batches: their slips, pick list and label data, and the tracking numbers that come back as a file."""

from typing import Any, BinaryIO, ClassVar, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header

from orders.forms.warehouse import NumbersForm
from orders.selectors.batches import read_batch, read_batches
from orders.services.parcels.labels import HEADER, take_label_file
from orders.services.parcels.tracking_files import ship_by_file
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file
from shopdesk.base.web import StaffActionView, StaffPageView


class BatchesPage(StaffPageView):
    """The batches, newest first."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "warehouse/batches.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of them."""
        return super().get_context_data(page=read_batches(self.request.GET.get("cursor", "")), **kwargs)


class BatchPage(StaffPageView):
    """The slips of a batch and its pick list, made to be printed; ``?only=`` leaves one of the two."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "warehouse/batch.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The batch: a constant number of statements, up to 500 slips."""
        sheets = read_batch(kwargs["pk"])
        if sheets is None:
            raise Http404
        only = self.request.GET.get("only", "")
        return super().get_context_data(
            sheets=sheets, batch=sheets.batch, only=only if only in ("slips", "picks") else "", **kwargs
        )


class LabelFile(StaffActionView):
    """The carrier's label data of a batch. It holds phone numbers: taking it is logged."""

    permission = Permission.LABEL_FILE
    kind: ClassVar[str] = "csv"

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        rows = take_label_file(kwargs["pk"], kind=self.kind, actor=self.staff)
        response: HttpResponseBase
        if self.kind == "xlsx":
            response = HttpResponse(xlsx_file(HEADER, rows), content_type=XLSX_TYPE)
        else:
            response = StreamingHttpResponse(csv_lines(HEADER, rows), content_type=CSV_TYPE)
        name = f"labels-{kwargs['pk']}.{self.kind}"
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
        response["Cache-Control"] = "no-store"
        return response

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The batch."""
        return reverse("warehouse:batch", args=[kwargs["pk"]])


class NumbersPage(StaffPageView):
    """Where the carrier's file of tracking numbers is dropped."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "warehouse/numbers.html"


class TakeNumbers(StaffActionView):
    """Ship what a file of tracking numbers names; a result for every row."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The report."""
        form = NumbersForm(request.POST, request.FILES)
        if not form.is_valid():
            raise DomainError("D2", form.complaint()[1], field="file")
        file = form.request()
        results = ship_by_file(cast(BinaryIO, file.file), actor=self.staff)
        context = {
            "file_name": file.name,
            "results": results,
            "shipped": sum(result.shipped for result in results),
            "refused": sum(result.refusal is not None for result in results),
        }
        return render(request, "warehouse/numbers.html", context)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with the refusal on it."""
        return render(request, "warehouse/numbers.html", {"refusal": refusal}, status=refusal.status)
