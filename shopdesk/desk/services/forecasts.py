"""Keeping what is foreseen of a night, to be compared with what was done in the morning."""

from datetime import datetime

from django.db import transaction

from shopdesk.base.jobs import JobResult
from shopdesk.base.models import JobForecast
from shopdesk.desk.selectors.tonight import foresee, night_end


@transaction.atomic
def keep_forecast(now: datetime) -> int:
    """Keep what each job would do until the end of the night; answers how many jobs that are."""
    until = night_end(now)
    kept = JobForecast.objects.bulk_create(
        [
            JobForecast(
                job=one.job.name,
                made_at=now,
                until=until,
                at=one.last,
                done=one.result.done,
                subjects=one.result.subjects,
                skip_reasons=dict(one.result.skip_reasons),
                error="failed" if one.failed else "",
            )
            for one in foresee(now)
        ],
        ignore_conflicts=True,
    )
    return len(kept)


def foresee_night(now: datetime, dry_run: bool) -> JobResult:
    """The job that keeps the forecast of the coming night."""
    result = JobResult()
    if not dry_run:
        result.done = keep_forecast(now)
    return result
