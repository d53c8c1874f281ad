"""Reading the jobs: what runs when, and what the runs did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from shopdesk.base import jobs
from shopdesk.base.jobs import Job
from shopdesk.base.listing import Keyset, Page, read_page
from shopdesk.base.models import JobRun
from shopdesk.desk.schedules import in_words, last_start, next_start

RUNS_KEYSET = Keyset("started_at", "id", numeric=True)
RUNS_SHOWN = 30
# A clock that is this late has stopped.
TOLERANCE = timedelta(minutes=3)
# A run that has not ended after this long was killed; the next one did its work.
LONG = timedelta(minutes=65)
RECENT = timedelta(hours=24)
ONLY: dict[str, str | Promise] = {
    "": _("All"),
    "work": _("With work done"),
    "failed": _("Failed"),
    "failed-today": _("Failed in 24 hours"),
}


@dataclass(frozen=True)
class JobRow:
    """One job: when it runs, and its last run that was no dry run."""

    job: Job
    schedule: str
    next_at: datetime
    last: JobRun | None
    clock_stopped: bool


_LAST_RUNS = """
SELECT last.* FROM unnest(%s::text[]) AS wanted CROSS JOIN LATERAL (
    SELECT * FROM base_jobrun
    WHERE name = wanted AND NOT dry_run ORDER BY started_at DESC LIMIT 1
) last
"""


def read_jobs(now: datetime) -> list[JobRow]:
    """All jobs with their last runs: one statement, and one for who started them."""
    known = jobs.registered()
    runs = list(JobRun.objects.raw(_LAST_RUNS, [[job.name for job in known]]))
    prefetch_related_objects(runs, "started_by")
    last = {run.name: run for run in runs}
    return [
        JobRow(
            job,
            in_words(job),
            next_start(job, now),
            last.get(job.name),
            clock_stopped=_clock_stopped(job, last.get(job.name), now),
        )
        for job in known
    ]


def _clock_stopped(job: Job, last: JobRun | None, now: datetime) -> bool:
    """Whether the clock should have started the job by now and did not. A job that never ran says nothing."""
    return last is not None and last.started_at < last_start(job, now - TOLERANCE)


def failures() -> Q:
    """Runs that failed as a whole or in part."""
    return ~Q(error="") | Q(failed__gt=0)


def recent_failures(now: datetime) -> Q:
    """Runs of the last 24 hours that failed."""
    return failures() & Q(started_at__gte=now - RECENT)


def read_runs(
    *, now: datetime, job: str = "", only: str = "", cursor: str = "", size: int = RUNS_SHOWN
) -> Page[JobRun]:
    """One page of runs, newest first; ``only`` is one of ``ONLY``."""
    runs: QuerySet[JobRun] = JobRun.objects.select_related("started_by").defer("subjects", "skip_reasons")
    if job:
        runs = runs.filter(name=job)
    if only == "work":
        runs = runs.filter(Q(done__gt=0) | failures())
    elif only == "failed":
        runs = runs.filter(failures())
    elif only == "failed-today":
        runs = runs.filter(recent_failures(now))
    return read_page(runs, RUNS_KEYSET, cursor, size)


def orders_among(subjects: Sequence[str]) -> dict[str, Order]:
    """Those subjects of a run that are orders, by number."""
    return Order.objects.select_related("buyer").in_bulk(list(subjects)) if subjects else {}
