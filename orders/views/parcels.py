"""The page of one parcel, and what the warehouse does with it by hand."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.forms.warehouse import ParcelForm, PullForm, ShipForm, carrier_choices
from orders.selectors.warehouse import read_parcel
from orders.services.parcels.printing import print_anew, print_parcels
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack, pull
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView


def parcel_context(parcel_id: int, **extra: Any) -> dict[str, Any]:
    """What the page of a parcel shows. Raises ``Http404`` for none."""
    detail = read_parcel(parcel_id)
    if detail is None:
        raise Http404
    initial = {"version": detail.parcel.version, "carrier": detail.parcel.carrier}
    return {
        "detail": detail,
        "parcel": detail.parcel,
        "ship_form": ShipForm(initial=initial),
        "pull_form": PullForm(initial=initial),
        "carriers": carrier_choices(),
        **extra,
    }


class ParcelPage(StaffPageView):
    """One parcel: its goods by shelf, its slips, and what can be done with it now."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "warehouse/parcel.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The parcel; a constant number of statements."""
        return super().get_context_data(**parcel_context(kwargs.pop("pk")), **kwargs)


class ParcelActionView(StaffActionView):
    """An action on one parcel. A refusal shows the page again with what was typed."""

    permission = Permission.WORK_WAREHOUSE
    form_class: ClassVar[type[DeskForm]] = ParcelForm
    part = "parcel"

    def perform(self, parcel_id: int, data: dict[str, Any]) -> str:
        """Call the service; answers what to tell the person."""
        raise NotImplementedError

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Read the form and perform."""
        self._form = self.form_class(request.POST)
        if not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        messages.success(request, self.perform(kwargs["pk"], self._form.cleaned_data))
        return self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The parcel's page."""
        return reverse("warehouse:parcel", args=[kwargs["pk"]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page as it is now, the refusal beside what was asked for."""
        extra: dict[str, Any] = {"refusals": {self.part: refusal}}
        if self._form is not None and self.part in ("ship", "pull"):
            extra[f"{self.part}_form"] = self._form
        context = parcel_context(kwargs["pk"], **extra)
        return render(request, "warehouse/parcel.html", context, status=refusal.status)


class PrintParcel(ParcelActionView):
    """Print the parcel's slip, or print it anew where the paper is lost."""

    part = "print"

    def perform(self, parcel_id: int, data: dict[str, Any]) -> str:
        """A slip of its own batch."""
        if data["version"] is None or not self.request.POST.get("again"):
            print_parcels([parcel_id], actor=self.staff)
        else:
            print_anew(parcel_id, version=data["version"], actor=self.staff)
        return _("The slip is ready: open its batch and print it.")


class PackParcel(ParcelActionView):
    """Say that the goods are in it."""

    part = "pack"

    def perform(self, parcel_id: int, data: dict[str, Any]) -> str:
        """Pack."""
        pack(parcel_id, version=data["version"], actor=self.staff)
        return _("The parcel is packed.")


class ShipParcel(ParcelActionView):
    """Send it out with the number of the carrier's label, typed by hand."""

    part = "ship"
    form_class = ShipForm

    def perform(self, parcel_id: int, data: dict[str, Any]) -> str:
        """Ship; what is odd about the number is told."""
        shipped = ship(
            parcel_id,
            carrier=data["carrier"],
            invoice_no=data["invoice_no"],
            version=data["version"],
            actor=self.staff,
        )
        for warning in shipped.warnings:
            messages.warning(self.request, str(warning))
        return _("The parcel is out.")


class PullParcel(ParcelActionView):
    """Take it out of the pile (F2, F4)."""

    part = "pull"
    form_class = PullForm

    def perform(self, parcel_id: int, data: dict[str, Any]) -> str:
        """Pull."""
        pull(parcel_id, reason=data["reason"], version=data["version"], actor=self.staff)
        return _("The parcel is pulled: its slip is void, its goods go back to their shelves.")

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The parcel's page, or the board where planning left no such parcel."""
        if read_parcel(kwargs["pk"]) is None:
            return reverse("warehouse:board")
        return super().back(request, **kwargs)
