"""Work that is handed to the worker: an import, a file, an action on many orders; and whether it was done once."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.waiting import wait_until

IMPORTED, NOTED = 60, 150
TAKEN_UP_WITHIN = 90  # seconds


@dataclass(frozen=True)
class Work:
    """One piece of work: how it is handed over, whether it is done, and how often too seldom or too often."""

    name: str
    start: Callable[[], None]
    is_done: Callable[[], bool]
    judge: Callable[[], tuple[int, int]]


def all_kinds(desk: OwnDesk, mark: str, number: int) -> list[Work]:
    """One piece of each kind, not yet handed over."""
    return [an_import(desk.folder, mark, number), an_export(desk), a_bulk_action(mark)]


def an_import(folder: Path, mark: str, number: int) -> Work:
    """A list of orders that are not here yet."""
    from django.core.files.base import File

    from orders.models import ImportRun
    from orders.services.imports.uploads import take_in
    from orders.tasks import import_uploaded
    from shopdesk.base import clock
    from shopdesk.base.models import AuditEntry
    from shopdesk.desk.benchmarks.exports import TID_PREFIX, write_exports

    listed, _items, _count = write_exports(folder, IMPORTED, clock.now())
    prefix = f"{TID_PREFIX}{abs(hash(mark)) % 1000:03d}"
    rows = listed.read_text(encoding="utf-8-sig").replace(f'=""{TID_PREFIX}', f'=""{prefix}')
    runs: list[ImportRun] = []

    def start() -> None:
        file = File(io.BytesIO(rows.encode("utf-8-sig")), name=f"orders-{number}.csv")
        runs.append(take_in([file], actor=_person("supervisor1"), start=import_uploaded.delay))

    def is_done() -> bool:
        return ImportRun.objects.filter(pk=runs[0].pk, status=ImportRun.Status.DONE).exists()

    def judge() -> tuple[int, int]:
        created = AuditEntry.objects.filter(action="order.created", subject_id__startswith=prefix)
        numbers = list(created.values_list("subject_id", flat=True))
        return IMPORTED - len(set(numbers)), len(numbers) - len(set(numbers))

    return Work("import", start, is_done, judge)


def an_export(desk: OwnDesk) -> Work:
    """All orders as a file."""
    from shopdesk.base.models import AuditEntry, Export
    from shopdesk.base.services import exports
    from shopdesk.base.tasks import write_export

    made: list[Export] = []

    def start() -> None:
        taken = exports.take(
            "orders", {}, kind="csv", actor=_person("supervisor1"), hand_to=write_export.delay
        )
        made.append(taken.export)

    def is_done() -> bool:
        return Export.objects.filter(pk=made[0].pk, status=Export.Status.DONE).exists()

    def judge() -> tuple[int, int]:
        told = AuditEntry.objects.filter(action="list.exported", after__export=made[0].pk).count()
        named = set(Export.objects.exclude(file="").values_list("file", flat=True))
        # A file that a killed worker left is removed by the upkeep a day later.
        return int(told == 0) + len(named - desk.files()), max(0, told - 1)

    return Work("export", start, is_done, judge)


def a_bulk_action(mark: str) -> Work:
    """The same note on many orders."""
    from orders.models import BulkRun, Note, Order
    from orders.services.bulk import running
    from orders.tasks import run_bulk
    from shopdesk.base.models import AuditEntry

    text = f"混沌 {mark}"
    runs: list[BulkRun] = []

    def start() -> None:
        actor = _person("agent1")
        tids = list(Order.objects.order_by("-tid").values_list("tid", flat=True)[:NOTED])
        run = running.prepare("note", tids, actor=actor)
        runs.append(running.start(run.pk, text, actor=actor, hand_to=run_bulk.delay))

    def is_done() -> bool:
        return BulkRun.objects.filter(pk=runs[0].pk, status=BulkRun.Status.DONE).exists()

    def judge() -> tuple[int, int]:
        notes = Note.objects.filter(text=text)
        noted = list(notes.values_list("order_id", flat=True))
        told = AuditEntry.objects.filter(
            action="note.added", after__note__in=list(notes.values_list("pk", flat=True))
        ).count()
        return NOTED - len(set(noted)) + abs(len(noted) - told), len(noted) - len(set(noted))

    return Work("bulk action", start, is_done, judge)


def is_taken_up(work: Work) -> bool:
    """Whether work that was lost is done, after the job that takes it up ran by the clock of in six minutes.

    Beat will start it then, and again: what a worker told of its progress stands in Valkey for a minute.
    """
    from shopdesk.base import clock, jobs

    for _time in range(TAKEN_UP_WITHIN // 5):
        if work.is_done():
            return True
        jobs.run("take_up_work", now=clock.now() + timedelta(minutes=6))
        if wait_until(work.is_done, 5):
            return True
    return False


def _person(name: str):  # type: ignore[no-untyped-def]
    from shopdesk.base.models import Staff

    return Staff.objects.get(username=name)
