"""Upkeep of the kernel's own tables."""

from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import connection

from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Export, JobForecast, JobRun
from shopdesk.base.services.exports import remove_expired
from shopdesk.base.storage import orphans

MONTHS_AHEAD = 3
RUNS_KEPT_DAYS = 90


def keep_up(now: datetime, dry_run: bool) -> JobResult:
    """Prepare the audit log's partitions for the coming months; remove old reports of runs, and files (D3).

    Files of imports and exports that no row names, since a worker or web process was killed, go after a day.
    """
    result = JobResult()
    old = JobRun.objects.filter(started_at__lt=now - timedelta(days=RUNS_KEPT_DAYS))
    if dry_run:
        files = Export.objects.exclude(file="").filter(expires_at__lte=now)
        result.done = old.count() + files.count() + len(orphans(now))
        return result
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_ensure_months(%s::date, (%s::date + make_interval(months => %s))::date)",
            [now.date(), now.date(), MONTHS_AHEAD],
        )
    result.done, _ = old.delete()
    result.done += remove_expired(now)
    for path in orphans(now):
        default_storage.delete(path)
        result.done += 1
    JobForecast.objects.filter(made_at__lt=now - timedelta(days=RUNS_KEPT_DAYS)).delete()
    return result
