"""Tonight: what the jobs would do until the morning, what is exempt, and the morning's report."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shopdesk.base import clock, jobs
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import LOCAL_TIMES, DeskForm, LocalTimeInput
from shopdesk.base.permissions import Permission
from shopdesk.base.services.exempting import end_exemption, exempt
from shopdesk.base.web import StaffActionView, StaffPageView, staff_of
from shopdesk.desk.selectors.night_report import read_report
from shopdesk.desk.selectors.tonight import LISTED, exemptions_now, foresee, night_end, subjects_named
from shopdesk.desk.services.forecasts import keep_forecast


class ExemptForm(DeskForm):
    """Leaving a subject alone: from which job, until when, why. What is missing is the service's to refuse."""

    job = forms.CharField(label=gettext_lazy("Job"), max_length=48)
    subject = forms.CharField(label=gettext_lazy("Order, ticket or parcel"), max_length=64)
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False)
    until = forms.DateTimeField(label=gettext_lazy("Until"), input_formats=LOCAL_TIMES, widget=LocalTimeInput)


def tonight_context(request: HttpRequest, **shown: Any) -> dict[str, Any]:
    """Everything that the page shows: each job's dry run, and what is exempt."""
    now = clock.now()
    until, foreseen, exemptions = night_end(now), foresee(now), exemptions_now(now)
    listed = [name for one in foreseen for name in one.result.subjects[:LISTED]]
    named = subjects_named([*listed, *(one.subject for one in exemptions)])
    known = {job.name: job for job in jobs.registered()}
    asked = request.GET
    return {
        "until": until,
        "rows": [
            {
                "one": one,
                "subjects": [named[name] for name in one.result.subjects[:LISTED]],
                "more": one.result.done - min(len(one.result.subjects), LISTED),
                "skipped": [(_(reason), count) for reason, count in one.result.skip_reasons.items()],
            }
            for one in foreseen
        ],
        "exemptions": [
            (one, named[one.subject], known[one.job].title if one.job in known else one.job)
            for one in exemptions
        ],
        "exempting": [job for job in known.values() if job.exempts],
        "form": ExemptForm(
            initial={"job": asked.get("job", ""), "subject": asked.get("subject", ""), "until": until}
        ),
        **shown,
    }


class TonightPage(StaffPageView):
    """What each job would do until nine in the morning."""

    permission = Permission.SEE_JOBS
    template_name = "desk/tonight.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One dry run of each job."""
        return super().get_context_data(**tonight_context(self.request), **kwargs)


class NightReportPage(StaffPageView):
    """Foreseen against done."""

    permission = Permission.SEE_JOBS
    template_name = "desk/night_report.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The latest night."""
        return super().get_context_data(report=read_report(clock.now(), self.staff), **kwargs)


class _TonightAction(StaffActionView):
    """An action of the page, which comes back to it."""

    permission = Permission.RUN_JOBS

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page."""
        return reverse("tonight")


class KeepForecast(_TonightAction):
    """Keep what is foreseen now, for the morning's report."""

    permission = Permission.RUN_JOBS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Keep it."""
        count = keep_forecast(clock.now())
        told = ngettext(
            "The forecast of %(count)s job is kept.", "The forecast of %(count)s jobs is kept.", count
        )
        messages.success(request, told % {"count": count})
        return reverse("night-report")


class Exempt(_TonightAction):
    """Exempt a subject from a job."""

    permission = Permission.RUN_JOBS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Exempt it."""
        self._form = form = ExemptForm(request.POST)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        data = form.cleaned_data
        made = exempt(
            data["job"], data["subject"], reason=data["reason"], until=data["until"], actor=self.staff
        )
        messages.success(request, _("%(subject)s is exempt.") % {"subject": made.subject})
        return self.back(request)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page again, with everything that was typed."""
        context = tonight_context(request, form=self._form, refusal=refusal)
        return render(
            request, "desk/tonight.html", context | {"staff": staff_of(request)}, status=refusal.status
        )


class EndExemption(_TonightAction):
    """Let the job do its work again."""

    permission = Permission.RUN_JOBS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """End it."""
        ended = end_exemption(kwargs["pk"], actor=self.staff)
        messages.success(request, _("%(subject)s is not exempt any more.") % {"subject": ended.subject})
        return self.back(request)
