"""Upkeep of the kernel's own tables."""

from datetime import datetime, timedelta

from django.db import connection

from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Export, JobForecast, JobRun
from shopdesk.base.services.exports import remove_expired

MONTHS_AHEAD = 3
RUNS_KEPT_DAYS = 90


def keep_up(now: datetime, dry_run: bool) -> JobResult:
    """Prepare the audit log's partitions for the coming months; remove old reports of runs, and files (D3)."""
    result = JobResult()
    old = JobRun.objects.filter(started_at__lt=now - timedelta(days=RUNS_KEPT_DAYS))
    if dry_run:
        files = Export.objects.exclude(file="").filter(expires_at__lte=now)
        result.done = old.count() + files.count()
        return result
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_ensure_months(%s::date, (%s::date + make_interval(months => %s))::date)",
            [now.date(), now.date(), MONTHS_AHEAD],
        )
    result.done, _ = old.delete()
    result.done += remove_expired(now)
    JobForecast.objects.filter(made_at__lt=now - timedelta(days=RUNS_KEPT_DAYS)).delete()
    return result
