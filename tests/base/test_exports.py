"""D3: taking a list out, at once or by the worker; who may; what is kept of it, and for how long."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from kombu.exceptions import OperationalError
from python_calamine import CalamineWorkbook

from shopdesk.base import exports, spreadsheets
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.exports import Asked, Column, ExportList, parameters
from shopdesk.base.models import AuditEntry, Export, Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.queueing import WorkerUnreachable
from shopdesk.base.services import exports as service
from shopdesk.base.services.exports import again, file_of, remove_expired, stands_still, take, work
from shopdesk.base.services.upkeep import keep_up
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
NAMES = ["=HYPERLINK(1)", "+1", "-2", "@x", "\ttab", "小白鞋"]
RUNNING, DONE, FAILED = Export.Status.RUNNING, Export.Status.DONE, Export.Status.FAILED


class Broken(Exception):
    """What no list should raise."""


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A list of six names, of which five would run in a spreadsheet; three rows are long."""
    scene: dict[str, Any] = {"error": None, "names": NAMES}

    def batches(asked: Asked) -> Iterator[list[str]]:
        if scene["error"]:
            raise scene["error"]
        found = [name for name in scene["names"] if asked.query.get("q", "") in name]
        yield found[:2]
        yield found[2:]

    listed = ExportList(
        "toy",
        "Toys",
        "home",
        Permission.EXPORT_WAREHOUSE,
        (
            Column("Name", lambda name: name),
            Column("Price", lambda name: 5, money=True),
            Column("Said", lambda name: f"{name} 13812347620", spoken=True),
            Column("At", lambda name: NOW),
        ),
        batches,
        parameters("q"),
    )
    monkeypatch.setitem(exports._lists, "toy", listed)
    monkeypatch.setattr(service, "AT_ONCE", 3)
    yield scene
    cache.clear()


def never(number: int) -> None:
    raise AssertionError(f"export {number} was handed over")


def long_one(actor: Staff, kind: str = "csv", now: datetime = NOW) -> Export:
    handed: list[int] = []
    taken = take("toy", {}, kind=kind, actor=actor, hand_to=handed.append, now=now)
    assert (taken.rows, handed) == (None, [taken.export.pk])
    return taken.export


def entries() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="list.exported").order_by("pk"))


def test_a_short_list_is_sent_at_once_and_audited_without_what_was_looked_for() -> None:
    supervisor = make_staff("supervisor")

    taken = take(
        "toy", {"q": "小白", "cursor": "x", "z": "1"}, kind="csv", actor=supervisor, hand_to=never, now=NOW
    )

    assert taken.header == ["Name", "Price", "Said", "At"]
    assert taken.rows == [["小白鞋", 5, "小白鞋 13812347620", "2026-11-22 12:00"]]
    assert (taken.export.status, taken.export.rows, taken.export.query) == (DONE, 1, {"q": "小白"})
    (entry,) = entries()
    assert (entry.subject_kind, entry.subject_id, entry.actor_id) == ("list", "toy", supervisor.pk)
    assert entry.after == {"kind": "csv", "filters": {"q": "*"}, "rows": 1, "export": taken.export.pk}


def test_who_sees_no_prices_and_no_phones_takes_out_none() -> None:
    taken = take("toy", {"q": "小白"}, kind="csv", actor=make_staff("warehouse"), hand_to=never, now=NOW)

    assert taken.header == ["Name", "Said", "At"]
    assert taken.rows == [["小白鞋", "小白鞋 138****7620", "2026-11-22 12:00"]]


