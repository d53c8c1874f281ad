"""The import page: files in, progress, report, rejected rows out and back in (D1, D2)."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import get_language
from kombu.exceptions import OperationalError

from orders.models import ImportFile, ImportRejection, ImportRun, Order
from orders.services.imports import mending, uploads
from orders.services.imports.uploads import WorkerUnreachable, take_in
from orders.tasks import import_uploaded
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.listing import Position
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_staff
from tests.orders.imports.made_files import order_cells, order_csv

pytestmark = pytest.mark.django_db
GOOD = order_cells()
BAD = order_cells(tid='="35010000000000002"', payment="二百")


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> Any:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(name: str = "orders.csv", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, order_csv(GOOD, BAD) if content is None else content)


def imported(*files: SimpleUploadedFile) -> ImportRun:
    run = take_in(list(files) or [upload()], actor=make_staff("agent"), start=lambda run_id: None)
    import_uploaded(run.pk)
    run.refresh_from_db()
    return run


def kept_files(media: Any) -> list[str]:
    return [path.name for path in media.rglob("*") if path.is_file()]


class TestTakingIn:
    def test_run_starts_after_the_commit(
        self, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        started: list[int] = []
        agent = make_staff("agent")

        with django_capture_on_commit_callbacks(execute=True):
            run = take_in([upload(), upload("items.xlsx")], actor=agent, start=started.append, now=NOW)
            assert started == []

        assert started == [run.pk]
        assert (run.created_by, run.created_at, run.status) == (agent, NOW, "queued")
        assert list(run.files.order_by("pk").values_list("name", flat=True)) == ["orders.csv", "items.xlsx"]

    def test_name_never_becomes_a_path(self, media: Any) -> None:
        take_in([upload("../../évil\x00.csv.sh")], actor=make_staff("agent"), start=lambda run_id: None)

        assert [name.rpartition("-")[2] for name in kept_files(media)] == ["1"]

    @pytest.mark.parametrize(
        ("limit", "files", "words"),
        [
            ("MAX_FILES", 2, "at most 1"),
            ("MAX_FILE_BYTES", 1, "a file may have"),
            ("MAX_RUN_BYTES", 2, "together"),
        ],
    )
    def test_past_a_limit_nothing_is_kept(
        self, limit: str, files: int, words: str, media: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, limit, 1)

        with pytest.raises(DomainError) as refusal:
            take_in([upload()] * files, actor=make_staff("agent"), start=lambda run_id: None)

        assert words in str(refusal.value.message)
        assert not ImportRun.objects.exists()
        assert kept_files(media) == []

    def test_no_file_is_refused(self) -> None:
        with pytest.raises(DomainError):
            take_in([], actor=make_staff("agent"), start=lambda run_id: None)

    def test_role_is_refused(self) -> None:
        with pytest.raises(Forbidden):
            take_in([upload()], actor=make_staff("warehouse"), start=lambda run_id: None)

        assert not ImportRun.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_without_a_broker_nothing_is_left(self, media: Any) -> None:
        def start(run_id: int) -> None:
            raise OperationalError("no broker")

        with pytest.raises(WorkerUnreachable):
            take_in([upload()], actor=make_staff("agent"), start=start)

        assert not ImportRun.objects.exists()
        assert not ImportFile.objects.exists()
        assert kept_files(media) == []


class TestPages:
    def test_upload_leads_to_the_report(
        self,
        client_of: Callable[..., Client],
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Callable[..., Any],
    ) -> None:
        monkeypatch.setattr(import_uploaded, "delay", import_uploaded)
        client = client_of("agent")

        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("orders:import-upload"), {"files": [upload()]})

        run = ImportRun.objects.get()
        assert answer.headers["Location"] == reverse("orders:import-report", args=[run.pk])
        page = client.get(answer.headers["Location"]).content.decode()
        assert "Rejected rows" in page
        assert "二百" in page
        assert "Not an amount of money" in page
        assert "every 1s" not in page

    @pytest.mark.django_db(transaction=True)
    def test_broker_down_is_told_on_the_page(
        self, client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def delay(run_id: int) -> None:
            raise OperationalError("no broker")

        monkeypatch.setattr(import_uploaded, "delay", delay)

        answer = client_of("agent").post(reverse("orders:import-upload"), {"files": [upload()]}, follow=True)

        assert "could not be started" in answer.content.decode()
        assert not ImportRun.objects.exists()

    def test_running_import_asks_again_by_itself(self, client_of: Callable[..., Client]) -> None:
        run = take_in([upload()], actor=make_staff("agent"), start=lambda run_id: None)
        client, address = client_of("agent"), reverse("orders:import-report", args=[run.pk])

        page = client.get(address).content.decode()
        part = client.get(address, headers={"HX-Request": "true"}).content.decode()

        assert 'hx-trigger="every 1s"' in page
        assert "<html" in page
        assert part.lstrip().startswith('<div id="import" hx-get')

    def test_import_that_no_worker_takes_says_so(self, client_of: Callable[..., Client]) -> None:
        run = take_in([upload()], actor=make_staff("agent"), start=lambda run_id: None)
        ImportRun.objects.filter(pk=run.pk).update(created_at=run.created_at - timedelta(minutes=1))

        page = client_of("agent").get(reverse("orders:import-report", args=[run.pk])).content.decode()

        assert "No worker has taken this import yet" in page

    def test_refused_file_says_why(self, client_of: Callable[..., Client]) -> None:
        run = imported(upload(), upload("hello.csv", b"hello,world\n1,2\n"))

        page = client_of("agent").get(reverse("orders:import-report", args=[run.pk])).content.decode()

        assert "no order list, item list or refund list" in page
        assert not Order.objects.exists()

    def test_unknown_import_is_not_found(self, client_of: Callable[..., Client]) -> None:
        assert client_of("agent").get(reverse("orders:import-report", args=[10**15])).status_code == 404

    def test_last_imports_by_whether_they_are_to_be_mended(self, client_of: Callable[..., Client]) -> None:
        imported(upload("to-mend.csv"))
        imported(upload("fine.csv", order_csv(GOOD)))
        client = client_of("agent")

        everything = client.get(reverse("orders:import")).content.decode()
        to_mend = client.get(reverse("orders:import"), {"only": "rejected"}).content.decode()

        assert "to-mend.csv" in everything
        assert "fine.csv" in everything
        assert "to-mend.csv" in to_mend
        assert "fine.csv" not in to_mend

    def test_forged_cursor_shows_the_first_page(self, client_of: Callable[..., Client]) -> None:
        cursor = Position(NOW, "not-a-number").cursor()

        assert client_of("agent").get(reverse("orders:import"), {"cursor": cursor}).status_code == 200

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_role_is_refused_and_nothing_changes(self, role: str, client_of: Callable[..., Client]) -> None:
        run = imported()
        client, before = client_of(role), AuditEntry.objects.count()
        file = run.files.get()

        assert client.get(reverse("orders:import")).status_code == 403
        assert client.get(reverse("orders:import-report", args=[run.pk])).status_code == 403
        assert client.get(reverse("orders:import-mended", args=[file.pk])).status_code == 403
        assert client.post(reverse("orders:import-upload"), {"files": [upload()]}).status_code == 403
        assert ImportRun.objects.count() == 1
        assert AuditEntry.objects.count() == before


class TestQueries:
    def test_list_and_report_cost_the_same_whatever_they_show(
        self, client_of: Callable[..., Client], django_assert_num_queries: Callable[..., Any]
    ) -> None:
        client = client_of("agent")
        few = imported()
        many = imported(upload(content=order_csv(*[BAD] * 30)))
        for _number in range(3):
            imported()

        with django_assert_num_queries(3):  # who asks, runs, their files
            client.get(reverse("orders:import"))
        for run in (few, many):
            with django_assert_num_queries(4):  # who asks, run, files, rejections
                client.get(reverse("orders:import-report", args=[run.pk]))


class TestMending:
    def test_mended_rows_are_taken(self, client_of: Callable[..., Client]) -> None:
        run = imported()
        answer = client_of("agent").get(reverse("orders:import-mended", args=[run.files.get().pk]))
        rejected = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        rows = list(csv.reader(io.StringIO(rejected.decode("utf-8-sig"))))
        assert len(rows) == 2
        assert "to-mend.csv" in answer.headers["Content-Disposition"]

        again = imported(upload("mended.csv", rejected.replace("二百".encode(), b"200.00")))

        assert (again.created, again.rejected) == (1, 0)
        assert str(Order.objects.get(tid="35010000000000002").payment) == "200.00"

    def test_reason_is_in_the_language_of_who_asks(
        self, client_of: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = imported()
        monkeypatch.setattr(mending, "gettext", lambda text: f"{get_language()}: {text}")

        answer = client_of("agent", language="zh-hans").get(
            reverse("orders:import-mended", args=[run.files.get().pk])
        )

        content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        assert "zh-hans: Not an amount of money" in content

    def test_taking_rows_out_is_audited(self, client_of: Callable[..., Client]) -> None:
        run = imported()

        client_of("agent").get(reverse("orders:import-mended", args=[run.files.get().pk]))

        entry = AuditEntry.objects.get(action="import.rejected_exported")
        assert (entry.subject_id, entry.after["rows"]) == (str(run.pk), 1)

    def test_uploaded_content_goes_when_the_run_is_over(self, media: Any) -> None:
        run = imported()

        assert kept_files(media) == []
        assert run.rejected == 1
        assert ImportRejection.objects.get().cells[2] == "二百"

    def test_who_imported_is_audited(self) -> None:
        run = imported()

        assert AuditEntry.objects.get(action="orders.imported").actor == run.created_by
