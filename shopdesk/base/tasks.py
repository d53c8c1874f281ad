"""Celery tasks of the kernel."""

from celery import shared_task

from shopdesk.base import audit, jobs
from shopdesk.base.models import AuditEntry, JobRun
from shopdesk.base.services import exports


@shared_task
def run_job(name: str) -> None:
    """Run a job by the clock."""
    jobs.run(name, trigger=JobRun.Trigger.CLOCK)


@shared_task
def write_export(export_id: int, origin: str = AuditEntry.Origin.PAGE) -> None:
    """Write a list into its file; one that was broken off starts from its beginning.

    ``origin`` is the door through which it was asked for, as the audit keeps it.
    """
    with audit.origin(origin):
        exports.work(export_id)
