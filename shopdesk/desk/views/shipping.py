"""Tariffs: the matrix of provinces and carriers, one cell with its history, and “try a parcel” (S1–S6)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget

from members.selectors import tiers_at
from orders.quotes import quote_ask
from orders.rules.quotes import Quote
from shipping.carriers import CARRIERS
from shipping.forms import TariffForm
from shipping.models import TariffRow
from shipping.provinces import PROVINCES, province_of, zone_of
from shipping.selectors import as_tariff, current_row, history
from shipping.services import change_tariff
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView
from shopdesk.desk.selectors.shipping import ZONES, effects, read_cell, read_matrix

PARCEL_FIELDS = ("receiver_state", "receiver_address", "carrier", "weight_kg", "goods")


class ShippingPage(StaffPageView):
    """The matrix, “try a parcel”, and the tiers."""

    permission = Permission.SEE_TARIFFS
    template_name = "desk/shipping.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Three statements: who asks, the tariffs, the tiers."""
        now = clock.now()
        parcel = {name: self.request.GET.get(name, "").strip() for name in PARCEL_FIELDS}
        return super().get_context_data(
            matrix=read_matrix(now, self.request.GET.get("more", "")),
            tiers=tiers_at(now),
            provinces=PROVINCES,
            carriers=CARRIERS.values(),
            parcel=parcel,
            **kwargs,
        )


class TryParcelPage(ShippingPage):
    """What a parcel would cost, with every step."""

    def get_template_names(self) -> list[str]:
        """Only the answer, where htmx asks."""
        part = getattr(self.request, "htmx", False)
        return ["desk/_parcel.html" if part else "desk/shipping.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The quote of one parcel, or why there is none."""
        asked = {name: self.request.GET.get(name, "").strip() for name in PARCEL_FIELDS}
        try:
            quote = try_parcel(asked)
        except DomainError as refusal:
            return super().get_context_data(refusal=refusal, **kwargs)
        state = asked["receiver_state"] or asked["receiver_address"]
        province = state if state in PROVINCES else province_of(state) or ""
        # The goods are an amount and nothing else here: what M says of them is not asked.
        steps = [step for step in quote.steps if not step.rule.startswith("M")]
        return super().get_context_data(
            quote=quote, steps=steps, province=province, zone=ZONES[zone_of(province)], **kwargs
        )


def try_parcel(asked: dict[str, str]) -> Quote:
    """Price a parcel of goods that are an amount (CNY) after discount. Raises what ``quote_ask`` refuses."""
    goods = {
        "title": "-",
        "price": asked["goods"] or "0",
        "num": 1,
        "kind": "standard",
        "special_price": True,
    }
    place = {name: asked[name] for name in ("receiver_state", "receiver_address", "carrier", "weight_kg")}
    return quote_ask({**place, "lines": [goods], "prior_spend": "0", "sibling_orders": []})


class TariffPage(StaffPageView):
    """One cell of the matrix: the price, its history, and what a change would do."""

    permission = Permission.SEE_TARIFFS

    def get_template_names(self) -> list[str]:
        """Only the part beside the matrix, where htmx asks."""
        part = getattr(self.request, "htmx", False)
        return ["desk/_tariff.html" if part else "desk/tariff.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The cell; with an amount in the address, what that price would change."""
        carrier, province = _place(self.kwargs)
        form = TariffForm(self.request.GET) if "first_fee" in self.request.GET else None
        context = super().get_context_data(**kwargs) | tariff_context(carrier, province, form)
        context["may_change"] = self.staff.may(Permission.CHANGE_TARIFFS)
        return context


def tariff_context(carrier: str, province: str, form: TariffForm | None = None) -> dict[str, Any]:
    """What the part of one cell shows: two statements."""
    now = clock.now()
    row = current_row(carrier, province, now)
    tariff = as_tariff(row) if row else None
    context: dict[str, Any] = {
        "cell": read_cell(carrier, province, tariff),
        "carrier": CARRIERS[carrier],
        "zone": ZONES[zone_of(province)],
        "row": row,
        "history": history(carrier, province),
        "form": form or TariffForm.showing(row),
    }
    if form is not None and form.is_valid():
        after = as_tariff(TariffRow(**vars(form.change(carrier, province))))
        context |= {"effects": effects(tariff, after), "after": after}
    return context


class ChangeTariff(StaffActionView):
    """Enter a new price, valid from now on (S3)."""

    permission = Permission.CHANGE_TARIFFS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Save, and show the cell as it is now: with htmx in place, in the matrix too."""
        carrier, province = _place(kwargs)
        self._form = form = TariffForm(request.POST)
        if not form.is_valid():
            raise DomainError("S3", _("Give the weights in kg and the fees in yuan, as plain numbers."))
        change_tariff(form.change(carrier, province), actor=self.staff, seen=form.cleaned_data["seen"])
        told = _("Saved. It is valid from now on; orders placed before keep the old price.")
        if getattr(request, "htmx", False):
            context = tariff_context(carrier, province) | {"told": told, "may_change": True}
            return reswap(retarget(render(request, "desk/_tariff.html", context), "#side"), "innerHTML")
        messages.success(request, told)
        return self.back(request, **kwargs)

    def standing(self, request: HttpRequest, **kwargs: Any) -> Mapping[str, Any]:
        """The price that is valid now."""
        row = current_row(kwargs["carrier"], kwargs["province"], clock.now())
        return TariffForm.showing(row).initial

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The cell."""
        return reverse("tariff", args=[kwargs["carrier"], kwargs["province"]])


def _place(kwargs: dict[str, Any]) -> tuple[str, str]:
    carrier, province = kwargs["carrier"], kwargs["province"]
    if carrier not in CARRIERS or province not in PROVINCES:
        raise Http404
    return carrier, province
