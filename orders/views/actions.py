"""What staff do on the order page: one action, one view, one service."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from orders.forms.order_page import CloseForm, FlagForm, NoteForm
from orders.models import Flag, Order
from orders.services.closing import close_with_consent
from orders.services.finishing import finish
from orders.services.flags import acknowledge, set_flag
from orders.services.notes import add_note
from orders.services.ownership import take_over
from orders.services.phones import reveal_phone
from orders.views.detail import order_context
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import VersionedForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import PageActionView


class OrderActionView(PageActionView):
    """An action on one order, from its page."""

    subject = "tid"
    page = "orders:detail"
    page_template = "orders/order_detail.html"
    content_template = "orders/_order.html"

    def page_context(self, request: HttpRequest, subject: str, **shown: Any) -> dict[str, Any]:
        """The order page."""
        return order_context(request, subject, **shown)

    def standing(self, request: HttpRequest, **kwargs: Any) -> Mapping[str, Any]:
        """What the order holds under the names of the form's fields."""
        order = Order.objects.filter(pk=kwargs["tid"]).first()
        held = {field.name: getattr(order, field.name) for field in Order._meta.fields} if order else {}
        held.pop("receiver_mobile", None)  # revealed on its own, and that is logged
        return {name: held[name] for name in (self._form.fields if self._form else ()) if name in held}


class SetFlag(OrderActionView):
    """Set, change or take off the flag (N1, N3)."""

    permission = Permission.FLAG_AND_NOTE
    part = "flag"
    form_class = FlagForm

    def perform(self, tid: str, form: FlagForm) -> str:
        """Set the flag as asked."""
        flag = set_flag(tid, form.request(), actor=self.staff, seen_flag=form.cleaned_data["seen_flag"])
        return _("The flag is set.") if flag else _("The flag is taken off.")

    def standing(self, request: HttpRequest, **kwargs: Any) -> Mapping[str, Any]:
        """The flag that is open now; the note that came with it is told among the changes."""
        flag = Flag.objects.filter(order=kwargs["tid"], ended_at__isnull=True).first()
        if flag is None:
            return {"seller_flag": Order.SellerFlag.GREY}
        return {name: getattr(flag, name) for name in ("seller_flag", "label", "addressee", "until")}


class AcknowledgeFlag(OrderActionView):
    """Say that a red flag was seen (N3)."""

    permission = Permission.FLAG_AND_NOTE
    part = "acknowledge"

    def perform(self, tid: str, form: None) -> str:
        """Acknowledge the flag that the page showed."""
        flag = self.request.POST.get("flag", "")
        if not (flag.isascii() and flag.isdigit() and len(flag) <= 18):
            raise DomainError("N3", _("This flag was acknowledged or changed already."))
        acknowledge(tid, int(flag), actor=self.staff)
        return _("The flag is acknowledged.")


class AddNote(OrderActionView):
    """Write a signed note (N2)."""

    permission = Permission.FLAG_AND_NOTE
    part = "note"
    form_class = NoteForm

    def perform(self, tid: str, form: NoteForm) -> str:
        """Write the note."""
        note = form.request()
        add_note(tid, note.text, actor=self.staff, form=note.form)
        return _("The note is kept.")


class TakeOver(OrderActionView):
    """Become the owner of the order (O17)."""

    permission = Permission.WORK_ORDERS
    part = "owner"

    def perform(self, tid: str, form: None) -> str:
        """Take it over."""
        take_over(tid, actor=self.staff)
        return _("The order is yours now.")


class CloseOrder(OrderActionView):
    """Close an unpaid order with the buyer's consent (O6)."""

    permission = Permission.WORK_ORDERS
    part = "close"
    form_class = CloseForm

    def perform(self, tid: str, form: CloseForm) -> str:
        """Close it, the consent on record."""
        consent = form.request()
        close_with_consent(
            tid,
            version=consent.version,
            channel=consent.channel,
            agreed_at=consent.agreed_at,
            remark=consent.remark,
            actor=self.staff,
        )
        return _("The order is closed.")


class FinishOrder(OrderActionView):
    """Finish a shipped order: its buyer confirmed the receipt (O1)."""

    permission = Permission.WORK_ORDERS
    part = "finish"
    form_class = VersionedForm

    def perform(self, tid: str, form: VersionedForm) -> str:
        """Finish it."""
        finish(tid, version=form.cleaned_data["version"], actor=self.staff)
        return _("The order is finished.")


class RevealPhone(OrderActionView):
    """Show the receiver's phone in full; the audit knows who looked."""

    permission = Permission.REVEAL_PHONE
    part = "phone"

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Answer the numbers: only the part with htmx, else the page with them on it."""
        tid = kwargs["tid"]
        revealed = reveal_phone(tid, self.staff)
        if getattr(request, "htmx", False):
            return render(request, "orders/_phone.html", {"revealed": revealed})
        return render(request, "orders/order_detail.html", order_context(request, tid, revealed=revealed))
