"""Tonight: what is foreseen is what the jobs then do; what is exempt is left alone; mornings compare."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order
from orders.services.payments import PaymentMessage, record_payment
from shopdesk.base import clock, jobs
from shopdesk.base.models import JobExemption, JobRun, Staff
from shopdesk.base.services.exempting import exempt
from shopdesk.desk.schedules import MINUTE, last_start, next_start
from shopdesk.desk.selectors.night_report import read_report
from shopdesk.desk.selectors.tonight import foresee, night_end
from shopdesk.desk.services.forecasts import keep_forecast
from tests import databases
from tests.factories import NOW, make_order

CLOSE = "close_unpaid_orders"
NOT_AT_NIGHT = {"foresee_night", "prove_spend", "return_unshipped_to_desk", "propose_lifetime_shipping"}
BUSY = {
    CLOSE, "auto_confirm_receipts", "flag_late_promises", "flag_return_deadlines", "lapse_approvals", "print_batch",
    "escalate_handovers",
}  # fmt: skip

THREE = (NOW + timedelta(days=1)).replace(hour=3)


@pytest.fixture(scope="module", autouse=True)
def shop(django_db_setup, django_db_blocker):
    """One demo shop for all tests of this file, gone after the last; each test's own changes go before."""
    with django_db_blocker.unblock(), databases.demo_shop():
        yield


@pytest.fixture(autouse=True)
def at_three(db: None) -> Iterator[None]:
    with clock.fixed(THREE):
        yield


def starts(name: str, until: datetime) -> set[datetime]:
    """The first start, the last one, and one an hour between them."""
    job, found = jobs.get(name), set()
    at = next_start(job, THREE)
    while at < until:
        found.add(at)
        at = next_start(job, at + timedelta(minutes=59))
    last = last_start(job, until - MINUTE)
    return found | ({last} if last > THREE else set())


def run_the_night() -> dict[str, set[str]]:
    until = night_end(THREE)
    order = sorted((at, job.name) for job in jobs.registered() for at in starts(job.name, until))
    for at, name in order:
        with clock.fixed(at):
            jobs.run(name, now=at)
    done: dict[str, set[str]] = {}
    for run in JobRun.objects.filter(dry_run=False):
        assert run.done <= len(run.subjects) or run.name in ("upkeep", "foresee_night")
        done.setdefault(run.name, set()).update(run.subjects)
    return done


def test_what_is_foreseen_is_what_the_jobs_then_do() -> None:
    expected = foresee(THREE)
    foreseen = {one.job.name: set(one.result.subjects) for one in expected}
    assert not any(one.failed for one in expected)
    # Every job but those that the clock does not start between three and nine.
    assert {job.name for job in jobs.registered()} - foreseen.keys() == NOT_AT_NIGHT
    assert {name for name, subjects in foreseen.items() if subjects} >= BUSY
    assert sum(map(len, foreseen.values())) > 40
    assert run_the_night() == foreseen


def test_the_morning_says_what_came_otherwise(staff: Callable[..., Staff]) -> None:
    supervisor = staff("supervisor")
    keep_forecast(THREE)
    closing = next(one for one in foresee(THREE) if one.job.name == CLOSE)
    exempted, paid = closing.result.subjects[:2]
    with clock.fixed(THREE + timedelta(minutes=1)):
        exempt(CLOSE, exempted, reason="客户明早付款", until=THREE + timedelta(days=1), actor=supervisor)
        order = Order.objects.get(pk=paid)
        record_payment(paid, PaymentMessage("p-1", order.payment, THREE - timedelta(days=1)))
        later = make_order(created=THREE - timedelta(hours=71, minutes=50))  # it comes in late
    run_the_night()
    with clock.fixed(night_end(THREE)):
        report = read_report(clock.now(), supervisor)
    assert report is not None
    assert report.over
    row = next(row for row in report.rows if row.title == jobs.get(CLOSE).title)
    assert [one.subject.name for one in row.later] == [later.tid]
    why = {one.subject.name: one.why for one in row.not_done}
    assert why == {exempted: "exempt: 客户明早付款", paid: why[paid]}
    assert "Paid" in why[paid] or "paid" in why[paid].lower() or "→" in why[paid]
    assert (row.foreseen, row.done, row.as_foreseen) == (
        closing.result.done, closing.result.done - 1, closing.result.done - 2,
    )  # fmt: skip


class TestPages:
    def test_tonight_lists_and_counts(
        self, client_of: Callable[..., Client], django_assert_num_queries: Any
    ) -> None:
        client = client_of("supervisor")
        client.get(reverse("tonight"))
        with CaptureQueriesContext(connection) as few:
            page = client.get(reverse("tonight")).content.decode()
        closing = next(one for one in foresee(THREE) if one.job.name == CLOSE)
        assert reverse("orders:detail", args=[closing.result.subjects[0]]) in page
        for _ in range(60):
            make_order(created=THREE - timedelta(hours=70))
        with django_assert_num_queries(len(few)):
            page = client.get(reverse("tonight")).content.decode()
        assert f'<b class="count">{closing.result.done + 60}</b>' in page

    def test_exempting_from_the_page_shows_on_the_order(self, client_of: Callable[..., Client]) -> None:
        order = make_order(created=THREE - timedelta(hours=71))
        client = client_of("supervisor", signature="老王")
        asked = {"job": CLOSE, "subject": order.tid, "until": "2026-11-23T20:00", "reason": ""}
        refused = client.post(reverse("tonight-exempt"), asked)
        assert refused.status_code == 422
        assert order.tid in refused.content.decode()  # nothing typed is lost
        client.post(reverse("tonight-exempt"), asked | {"reason": "客户晚上付"})
        page = client.get(reverse("orders:detail", args=[order.tid])).content.decode()
        assert "Exempt from “Close unpaid orders”" in page
        assert "客户晚上付 (老王)" in page
        exemption = JobExemption.objects.get(subject=order.tid)
        client.post(reverse("tonight-exemption-end", args=[exemption.pk]))
        assert (
            "客户晚上付 (老王)" not in client.get(reverse("orders:detail", args=[order.tid])).content.decode()
        )

    def test_the_report_before_and_after_a_forecast(self, client_of: Callable[..., Client]) -> None:
        client = client_of("manager")
        assert "No night was foreseen yet" in client.get(reverse("night-report")).content.decode()
        kept = client.post(reverse("tonight-keep"), follow=True)
        assert "the night is not over yet" in kept.content.decode()
