"""The morning's report: what was foreseen of the night against what the jobs did, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from shopdesk.base import clashes, jobs
from shopdesk.base.jobs import SUBJECTS_KEPT, Job
from shopdesk.base.models import AuditEntry, JobExemption, JobForecast, JobRun, Staff
from shopdesk.desk.selectors.tonight import LISTED, Subject, subjects_named


@dataclass(frozen=True)
class Differs:
    """A subject that was done and not foreseen, or foreseen and not done: and why."""

    subject: Subject
    why: str


@dataclass(frozen=True)
class Compared:
    """One job's night. Lists are capped, the counts are true; ``by_name`` is false where a run touched more than
    its report names, so that only the counts can be compared.
    """

    title: str | Promise
    foreseen: int
    done: int
    as_foreseen: int
    later: Sequence[Differs]
    later_count: int
    not_done: Sequence[Differs]
    not_done_count: int
    by_name: bool
    failed: int

    @property
    def differs(self) -> bool:
        """Whether anything came otherwise than foreseen."""
        return bool(self.later_count or self.not_done_count or self.failed or self.foreseen != self.done)


@dataclass(frozen=True)
class NightReport:
    """One night: when it was foreseen, when it ended, and each job's part."""

    made_at: datetime
    until: datetime
    over: bool
    rows: Sequence[Compared]


@dataclass(frozen=True)
class _Night:
    forecast: JobForecast
    job: Job | None
    foreseen: frozenset[str]
    done: frozenset[str]
    count: int
    failed: int
    ran: bool
    by_name: bool


def read_report(now: datetime, staff: Staff) -> NightReport | None:
    """The latest night that a forecast was kept of: its last one. The number of statements is constant."""
    newest = JobForecast.objects.order_by("-until", "-made_at").first()
    if newest is None:
        return None
    forecasts = list(JobForecast.objects.filter(until=newest.until, made_at=newest.made_at).order_by("job"))
    nights = _nights(forecasts, newest)
    listed = {name for night in nights for name in (*_later(night)[:LISTED], *_not_done(night)[:LISTED])}
    named, happened = subjects_named(listed), _happened(nights, listed, newest, staff)
    spared = {
        (one.job, one.subject): one.reason
        for one in JobExemption.objects.filter(
            subject__in=listed, made_at__lt=newest.until, until__gt=newest.made_at
        )
    }
    return NightReport(
        newest.made_at,
        newest.until,
        now >= newest.until,
        [_compared(night, named, happened, spared) for night in nights],
    )


def _nights(forecasts: Sequence[JobForecast], newest: JobForecast) -> list[_Night]:
    known = {job.name: job for job in jobs.registered()}
    runs = JobRun.objects.filter(
        name__in=[one.job for one in forecasts],
        dry_run=False,
        started_at__gt=newest.made_at,
        moment__gt=newest.made_at,
        moment__lt=newest.until,
    ).only("name", "done", "failed", "subjects", "error")
    of_job: dict[str, list[JobRun]] = {one.job: [] for one in forecasts}
    for run in runs:
        of_job[run.name].append(run)
    return [_night(one, known.get(one.job), of_job[one.job]) for one in forecasts]


def _night(forecast: JobForecast, job: Job | None, runs: Sequence[JobRun]) -> _Night:
    done = frozenset(subject for run in runs for subject in run.subjects)
    whole = forecast.done <= SUBJECTS_KEPT and all(run.done <= len(run.subjects) for run in runs)
    return _Night(
        forecast,
        job,
        frozenset(forecast.subjects),
        done,
        len(done) if whole else sum(run.done for run in runs),
        sum(run.failed + bool(run.error) for run in runs),
        bool(runs),
        whole,
    )


def _later(night: _Night) -> list[str]:
    return sorted(night.done - night.foreseen) if night.by_name else []


def _not_done(night: _Night) -> list[str]:
    return sorted(night.foreseen - night.done) if night.by_name else []


def _happened(
    nights: Iterable[_Night], listed: Iterable[str], newest: JobForecast, staff: Staff
) -> Mapping[tuple[str, str], str]:
    """What happened last to each subject between the forecast and the end, by (kind, number), in words."""
    wanted = set(listed)
    keys = {
        night.job.logged_as(name)
        for night in nights
        if night.job is not None and night.job.exempts
        for name in wanted & (night.foreseen ^ night.done)
    }
    found: dict[str, list[AuditEntry]] = {}
    entries = AuditEntry.objects.filter(
        subject_kind__in={kind for kind, _number in keys},
        subject_id__in={number for _kind, number in keys},
        at__gt=newest.made_at,
        at__lt=newest.until,
    ).exclude(origin=AuditEntry.Origin.JOB)
    for entry in entries.order_by("subject_kind", "subject_id", "-at", "-pk").distinct(
        "subject_kind", "subject_id"
    ):
        found.setdefault(entry.subject_kind, []).append(entry)
    return {
        (kind, entry.subject_id): text
        for kind, of_kind in found.items()
        for entry, text in zip(of_kind, clashes.in_words(kind, of_kind, staff), strict=True)
    }


def _compared(
    night: _Night,
    named: Mapping[str, Subject],
    happened: Mapping[tuple[str, str], str],
    spared: Mapping[tuple[str, str], str],
) -> Compared:
    later, not_done = _later(night), _not_done(night)
    name = night.forecast.job

    def what(subject: str) -> str:
        key = night.job.logged_as(subject) if night.job and night.job.exempts else ("", "")
        return happened.get(key, "")

    def why_not(subject: str) -> str:
        if reason := spared.get((name, subject)):
            return _("exempt: %(reason)s") % {"reason": reason}
        if not night.ran:
            return _("the job did not run")
        return what(subject) or (_("the job failed") if night.failed else _("it was not due any more"))

    return Compared(
        title=night.job.title if night.job else name,
        foreseen=night.forecast.done,
        done=night.count,
        as_foreseen=len(night.foreseen & night.done),
        later=[Differs(named[one], what(one) or _("it came later")) for one in later[:LISTED]],
        later_count=len(later),
        not_done=[Differs(named[one], why_not(one)) for one in not_done[:LISTED]],
        not_done_count=len(not_done),
        by_name=night.by_name,
        failed=night.failed,
    )
