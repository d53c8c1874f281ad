"""The one page of an order."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from orders.forms.changes import AddressForm, RefundForm, SkuForm
from orders.forms.chasing import CHOICES, OutcomeForm, ReasonForm, ReminderForm
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
from orders.rules.notes import MEMO_BYTES
from orders.rules.notes import NoteForm as NoteKind
from orders.selectors.order_page import OrderDetail, read_order
from shopdesk.base import clock
from shopdesk.base.composed import ask_ahead
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm, Unsent
from shopdesk.base.permissions import Permission
from shopdesk.base.web import HereView, StaffPageView, staff_of

FLAG_STANDS = timedelta(hours=24)


def order_context(
    request: HttpRequest,
    tid: str,
    *,
    now: datetime | None = None,
    bound: Mapping[str, DeskForm] | None = None,
    refusals: Mapping[str, DomainError] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Everything that the order page or its swapped part shows. Raises ``Http404`` for no such order.

    ``bound`` holds the forms that were sent and refused, so that nothing typed is lost.
    """
    asked = request.POST if request.method == "POST" else request.GET
    detail = read_order(
        tid,
        staff=staff_of(request),
        now=now or clock.now(),
        carrier=asked.get("carrier"),
        shelf_first="shelf_first" in asked,
    )
    if detail is None:
        raise Http404
    forms: dict[str, DeskForm | Unsent] = {**_fresh_forms(detail), **(bound or {})}
    return {
        "detail": detail,
        "order": detail.order,
        **CHOICES,
        # A template asks for the refusal of each form; to find none is common, and Django's way of missing is slow.
        "refusals": defaultdict(lambda: None, refusals or {}),
        "memo_limit": MEMO_BYTES,
        **{f"{name}_form": form for name, form in forms.items()},
        **extra,
    }


def _fresh_forms(detail: OrderDetail) -> dict[str, Unsent]:
    now = clock.now().astimezone(clock.SHANGHAI)
    flag = detail.flag
    return {
        "flag": Unsent(
            FlagForm,
            seller_flag=flag.seller_flag if flag else 1,
            label=flag.label if flag else "",
            addressee=flag.addressee if flag else "",
            until=(now + FLAG_STANDS).replace(minute=0, second=0, microsecond=0),
            form=NoteKind.FREE,
            seen_flag=flag.pk if flag else "",
        ),
        "note": Unsent(NoteForm, form=NoteKind.FREE),
        "close": Unsent(CloseForm, version=detail.order.version, agreed_at=now),
        "drop": Unsent(DropLinesForm),
        "special": Unsent(SpecialPriceForm),
        "waiver": Unsent(PostageWaiverForm),
        "split": Unsent(FreeSplitForm),
        "sku": Unsent(SkuForm),
        "address": Unsent(AddressForm, receiver_name=detail.order.receiver_name),
        "refund": Unsent(RefundForm),
        "reminder": Unsent(ReminderForm),
        "outcome": Unsent(OutcomeForm),
        "unpaid_reason": Unsent(ReasonForm, **_reason_given(detail)),
        "mark": Unsent(SnoozeForm),
    }


def _reason_given(detail: OrderDetail) -> dict[str, str]:
    given = detail.chasing.reason if detail.chasing else None
    return {"reason": given.reason, "words": given.words, "seen": given.reason} if given else {}


class OrderHere(HereView):
    """Who else has an order open (T5)."""

    permission = Permission.SEE_ORDERS
    subject_kind, subject = "order", "tid"


class OrderPage(StaffPageView):
    """Everything about one order."""

    permission = Permission.SEE_ORDERS
    template_name = "orders/order_detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The order; a constant number of statements, most of them in one exchange with the server."""
        tid, now = kwargs["tid"], clock.now()
        with ask_ahead("order", tid=tid, tids=[tid], staff=self.staff.pk, at=now):
            return render(request, self.template_name, order_context(request, tid, now=now))
