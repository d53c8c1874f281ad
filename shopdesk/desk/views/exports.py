"""Taking lists out as files (D3): asking, watching the long ones, downloading."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import View

from shopdesk.base import clock
from shopdesk.base.downloads import as_file, kept_file
from shopdesk.base.models import Export
from shopdesk.base.permissions import Permission
from shopdesk.base.services import exports
from shopdesk.base.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file
from shopdesk.base.tasks import write_export
from shopdesk.base.web import StaffActionView, StaffPageView, next_address, staff_of
from shopdesk.desk.selectors.exports.page import lists_of, read_exports


class ExportsPage(StaffPageView):
    """One's own files, the newest first; it asks again while one is being written."""

    permission = Permission.EXPORT_WAREHOUSE

    def get_template_names(self) -> list[str]:
        """Only the part that changes, where htmx asks."""
        part = getattr(self.request, "htmx", False)
        return ["desk/_exports.html" if part else "desk/exports.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The files: one statement."""
        return super().get_context_data(
            page=read_exports(self.staff, clock.now()), lists=lists_of(self.staff), **kwargs
        )


class TakeExport(StaffActionView):
    """A list as filtered by the address, as a file. It is audited, so it is a POST. The service knows whose list."""

    permission = Permission.EXPORT_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """The file, or the page on which it will stand."""
        taken = exports.take(
            kwargs["code"],
            request.GET.dict(),
            kind=request.POST.get("kind", "csv"),
            actor=self.staff,
            hand_to=write_export.delay,
        )
        if taken.rows is None:
            messages.success(
                request, _("The list is long: its file is being written. It stands here once it is done.")
            )
            return reverse("exports")
        if taken.export.kind == Export.Kind.XLSX:
            return as_file(
                HttpResponse(xlsx_file(taken.header, taken.rows), content_type=XLSX_TYPE), taken.export
            )
        lines = csv_lines(taken.header, taken.rows)
        return as_file(StreamingHttpResponse(lines, content_type=CSV_TYPE), taken.export)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list, filtered as it was."""
        return next_address(request, reverse("exports"))


class TryAgain(StaffActionView):
    """Write a file once more that failed or was broken off."""

    permission = Permission.EXPORT_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Hand it to the worker again."""
        exports.again(kwargs["pk"], actor=self.staff, hand_to=write_export.delay)
        messages.success(request, _("The file is written anew."))
        return self.back(request)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page of files."""
        return reverse("exports")


class ExportFile(View):
    """The file of one's own export, while it is kept."""

    permission = Permission.EXPORT_WAREHOUSE
    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it in pieces."""
        export = exports.file_of(pk, actor=staff_of(request))
        if export is None:
            raise Http404
        return kept_file(export)
