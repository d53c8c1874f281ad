"""Celery tasks of the kernel."""

from celery import shared_task

from shopdesk.base import jobs
from shopdesk.base.models import JobRun


@shared_task
def run_job(name: str) -> None:
    """Run a job by the clock."""
    jobs.run(name, trigger=JobRun.Trigger.CLOCK)
