"""What is done with clocks: pausing and resuming those of a ticket, and the terms of all (A6)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from afterservice.forms.clocks import PauseForm, ResumeForm, TermsForm
from afterservice.rules.clocks import ClockKind
from afterservice.selectors.clocks import read_terms
from afterservice.services import clocks
from afterservice.views.actions import TicketAction
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView


class PauseClock(TicketAction):
    """Let a clock of a ticket stand still, for a reason."""

    permission = Permission.WORK_TICKETS
    part = "clocks"
    form_class = PauseForm

    def perform(self, number: int, form: PauseForm) -> str:
        """Pause it."""
        data = form.cleaned_data
        paused = clocks.pause(
            number, data["kind"], reason=data["reason"], version=data["version"], actor=self.staff
        )
        return _("“%(clock)s” stands still until somebody lets it run again.") % {
            "clock": paused.get_kind_display()
        }


class ResumeClock(TicketAction):
    """Let a paused clock run again."""

    permission = Permission.WORK_TICKETS
    part = "clocks"
    form_class = ResumeForm

    def perform(self, number: int, form: ResumeForm) -> str:
        """Resume it."""
        data = form.cleaned_data
        resumed = clocks.resume(number, data["kind"], version=data["version"], actor=self.staff)
        return _("“%(clock)s” runs again, until %(time)s.") % {
            "clock": resumed.get_kind_display(),
            "time": resumed.due_at.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M"),
        }


class ClockTermsPage(StaffPageView):
    """The terms of every kind of clock, with their versions."""

    permission = Permission.SEE_POLICIES
    template_name = "tickets/clock_terms.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One statement."""
        return super().get_context_data(rows=read_terms(clock.now()), **kwargs)


class ChangeClockTerms(StaffActionView):
    """Lay down other terms for a kind of clock, from now on."""

    permission = Permission.CHANGE_POLICIES

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save them, and show the page."""
        kind = _known(kwargs["kind"])
        form = TermsForm(request.POST)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        terms = form.terms()
        clocks.set_terms(
            kind,
            hours=terms.hours,
            warning_hours=terms.warning_hours,
            at_zero=terms.at_zero,
            seen=terms.seen,
            actor=self.staff,
        )
        messages.success(
            request,
            _("Saved: “%(clock)s” runs by these terms from now on. What runs already keeps its own.")
            % {"clock": ClockKind(kind).label},
        )
        return self.back(request)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The terms."""
        return reverse("tickets:clocks")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the page with what was typed and why it cannot be."""
        context = {
            "rows": read_terms(clock.now()),
            "refusal": refusal,
            "refused": kwargs["kind"],
            "typed": request.POST,
        }
        return render(request, "tickets/clock_terms.html", context, status=refusal.status)


def _known(kind: str) -> str:
    if kind not in ClockKind.values:
        raise Http404
    return kind
