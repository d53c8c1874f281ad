"""Celery tasks of the orders app."""

from contextlib import ExitStack, suppress
from typing import BinaryIO, cast

from celery import shared_task

from orders.imports.errors import ExportFileError
from orders.models import ImportRun
from orders.services.bulk import running
from orders.services.imports.run import Source, run_import
from orders.services.imports.uploads import discard_contents


@shared_task
def import_uploaded(run_id: int) -> None:
    """Import the files that were uploaded for a run; a refused file is told by its record."""
    run = ImportRun.objects.get(pk=run_id)
    if run.status == ImportRun.Status.DONE or not run.files.exclude(content="").exists():
        return  # a second delivery; one that was broken off still has its files, and starts over
    with ExitStack() as stack:
        sources = [
            Source(file, cast(BinaryIO, stack.enter_context(file.content.open("rb"))))
            for file in run.files.order_by("pk")
        ]
        with suppress(ExportFileError):
            run_import(run, sources)
    discard_contents(run)


@shared_task
def run_bulk(run_id: int) -> None:
    """Do what was asked for many orders at once; one that was broken off goes on where it stopped."""
    running.work(run_id)
