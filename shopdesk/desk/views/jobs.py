"""Jobs: what runs when, what the last runs did, run now, dry run."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from shopdesk.base import clock, jobs
from shopdesk.base.jobs import SUBJECTS_SHOWN, Job
from shopdesk.base.models import JobRun
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView
from shopdesk.desk.selectors.jobs import LONG, ONLY, orders_among, read_jobs, read_runs


class JobsPage(StaffPageView):
    """All jobs, and the last runs."""

    permission = Permission.SEE_JOBS
    template_name = "desk/jobs.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The jobs, and one page of runs as filtered."""
        known = {job.name: job for job in jobs.registered()}
        job, only = self.request.GET.get("job", ""), self.request.GET.get("only", "")
        job, only = job if job in known else "", only if only in ONLY else ""
        now = clock.now()
        page = read_runs(now=now, job=job, only=only, cursor=self.request.GET.get("cursor", ""))
        return super().get_context_data(
            jobs=read_jobs(now),
            page=page,
            runs=[(run, known[run.name].title if run.name in known else run.name) for run in page.rows],
            choices=ONLY.items(),
            job=job,
            only=only,
            killed_before=now - LONG,
            **kwargs,
        )


class JobRunPage(StaffPageView):
    """What one run did, or would have done."""

    permission = Permission.SEE_JOBS
    template_name = "desk/job_run.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The run, and the orders among its subjects."""
        run = get_object_or_404(JobRun.objects.select_related("started_by"), pk=self.kwargs["pk"])
        shown = run.subjects[:SUBJECTS_SHOWN]
        orders = orders_among(shown)
        return super().get_context_data(
            run=run,
            job=_job(run.name) if run.name in {job.name for job in jobs.registered()} else None,
            subjects=[(subject, orders.get(subject)) for subject in shown],
            subjects_kept=SUBJECTS_SHOWN,
            skipped=[(_(reason), count) for reason, count in run.skip_reasons.items()],
            killed_before=clock.now() - LONG,
            **kwargs,
        )


def _job(name: str) -> Job:
    try:
        return jobs.get(name)
    except KeyError as error:
        raise Http404 from error


class RunJobView(StaffActionView):
    """Run a job now."""

    permission = Permission.RUN_JOBS
    dry_run = False

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Run it in this request and go to its report. An error of the job is shown there."""
        job = _job(kwargs["name"])
        try:
            run = jobs.run(job.name, dry_run=self.dry_run, trigger=JobRun.Trigger.PAGE, staff=self.staff)
        except Exception:  # whatever the job raised is kept in the report and in the log
            messages.error(request, _("The job failed. What it had done before stays done."))
            runs = JobRun.objects.filter(name=job.name, started_by=self.staff)
            failed = runs.order_by("-started_at", "-pk").values_list("pk", flat=True).first()
            return reverse("job-run", args=[failed]) if failed else self.back(request)
        return reverse("job-run", args=[run.pk])

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The jobs."""
        return reverse("jobs")


class DryRunJobView(RunJobView):
    """Tell what a job would do now, changing nothing."""

    dry_run = True
