"""Taking uploaded exports in: checked, kept, and handed to the worker (D1)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import PurePath

import structlog
from django.core.files.base import File
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from orders.models import ImportFile, ImportRun
from shopdesk.base import clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.queueing import LOST_AFTER, WorkerUnreachable, hand_over
from shopdesk.base.storage import surely_absent

MAX_FILES = 20
MAX_FILE_BYTES = 256 << 20  # about half a million orders as CSV
MAX_RUN_BYTES = 512 << 20
MAX_NAME = 255
KEPT_SUFFIXES = (".csv", ".xlsx")
logger = structlog.get_logger(__name__)


def take_in(
    files: Sequence[File], *, actor: Staff, start: Callable[[int], object], now: datetime | None = None
) -> ImportRun:
    """Keep the files as one run that waits for the worker; ``start`` hands its number over after the commit.

    Raises ``Forbidden`` (D1) by role, ``DomainError`` (D1) for no file, too many or too large ones, and
    ``WorkerUnreachable`` (D1) where nobody could be told to import them. Then nothing is kept.
    """
    if not actor.may(Permission.IMPORT):
        raise Forbidden("D1", _("Your role does not import orders."))
    _check(files)
    kept: list[ImportFile] = []
    run = ImportRun(created_by=actor, created_at=now or clock.now())
    try:
        with transaction.atomic():
            run.save()
            for number, file in enumerate(files, start=1):
                kept.append(_keep(run, number, file))
            transaction.on_commit(partial(_hand_over, run, start))
    except Exception:
        if surely_absent(ImportRun.objects.filter(pk=run.pk)):
            _discard(kept)
        raise
    return run


def lost(since: datetime) -> list[int]:
    """The uploaded runs that nobody took, or whose worker went on with none of its rows, since a moment."""
    waiting = ImportRun.objects.filter(status__in=(ImportRun.Status.QUEUED, ImportRun.Status.RUNNING))
    standing = waiting.annotate(moved=Coalesce("moved_at", "created_at")).filter(moved__lte=since)
    uploaded = ImportFile.objects.filter(run=OuterRef("pk")).exclude(content="")
    return list(standing.filter(Exists(uploaded)).order_by("pk").values_list("pk", flat=True))


def is_under_way(run: ImportRun, now: datetime) -> bool:
    """Whether some worker seems to import a run just now."""
    return (
        run.status == ImportRun.Status.RUNNING
        and run.moved_at is not None
        and run.moved_at > now - LOST_AFTER
    )


def begin_again(run_id: int, start: Callable[[int], object], *, now: datetime) -> None:
    """Let a run be imported from its beginning: what it read before is in, and stays as it is.

    Raises ``WorkerUnreachable`` where nobody could be told.
    """
    hand_over(start, run_id)
    # Queued, not running: whoever takes it is to know that nobody imports it.
    lost = ImportRun.objects.filter(pk=run_id).exclude(status=ImportRun.Status.DONE)
    lost.update(status=ImportRun.Status.QUEUED, moved_at=now)


def discard_contents(run: ImportRun) -> None:
    """Remove the uploaded files of a finished run: its report and its rejected rows stay, the buyers' data goes."""
    _discard(run.files.exclude(content=""))
    run.files.update(content="")


def _check(files: Sequence[File]) -> None:
    if not files:
        raise DomainError("D1", _("Choose at least one file."), field="files")
    if len(files) > MAX_FILES:
        raise DomainError(
            "D1",
            _("These are %(count)s files; at most %(most)s are imported at once. Import them in turns.")
            % {"count": len(files), "most": MAX_FILES},
            field="files",
        )
    for file in files:
        if file.size > MAX_FILE_BYTES:
            raise DomainError(
                "D1",
                _("%(name)s has %(size)s MB; a file may have %(most)s MB. Export fewer days at a time.")
                % {"name": file.name, "size": file.size >> 20, "most": MAX_FILE_BYTES >> 20},
                field="files",
            )
    total = sum(file.size for file in files)
    if total > MAX_RUN_BYTES:
        raise DomainError(
            "D1",
            _("The files have %(size)s MB together; %(most)s MB are imported at once. Import them in turns.")
            % {"size": total >> 20, "most": MAX_RUN_BYTES >> 20},
            field="files",
        )


def _keep(run: ImportRun, number: int, file: File) -> ImportFile:
    # The name that it came by is shown, but never becomes a path.
    shown = PurePath(file.name or "").name.replace("\x00", "")[-MAX_NAME:] or str(number)
    suffix = PurePath(shown).suffix.lower()
    record = ImportFile(run=run, name=shown, size=file.size)
    record.content.save(f"{run.pk}-{number}{suffix if suffix in KEPT_SUFFIXES else ''}", file, save=False)
    record.save()
    return record


def _hand_over(run: ImportRun, start: Callable[[int], object]) -> None:
    try:
        start(run.pk)
    except OperationalError as error:
        logger.warning("import not started: broker unreachable", run=run.pk)
        _discard(run.files.all())
        run.delete()
        raise WorkerUnreachable(
            "D1",
            _(
                "The import could not be started: the queue of the desk does not answer. Nothing was imported "
                "or kept. Try again in a minute; if it stays so, tell whoever runs the desk."
            ),
        ) from error


def _discard(files: Iterable[ImportFile]) -> None:
    for file in files:
        if file.content:
            file.content.delete(save=False)
