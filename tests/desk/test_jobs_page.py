"""The Jobs page: what runs when, last runs, run now, dry run."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from orders.states import Status
from shopdesk.base import clock, jobs
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.jobs import Job, JobResult
from shopdesk.base.models import AuditEntry, JobRun
from shopdesk.desk.schedules import in_words, last_start, next_start
from shopdesk.desk.selectors.jobs import read_jobs
from tests.factories import NOW, make_order, make_staff

pytestmark = pytest.mark.django_db
CLOSE = "close_unpaid_orders"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def broken_job(monkeypatch: pytest.MonkeyPatch) -> Job:
    def service(now: datetime, dry_run: bool) -> JobResult:
        raise ValueError("the ladder is gone")

    job = Job("broken", "Broken job", "Fails", service)
    monkeypatch.setitem(jobs._jobs, job.name, job)
    return job


def make_run(name: str = CLOSE, *, minutes_ago: float = 1, **fields: Any) -> JobRun:
    started = NOW - timedelta(minutes=minutes_ago)
    fields.setdefault("trigger", "clock")
    fields.setdefault("ended_at", started)
    return JobRun.objects.create(name=name, moment=started, started_at=started, **fields)


def job_at(minute: str, hour: str) -> Job:
    return Job("any", "Any", "", lambda now, dry_run: JobResult(), minute=minute, hour=hour)


@pytest.mark.parametrize(
    ("minute", "hour", "words", "following", "previous"),
    [
        ("*", "*", "every minute", "2026-11-22 12:01", "2026-11-22 12:00"),
        ("*/5", "*", "every 5 minutes", "2026-11-22 12:05", "2026-11-22 12:00"),
        ("7", "*", "every hour at 7 past", "2026-11-22 12:07", "2026-11-22 11:07"),
        ("17", "3", "every day at 03:17", "2026-11-23 03:17", "2026-11-22 03:17"),
        ("30", "17", "every day at 17:30", "2026-11-22 17:30", "2026-11-21 17:30"),
        ("0,30", "8-10", "at minute 0,30 of hour 8-10", "2026-11-23 08:00", "2026-11-22 10:30"),
    ],
)
def test_schedule_in_words_and_times(
    minute: str, hour: str, words: str, following: str, previous: str
) -> None:
    job = job_at(minute, hour)

    assert in_words(job) == words
    assert next_start(job, NOW) == datetime.fromisoformat(following).replace(tzinfo=SHANGHAI)
    assert last_start(job, NOW) == datetime.fromisoformat(previous).replace(tzinfo=SHANGHAI)


class TestPage:
    def test_tells_of_each_job_its_last_real_run(self) -> None:
        make_run(minutes_ago=3, done=4)
        last = make_run(minutes_ago=1, done=7)
        make_run(minutes_ago=0, done=9, dry_run=True)

        rows = {row.job.name: row for row in read_jobs(NOW)}

        assert rows[CLOSE].last == last
        assert not rows[CLOSE].clock_stopped
        assert rows["upkeep"].last is None

    def test_says_when_the_clock_stands_still(self, client_of: Callable[..., Client]) -> None:
        make_run(minutes_ago=20)

        assert "the clock stands still" in client_of("manager").get(reverse("jobs")).content.decode()

    def test_filters_by_job_and_by_outcome(self, client_of: Callable[..., Client]) -> None:
        idle, worked = make_run(minutes_ago=1), make_run(minutes_ago=2, done=1)
        failed = make_run("upkeep", minutes_ago=3, error="Traceback\nValueError: no")
        long_ago = make_run(minutes_ago=60 * 25, failed=1)
        client = client_of("supervisor")

        def shown(**query: str) -> list[JobRun]:
            return [run for run, _title in client.get(reverse("jobs"), query).context["runs"]]

        assert shown() == [idle, worked, failed, long_ago]
        assert shown(job="upkeep") == [failed]
        assert shown(only="work") == [worked, failed, long_ago]
        assert shown(only="failed") == [failed, long_ago]
        assert shown(only="failed-today") == [failed]
        assert shown(only="nonsense", job="nonsense") == [idle, worked, failed, long_ago]

    def test_an_error_reads_from_its_last_line(self, client_of: Callable[..., Client]) -> None:
        make_run(error="Traceback (most recent call last):\n  File …\nValueError: no such shelf\n")

        page = client_of("manager").get(reverse("jobs")).content.decode()

        assert "<summary>ValueError: no such shelf</summary>" in page

    def test_costs_the_same_whatever_it_shows(
        self, client_of: Callable[..., Client], django_assert_num_queries: Callable[..., Any]
    ) -> None:
        client, somebody = client_of("supervisor"), make_staff("supervisor")
        make_run(started_by=somebody)
        # Who asks; the last run of each job and who started it; the page of runs.
        with django_assert_num_queries(4):
            client.get(reverse("jobs"))
        for number in range(40):
            make_run(minutes_ago=number, started_by=make_staff("manager"))
        make_run("upkeep", started_by=make_staff("manager"))
        with django_assert_num_queries(4):
            client.get(reverse("jobs"))


class TestRunning:
    def test_dry_run_tells_what_it_would_do_and_changes_nothing(
        self, client_of: Callable[..., Client]
    ) -> None:
        due = make_order("小肥", created=NOW - timedelta(hours=73))
        make_order(created=NOW - timedelta(hours=71))

        answer = client_of("supervisor").post(reverse("job-dry-run", args=[CLOSE]), follow=True)

        page = answer.content.decode()
        run = JobRun.objects.get()
        assert (run.dry_run, run.done, run.trigger) == (True, 1, "page")
        assert reverse("orders:detail", args=[due.tid]) in page
        assert "小肥" in page
        assert "Nothing was changed" in page
        assert set(Order.objects.values_list("status", flat=True)) == {Status.WAIT_BUYER_PAY}
        assert not AuditEntry.objects.exists()

    def test_says_why_some_were_skipped(self, client_of: Callable[..., Client]) -> None:
        make_order(created=NOW - timedelta(hours=73), payment_pending=True)

        page = client_of("supervisor").post(
            reverse("job-run-now", args=[CLOSE]), follow=True, headers={"accept-language": "zh-hans"}
        )

        assert JobRun.objects.get().skipped == 1
        assert "<b>1</b> · 淘宝还在确认付款" in page.content.decode()

    def test_run_now_does_it_and_says_who(self, client_of: Callable[..., Client]) -> None:
        due = make_order(created=NOW - timedelta(hours=73))

        client_of("manager", signature="店长").post(reverse("job-run-now", args=[CLOSE]))

        due.refresh_from_db()
        run = JobRun.objects.get()
        assert due.status == Status.TRADE_CLOSED_BY_TAOBAO
        assert (run.done, run.dry_run, str(run.started_by)) == (1, False, "店长")

    def test_failing_job_leads_to_its_report(self, client_of: Callable[..., Client], broken_job: Job) -> None:
        answer = client_of("manager").post(reverse("job-run-now", args=["broken"]), follow=True)

        page = answer.content.decode()
        assert "The job failed." in page
        assert "<summary>ValueError: the ladder is gone</summary>" in page

    def test_unknown_job_is_not_found(self, client_of: Callable[..., Client]) -> None:
        client = client_of("manager")

        assert client.post(reverse("job-run-now", args=["no-such-job"])).status_code == 404
        assert client.get(reverse("job-run", args=[10**15])).status_code == 404

    @pytest.mark.parametrize("role", ["agent", "warehouse"])
    def test_role_is_refused_and_nothing_changes(self, role: str, client_of: Callable[..., Client]) -> None:
        due, client = make_order(created=NOW - timedelta(hours=73)), client_of(role)

        assert client.get(reverse("jobs")).status_code == 403
        assert client.post(reverse("job-run-now", args=[CLOSE])).status_code == 403
        assert client.post(reverse("job-dry-run", args=[CLOSE])).status_code == 403
        due.refresh_from_db()
        assert due.status == Status.WAIT_BUYER_PAY
        assert not JobRun.objects.exists()
