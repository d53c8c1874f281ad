"""Celery tasks of the orders app."""

from contextlib import ExitStack, suppress
from typing import BinaryIO, cast

from celery import current_task, shared_task

from orders.imports.errors import ExportFileError
from orders.models import ImportRun
from orders.services.bulk import running
from orders.services.imports.run import Source, run_import
from orders.services.imports.uploads import discard_contents, is_under_way
from shopdesk.base import clock


@shared_task
def import_uploaded(run_id: int) -> None:
    """Import the files that were uploaded for a run; a refused file is told by its record."""
    run = ImportRun.objects.get(pk=run_id)
    if run.status == ImportRun.Status.DONE or not run.files.exclude(content="").exists():
        return  # a second delivery; one that was broken off still has its files, and starts over
    if is_under_way(run, clock.now()) and not _redelivered():
        return  # it was taken for lost while it waited long for its turn
    with ExitStack() as stack:
        sources = [
            Source(file, cast(BinaryIO, stack.enter_context(file.content.open("rb"))))
            for file in run.files.order_by("pk")
        ]
        with suppress(ExportFileError):
            run_import(run, sources, resumable=True)
    discard_contents(run)


@shared_task
def run_bulk(run_id: int) -> None:
    """Do what was asked for many orders at once; one that was broken off goes on where it stopped."""
    running.work(run_id)


def _redelivered() -> bool:
    """Whether the worker that had this task died and the queue delivers it once more; or whoever calls says when."""
    delivered = current_task.request.delivery_info if current_task else None
    return delivered is None or bool(delivered.get("redelivered"))
