"""Paying back: looked at first, then done with the sum that was shown (A9)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from afterservice.forms.money import PayBackForm
from afterservice.models import Ticket
from afterservice.selectors.money_box import preview_of
from afterservice.services import paying_back, settling
from afterservice.services.settling import FailedChoice
from afterservice.states import Goods
from afterservice.views.actions import TicketAction
from shopdesk.base.errors import DomainError, VersionConflict
from shopdesk.base.models import Approval
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission


class PayBack(TicketAction):
    """Pay back what the preview showed; goods that failed are decided with it by a supervisor (A9, A10)."""

    permission = Permission.WORK_TICKETS
    part = "payback"
    form_class = PayBackForm

    def perform(self, number: int, form: PayBackForm) -> str:
        """Pay it back, or ask a supervisor."""
        data = form.cleaned_data
        how: dict[str, Any] = {
            "reason": data["reason"],
            "seen": data["seen"],
            "version": data["version"],
            "actor": self.staff,
        }
        failed = Ticket.objects.filter(pk=number, goods=Goods.FAILED).exists()
        done: Ticket | Approval
        if failed:
            done = settling.decide_failed(number, FailedChoice.REFUND, ask=form.ask(), **how)
        else:
            done = paying_back.pay_back(number, form.ask(), **how)
        if isinstance(done, Approval):
            return _("A supervisor is asked. Nothing is paid back until they approve.")
        return _("%(amount)s are to be paid back: it stands in the lists of what is to be done.") % {
            "amount": yuan(data["seen"])
        }


class PreviewPayBack(TicketAction):
    """What paying back comes to; nothing is written."""

    permission = Permission.WORK_TICKETS
    part = "payback"
    form_class = PayBackForm

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Check everything, and show it: part of the page with htmx, a page of its own without."""
        number = kwargs["number"]
        self._form = form = PayBackForm(request.POST)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        ticket = Ticket.objects.select_related("order", "agreed_by").filter(pk=number).first()
        if ticket is None:
            raise DomainError("A1", _("There is no ticket T%(number)s.") % {"number": number})
        if ticket.version != form.cleaned_data["version"]:
            raise VersionConflict(
                "T5",
                _(
                    "Somebody changed this ticket since you opened it. Look at it as it is now, then try again."
                ),
                subject=("ticket", str(number)),
                stands={"version": ticket.version},
            )
        shown = preview_of(ticket, paying_back.preview(ticket, form.ask()), staff=self.staff)
        context = {"ticket": ticket, "form": form, "preview": shown}
        if getattr(request, "htmx", False):
            return render(request, "tickets/_payback_preview.html", context)
        return render(request, "tickets/payback_preview.html", context)
