"""Refunds owed: to whom, how much, why, since when; and ticking off what was paid out."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.selectors.refunds import PAYMENT, REFUND, TASK, read_owed, read_paid_out
from orders.services import refunds
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO, yuan
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address

# Which service pays out a debt, by its kind; each answers how much it was (CNY).
PAY: Mapping[str, Callable[[int, Staff], Decimal]] = {
    PAYMENT: lambda pk, actor: refunds.pay_out_payment(pk, actor=actor).amount,
    TASK: lambda pk, actor: refunds.pay_out_task(pk, actor=actor).amount,
    REFUND: lambda pk, actor: refunds.pay_out_refund(pk, actor=actor).total,
}


class RefundsPage(StaffPageView):
    """What is owed, oldest first; or what was paid out, newest first."""

    permission = Permission.PLATFORM_TASKS
    template_name = "desk/refunds.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Three statements at most beside who asks, however much is owed."""
        if self.request.GET.get("tab") == "done":
            page, done = read_paid_out(self.request.GET.get("cursor", ""))
            return super().get_context_data(tab="done", page=page, done=done, **kwargs)
        owed, more = read_owed()
        total = sum((debt.amount for debt in owed), ZERO)
        return super().get_context_data(tab="owed", owed=owed, more=more, total=total, **kwargs)


class PayOut(StaffActionView):
    """Tick a debt off: the buyer has the money."""

    permission = Permission.PLATFORM_TASKS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Tick it, and go back to the list."""
        pay = PAY.get(kwargs["kind"])
        if pay is None:
            raise Http404
        amount = pay(kwargs["pk"], self.staff)
        messages.success(request, _("Paid out: %(amount)s.") % {"amount": yuan(amount)})
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("refunds")
