"""Lists as files for programs (D3): the worker writes each one, however short it is."""

from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from shopdesk.api.access import Access, Scope
from shopdesk.api.examples import illustrate
from shopdesk.api.fields import Nothing
from shopdesk.api.lists import ListQuery, page_of
from shopdesk.api.showing import Shown
from shopdesk.api.views import ActionView, ApiView
from shopdesk.base import clock
from shopdesk.base.downloads import TYPES, kept_file
from shopdesk.base.exports import LONGEST_VALUE
from shopdesk.base.listing import Keyset, read_page
from shopdesk.base.models import AuditEntry, Export
from shopdesk.base.permissions import Permission
from shopdesk.base.services import exports
from shopdesk.base.tasks import write_export

# As on the pages: the service knows which role takes out which list.
TAKE_OUT = Access(Permission.EXPORT_WAREHOUSE, Scope.EXPORT)
KEYSET = Keyset("created_at", "id", numeric=True)
CODE_LENGTH, FILTER_LENGTH = 40, 40


_hand_over = exports.once_committed(lambda number: write_export.delay(number, AuditEntry.Origin.API))


class ListShown(serializers.Serializer[Any]):
    """A list that can be taken out."""

    code = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True, help_text="As the desk calls it, in the caller's language.")
    filters = serializers.ListField(
        child=serializers.CharField(), source="filter_names", read_only=True,
        help_text="What it can be filtered by. They are called and written as in the address of its page at the "
        "desk; `of` is the number of what the list is about, such as one bill, and must be there.",
    )  # fmt: skip


class ExportListsCall(ApiView):
    """What can be taken out."""

    access: ClassVar[dict[str, Access]] = {"get": TAKE_OUT}
    told: ClassVar[dict[int, Any]] = {200: page_of(ListShown, "ExportListPage")}

    def get(self, request: Request) -> Response:
        """Name the lists that the account may take out (D3), by their codes. The list has one page."""
        lists = exports.lists_for(self.staff)
        return Response({"results": ListShown(lists, many=True).data, "next": None, "previous": None})


class ExportShown(Shown):
    """A list that was taken out (D3)."""

    list = serializers.CharField(source="code", read_only=True)
    filters = serializers.DictField(
        child=serializers.CharField(), source="query", read_only=True,
        help_text="As the list understood them; removed with the file.",
    )  # fmt: skip
    rows = serializers.SerializerMethodField(help_text="How many rows it has, or by now while it is written.")
    stands_still = serializers.SerializerMethodField(
        help_text="Nobody seems to write it any more: `again/` begins anew."
    )
    error = serializers.SerializerMethodField(help_text="Why it failed.")
    file = serializers.SerializerMethodField(help_text="Where the file is, while it is kept.")

    class Meta:
        model = Export
        fields = (
            "id", "list", "filters", "kind", "status", "rows", "stands_still", "error", "file", "size",
            "created_at", "ended_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_rows(self, export: Export) -> int | None:
        """Rows of the file."""
        return exports.rows_written(export) if export.status == Export.Status.RUNNING else export.rows

    def get_stands_still(self, export: Export) -> bool:
        """Whether the worker was stopped."""
        return exports.stands_still(export, clock.now())

    def get_error(self, export: Export) -> str | None:
        """The reason, in the caller's language."""
        return gettext(export.error) if export.error else None

    def get_file(self, export: Export) -> str | None:
        """The address of the file."""
        return reverse("api:export-file", args=[export.pk]) if export.file else None


class ExportIn(serializers.Serializer[Any]):
    """Which list, filtered how, as what."""

    list = serializers.CharField(
        max_length=CODE_LENGTH, help_text="Its code, as `GET exports/lists/` names it."
    )
    filters = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_VALUE, allow_blank=True), required=False, default=dict,
        help_text="Names and values as in the address of the list's page. A name that it does not know is refused.",
    )  # fmt: skip
    kind = serializers.ChoiceField(choices=Export.Kind.choices, default=Export.Kind.CSV)


illustrate(
    ExportIn,
    D3={"list": "orders", "filters": {"view": "paid", "created_from": "2026-11-01"}, "kind": "xlsx"},
)


class ExportsCall(ActionView):
    """Lists that were taken out."""

    access: ClassVar[dict[str, Access]] = {"get": TAKE_OUT, "post": TAKE_OUT}
    http_method_names = ["get", "post", "options"]
    query = ListQuery
    told: ClassVar[dict[int, Any]] = {200: page_of(ExportShown, "ExportPage")}
    takes: ClassVar[type[Serializer[Any]]] = ExportIn
    answers = ExportShown
    status = 202
    versioned = False

    def get(self, request: Request) -> Response:
        """List one's own, newest first (D3)."""
        asked = self.read(ListQuery, request.query_params)
        found = Export.objects.filter(created_by=self.staff)
        page = read_page(found, KEYSET, asked.get("cursor", ""), asked["limit"])
        return Response(
            {"results": ExportShown(page.rows, many=True).data, "next": page.older, "previous": page.newer}
        )

    def post(self, request: Request, **kwargs: Any) -> Response:
        """Take a list out, as filtered, as CSV or XLSX (D3).

        The worker writes the file: read the export until its `status` is `done`, then its `file`. It holds what the
        account may see, as on the desk's page (T1). Three are written at a time; files are kept for seven days.
        """
        return super().post(request, **kwargs)

    def act(self, data: dict[str, Any], **kwargs: Any) -> Export:
        """Leave it to the worker."""
        return exports.take_later(
            data["list"], data["filters"], kind=data["kind"], actor=self.staff, hand_to=_hand_over
        )


def _own(view: ApiView, number: int) -> Export:
    export = Export.objects.filter(pk=number, created_by=view.staff).first()
    if export is None:
        raise exceptions.NotFound(_("You took out no such list."))
    return export


class ExportCall(ApiView):
    """One list that was taken out."""

    access: ClassVar[dict[str, Access]] = {"get": TAKE_OUT}
    told: ClassVar[dict[int, Any]] = {200: ExportShown}

    def get(self, request: Request, export: int) -> Response:
        """Read how far it is (D3); only who asked for it sees it."""
        return Response(ExportShown(_own(self, export)).data)


class ExportFileCall(ApiView):
    """The file of a list that was taken out."""

    access: ClassVar[dict[str, Access]] = {"get": TAKE_OUT}
    told: ClassVar[dict[Any, Any]] = {
        (200, kind.partition(";")[0]): OpenApiTypes.BINARY for kind in TYPES.values()
    }

    def get(self, request: Request, export: int) -> HttpResponseBase:
        """Read the file (D3), while it is kept and the role still takes out that list."""
        kept = exports.file_of(export, actor=self.staff)
        if kept is None:
            raise exceptions.NotFound(_("There is no file, not yet or not any more. The export says which."))
        return kept_file(kept)


class ExportAgainCall(ActionView):
    """Write a file anew that failed, or whose worker stands still (D3)."""

    access: ClassVar[dict[str, Access]] = {"post": TAKE_OUT}
    takes: ClassVar[type[Serializer[Any]]] = Nothing
    answers = ExportShown
    status = 202
    versioned = False

    def act(self, data: dict[str, Any], **kwargs: Any) -> Export:
        """Hand it to the worker again."""
        exports.again(_own(self, kwargs["export"]).pk, actor=self.staff, hand_to=_hand_over)
        return _own(self, kwargs["export"])
