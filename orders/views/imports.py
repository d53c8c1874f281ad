"""Importing the platform's exports: drop files, watch, read the report, take out what is to be mended."""

from pathlib import PurePath
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.generic import View

from orders.models import ImportFile, ImportRun
from orders.selectors.imports import REJECTIONS_SHOWN, read_report, read_runs
from orders.services.imports.mending import export_rejected
from orders.services.imports.uploads import MAX_FILE_BYTES, MAX_FILES, MAX_RUN_BYTES, take_in
from orders.tasks import import_uploaded
from shopdesk.base import clock
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, staff_of


class ImportPage(StaffPageView):
    """Where files are dropped, and the last imports."""

    permission = Permission.IMPORT
    template_name = "orders/import_new.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The limits in megabytes, and one page of imports."""
        only_to_mend = self.request.GET.get("only") == "rejected"
        page = read_runs(self.request.GET.get("cursor", ""), to_mend_at=clock.now() if only_to_mend else None)
        return super().get_context_data(
            page=page,
            only_to_mend=only_to_mend,
            max_files=MAX_FILES,
            max_file_mb=MAX_FILE_BYTES >> 20,
            max_run_mb=MAX_RUN_BYTES >> 20,
            **kwargs,
        )


class ImportUpload(StaffActionView):
    """Take the files in and go to the page that shows how far they are."""

    permission = Permission.IMPORT

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Hand the files to the worker."""
        run = take_in(request.FILES.getlist("files"), actor=self.staff, start=import_uploaded.delay)
        return reverse("orders:import-report", args=[run.pk])

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page with the drop zone."""
        return reverse("orders:import")


class ImportReport(StaffPageView):
    """How far an import is, then what became of every row. The page asks again each second while it runs."""

    permission = Permission.IMPORT

    def get_template_names(self) -> list[str]:
        """Only the part that changes, where htmx asks."""
        part = getattr(self.request, "htmx", False)
        return ["orders/_import_progress.html" if part else "orders/import_detail.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The report as it stands."""
        try:
            report = read_report(self.kwargs["pk"], now=clock.now())
        except ImportRun.DoesNotExist as error:
            raise Http404 from error
        return super().get_context_data(report=report, run=report.run, shown=REJECTIONS_SHOWN, **kwargs)


class RejectedRows(View):
    """The rejected rows of one file as CSV, to be mended and imported again."""

    permission = Permission.IMPORT
    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Stream the file."""
        file = get_object_or_404(ImportFile, pk=pk)
        content = export_rejected(file, actor=staff_of(request))
        name = f"{PurePath(file.name).stem}-to-mend.csv"
        return StreamingHttpResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": content_disposition_header(True, name) or ""},
        )