@pytest.mark.parametrize(
    ("role", "code", "kind", "refusal"),
    [
        ("agent", "toy", "csv", Forbidden),
        ("warehouse", "people", "csv", Forbidden),
        ("supervisor", "nothing", "csv", DomainError),
        ("supervisor", "toy", "pdf", DomainError),
        ("supervisor", "carrier-bill", "csv", DomainError),
    ],
)
def test_what_is_refused_leaves_nothing(role: str, code: str, kind: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        take(code, {}, kind=kind, actor=make_staff(role), hand_to=never, now=NOW)

    assert not Export.objects.exists()
    assert not entries()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_long_list_is_written_by_the_worker_defused_and_audited_once(kind: str) -> None:
    supervisor = make_staff("supervisor")
    export = long_one(supervisor, kind)
    assert (export.status, entries()) == (RUNNING, [])
    assert file_of(export.pk, actor=supervisor) is None

    work(export.pk, now=NOW)
    work(export.pk, now=NOW)  # a second delivery

    kept = file_of(export.pk, actor=supervisor)
    assert kept is not None
    content = kept.file.open("rb").read()
    assert (kept.status, kept.rows, kept.size) == (DONE, 6, len(content))
    if kind == "csv":
        lines = content.decode("utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in lines] == [
            "Name",
            *(f"'{name}" for name in NAMES[:5]),
            "小白鞋",
        ]
    else:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        assert [row[0] for row in sheet] == ["Name", *NAMES]
    (entry,) = entries()
    assert (entry.after["rows"], entry.actor_id) == (6, supervisor.pk)
    assert file_of(export.pk, actor=make_staff("supervisor")) is None
    Staff.objects.filter(pk=supervisor.pk).update(role="agent")
    assert file_of(export.pk, actor=Staff.objects.get(pk=supervisor.pk)) is None


def test_the_words_are_in_the_language_of_who_asked(settings: Any) -> None:
    export = long_one(make_staff("supervisor"))
    Export.objects.filter(pk=export.pk).update(language="zh-hans")
    exports._lists["toy"] = ExportList(
        "toy", "Toys", "home", Permission.EXPORT,
        (Column("State", lambda name: Export.Status.DONE.label),), lambda asked: iter([[1, 2, 3, 4]]),
    )  # fmt: skip

    work(export.pk, now=NOW)

    export.refresh_from_db()
    assert "完成" in export.file.open("rb").read().decode()


def test_what_goes_wrong_is_told_and_can_be_tried_again(
    toy: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = make_staff("supervisor")
    export = long_one(actor, "xlsx")
    toy["error"] = Broken("the database is away")
    with pytest.raises(Broken):
        work(export.pk, now=NOW)
    export.refresh_from_db()
    assert (export.status, export.error, entries()) == (FAILED, str(service.FAILED), [])

    toy["error"] = None
    monkeypatch.setattr(spreadsheets, "XLSX_ROWS", 5)
    again(export.pk, actor=actor, hand_to=lambda pk: work(pk, now=NOW), now=NOW)
    export.refresh_from_db()
    assert (export.status, export.error) == (FAILED, str(service.TOO_LONG))

    monkeypatch.setattr(spreadsheets, "XLSX_ROWS", 6)
    again(export.pk, actor=actor, hand_to=lambda pk: work(pk, now=NOW), now=NOW)
    export.refresh_from_db()
    assert (export.status, export.rows, export.error) == (DONE, 6, "")
    with pytest.raises(Conflict):
        again(export.pk, actor=actor, hand_to=never, now=NOW)


def test_whose_role_was_taken_meanwhile_gets_no_file() -> None:
    actor = make_staff("supervisor")
    export = long_one(actor)
    Staff.objects.filter(pk=actor.pk).update(role="agent")

    work(export.pk, now=NOW)

    export.refresh_from_db()
    assert (export.status, bool(export.file), entries()) == (FAILED, False, [])


def test_one_that_was_broken_off_can_be_resumed_and_one_that_goes_on_cannot() -> None:
    actor = make_staff("supervisor")
    export = long_one(actor)
    later = NOW + service.STANDS_STILL
    service._tell(export.pk, 1000)
    assert not stands_still(export, later)
    with pytest.raises(Conflict):
        again(export.pk, actor=actor, hand_to=never, now=later)

    cache.clear()

    assert stands_still(export, later)
    again(export.pk, actor=actor, hand_to=lambda pk: work(pk, now=later), now=later)
    export.refresh_from_db()
    assert export.status == DONE


def test_without_a_queue_nothing_is_left_running() -> None:
    def unreachable(number: int) -> None:
        raise OperationalError

    with pytest.raises(WorkerUnreachable):
        take("toy", {}, kind="csv", actor=make_staff("supervisor"), hand_to=unreachable, now=NOW)

    assert Export.objects.get().status == FAILED


def test_three_at_a_time() -> None:
    actor = make_staff("supervisor")
    for _number in range(service.MOST_RUNNING):
        long_one(actor)

    with pytest.raises(Conflict):
        take("toy", {}, kind="csv", actor=actor, hand_to=never, now=NOW)


def test_files_go_after_a_week_with_what_was_looked_for_and_records_after_ninety_days() -> None:
    actor = make_staff("supervisor")
    export = long_one(actor)
    work(export.pk, now=NOW)
    lost = long_one(actor)
    take("toy", {"q": "小白"}, kind="csv", actor=actor, hand_to=never, now=NOW)
    export.refresh_from_db()
    storage, name = export.file.storage, export.file.name

    assert remove_expired(NOW + service.KEPT - timedelta(minutes=1)) == 0
    assert storage.exists(name)
    lost.refresh_from_db()
    assert (lost.status, lost.error) == (FAILED, str(service.BROKEN_OFF))
    result = keep_up(NOW + service.KEPT, dry_run=False)

    assert result.done == 1
    assert not storage.exists(name)
    assert file_of(export.pk, actor=actor) is None
    assert not Export.objects.exclude(query={}).exists()
    assert Export.objects.count() == 3
    remove_expired(NOW + service.RECORDS_KEPT)
    assert not Export.objects.exists()
    assert len(entries()) == 2
