"""Database, Valkey or disk give way: what is said, what is kept, and how it goes on by itself."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import Celery
from django.core.cache import cache
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import OperationalError, connection
from django.test import Client

from orders.models import BulkRun, ImportRun, Note
from orders.services import bulk
from orders.services.imports import uploads
from orders.services.imports.run import Source, run_import
from orders.tasks import import_uploaded
from shopdesk.api.models import KeptAnswer
from shopdesk.base import batches, clock, jobs, queueing
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Export, Staff
from shopdesk.base.outages import DATABASE, NO_ROOM, is_connection_lost, outage_of
from shopdesk.base.queueing import WorkerUnreachable
from shopdesk.base.services import exports
from shopdesk.base.services.taking_up import take_up_work
from shopdesk.base.services.upkeep import keep_up
from shopdesk.base.steady_beat import SteadyScheduler
from shopdesk.base.storage import NoRoom, orphans, surely_absent
from tests.api.callers import Caller
from tests.factories import NOW, make_line, make_order, make_staff
from tests.orders.imports.made_files import order_cells, order_csv

pytestmark = pytest.mark.django_db
TID = "4327000000000000777"
AWAY = {"BACKEND": "shopdesk.base.forgetful_cache.ForgetfulCache", "LOCATION": "redis://127.0.0.1:1/0"}
LATER = NOW + queueing.LOST_AFTER


def lost() -> OperationalError:
    """What Django raises when the server is gone."""
    error = OperationalError("server closed the connection unexpectedly")
    error.__cause__ = psycopg.OperationalError(str(error))
    return error


@contextmanager
def database_away(statement: str = "") -> Iterator[list[str]]:
    """No statement with this in it is answered; tells which were asked."""
    asked: list[str] = []

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if statement in sql:
            asked.append(sql)
            raise lost()
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        yield asked


class TestPages:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "The desk cannot reach its database"), ("zh-hans", "工作台暂时连不上数据库")],
    )
    def test_a_page_says_what_is_wrong_and_asks_the_database_no_more(
        self, client_of: Callable[..., Client], language: str, words: str
    ) -> None:
        client = client_of("agent")
        client.raise_request_exception = False
        with database_away() as asked:
            answer = client.get("/orders/", headers={"Accept-Language": language})

        page = answer.content.decode()
        # Each question waits some seconds for an answer: neither the log nor the page asks a second one.
        assert len(asked) == 1
        assert (answer.status_code, answer["Retry-After"]) == (503, str(DATABASE.retry_after))
        assert f"<h1>{words}" in page
        assert "Traceback" not in page

    def test_a_part_of_a_page_is_told_in_plain_words(self, client_of: Callable[..., Client]) -> None:
        client = client_of("agent")
        client.raise_request_exception = False
        with database_away():
            answer = client.get("/orders/", headers={"HX-Request": "true"})

        assert (answer.status_code, answer["Content-Type"]) == (503, "text/plain; charset=utf-8")
        assert answer.content.decode().startswith("The desk cannot reach its database · ")

    def test_a_queue_that_is_away_is_told_in_plain_words_too(
        self, client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path

        def unreachable(*_arguments: Any, **_options: Any) -> None:
            raise WorkerUnreachable("", "The queue of the desk does not answer")

        monkeypatch.setattr("orders.views.imports.take_in", unreachable)
        answer = client_of("agent").post("/orders/import/upload/", {}, headers={"HX-Request": "true"})

        assert (answer.status_code, answer.content.decode()) == (503, "The queue of the desk does not answer")


class TestCalls:
    def test_a_call_is_told_and_done_once_when_it_is_sent_again(self) -> None:
        make_line(make_order(tid=TID))
        caller = Caller("supervisor")
        with database_away('"orders_note"'):
            failed = caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key="a")

        assert (failed.status_code, failed["Retry-After"]) == (503, str(DATABASE.retry_after))
        assert failed.json()["code"] == "unavailable"
        assert (Note.objects.count(), KeptAnswer.objects.count()) == (0, 0)
        for _time in range(2):
            again = caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key="a")
            assert again.status_code == 201
        assert Note.objects.count() == 1

    @pytest.mark.parametrize("statement", ["INSERT INTO api_keptanswer", "api_apitoken"])
    def test_a_lost_connection_is_no_first_call_that_runs(self, statement: str) -> None:
        make_line(make_order(tid=TID))
        caller = Caller("supervisor")
        with database_away(statement):
            answer = caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key="a")

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")

    def test_a_session_that_is_not_to_be_had_is_told_as_json(self) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(make_staff("supervisor"))
        with database_away():
            answer = client.get("/api/v1/orders/")

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


class TestWithoutValkey:
    def test_pages_and_calls_go_on(self, client_of: Callable[..., Client], settings: Any) -> None:
        make_line(make_order(tid=TID))
        client, caller = client_of("agent"), Caller("supervisor")
        settings.CACHES = {"default": AWAY}

        assert client.get("/orders/").status_code == 200
        assert caller.post(f"orders/{TID}/notes/", {"text": "缺货"}).status_code == 201

    def test_the_cache_is_as_if_it_were_empty(self, settings: Any) -> None:
        settings.CACHES = {"default": AWAY}
        cache.set("a", 1)

        assert (cache.get("a"), cache.get("a", 5), "a" in cache) == (None, 5, False)
        assert (cache.add("a", 1), cache.touch("a"), cache.delete("a")) == (False, False, False)
        with pytest.raises(ValueError, match="a"):
            cache.incr("a")


class TestFiles:
    def test_a_file_without_room_leaves_nothing(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path

        class TooMuch(ContentFile):  # type: ignore[type-arg]
            def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
                yield b"x" * 1000
                raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(NoRoom) as refusal:
            default_storage.save("evidence/2026/photo", TooMuch(b"x"))

        assert refusal.value.status == 507
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert default_storage.save("evidence/2026/photo", ContentFile(b"x")) == "evidence/2026/photo"

    def test_an_upload_without_room_is_told_and_leaves_nothing(
        self, client_of: Callable[..., Client], settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path

        def full(*_arguments: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
        files = {"files": ContentFile(order_csv(order_cells()), name="orders.csv")}
        answer = client_of("agent").post("/orders/import/upload/", files, follow=True)

        assert "There is no room left for files" in answer.content.decode()
        assert not ImportRun.objects.exists()

    def test_who_cannot_tell_whether_the_row_is_there_keeps_the_file(self) -> None:
        assert surely_absent(Note.objects.all())
        with database_away():
            assert not surely_absent(Note.objects.all())
        make_staff("agent")
        assert not surely_absent(Staff.objects.all())

    def test_what_a_killed_process_left_goes_after_a_day(self, settings: Any, tmp_path: Path) -> None:
        settings.MEDIA_ROOT = tmp_path
        files = [ContentFile(order_csv(order_cells()), name="orders.csv")]
        uploads.take_in(files, actor=make_staff("agent"), start=lambda number: None)
        left = [
            default_storage.save(f"{name}/2026/11/left", ContentFile(b"x")) for name in ("exports", "imports")
        ]
        photo = default_storage.save("evidence/2026/photo", ContentFile(b"x"))

        assert orphans(clock.now() + timedelta(hours=23)) == []
        tomorrow = clock.now() + timedelta(hours=25)
        assert orphans(tomorrow) == left
        keep_up(tomorrow, True)
        assert all(default_storage.exists(path) for path in left)
        keep_up(tomorrow, False)

        kept = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
        named = ImportRun.objects.get().files.get().content.name
        assert sorted(kept) == sorted([photo, named])

    def test_what_gave_way(self) -> None:
        assert outage_of(OSError(errno.EDQUOT, "")) is NO_ROOM
        assert outage_of(OSError(errno.ENOENT, "")) is None
        assert outage_of(lost()) is DATABASE
        assert outage_of(ValueError()) is None
        deadlock = OperationalError()
        deadlock.__cause__ = psycopg.errors.DeadlockDetected()
        assert (is_connection_lost(lost()), is_connection_lost(deadlock)) == (True, False)


class TestLostWork:
    @pytest.fixture(autouse=True)
    def media(self, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
        """Files of the test's own; and what is handed over, in place of the worker."""
        settings.MEDIA_ROOT = tmp_path
        self.handed: list[tuple[str, int]] = []
        for name in (
            "orders.registry.import_uploaded",
            "orders.registry.run_bulk",
            "shopdesk.base.tasks.write_export",
        ):
            monkeypatch.setattr(f"{name}.delay", lambda number, name=name: self.handed.append((name, number)))
        return self.handed

    def _import(self, **fields: Any) -> ImportRun:
        file = ContentFile(order_csv(order_cells()), name="orders.csv")
        run = uploads.take_in([file], actor=make_staff("agent"), start=lambda number: None, now=NOW)
        ImportRun.objects.filter(pk=run.pk).update(**fields)
        return run

    @pytest.mark.parametrize(
        ("fields", "is_lost"),
        [
            ({}, True),
            ({"status": "running", "moved_at": NOW}, True),
            ({"created_at": NOW + timedelta(seconds=1)}, False),
            ({"status": "running", "moved_at": NOW + timedelta(seconds=1)}, False),
            ({"status": "done"}, False),
            ({"status": "failed"}, False),
        ],
    )
    def test_an_import_that_does_not_move_is_begun_again(self, fields: dict[str, Any], is_lost: bool) -> None:
        run = self._import(**fields)

        told = take_up_work(LATER, True)
        assert (told.done, self.handed) == (int(is_lost), [])
        done = take_up_work(LATER, False)

        assert (done.subjects, done.failed) == ([f"import {run.pk}"] if is_lost else [], 0)
        assert [number for _name, number in self.handed] == [run.pk] * is_lost
        if is_lost:
            run.refresh_from_db()
            assert not uploads.is_under_way(run, LATER)  # whoever takes it must not leave it to another
        # It is left alone for a while then, and not handed over with each run.
        assert take_up_work(LATER + timedelta(minutes=2), False).done == 0 or not is_lost

    def test_an_import_without_files_is_nobodys_any_more(self) -> None:
        run = self._import()
        run.files.update(content="")

        assert take_up_work(LATER, False).done == 0

    def test_an_export_and_a_bulk_action_are_begun_again(self) -> None:
        agent = make_staff("agent")
        export = Export.objects.create(
            code="orders", kind="csv", language="en", created_by=agent, created_at=NOW
        )
        run = BulkRun.objects.create(
            action="note", status="running", created_by=agent, created_at=NOW, started_at=NOW, moved_at=NOW
        )
        cache.delete(exports._progress(export.pk))

        first, second = take_up_work(LATER, False), take_up_work(LATER, False)

        assert (first.subjects, second.subjects) == ([f"bulk action {run.pk}", f"export {export.pk}"], [])
        cache.delete(exports._progress(export.pk))

    def test_what_cannot_be_handed_over_now_is_counted_and_tried_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from kombu.exceptions import OperationalError as Unreachable

        run = self._import()

        def away(number: int) -> None:
            raise Unreachable

        monkeypatch.setattr("orders.registry.import_uploaded.delay", away)
        assert take_up_work(LATER, False).failed == 1
        assert uploads.lost(NOW) == [run.pk]

    def test_the_database_goes_away_under_an_import(self) -> None:
        run = self._import()
        with database_away('"orders_waitingrow"'), pytest.raises(OperationalError):
            import_uploaded(run.pk)
        run.refresh_from_db()
        assert (run.status, run.error) == ("running", "")

        import_uploaded(run.pk)

        run.refresh_from_db()
        assert (run.status, run.created) == ("done", 1)

    def test_an_import_that_nobody_would_take_up_fails(self) -> None:
        run = self._import()
        content = File(run.files.get().content.open("rb"))
        with database_away('"orders_waitingrow"'), pytest.raises(OperationalError):
            run_import(run, [Source(run.files.get(), content)])  # type: ignore[arg-type]
        run.refresh_from_db()
        assert run.status == "failed"

    def test_a_job_stops_where_the_database_is_gone_and_blames_no_row(self) -> None:
        orders = [make_order(), make_order()]
        tried: list[int] = []

        def work(rows: Any) -> list[str]:
            tried.append(1)
            raise lost()

        result = JobResult()
        with pytest.raises(OperationalError):
            batches.work_off(type(orders[0]).objects.all(), work, result)
        assert (len(tried), result.failed) == (1, 0)

    def test_the_job_stands_on_the_clock(self) -> None:
        assert jobs.get("take_up_work").service is take_up_work
        assert [kind.name for kind in queueing.registered()] == ["bulk action", "export", "import"]
        assert bulk.running.lost(NOW) == []


def test_beat_goes_on_when_the_clock_is_set_back(tmp_path: Path) -> None:
    application = Celery("test", broker="memory://", set_as_current=False)
    application.conf.beat_schedule = {"look": {"task": "look", "schedule": 5.0}}
    scheduler = SteadyScheduler(application, schedule_filename=str(tmp_path / "schedule"))
    sent: list[str] = []
    scheduler.apply_entry = lambda entry, producer=None: sent.append(entry.name)  # type: ignore[method-assign]
    scheduler.schedule["look"].last_run_at = application.now() + timedelta(hours=2)

    wait = scheduler.tick()
    assert (sent, wait <= 5) == ([], True)
    scheduler.schedule["look"].last_run_at = application.now() - timedelta(seconds=6)
    scheduler.populate_heap()
    scheduler.tick()
    assert sent == ["look"]
    scheduler.close()
