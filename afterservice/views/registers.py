"""A11: the registers, filtered in the address, and taken out as files."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header

from afterservice.selectors.registers import (
    EXCHANGE,
    PROBLEM,
    REGISTERS,
    RETURNED,
    Column,
    Register,
    Row,
    Wanted,
    read_register,
    read_wanted,
    rows_of,
    unmatched,
)
from afterservice.services.registers import export, permission_for
from shopdesk.base.permissions import Permission
from shopdesk.base.replica import ReadsReplica
from shopdesk.base.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file
from shopdesk.base.web import StaffActionView, StaffPageView


class RegisterPage(StaffPageView):
    """One page of a register; amounts only for who sees prices (T1)."""

    permission = Permission.SEE_TICKETS
    template_name = "tickets/register.html"
    register: ClassVar[Register] = EXCHANGE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of statements, whatever is filtered."""
        register = self.register
        wanted = read_wanted(register, self.request.GET)
        page = read_register(register, wanted, self.request.GET.get("cursor", ""))
        columns = register.columns_for(see_prices=self.staff.may(Permission.SEE_PRICES))
        return super().get_context_data(
            register=register,
            tabs=[(r.title, reverse(f"tickets:register-{r.code}"), r is register) for r in REGISTERS],
            columns=columns,
            rows=list(_cells(rows_of(page.rows), columns)),
            page=page,
            wanted=wanted,
            filters=_filters(register, wanted),
            from_day=self.request.GET.get("from", "") if wanted.since else "",
            to_day=self.request.GET.get("to", "") if wanted.until else "",
            may_export=self.staff.may(permission_for(register)),
            export_address=_export_address(register, self.request),
            unmatched=unmatched() if register is RETURNED else [],
            **kwargs,
        )


class ReturnedPage(RegisterPage):
    """The register of goods that came back."""

    register = RETURNED


class ProblemsPage(RegisterPage):
    """The register of what is wrong."""

    register = PROBLEM


class RegisterExport(ReadsReplica, StaffActionView):
    """A register as filtered by its address, as a file. It is audited, so it is a POST."""

    permission = Permission.EXPORT
    register: ClassVar[Register] = EXCHANGE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        kind = request.POST.get("kind", "csv")
        wanted = read_wanted(self.register, request.GET)
        taken = export(self.register, wanted, kind=kind, actor=self.staff)
        response: HttpResponseBase
        if kind == "xlsx":
            response = HttpResponse(xlsx_file(taken.header, taken.rows), content_type=XLSX_TYPE)
        else:
            response = StreamingHttpResponse(csv_lines(taken.header, taken.rows), content_type=CSV_TYPE)
        name = f"{self.register.code}.{kind}"
        response["Content-Disposition"] = content_disposition_header(True, name) or ""
        response["Cache-Control"] = "no-store"
        return response

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The register, filtered as it was."""
        return f"{reverse(f'tickets:register-{self.register.code}')}?{request.GET.urlencode()}"


class ReturnedExport(RegisterExport):
    """The warehouse takes out its own list, too."""

    permission = Permission.EXPORT_RETURNS
    register = RETURNED


class ProblemsExport(RegisterExport):
    """The problem register."""

    register = PROBLEM


def _cells(rows: Iterator[Row], columns: list[Column]) -> Iterator[tuple[Row, list[tuple[Column, Any]]]]:
    for row in rows:
        yield row, [(column, column.value(row)) for column in columns]


def _filters(register: Register, wanted: Wanted) -> list[dict[str, Any]]:
    chosen = wanted.chosen or {}
    return [
        {
            "name": name,
            "title": choice.title,
            "choices": [(code, title, code == chosen.get(name)) for code, title in choice.choices],
        }
        for name, choice in register.filters.items()
    ]


def _export_address(register: Register, request: HttpRequest) -> str:
    filters = request.GET.copy()
    filters.pop("cursor", None)
    return f"{reverse(f'tickets:{register.code}-export')}?{filters.urlencode()}"
