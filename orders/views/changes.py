"""What staff do with a paid order before it is shipped: change it, send it elsewhere, refund it, route it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from orders.forms.changes import (
    AddressForm,
    ProvinceForm,
    RefundForm,
    RouteForm,
    SentForm,
    SkuForm,
    WithdrawForm,
)
from orders.models import Order, Refund
from orders.selectors.change_previews import preview_address, preview_refund, preview_sku
from orders.services.changes.address import address_telling, change_address
from orders.services.changes.address import check as check_address
from orders.services.changes.routing import choose_province, set_forwarder, set_shelf_goods_first
from orders.services.changes.sku import change_sku, sku_telling
from orders.services.changes.sku import decide as decide_sku
from orders.services.locks import check_version
from orders.services.parcels.by_platform import mark_sent
from orders.services.refunding import refund_lines, refund_note, scope_of, withdraw_refund
from orders.views.actions import OrderActionView
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.models import Approval
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission

_ADDRESS_FIELDS = ("receiver_address", "receiver_name", "receiver_mobile", "receiver_state")


class ChangeView(OrderActionView):
    """A change with a preview: refused without htmx, the preview comes back with everything typed in it."""

    permission = Permission.WORK_ORDERS
    preview_template: ClassVar[str]

    def preview(self, order: Order, form: Any) -> Mapping[str, Any]:
        """What the change would do; raises whatever the service refuses."""
        raise NotImplementedError

    def show(
        self, request: HttpRequest, tid: str, form: DeskForm, refusal: DomainError | None = None
    ) -> HttpResponseBase:
        """The preview: part of the order page with htmx, a page of its own without."""
        order = Order.objects.select_related("buyer").filter(pk=tid).first()
        if order is None:
            raise Http404
        version = order.version
        if refusal is None:
            check_version(order, form.cleaned_data["version"])
        shown = self.preview(order, form)
        context = {
            "order": order,
            "version": version,
            "form": form,
            "part": self.part,
            "preview_part": self.preview_template,
            "refusal": refusal,
            **shown,
        }
        if getattr(request, "htmx", False):
            return render(request, self.preview_template, context)
        status = refusal.status if refusal else 200
        return render(request, "orders/change_preview.html", context, status=status)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Beside the form with htmx, else on the preview, else on the order's page: nothing typed is lost."""
        form = self._form
        if not getattr(request, "htmx", False) and form is not None and form.is_valid():
            try:
                return self.show(request, kwargs["tid"], form, refusal)
            except DomainError:
                pass  # there is no preview of what cannot be at all
        return super().refuse(request, refusal, **kwargs)


class PreviewMixin:
    """Shows what the change would do; nothing is written."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Check everything, and show it."""
        self._form = form = self.form_class(request.POST)  # type: ignore[attr-defined]
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        shown: HttpResponseBase = self.show(request, kwargs["tid"], form)  # type: ignore[attr-defined]
        return shown

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """On the order's page, beside the form."""
        return OrderActionView.refuse(self, request, refusal, **kwargs)  # type: ignore[arg-type]


class ChangeSku(ChangeView):
    """Another colour or size (O9)."""

    permission = Permission.WORK_ORDERS
    part = "sku"
    form_class = SkuForm
    preview_template = "orders/_sku_preview.html"

    def preview(self, order: Order, form: SkuForm) -> Mapping[str, Any]:
        """Both ways to price it, and what it does to the goods."""
        now = clock.now()
        decided = decide_sku(order, form.request(), now)
        shown = preview_sku(order, decided.line, decided.sku, stage=decided.stage, at=now)
        note = sku_telling(decided.line, decided.sku).text
        return {"preview": shown, "note_text": note, "title": _("Change colour or size")}

    def perform(self, tid: str, form: SkuForm) -> str:
        """Change it, or ask."""
        done = change_sku(tid, form.request(), version=form.cleaned_data["version"], actor=self.staff)
        return _told(done)


class PreviewSku(PreviewMixin, ChangeSku):
    """What another colour or size would do."""

    permission = Permission.WORK_ORDERS


class ChangeAddress(ChangeView):
    """Another address (O10)."""

    permission = Permission.WORK_ORDERS
    part = "address"
    form_class = AddressForm
    preview_template = "orders/_address_preview.html"

    def preview(self, order: Order, form: AddressForm) -> Mapping[str, Any]:
        """The postage to there, both ways."""
        stage, before = check_address(order, form.request())
        return {
            "preview": preview_address(order, stage=stage, at=clock.now()),
            "before": before,
            "note_text": address_telling(order, before).text,
            "address_fields": [form[name] for name in _ADDRESS_FIELDS],
            "title": _("Change the address"),
        }

    def perform(self, tid: str, form: AddressForm) -> str:
        """Change it, or ask."""
        done = change_address(tid, form.request(), version=form.cleaned_data["version"], actor=self.staff)
        return _told(done)


