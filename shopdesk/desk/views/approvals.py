"""The approvals inbox: what is asked, what was decided, and deciding (P1–P3)."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_htmx.http import reswap, retarget

from shopdesk.base import clock
from shopdesk.base.listing import capped_count, capped_counts
from shopdesk.base.models import Approval
from shopdesk.base.permissions import Permission
from shopdesk.base.services import approvals
from shopdesk.base.web import StaffActionView, StaffPageView, next_address
from shopdesk.desk.selectors.approvals import cards, read_approvals, tabs_of, visible_to, waiting_for

TOLD: dict[str, str | Promise] = {
    Approval.Status.APPROVED: _("Approved and done."),
    Approval.Status.REFUSED: _("Refused."),
    Approval.Status.WITHDRAWN: _("Taken back."),
    Approval.Status.LAPSED: _(
        "Nothing was decided: what it is about changed since this was asked, so the request lapsed. "
        "Where it is still needed, a new one stands in the list."
    ),
}


class ApprovalsPage(StaffPageView):
    """Requests that wait, that were decided, and one's own."""

    permission = Permission.ASK_APPROVAL
    template_name = "desk/approvals.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of cards, and how many wait."""
        tabs = tabs_of(self.staff)
        tab = next((tab for tab in tabs if tab.code == self.request.GET.get("tab")), tabs[0])
        now = clock.now()
        cursor = self.request.GET.get("cursor", "")
        page, shown = read_approvals(tab, staff=self.staff, now=now, cursor=cursor)
        seen = visible_to(self.staff)
        waiting = seen.filter(status=Approval.Status.PENDING)
        counts = {
            "pending": waiting,
            "to_me": waiting_for(self.staff, now),
            "mine": waiting.filter(requested_by=self.staff),
        }
        return super().get_context_data(
            tab=tab,
            tabs=tabs,
            counts=capped_counts(counts),
            page=page,
            cards=shown,
            **kwargs,
        )


class Decision(StaffActionView):
    """What the three answers to a request have in common: the card shows what became of it."""

    permission = Permission.DECIDE_APPROVAL

    def decide(self, approval_id: int) -> Approval:
        """Call the service."""
        raise NotImplementedError

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Decide, and say what came of it: with htmx in place of the card."""
        approval = self.decide(kwargs["pk"])
        if getattr(request, "htmx", False):
            [card] = cards([approval], staff=self.staff, now=clock.now())
            waiting = visible_to(self.staff).filter(status=Approval.Status.PENDING)
            context = {"card": card, "told": TOLD[approval.status], "waiting": capped_count(waiting)}
            response = render(request, "desk/_approval.html", context)
            return reswap(retarget(response, f"#approval-{approval.pk}"), "outerHTML")
        lapsed = approval.status == Approval.Status.LAPSED
        messages.add_message(
            request, messages.WARNING if lapsed else messages.SUCCESS, str(TOLD[approval.status])
        )
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The inbox."""
        return reverse("approvals")


class ApproveView(Decision):
    """Approve: the change is made, after every check again (P2)."""

    def decide(self, approval_id: int) -> Approval:
        """Call the service."""
        return approvals.approve(approval_id, actor=self.staff)


class RefuseView(Decision):
    """Refuse, with a reason (P2)."""

    def decide(self, approval_id: int) -> Approval:
        """Call the service."""
        return approvals.refuse(approval_id, reason=self.request.POST.get("reason", ""), actor=self.staff)


class WithdrawView(Decision):
    """Take one's own request back (P3)."""

    permission: ClassVar[Permission] = Permission.ASK_APPROVAL

    def decide(self, approval_id: int) -> Approval:
        """Call the service."""
        return approvals.withdraw(approval_id, actor=self.staff)
