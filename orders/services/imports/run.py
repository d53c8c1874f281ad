"""One import from its files to its report (D1): every row is created, updated, unchanged, waiting or rejected."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, Generic, TypeVar

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, override

from orders.imports.errors import ExportFileError, Refused, RowRejected
from orders.imports.files import ExportFile, open_export
from orders.imports.headers import Header, ListKind
from orders.imports.refund_rows import RefundRow, read_refund_row
from orders.imports.rows import ItemRow, OrderRow, read_item_row, read_order_row
from orders.imports.sheets import SheetRow
from orders.imports.takers import Taken, taker_of
from orders.models import ImportFile, ImportRejection, ImportRun
from orders.rules.imports import Outcome
from orders.services.imports.catalogue import Catalogue
from orders.services.imports.items import import_items, import_waiting_items
from orders.services.imports.orders import import_orders
from orders.services.imports.refund_lists import import_refunds, take_up_refunds
from orders.services.imports.waiting import Item, content_key
from shopdesk.base import audit, clock
from shopdesk.base.ahead import give_way, read_ahead
from shopdesk.base.audit import Fact
from shopdesk.base.models import AuditEntry
from shopdesk.base.outages import is_connection_lost

BATCH = 5000
_ROWS_AT_A_TIME = 10  # that are read before the thread that writes may go on
logger = structlog.get_logger(__name__)
Typed = TypeVar("Typed")

COUNTS = (
    "created", "updated", "unchanged", "waiting", "waiting_orders", "rejected", "lines", "refunds_created",
    "refunds_updated", "refunds_unchanged", "refunds_waiting",
)  # fmt: skip
# Orders before items before refunds, whatever order the files came in: fewer rows wait.
_FIRST = (ListKind.ORDERS, ListKind.ITEMS, ListKind.REFUNDS)
REJECTIONS_KEPT = 1000  # of a dry run
NO_ROWS = gettext_noop("The file has a header and nothing below it: there is nothing to import.")
# Reasons that only what the desk knows already can give; the readers of cells bring their own.
REASONS: dict[str, str | Promise] = {
    "contradiction": _("Paid here, but the file says that it was never paid. Look at it on Taobao."),
    "other_end": _(
        "The order has ended differently here: neither end replaces the other. Look at it on Taobao."
    ),
    "late_payment": _(
        "The order was closed here and the file says that it was paid, but not when or how much: "
        "export it again with 订单付款时间 and 买家实际支付金额."
    ),
    "missing": _("This line is new and the file lacks this column: export it again with the column."),
    "line_total": _(
        "Price times quantity is more than 9 999 999 999.99, too large to be true: check both cells."
    ),
    "oid_taken": _(
        "This sub-order number stands on another order already: check the order number and the sub-order "
        "number on Taobao."
    ),
    "too_many_lines": _("An order holds 32 767 lines at most: check the order number."),
}


_READERS: dict[ListKind, Callable[[Header, SheetRow], Any]] = {
    ListKind.ORDERS: read_order_row,
    ListKind.ITEMS: read_item_row,
    ListKind.REFUNDS: read_refund_row,
}


@dataclass(frozen=True)
class Source:
    """A file to import: its record, and its content."""

    record: ImportFile
    content: BinaryIO


def recognise(sources: Sequence[Source]) -> list[tuple[Source, ExportFile]]:
    """Open all files before anything is imported; a file that is no export is told by its record.

    Raises ``ExportFileError`` for the first file that is no export (D2), with nothing imported.
    """
    opened = []
    first_error: ExportFileError | None = None
    for source in sources:
        try:
            export = open_export(source.content)
            _require_taker(export.header.kind)
        except ExportFileError as error:
            with override("en"):
                source.record.refusal = str(error.template)
            source.record.refusal_code, source.record.refusal_values = error.code, error.parameters
            source.record.save(update_fields=["refusal_code", "refusal", "refusal_values"])
            first_error = first_error or error
            continue
        source.record.kind = export.header.kind
        source.record.header = list(export.header.names)
        if export.is_empty:
            source.record.refusal_code, source.record.refusal = "no_rows", NO_ROWS
        source.record.save(update_fields=["kind", "header", "refusal_code", "refusal"])
        opened.append((source, export))
    if first_error is not None:
        raise first_error
    return sorted(opened, key=lambda pair: _FIRST.index(pair[1].header.kind))


def _require_taker(kind: ListKind) -> None:
    if kind == ListKind.REFUNDS and taker_of(kind) is None:
        raise ExportFileError(
            "refund_list", _("This is a refund list. Nobody takes refund lists on this desk.")
        )


def run_import(
    run: ImportRun,
    sources: Sequence[Source],
    *,
    now: datetime | None = None,
    dry_run: bool = False,
    resumable: bool = False,
) -> ImportRun:
    """Import all files of a run and keep the report in it.

    Raises ``ExportFileError`` when a file is no export; then nothing was imported. With ``dry_run``
    everything is done and undone, but for the report. A ``resumable`` run whose database went away stays running:
    it is taken up again once it has stood still for a while.
    """
    now = now or clock.now()
    _restart(run, now)
    try:
        with audit.origin(AuditEntry.Origin.IMPORT), _undone(dry_run):
            work = _Import(run, now)
            for source, export in recognise(sources):
                work.take_file(source.record, export)
            counts, rejections = work.counts, work.rejections
            audit.record(
                Fact("orders.imported", "import", str(run.pk), {}, dict(counts)), at=now, actor=run.created_by
            )
    except BaseException as error:
        if resumable and is_connection_lost(error):
            raise
        # An interrupted run, too, must not stand as running for ever.
        run.status, run.ended_at = ImportRun.Status.FAILED, clock.now()
        if not isinstance(error, ExportFileError):
            logger.exception("import failed", run=run.pk)
            run.error = (str(error) or type(error).__name__)[:2000]
        run.save(update_fields=["status", "ended_at", "error"])
        raise
    if dry_run:
        ImportRejection.objects.bulk_create(rejections)
    for name, count in counts.items():
        setattr(run, name, count)
    run.status, run.ended_at = ImportRun.Status.DONE, clock.now()
    run.save()
    return run


def _restart(run: ImportRun, now: datetime) -> None:
    """A run whose worker was killed starts over: what it wrote stays, and importing it again changes nothing."""
    ImportRejection.objects.filter(file__run=run).delete()
    run.files.update(rows_read=0, progress=0)
    for name in COUNTS:
        setattr(run, name, 0)
    run.status, run.started_at, run.ended_at, run.error = ImportRun.Status.RUNNING, clock.now(), None, ""
    run.moved_at = run.started_at
    run.save()


@contextmanager
def _undone(dry_run: bool) -> Iterator[None]:
    """With ``dry_run``, undo everything that the block did."""
    if not dry_run:
        yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class _Batch(Generic[Typed]):
    """Rows of a file as they stand there, those of them that could be read, and how far the file is read (%)."""

    sheet_rows: list[SheetRow]
    progress: int
    rows: list[Typed] = field(default_factory=list)
    rejected: list[ImportRejection] = field(default_factory=list)


class _Import:
    """The state of one import: its counts, and the products met so far."""

    def __init__(self, run: ImportRun, now: datetime) -> None:
        self.run = run
        self.now = now
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
        self.rejections: list[ImportRejection] = []
        self.catalogue = Catalogue()

    def take_file(self, record: ImportFile, export: ExportFile) -> None:
        """Import one recognised file, batch by batch; each batch is one transaction."""
        takers: dict[ListKind, Callable[..., None]] = {
            ListKind.ORDERS: self._take_orders,
            ListKind.ITEMS: self._take_items,
            ListKind.REFUNDS: self._take_refunds,
        }
        take = takers[export.header.kind]
        positions: Counter[str] = Counter()
        with closing(read_ahead(_batches(record, export))) as batches:
            for batch in batches:
                take(record, export.header, batch, positions)
                ImportFile.objects.filter(pk=record.pk).update(
                    rows_read=F("rows_read") + len(batch.sheet_rows), progress=batch.progress
                )
                self._save_counts()

    def _take_orders(
        self, record: ImportFile, header: Header, batch: _Batch[OrderRow], _positions: Counter[str]
    ) -> None:
        rows = batch.rows
        with transaction.atomic():  # a kill between the two would leave the lines waiting
            result = import_orders(rows, file_name=record.name, now=self.now)
            lines = import_waiting_items({row.tid for row in rows}, self.catalogue, now=self.now)
            self._count_refunds(take_up_refunds({row.tid for row in rows}, now=self.now))
        for outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED):
            self.counts[outcome] += result.outcomes[outcome]
        self.counts["waiting_orders"] += result.outcomes[Outcome.WAITING]
        self.counts["lines"] += lines
        self._reject(record, header, batch, result.refused)

    def _take_items(
        self, record: ImportFile, header: Header, batch: _Batch[ItemRow], positions: Counter[str]
    ) -> None:
        rows = []
        for row in batch.rows:
            positions[row.tid] += 1
            nth = 1
            if not row.oid:
                alike = content_key(row)
                positions[alike] += 1
                nth = positions[alike]
            rows.append(Item(row, positions[row.tid], nth))
        with transaction.atomic():
            result = import_items(rows, self.catalogue, file_name=record.name, now=self.now)
            self._count_refunds(take_up_refunds({item.row.tid for item in rows}, now=self.now))
        self.counts["lines"] += result.lines
        self.counts["waiting"] += result.waiting
        self._reject(record, header, batch, result.refused)

    def _take_refunds(
        self, record: ImportFile, header: Header, batch: _Batch[RefundRow], _positions: Counter[str]
    ) -> None:
        taken = import_refunds(batch.rows, file_name=record.name, now=self.now)
        self._count_refunds(taken)
        self._reject(record, header, batch, taken.refused)

    def _count_refunds(self, taken: Taken) -> None:
        self.counts["refunds_created"] += taken.created
        self.counts["refunds_updated"] += taken.updated
        self.counts["refunds_unchanged"] += taken.unchanged
        self.counts["refunds_waiting"] += len(taken.waiting)

    def _reject(
        self, record: ImportFile, header: Header, batch: _Batch[Any], refused: Sequence[Refused]
    ) -> None:
        rejected = batch.rejected
        by_number = {sheet_row.number: sheet_row for sheet_row in batch.sheet_rows}
        for refusal in refused:
            cells = [_storable(str(cell)) for cell in by_number[refusal.row].cells]
            positions = header.columns.get(refusal.field, ())
            position = positions[0] if positions else None
            with override("en"):
                rejected.append(
                    ImportRejection(
                        file=record,
                        row=refusal.row,
                        code=refusal.code,
                        column=header.names[position] if position is not None else "",
                        value=cells[position] if position is not None and position < len(cells) else "",
                        reason=str(refusal.reason or REASONS[refusal.code]),
                        cells=cells,
                    )
                )
        rejected.sort(key=lambda rejection: rejection.row)
        ImportRejection.objects.bulk_create(rejected, batch_size=1000)
        self.counts["rejected"] += len(rejected)
        # A dry run undoes what was written and writes its report afterwards; keep what is worth showing.
        self.rejections.extend(rejected[: max(0, REJECTIONS_KEPT - len(self.rejections))])

    def _save_counts(self) -> None:
        counts = {name: self.counts[name] for name in COUNTS}
        ImportRun.objects.filter(pk=self.run.pk).update(moved_at=clock.now(), **counts)


def _storable(text: str) -> str:
    """PostgreSQL holds no NUL; the report shows where one stood."""
    return text.replace("\x00", "␀")


def _batches(record: ImportFile, export: ExportFile) -> Iterator[_Batch[Any]]:
    """The rows of a file in batches, typed. It asks no database: a thread reads ahead."""
    read = _READERS[export.header.kind]
    rows = iter(export)
    while sheet_rows := list(islice(rows, BATCH)):
        batch: _Batch[Any] = _Batch(sheet_rows, round(export.fraction_read * 100))
        for index, sheet_row in enumerate(sheet_rows):
            if index % _ROWS_AT_A_TIME == 0:
                give_way()
            try:
                batch.rows.append(read(export.header, sheet_row))
            except RowRejected as problem:
                batch.rejected.append(_rejection(record, sheet_row, problem))
        yield batch


def _rejection(record: ImportFile, sheet_row: SheetRow, problem: RowRejected) -> ImportRejection:
    with override("en"):
        return ImportRejection(
            file=record,
            row=problem.row,
            code=problem.code,
            column=problem.column,
            value=_storable(problem.value),
            reason=str(problem.reason),
            cells=[_storable(str(cell)) for cell in sheet_row.cells],
        )
