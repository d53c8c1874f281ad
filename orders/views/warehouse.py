"""The warehouse's board: what waits at each stage, the scan box, and printing."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from orders.forms.warehouse import PrintForm, ScanForm, carrier_choices, chosen_parcels
from orders.selectors.warehouse import Board, Tab, parcel_named, read_board, read_parcel
from orders.services.parcels.packing import pack_parcels
from orders.services.parcels.printing import Printed, print_parcels, print_ready
from orders.services.parcels.scanning import scan
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.kept_counts import forget_counts
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, staff_of


def board_of(request: HttpRequest) -> Board:
    """The board with the tab that the address asks for."""
    asked = request.GET.get("tab", "")
    tab = Tab(asked) if asked in Tab.values else Tab.TO_PRINT
    return read_board(tab, staff=staff_of(request), now=clock.now())


class WarehousePage(StaffPageView):
    """The board with the scan box."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "warehouse/board.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The board: four statements."""
        return super().get_context_data(board=board_of(self.request), carriers=carrier_choices(), **kwargs)


class BoardPart(WarehousePage):
    """The board alone, which asks for itself anew while it is looked at."""

    template_name = "warehouse/_board.html"


class ScanView(StaffActionView):
    """One scan. It answers what happened, large and in colour; the page plays its sound (F3)."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Do what the scan asks for."""
        form = ScanForm(request.POST)
        if not form.is_valid():
            raise DomainError("F3", form.complaint()[1])
        result = scan(form.request(), actor=self.staff)
        detail = read_parcel(result.parcel.pk)
        waiting = result.next_parcel
        context = {
            "signal": "next" if waiting else "go",
            "result": result,
            "detail": detail,
            "waiting": waiting.pk if waiting else None,
            "carrier": waiting.carrier if waiting else "",
        }
        return self._answer(request, context, status=200)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Stop, loudly. A parcel that waits for its number goes on waiting."""
        form = ScanForm(request.POST)
        form.is_valid()
        text = form.cleaned_data.get("text", "")
        waiting = form.cleaned_data.get("parcel")
        number = parcel_named(text) if text.upper().startswith("P") else waiting
        context = {
            "signal": "stop",
            "refusal": refusal,
            "text": text,
            "detail": read_parcel(number) if number is not None else None,
            # A slip that stops ends what was begun: the next scan is a slip again.
            "waiting": waiting if refusal.code in ("F6", "S1", "S5") else None,
            "carrier": form.cleaned_data.get("carrier", ""),
        }
        return self._answer(request, context, status=refusal.status)

    def _answer(self, request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponseBase:
        context["carriers"] = carrier_choices()
        if getattr(request, "htmx", False):
            response = render(request, "warehouse/_scan_result.html", context, status=status)
            response["HX-Trigger-After-Swap"] = "board-changed"
            return response
        forget_counts(self.staff)  # the board beside the answer counts this scan
        return render(request, "warehouse/board.html", {"board": board_of(request), **context}, status=status)


class PrintSlips(StaffActionView):
    """Print the chosen parcels, or all that are ready; go to the batch."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Print, and say what was left."""
        form = PrintForm(request.POST)
        if not form.is_valid():
            raise DomainError("F1", form.complaint()[1])
        if form.cleaned_data["all"]:
            printed = print_ready(actor=self.staff)
        else:
            printed = print_parcels(form.parcels(), actor=self.staff)
        self._tell(request, printed)
        if len(printed.batches) == 1:
            return reverse("warehouse:batch", args=[printed.batches[0].pk])
        return reverse("warehouse:batches")

    def _tell(self, request: HttpRequest, printed: Printed) -> None:
        done = ngettext("%(num)s slip is ready.", "%(num)s slips are ready.", printed.parcels)
        messages.success(request, done % {"num": printed.parcels})
        for pk, refusal in printed.reasons.items():
            told = {"number": pk, "why": refusal.message, "rule": refusal.code}
            messages.warning(request, _("P%(number)s is not printed: %(why)s (%(rule)s)") % told)
        if len(printed.left) > len(printed.reasons):
            others = ", ".join(f"P{pk}" for pk in printed.left if pk not in printed.reasons)
            messages.warning(request, _("Not printed either: %(others)s.") % {"others": others})

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The board."""
        return reverse("warehouse:board")


class PackChosen(StaffActionView):
    """Pack the parcels that were ticked; a result for every one, and another try for those that were refused."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The report."""
        results = pack_parcels(chosen_parcels(request.POST), actor=self.staff)
        refused = sum(result.refusal is not None for result in results)
        context = {"results": results, "packed": len(results) - refused, "refused": refused}
        return render(request, "warehouse/packed.html", context)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with the refusal on it."""
        return render(request, "warehouse/packed.html", {"refusal": refusal}, status=refusal.status)


class FindParcel(View):
    """The page of a parcel by its number, as it stands under the bars."""

    permission = Permission.WORK_WAREHOUSE
    http_method_names = ["get", "options"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Go there, or say that there is none."""
        text = request.GET.get("number", "")[:40]
        number = parcel_named(text)
        if number is None:
            messages.error(request, _("There is no parcel “%(text)s”.") % {"text": text})
            return redirect("warehouse:board")
        return redirect("warehouse:parcel", number)