class PreviewAddress(PreviewMixin, ChangeAddress):
    """What another address would do."""

    permission = Permission.WORK_ORDERS


class RefundLines(ChangeView):
    """Refund lines before they are shipped (O6, F4)."""

    permission = Permission.WORK_ORDERS
    part = "refund"
    form_class = RefundForm
    preview_template = "orders/_refund_preview.html"

    def preview(self, order: Order, form: RefundForm) -> Mapping[str, Any]:
        """How much goes back, and what becomes of the rest."""
        scope = scope_of(order, form.cleaned_data["positions"])
        shown = preview_refund(order, scope, at=clock.now())
        return {
            "preview": shown,
            "note_text": refund_note(scope.lines),
            "title": _("Refund before shipping"),
        }

    def perform(self, tid: str, form: RefundForm) -> str:
        """Refund, or ask."""
        data = form.cleaned_data
        done = refund_lines(
            tid, data["positions"], reason=data["reason"], version=data["version"], actor=self.staff
        )
        if isinstance(done, Approval):
            return _("A supervisor is asked. Nothing is changed until they approve.")
        amount = yuan(done.total)
        if done.status == Refund.Status.WAITING:
            return _("%(amount)s are refunded as soon as the warehouse has pulled it.") % {"amount": amount}
        return _("%(amount)s are to be refunded: it stands in the list to do on Taobao.") % {"amount": amount}


class PreviewRefund(PreviewMixin, RefundLines):
    """What a refund would do."""

    permission = Permission.WORK_ORDERS


class WithdrawRefund(OrderActionView):
    """Take a refund back that is not paid out."""

    permission = Permission.WORK_ORDERS
    part = "withdraw"
    form_class = WithdrawForm

    def perform(self, tid: str, form: WithdrawForm) -> str:
        """Take it back."""
        data = form.cleaned_data
        held = withdraw_refund(tid, data["refund"], version=data["version"], actor=self.staff)
        if held:
            return _("The refund is taken back: the goods travel again.")
        return _("The refund is taken back, but the shelf has too few pieces now: the line waits for them.")


class MarkSent(OrderActionView):
    """Say which lines the platform sent (O1)."""

    permission = Permission.WORK_ORDERS
    part = "sent"
    form_class = SentForm

    def perform(self, tid: str, form: SentForm) -> str:
        """Move them into a shipped parcel."""
        data = form.cleaned_data
        parcel = mark_sent(
            tid,
            data["positions"],
            carrier=data["carrier"],
            invoice_no=data["invoice_no"],
            version=data["version"],
            actor=self.staff,
        )
        return _("Noted: they went out as %(number)s. The rest travels from here.") % {
            "number": parcel.invoice_no
        }


class ChooseProvince(OrderActionView):
    """Choose the province of an address that does not say it (S2)."""

    permission = Permission.WORK_ORDERS
    part = "province"
    form_class = ProvinceForm

    def perform(self, tid: str, form: ProvinceForm) -> str:
        """Choose it."""
        data = form.cleaned_data
        choose_province(tid, data["receiver_state"], version=data["version"], actor=self.staff)
        return _("The province is %(province)s.") % {"province": data["receiver_state"]}


class SetForwarder(OrderActionView):
    """Mark the order as going to a forwarder, or not (S5)."""

    permission = Permission.WORK_ORDERS
    part = "route"
    form_class = RouteForm

    def perform(self, tid: str, form: RouteForm) -> str:
        """Mark it."""
        data = form.cleaned_data
        order = set_forwarder(tid, data["wanted"], version=data["version"], actor=self.staff)
        if order.forwarder:
            return _("It goes to a forwarder, all at once; the note is written.")
        return _("It goes to no forwarder any more.")


class SetShelfGoodsFirst(OrderActionView):
    """Let shelf goods go ahead of the rest, or not (S8)."""

    permission = Permission.WORK_ORDERS
    part = "route"
    form_class = RouteForm

    def perform(self, tid: str, form: RouteForm) -> str:
        """Mark it."""
        data = form.cleaned_data
        order = set_shelf_goods_first(
            tid, data["wanted"], links=data["links"], version=data["version"], actor=self.staff
        )
        return _("Shelf goods go first.") if order.shelf_goods_first else _("Everything goes together.")


def _told(done: object) -> str:
    if isinstance(done, Approval):
        return _("A supervisor is asked. Nothing is changed until they approve.")
    return _("Changed. The warehouse is told, and nothing goes out until they acknowledge it.")
