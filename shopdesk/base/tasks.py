"""Celery tasks of the kernel."""

from celery import shared_task

from shopdesk.base import jobs
from shopdesk.base.models import JobRun
from shopdesk.base.services import exports


@shared_task
def run_job(name: str) -> None:
    """Run a job by the clock."""
    jobs.run(name, trigger=JobRun.Trigger.CLOCK)


@shared_task
def write_export(export_id: int) -> None:
    """Write a list into its file; one that was broken off starts from its beginning."""
    exports.work(export_id)
