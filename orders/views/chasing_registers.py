"""The unpaid register and the enquiry register: pages, what is written in them, and files (O14)."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from orders.forms.chasing import CHOICES, EnquiryForm, ReasonForm
from orders.selectors.enquiry_register import read_enquiries, read_enquiry_filter
from orders.selectors.unpaid_register import CLOSED_BY, read_unpaid, read_unpaid_filter, read_unpaid_row
from orders.services.chasing import find_reason
from orders.services.chasing_registers import ENQUIRIES, UNPAID, Register, export
from orders.services.enquiries import correct_enquiry, write_enquiry
from orders.views.chasing import RowActionView
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.replica import ReadsReplica
from shopdesk.base.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_lines, xlsx_file
from shopdesk.base.web import StaffActionView, StaffPageView, staff_of


class UnpaidPage(StaffPageView):
    """Orders that closed unpaid, and why (未付款明细)."""

    permission = Permission.CHASE
    template_name = "team/unpaid.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page: two statements beside who asks."""
        return super().get_context_data(**unpaid_context(self.request), **kwargs)


def unpaid_context(request: HttpRequest, **extra: Any) -> dict[str, Any]:
    """What the unpaid register shows."""
    wanted = read_unpaid_filter(request.GET)
    page, rows = read_unpaid(wanted, request.GET.get("cursor", ""))
    return {
        "tab_on": "unpaid",
        "wanted": wanted,
        "page": page,
        "rows": rows,
        "closings": [(reason.value, reason.label) for reason in CLOSED_BY],
        **_register(request, "chasing:unpaid-export"),
        **CHOICES,
        **extra,
    }


class EnquiriesPage(StaffPageView):
    """Buyers who asked and did not buy (询盘明细)."""

    permission = Permission.CHASE
    template_name = "team/enquiries.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page: two statements beside who asks."""
        return super().get_context_data(**enquiries_context(self.request), **kwargs)


def enquiries_context(request: HttpRequest, **extra: Any) -> dict[str, Any]:
    """What the enquiry register shows."""
    wanted = read_enquiry_filter(request.GET)
    page, rows = read_enquiries(wanted, request.GET.get("cursor", ""))
    return {
        "tab_on": "enquiries",
        "wanted": wanted,
        "page": page,
        "rows": rows,
        "form": EnquiryForm(initial={"asked_at": clock.now()}),
        **_register(request, "chasing:enquiries-export"),
        **CHOICES,
        **extra,
    }


def _register(request: HttpRequest, address: str) -> dict[str, Any]:
    filters = request.GET.copy()
    filters.pop("cursor", None)
    return {
        "may_export": staff_of(request).may(Permission.EXPORT),
        "export_address": f"{reverse(address)}?{filters.urlencode()}",
        "from_day": request.GET.get("from", ""),
        "to_day": request.GET.get("to", ""),
    }


class FindReason(RowActionView):
    """Say why an order closed unpaid, from the register (O14)."""

    def perform(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Keep the reason."""
        form = ReasonForm(request.POST)
        self.read(form)
        found = find_reason(kwargs["tid"], form.request(), seen=form.cleaned_data["seen"], actor=self.staff)
        return found.order_id, _("The reason is kept.")

    def draw(self, request: HttpRequest, tid: str, told: str) -> HttpResponseBase:
        """The row as it is now."""
        row = read_unpaid_row(tid)
        return render(request, "team/_unpaid_row.html", {"row": row, "told": told, **CHOICES})

    def draw_page(self, request: HttpRequest, refusal: DomainError, **refused: Any) -> HttpResponseBase:
        """The register with the refusal in its row."""
        context = unpaid_context(request, refusal=refusal, refused=refused, typed=self._form.data)
        # The order may stand on another page: its row comes first.
        tid = refused["tid"]
        row = read_unpaid_row(tid)
        if row is not None:
            context["rows"] = [row, *(other for other in context["rows"] if other.order.pk != tid)]
        return render(request, "team/unpaid.html", context, status=refusal.status)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The register."""
        return reverse("chasing:unpaid")


class AddEnquiry(RowActionView):
    """Write an enquiry down (O14)."""

    def perform(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Write it."""
        form = EnquiryForm(request.POST)
        self.read(form)
        return str(write_enquiry(form.request(), actor=self.staff).pk), _("The enquiry is kept.")

    def draw(self, request: HttpRequest, tid: str, told: str) -> HttpResponseBase:
        """The register drawn anew: the row stands in it by its time, or left it."""
        return HttpResponse(status=204, headers={"HX-Redirect": self.back(request)})

    def draw_page(self, request: HttpRequest, refusal: DomainError, **refused: Any) -> HttpResponseBase:
        """The register with the form as it was sent."""
        context = enquiries_context(request, refusal=refusal, refused=refused, typed=self._form.data)
        if all(row.enquiry.pk != refused.get("pk") for row in context["rows"]):
            # A new one, or one that left the page: the form above keeps what was typed.
            context |= {"form": self._form, "refused": {}}
        return render(request, "team/enquiries.html", context, status=refusal.status)

    def refusal_place(self, **kwargs: Any) -> str:
        """Above the form."""
        return f"enquiry-{kwargs.get('pk', 'new')}"

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The register."""
        return reverse("chasing:enquiries")


class CorrectEnquiry(AddEnquiry):
    """Correct an enquiry by a new row."""

    def perform(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Correct it."""
        form = EnquiryForm(request.POST)
        self.read(form)
        enquiry = correct_enquiry(kwargs["pk"], form.request(), actor=self.staff)
        return str(enquiry.pk), _("The enquiry is corrected.")


class UnpaidExport(ReadsReplica, StaffActionView):
    """The unpaid register as filtered by its address, as a file. It is audited, so it is a POST."""

    permission = Permission.EXPORT
    register: ClassVar[Register] = UNPAID

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        kind = request.POST.get("kind", "csv")
        taken = export(self.register, request.GET.dict(), kind=kind, actor=self.staff)
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
        return f"{reverse(f'chasing:{self.register.code}')}?{request.GET.urlencode()}"


class EnquiriesExport(UnpaidExport):
    """The enquiry register."""

    register = ENQUIRIES
