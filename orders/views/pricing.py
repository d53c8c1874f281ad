"""What staff do about an order's price: apply it, drop lines, ask for another one."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.forms.order_page import (
    DropLinesForm,
    FreeSplitForm,
    PostageWaiverForm,
    PriceForm,
    PriceWishForm,
    SpecialPriceForm,
)
from orders.models import Order, OrderLine
from orders.selectors.pricing import preview_drop
from orders.services.pricing import apply_computed_price, drop_lines, require_unpaid
from orders.services.special_prices import ask_for_price
from orders.views.actions import OrderActionView
from shopdesk.base.errors import DomainError
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission


class ApplyPrice(OrderActionView):
    """Give the order the price that the rules say, joined orders included (O8, S7)."""

    permission = Permission.WORK_ORDERS
    part = "price"
    form_class = PriceForm

    def perform(self, tid: str, form: PriceForm) -> str:
        """Apply it."""
        data = form.cleaned_data
        quote = apply_computed_price(
            tid,
            version=data["version"],
            actor=self.staff,
            carrier=data["carrier"] or None,
            shelf_first=data["shelf_first"],
        )
        return _("The price is %(total)s now. It stands in the list to do on Taobao.") % {
            "total": yuan(quote.payment)
        }


class AskForPrice(OrderActionView):
    """What the three requests about a price have in common (P1)."""

    permission = Permission.WORK_ORDERS

    def perform(self, tid: str, form: PriceWishForm) -> str:
        """File the request."""
        ask_for_price(tid, form.request(), version=form.cleaned_data["version"], actor=self.staff)
        return _("A supervisor is asked. The order keeps its price until they approve.")


class AskSpecialPrice(AskForPrice):
    """Ask for another total (O8)."""

    permission = Permission.WORK_ORDERS
    part = "special"
    form_class = SpecialPriceForm


class AskPostageWaiver(AskForPrice):
    """Ask that the order travels free (P1)."""

    permission = Permission.WORK_ORDERS
    part = "waiver"
    form_class = PostageWaiverForm


class AskFreeSplit(AskForPrice):
    """Ask for two parcels for the postage of one (S8, P1)."""

    permission = Permission.WORK_ORDERS
    part = "split"
    form_class = FreeSplitForm


class DropLines(OrderActionView):
    """Take lines off an unpaid order (O7)."""

    permission = Permission.WORK_ORDERS
    part = "drop"
    form_class = DropLinesForm

    def perform(self, tid: str, form: DropLinesForm) -> str:
        """Drop them."""
        data = form.cleaned_data
        quote = drop_lines(
            tid, data["positions"], reason=data["reason"], version=data["version"], actor=self.staff
        )
        dropped = len(data["positions"])
        return ngettext(
            "%(num)s line is dropped; the price is %(total)s now.",
            "%(num)s lines are dropped; the price is %(total)s now.",
            dropped,
        ) % {"num": dropped, "total": yuan(quote.payment)}


class PreviewDrop(OrderActionView):
    """Show what dropping the ticked lines would do: part of the page with htmx, a page of its own without."""

    permission = Permission.WORK_ORDERS
    part = "drop"

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Work the rest out; nothing is changed."""
        order = Order.objects.filter(pk=kwargs["tid"]).first()
        if order is None:
            raise Http404
        self._form = form = DropLinesForm(request.POST)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        data = form.cleaned_data
        require_unpaid(order, version=data["version"])
        lines = list(OrderLine.objects.filter(order=order).select_related("product").order_by("position"))
        preview = preview_drop(order, lines, data["positions"])
        context = {"preview": preview, "order": order, "reason": data["reason"]}
        if getattr(request, "htmx", False):
            return render(request, "orders/_drop_preview.html", context)
        return render(request, "orders/drop_lines.html", context)
