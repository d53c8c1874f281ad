"""Stock, counts, shortages, and holds by hand (F5): one action, one view, one service."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.forms.stock import CountForm, KeepForm, ReceiveForm, ShortageForm
from orders.selectors.stock import read_hand_holds, read_shortages, read_sku, read_stock
from orders.services import hand_holds, shortages, stock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address

VIEWS = ("", "free", "held", "all")
LONGEST_SEARCH = 100
FORMS: Mapping[str, type[DeskForm]] = {
    "receive": ReceiveForm,
    "count": CountForm,
    "keep": KeepForm,
    "shortage": ShortageForm,
}


class StockPage(StaffPageView):
    """What lies on the shelf, searched by title or code."""

    permission = Permission.SEE_ORDERS
    template_name = "stock/stock_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Three statements however much there is."""
        asked = self.request.GET
        text = asked.get("q", "").replace("\x00", "")[:LONGEST_SEARCH].strip()
        view = asked.get("view", "") if asked.get("view", "") in VIEWS else ""
        page, rows = read_stock(text, view, asked.get("cursor", ""))
        return super().get_context_data(text=text, view=view, page=page, rows=rows, **kwargs)


def sku_context(
    request: HttpRequest,
    pk: int,
    *,
    bound: Mapping[str, DeskForm] | None = None,
    refusals: Mapping[str, DomainError] | None = None,
) -> dict[str, Any]:
    """What the page of a SKU shows. Raises ``Http404`` for no such SKU."""
    detail = read_sku(pk, request.GET.get("cursor", ""))
    if detail is None:
        raise Http404
    initial = {"keep": {"tid": request.GET.get("order", "")[:32]}}
    if detail.shortage is not None:
        known = detail.shortage
        initial["shortage"] = {"remark": known.remark, "expected_on": known.expected_on}  # type: ignore[dict-item]
    forms = {name: form(initial=initial.get(name)) for name, form in FORMS.items()} | dict(bound or {})
    return {
        "detail": detail,
        "sku": detail.sku,
        "refusals": refusals or {},
        **{f"{name}_form": form for name, form in forms.items()},
    }


class SkuPage(StaffPageView):
    """One SKU: place, stock, who holds it, who waits for it, what came and went."""

    permission = Permission.SEE_ORDERS
    template_name = "stock/sku_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Five statements."""
        return super().get_context_data(**sku_context(self.request, kwargs.pop("pk")), **kwargs)


class SkuActionView(StaffActionView):
    """An action on one SKU. A refusal is shown beside the form named ``part``, which keeps what was typed."""

    part: ClassVar[str]

    def perform(self, pk: int, values: dict[str, Any]) -> str:
        """Call the service; answers what to tell the person."""
        raise NotImplementedError

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Read the form, perform, go back to the page."""
        self._form = FORMS[self.part](request.POST)
        if not self._form.is_valid():
            field, complaint = self._form.complaint()
            raise DomainError("", complaint, field=field)
        messages.success(request, self.perform(kwargs["pk"], self._form.cleaned_data))
        return self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The SKU's page."""
        return reverse("stock:sku", args=[kwargs["pk"]])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the page again, everything typed still in it."""
        bound = {self.part: self._form} if self._form else {}
        context = sku_context(request, kwargs["pk"], bound=bound, refusals={self.part: refusal})
        return render(request, "stock/sku_detail.html", context, status=refusal.status)


class Receive(SkuActionView):
    """Put pieces on the shelf."""

    permission = Permission.WORK_WAREHOUSE
    part = "receive"

    def perform(self, pk: int, values: dict[str, Any]) -> str:
        """Receive them."""
        movement = stock.receive(pk, values["num"], reason=values["reason"], actor=self.staff)
        return _("Received: the stock is %(stock)s now.") % {"stock": movement.stock}


class Count(SkuActionView):
    """Say how many pieces there are."""

    permission = Permission.WORK_WAREHOUSE
    part = "count"

    def perform(self, pk: int, values: dict[str, Any]) -> str:
        """Set the stock to the count."""
        movement = stock.count(
            pk, values["counted"], seen=values["seen"], reason=values["reason"], actor=self.staff
        )
        if movement is None:
            return _("Counted: the stock was right.")
        return _("Counted: the stock is %(stock)s now.") % {"stock": movement.stock}


class Keep(SkuActionView):
    """Keep pieces by hand for 72 hours."""

    permission = Permission.WORK_ORDERS
    part = "keep"

    def perform(self, pk: int, values: dict[str, Any]) -> str:
        """Hold them."""
        hand_holds.keep(
            pk, values["num"], reason=values["reason"], tid=values["tid"].strip(), actor=self.staff
        )
        return _("Kept for 72 hours. The warehouse signs it once the pieces are put aside.")


class ReportShortage(SkuActionView):
    """Register the SKU as out of stock, or say what is known by now."""

    permission = Permission.FLAG_AND_NOTE
    part = "shortage"

    def perform(self, pk: int, values: dict[str, Any]) -> str:
        """Register it."""
        shortages.report(pk, remark=values["remark"], expected_on=values["expected_on"], actor=self.staff)
        return _("It stands in the register of what is out of stock.")


class ShortagesPage(StaffPageView):
    """The register of what is out of stock, with the orders that wait."""

    permission = Permission.SEE_ORDERS
    template_name = "stock/shortages.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two statements."""
        ended = self.request.GET.get("tab") == "ended"
        page, rows = read_shortages(ended=ended, cursor=self.request.GET.get("cursor", ""))
        return super().get_context_data(ended=ended, page=page, rows=rows, **kwargs)


class EndShortage(StaffActionView):
    """Take a SKU off the register by hand."""

    permission = Permission.FLAG_AND_NOTE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """End it."""
        shortages.end(kwargs["pk"], actor=self.staff)
        messages.success(request, _("It is off the register."))
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The register."""
        return reverse("stock:shortages")


class HoldsPage(StaffPageView):
    """Holds by hand that the warehouse signs, and those it signed."""

    permission = Permission.SIGN_HOLDS
    template_name = "stock/holds.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One statement."""
        signed = self.request.GET.get("tab") == "signed"
        after_sale = self.request.GET.get("only") == "exchange"
        page = read_hand_holds(
            signed=signed, after_sale=after_sale, cursor=self.request.GET.get("cursor", "")
        )
        return super().get_context_data(signed=signed, after_sale=after_sale, page=page, **kwargs)


class SignHold(StaffActionView):
    """Say that the pieces were put aside."""

    permission = Permission.SIGN_HOLDS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Sign it."""
        hand_holds.sign(kwargs["pk"], actor=self.staff)
        messages.success(request, _("Signed: the pieces are put aside."))
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("stock:holds")


class GiveBack(StaffActionView):
    """End a hold by hand before its time."""

    permission = Permission.FLAG_AND_NOTE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Give the pieces back to the shelf."""
        hold = hand_holds.give_back(kwargs["pk"], actor=self.staff)
        messages.success(request, _("The pieces are free again."))
        return next_address(request, reverse("stock:sku", args=[hold.sku_id]))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The stock list."""
        return reverse("stock:list")
