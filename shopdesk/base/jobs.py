"""The desk's jobs: each app registers its own; the clock, the Jobs page and ``run_job`` run the same ones."""

import contextlib
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from celery.schedules import crontab
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils.functional import Promise

from shopdesk.base import audit, clock, metrics
from shopdesk.base.models import AuditEntry, JobRun, Staff

# Of a run's subjects this many are kept with its report; pages and ``--json`` show the first hundred.
SUBJECTS_KEPT = 1000
SUBJECTS_SHOWN = 100
logger = structlog.get_logger(__name__)


@dataclass
class JobResult:
    """What a run did, or with ``dry_run`` would do: counts, the subjects it touched, why it skipped others."""

    done: int = 0
    failed: int = 0
    subjects: list[str] = field(default_factory=list)
    skip_reasons: Counter[str] = field(default_factory=Counter)

    @property
    def skipped(self) -> int:
        """How many were skipped, for whatever reason."""
        return self.skip_reasons.total()

    def add(self, subjects: list[str]) -> None:
        """Count subjects as done and keep the first thousand of all."""
        self.done += len(subjects)
        self.subjects.extend(subjects[: max(0, SUBJECTS_KEPT - len(self.subjects))])

    def add_rows(self, subjects: "QuerySet[Any, str]") -> None:
        """Count what a query finds as done, and read only as many of its texts as are kept."""
        room = SUBJECTS_KEPT - len(self.subjects)
        found = list(subjects[: room + 1])
        self.done += len(found) if len(found) <= room else subjects.count()
        self.subjects.extend(found[:room])

    def skip(self, reason: str, count: int = 1) -> None:
        """Count subjects as skipped; the reason is kept in English and translated when it is shown."""
        if count:
            self.skip_reasons[reason] += count


Service = Callable[[datetime, bool], JobResult]


@dataclass(frozen=True)
class Job:
    """A job: its service takes ``now`` and ``dry_run``, is idempotent, and may run twice at once."""

    name: str
    title: str | Promise
    purpose: str | Promise
    service: Service
    minute: str = "*"
    hour: str = "*"
    day: str = "*"
    month: str = "*"
    # What can be exempt from it: the kind of its subjects in the audit log, and whether it has still to do with one.
    # A job without a kind keeps the desk itself in order, and nothing is exempt.
    exempts: str = ""
    acts_on: Callable[[str], bool] = lambda subject: False
    # Whether the page of the coming night tells what it would do. Not where that takes reading everything there is.
    foreseen: bool = True

    def logged_as(self, subject: str) -> tuple[str, str]:
        """The kind and number under which the audit log keeps a subject of its reports."""
        return self.exempts, subject.removeprefix("T") if self.exempts == "ticket" else subject

    @property
    def schedule(self) -> crontab:
        """When beat starts it, Shanghai time."""
        return crontab(minute=self.minute, hour=self.hour, day_of_month=self.day, month_of_year=self.month)


_jobs: dict[str, Job] = {}


def register(job: Job) -> None:
    """Make a job known. Called once, from the app's ``ready``."""
    _jobs[job.name] = job


def registered() -> list[Job]:
    """All jobs by name."""
    return [_jobs[name] for name in sorted(_jobs)]


def get(name: str) -> Job:
    """The job of that name; raises ``KeyError`` for an unknown one."""
    return _jobs[name]


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The registered jobs in the form that Celery's beat takes."""
    return {
        job.name: {
            "task": "shopdesk.base.tasks.run_job",
            "schedule": job.schedule,
            "args": [job.name],
            # A run that waited longer than this is worthless: the next one does its work.
            "options": {"expires": 120},
        }
        for job in registered()
    }


def run(
    name: str,
    *,
    now: datetime | None = None,
    dry_run: bool = False,
    trigger: str = JobRun.Trigger.SHELL,
    staff: Staff | None = None,
) -> JobRun:
    """Run a job and report it as a ``JobRun``; an error of the job is kept there and raised again."""
    moment = now or clock.now()
    report = JobRun.objects.create(
        name=name, trigger=trigger, started_by=staff, moment=moment, dry_run=dry_run, started_at=clock.now()
    )
    try:
        with audit.origin(AuditEntry.Origin.JOB):
            result = get(name).service(moment, dry_run)
    except Exception:
        report.error = traceback.format_exc(limit=20)
        logger.exception("job failed", job=name)
        # Where the database itself is what failed, the report cannot be written; the log has it.
        with contextlib.suppress(DatabaseError):
            _finish(report)
        raise
    report.done, report.skipped, report.failed = result.done, result.skipped, result.failed
    report.subjects, report.skip_reasons = result.subjects, dict(result.skip_reasons)
    _finish(report)
    return report


def _finish(report: JobRun) -> None:
    report.ended_at = max(clock.now(), report.started_at)
    if not report.dry_run:
        seconds = (report.ended_at - report.started_at).total_seconds()
        metrics.count_run(report.name, "error" if report.error else "done", seconds)
    report.save(update_fields=["ended_at", "done", "skipped", "failed", "subjects", "skip_reasons", "error"])
