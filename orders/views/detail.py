"""The one page of an order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.forms.changes import AddressForm, RefundForm, SkuForm
from orders.forms.order_page import (
    CloseForm,
    DropLinesForm,
    FlagForm,
    FreeSplitForm,
    NoteForm,
    PostageWaiverForm,
    SnoozeForm,
    SpecialPriceForm,
)
from orders.rules.notes import MEMO_BYTES, NOTE_TEXTS
from orders.rules.notes import NoteForm as NoteKind
from orders.selectors.order_page import OrderDetail, read_order
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffPageView, staff_of

FLAG_STANDS = timedelta(hours=24)
_FIELD = re.compile(r"\{(\w+)\}")

FIELD_LABELS: Mapping[str, str | Promise] = {
    "carrier": _("carrier"),
    "goods": _("goods"),
    "invoice_no": _("tracking number"),
    "address": _("address"),
    "delivery_time": _("when"),
    "title": _("title"),
    "tax_number": _("tax number"),
    "text": _("text"),
    "gift": _("gift"),
}


@dataclass(frozen=True)
class OneClick:
    """A note that is one click away (N4): its text with gaps, and the fields that fill them."""

    code: str
    label: str
    text: str
    fields: list[tuple[str, str | Promise]]


def one_click_notes() -> list[OneClick]:
    """All one-click notes."""
    return [
        OneClick(
            code,
            str(NoteKind(code).label),
            text,
            [(name, FIELD_LABELS.get(name, name)) for name in _FIELD.findall(text)],
        )
        for code, text in NOTE_TEXTS.items()
    ]


def order_context(
    request: HttpRequest,
    tid: str,
    *,
    bound: Mapping[str, DeskForm] | None = None,
    refusals: Mapping[str, DomainError] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Everything that the order page or its swapped part shows. Raises ``Http404`` for no such order.

    ``bound`` holds the forms that were sent and refused, so that nothing typed is lost.
    """
    asked = request.POST if request.method == "POST" else request.GET
    detail = read_order(
        tid, staff=staff_of(request), carrier=asked.get("carrier"), shelf_first="shelf_first" in asked
    )
    if detail is None:
        raise Http404
    forms = _fresh_forms(detail) | dict(bound or {})
    return {
        "detail": detail,
        "order": detail.order,
        "refusals": refusals or {},
        "one_click_notes": one_click_notes(),
        "memo_limit": MEMO_BYTES,
        **{f"{name}_form": form for name, form in forms.items()},
        **extra,
    }


def _fresh_forms(detail: OrderDetail) -> dict[str, DeskForm]:
    now = clock.now().astimezone(clock.SHANGHAI)
    flag = detail.flag
    return {
        "flag": FlagForm(
            initial={
                "seller_flag": flag.seller_flag if flag else 1,
                "label": flag.label if flag else "",
                "addressee": flag.addressee if flag else "",
                "until": (now + FLAG_STANDS).replace(minute=0, second=0, microsecond=0),
                "form": NoteKind.FREE,
                "seen_flag": flag.pk if flag else "",
            }
        ),
        "note": NoteForm(initial={"form": NoteKind.FREE}),
        "close": CloseForm(initial={"version": detail.order.version, "agreed_at": now}),
        "drop": DropLinesForm(),
        "special": SpecialPriceForm(),
        "waiver": PostageWaiverForm(),
        "split": FreeSplitForm(),
        "sku": SkuForm(),
        "address": AddressForm(initial={"receiver_name": detail.order.receiver_name}),
        "refund": RefundForm(),
        "mark": SnoozeForm(),
    }


class OrderPage(StaffPageView):
    """Everything about one order."""

    permission = Permission.SEE_ORDERS
    template_name = "orders/order_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The order; a constant number of statements."""
        return super().get_context_data(**order_context(self.request, kwargs.pop("tid")), **kwargs)
