"""Taking lists out as files (D3): the short ones are sent at once, the long ones are written by the worker."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import IO, Any

import structlog
from django.core.cache import cache
from django.core.files import File
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock, exports
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.exports import Asked, ExportList
from shopdesk.base.models import Export, Staff
from shopdesk.base.outages import is_connection_lost
from shopdesk.base.queueing import LOST_AFTER, hand_over
from shopdesk.base.replica import reading_reports, report_connection
from shopdesk.base.spreadsheets import Cell, SheetFull, csv_lines, write_xlsx

# More rows than these are the worker's: a page does not wait for them.
AT_ONCE = 2000
# How many the worker writes for one person at a time.
MOST_RUNNING = 3
KEPT = timedelta(days=7)
RECORDS_KEPT = timedelta(days=90)
# One that tells of no further row for so long was broken off.
STANDS_STILL = timedelta(seconds=60)
# The worker starts a task anew for a while after it died; longer than this, nobody writes the file any more.
GIVEN_UP = timedelta(hours=12)
FAILED = _("An error on our side: the file was not written. Try it again, or narrow the list.")
TOO_LONG = _("A worksheet holds 1 048 575 rows. Narrow the list, or take it as CSV.")
BROKEN_OFF = _("The worker was stopped before the file was written. Try it again.")
Status = Export.Status
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Taken:
    """An export, and what is sent at once: header and rows, or nothing where the worker writes it."""

    export: Export
    header: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] | None = None


def exported(export: Export) -> Fact:
    """Somebody took a list out as a file, as filtered (D3)."""
    after = {
        "kind": str(export.kind),
        "filters": exports.facts_of(export.query),
        "rows": export.rows,
        "export": export.pk,
    }
    return Fact("list.exported", "list", export.code, {}, after)


def take(
    code: str,
    address: Mapping[str, str],
    *,
    kind: str,
    actor: Staff,
    hand_to: Callable[[int], object],
    now: datetime | None = None,
) -> Taken:
    """Take a list out, as filtered by the parameters of an address, as CSV or XLSX (D3).

    Up to ``AT_ONCE`` rows are read here and now, and audited; a longer list is handed to the worker by ``hand_to``,
    and audited once its file is there. Raises ``Forbidden`` (D3) by role, ``DomainError`` (D3) for no such list or
    kind of file, ``Conflict`` (D3) where the worker writes enough for this person already, ``WorkerUnreachable``
    where nobody could be told to write it.
    """
    now = now or clock.now()
    listed = _find(code)
    export = _asked_for(listed, address, kind, actor, now)
    asked = Asked(actor, now, export.query)
    with reading_reports(), _snapshot(report_connection()):
        header = [str(column.title) for column in listed.columns_for(asked)]
        rows = list(islice(listed.cells(asked), AT_ONCE + 1))
    if len(rows) <= AT_ONCE:
        export.status, export.rows, export.ended_at = Status.DONE, len(rows), now
        with transaction.atomic():
            export.save()
            audit.record(exported(export), at=now, actor=actor)
        return Taken(export, header, rows)
    _leave_to_worker(export, hand_to, now)
    return Taken(export)


def take_later(
    code: str,
    filters: Mapping[str, str],
    *,
    kind: str,
    actor: Staff,
    hand_to: Callable[[int], object],
    now: datetime | None = None,
) -> Export:
    """Take a list out for a program: the worker writes it, however short it is, and audits it then (D3).

    Unlike an address that people typed, ``filters`` may name nothing that the list does not know: nobody would miss
    what silently did not narrow the file. Raises as ``take`` does.
    """
    now = now or clock.now()
    listed = _find(code)
    export = _asked_for(listed, filters, kind, actor, now)
    for name in filters:
        if name not in listed.filter_names:
            raise DomainError("D3", _("This list knows no such filter."), field=f"filters.{name}")
    if listed.has_subject and not export.query.get(exports.SUBJECT, "").isdecimal():
        raise DomainError(
            "D3", _("Say by its number what the list is of."), field=f"filters.{exports.SUBJECT}"
        )
    _leave_to_worker(export, hand_to, now)
    return export


def _asked_for(
    listed: ExportList, address: Mapping[str, str], kind: str, actor: Staff, now: datetime
) -> Export:
    _check(listed, actor)
    if kind not in Export.Kind.values:
        raise DomainError("D3", _("Choose CSV or XLSX."), field="kind")
    return Export(
        code=listed.code,
        query=listed.filters(address),
        kind=kind,
        language=translation.get_language() or "en",
        created_by=actor,
        created_at=now,
    )


def _leave_to_worker(export: Export, hand_to: Callable[[int], object], now: datetime) -> None:
    with transaction.atomic():
        # The person's own row stands for all that they may have running.
        Staff.objects.select_for_update().get(pk=export.created_by_id)
        running = Export.objects.filter(created_by=export.created_by_id, status=Status.RUNNING)
        if running.count() >= MOST_RUNNING:
            raise Conflict("D3", _("Three files are being written for you. Wait until one of them is done."))
        export.save()
    _hand_over(export, hand_to, now)


def again(
    export_id: int, *, actor: Staff, hand_to: Callable[[int], object], now: datetime | None = None
) -> None:
    """Write one's own file that failed, or whose worker stands still, from its beginning.

    Raises ``Conflict`` (D3) for one that is done or goes on, ``WorkerUnreachable`` where nobody could be told.
    """
    now = now or clock.now()
    with transaction.atomic():
        export = Export.objects.select_for_update().filter(pk=export_id, created_by=actor).first()
        if export is None:
            raise DomainError("D3", _("This file is not there any more. Take the list out again."))
        _check(_find(export.code), actor)
        if export.status == Status.DONE or (
            export.status == Status.RUNNING and not stands_still(export, now)
        ):
            raise Conflict("D3", _("There is nothing to be tried again here."))
        export.status, export.error, export.ended_at, export.created_at = Status.RUNNING, "", None, now
        export.save(update_fields=["status", "error", "ended_at", "created_at"])
    _hand_over(export, hand_to, now)


def work(export_id: int, *, now: datetime | None = None) -> None:
    """Write the file of an export; safe to call again, and by two at once: the first to end gives its file.

    What goes wrong is told by the record. An error of ours is raised again after that.
    """
    export = Export.objects.select_related("created_by").get(pk=export_id)
    if export.status != Status.RUNNING:
        return  # a second delivery
    with translation.override(export.language), tempfile.TemporaryFile() as file:
        try:
            rows = _write(export, file, now or clock.now())
            _keep(export, file, rows, now or clock.now())
        except SheetFull:
            _fail(export, TOO_LONG, now)
        except DomainError as refusal:
            _fail(export, refusal.message, now)
        except Exception as error:
            if not is_connection_lost(error):  # then it is taken up again once it has stood still for a while
                _fail(export, FAILED, now)
            raise


def _write(export: Export, file: IO[bytes], now: datetime) -> int:
    """Write all rows into a file; answers how many."""
    listed = _find(export.code)
    _check(listed, export.created_by)
    asked = Asked(export.created_by, now, export.query)
    header = [str(column.title) for column in listed.columns_for(asked)]
    count = 0

    def counted() -> Iterator[list[Cell]]:
        nonlocal count
        for cells in listed.cells(asked):
            count += 1
            if count % exports.BATCH == 0:
                _tell(export.pk, count)
            yield cells

    _tell(export.pk, 0)
    with reading_reports(), _snapshot(report_connection()):
        if export.kind == Export.Kind.XLSX:
            write_xlsx(file, header, counted())
        else:
            for line in csv_lines(header, counted()):
                file.write(line.encode())
    return count


def _keep(export: Export, file: IO[bytes], rows: int, now: datetime) -> None:
    size = file.tell()
    file.seek(0)
    with transaction.atomic():
        export = Export.objects.select_for_update().select_related("created_by").get(pk=export.pk)
        if export.status != Status.RUNNING:
            return  # another worker was first
        export.status, export.rows, export.size = Status.DONE, rows, size
        export.ended_at, export.expires_at = now, now + KEPT
        export.file.save(f"{export.code}-{export.pk}.{export.kind}", File(file), save=False)
        export.save()
        audit.record(exported(export), at=now, actor=export.created_by)


def _fail(export: Export, reason: Any, now: datetime | None) -> None:
    logger.warning("an export failed", export=export.pk, list=export.code)
    with translation.override("en"):  # a reason is kept in English and translated when it is shown
        words = str(reason)
    running = Export.objects.filter(pk=export.pk, status=Status.RUNNING)
    running.update(status=Status.FAILED, error=words, ended_at=now or clock.now())


def file_of(export_id: int, *, actor: Staff) -> Export | None:
    """One's own export with its file, while it is kept and one's role still takes out that list; else ``None``."""
    export = Export.objects.filter(pk=export_id, created_by=actor).exclude(file="").first()
    if export is None or not any(
        listed.code == export.code and actor.may(listed.permission) for listed in exports.registered()
    ):
        return None
    return export


def rows_written(export: Export) -> int | None:
    """How many rows the worker has written by now; ``None`` where it has not told for a while."""
    told: int | None = cache.get(_progress(export.pk))
    return told


def stands_still(export: Export, now: datetime) -> bool:
    """Whether nobody seems to write the file any more."""
    return (
        export.status == Status.RUNNING
        and export.created_at <= now - STANDS_STILL
        and rows_written(export) is None
    )


def lost(since: datetime) -> list[int]:
    """The files that nobody seems to write since a moment."""
    running = Export.objects.filter(status=Status.RUNNING, created_at__lte=since).order_by("pk")
    return [export.pk for export in running if rows_written(export) is None]


def begin_again(export_id: int, hand_to: Callable[[int], object]) -> None:
    """Let a file be written from its beginning whose worker died, or whose place in the queue was lost.

    Raises ``WorkerUnreachable`` where nobody could be told.
    """
    hand_over(hand_to, export_id)
    _tell(export_id, 0, LOST_AFTER)


def remove_expired(now: datetime) -> int:
    """Remove files whose time is over and what was looked for in them; answers how many.

    What no worker writes any more has failed. Records are removed after ``RECORDS_KEPT``.
    """
    lost = Export.objects.filter(status=Status.RUNNING, created_at__lte=now - GIVEN_UP)
    for export in lost:
        _fail(export, BROKEN_OFF, now)
    removed = 0
    for export in Export.objects.exclude(file="").filter(expires_at__lte=now):
        # The row first: a file that is left over by an error is harmless, a link to nothing is not.
        storage, name = export.file.storage, str(export.file.name)
        Export.objects.filter(pk=export.pk).update(file="", query={})
        storage.delete(name)
        removed += 1
    old = Export.objects.filter(created_at__lte=now - KEPT, file="").exclude(query={})
    old.exclude(status=Status.RUNNING).update(query={})
    Export.objects.filter(created_at__lte=now - RECORDS_KEPT, file="").delete()
    return removed


def _find(code: str) -> ExportList:
    try:
        return exports.get(code)
    except KeyError as error:
        raise DomainError("D3", _("There is no such list.")) from error


def _check(listed: ExportList, actor: Staff) -> None:
    if not actor.may(listed.permission):
        raise Forbidden("D3", _("Your role does not export this list."))


def once_committed(hand_to: Callable[[int], object]) -> Callable[[int], object]:
    """``hand_to`` for a caller whose transaction is still open: the worker finds no row before its end.

    Where nobody can be told then, the export has failed, and its state says so.
    """

    def later(export_id: int) -> None:
        export = Export.objects.get(pk=export_id)

        def start() -> None:
            with suppress(DomainError):
                _hand_over(export, hand_to, clock.now())

        transaction.on_commit(start)

    return later


def lists_for(staff: Staff) -> list[ExportList]:
    """The lists that somebody's role takes out, by their codes."""
    return [listed for listed in exports.registered() if staff.may(listed.permission)]


def _hand_over(export: Export, hand_to: Callable[[int], object], now: datetime) -> None:
    try:
        hand_over(hand_to, export.pk)
    except DomainError as refusal:
        _fail(export, refusal.message, now)
        raise


@contextmanager
def _snapshot(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Read everything as it is at one moment: a row that moves in the list is neither missed nor read twice."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(using=connection.alias):
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _progress(export_id: int) -> str:
    return f"export:{export_id}:rows"


def _tell(export_id: int, rows: int, until: timedelta = STANDS_STILL) -> None:
    cache.set(_progress(export_id), rows, until.total_seconds())
