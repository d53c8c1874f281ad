"""What is exempt from a job is left alone by it, until its time: also where the job runs at that moment."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from afterservice.services.deadlines import flag_return_deadlines
from orders.models import Order, Parcel
from orders.selectors.timeline import read_timeline
from orders.services.closing import close_unpaid_orders
from orders.services.finishing import auto_confirm_receipts
from orders.services.parcels.printing import print_batch
from orders.states import ParcelStage, Status
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.exemptions import EXEMPT
from shopdesk.base.models import AuditEntry, JobExemption, Staff
from shopdesk.base.services.exempting import end_exemption, exempt
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_order, make_staff
from tests.orders.parcel_scenes import parcel_of, ready_order
from tests.orders.shipped_parcels import make_shipped_order

CLOSE = "close_unpaid_orders"
TOMORROW = NOW + timedelta(hours=20)
OVERDUE = NOW - timedelta(hours=80)


def spare(job: str, subject: str, *, actor: Staff | None = None, **changed: Any) -> JobExemption:
    asked = {"reason": "客户明早付款", "until": TOMORROW, "now": NOW} | changed
    return exempt(job, subject, actor=actor or make_staff("supervisor"), **asked)


def overdue(**fields: Any) -> Order:
    return make_order(created=OVERDUE, **fields)


@pytest.mark.django_db
class TestLeftAlone:
    def test_until_its_time_and_no_longer(self) -> None:
        kept, closed = overdue(), overdue()
        spare(CLOSE, kept.tid)
        foretold, result = close_unpaid_orders(NOW, True), close_unpaid_orders(NOW, False)
        assert foretold.subjects == result.subjects == [closed.tid]
        assert result.skip_reasons == {EXEMPT: 1}
        assert close_unpaid_orders(TOMORROW, False).subjects == [kept.tid]

    def test_ended_before_its_time(self) -> None:
        order = overdue()
        made = spare(CLOSE, order.tid)
        end_exemption(made.pk, actor=make_staff("manager"), now=NOW)
        assert close_unpaid_orders(NOW, False).subjects == [order.tid]
        told = [line.text for line in read_timeline(order.tid, notes=[], see_prices=True)]
        assert "No longer exempt from “Close unpaid orders”" in told
        assert "Exempt from “Close unpaid orders” until 11-23 08:00: 客户明早付款" in told

    def test_an_exemption_is_from_one_job_only(self) -> None:
        order = make_shipped_order(shipped_at=NOW - timedelta(days=11))
        spare("flag_late_deliveries", order.tid)
        assert order.tid in auto_confirm_receipts(NOW, False).subjects

    def test_a_part_paid_order_is_not_asked_about(self) -> None:
        order = overdue(paid_fee="5.00")
        spare(CLOSE, order.tid)
        assert close_unpaid_orders(NOW, False).skip_reasons == {EXEMPT: 1}

    def test_a_parcel_that_is_kept_back(self) -> None:
        kept, goes = parcel_of(ready_order()), parcel_of(ready_order())
        spare("print_batch", f"P{kept.pk}")
        assert print_batch(NOW, True).subjects == [f"P{goes.pk}"]
        assert print_batch(NOW, False).subjects == [f"P{goes.pk}"]
        assert Parcel.objects.get(pk=kept.pk).stage == ParcelStage.PLANNED

    def test_a_ticket(self) -> None:
        ticket = make_ticket()
        late = NOW + timedelta(days=40)
        before = flag_return_deadlines(late, True).subjects
        spare("flag_return_deadlines", ticket.number, until=late + timedelta(days=1))
        assert set(flag_return_deadlines(late, True).subjects) == set(before) - {ticket.number}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "job", "changed", "error"),
    [
        ("agent", CLOSE, {}, Forbidden),
        ("warehouse", CLOSE, {}, Forbidden),
        ("supervisor", CLOSE, {"reason": " "}, DomainError),
        ("supervisor", CLOSE, {"until": NOW}, DomainError),
        ("supervisor", CLOSE, {"until": NOW + timedelta(days=91)}, DomainError),
        ("supervisor", "upkeep", {}, DomainError),
        ("supervisor", "no_such_job", {}, DomainError),
        ("supervisor", "print_batch", {}, Conflict),  # an order is no parcel
    ],
)
def test_what_is_refused(role: str, job: str, changed: dict[str, Any], error: type[DomainError]) -> None:
    order, entries = overdue(), AuditEntry.objects.count()
    with pytest.raises(error):
        spare(job, order.tid, actor=make_staff(role), **changed)
    assert (JobExemption.objects.count(), AuditEntry.objects.count()) == (0, entries)


@pytest.mark.django_db
def test_nothing_is_exempted_twice_or_too_late() -> None:
    order, closed = (
        overdue(),
        overdue(status=Status.TRADE_CLOSED_BY_TAOBAO, close_reason="timeout", end_time=NOW),
    )
    spare(CLOSE, order.tid)
    for tid in (order.tid, closed.tid, "4326999"):
        with pytest.raises(Conflict):
            spare(CLOSE, tid)
    # Over, it makes room for another.
    spare(CLOSE, order.tid, now=TOMORROW, until=TOMORROW + timedelta(hours=1))
    assert JobExemption.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_exempting_and_closing_at_the_same_moment() -> None:
    """Whoever comes second waits: an exemption that was granted holds, one that came too late is refused."""
    supervisor = make_staff("supervisor")
    orders = [overdue() for _ in range(40)]
    outcome: dict[str, str] = {}

    def in_thread(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def exempt_them() -> None:
        for order in orders:
            try:
                spare(CLOSE, order.tid, actor=supervisor)
                outcome[order.tid] = Status.WAIT_BUYER_PAY
            except Conflict:
                outcome[order.tid] = Status.TRADE_CLOSED_BY_TAOBAO

    def close() -> None:
        close_unpaid_orders(NOW, False)

    first = in_thread(exempt_them)
    while len(outcome) < 10:
        pass
    closing = [in_thread(close), in_thread(close)]
    for thread in (first, *closing):
        thread.join()
    assert dict(Order.objects.values_list("tid", "status")) == outcome
    assert Status.WAIT_BUYER_PAY in outcome.values()


@pytest.mark.django_db(transaction=True)
def test_an_exemption_waits_for_the_batch_that_runs() -> None:
    order, supervisor = overdue(), make_staff("supervisor")
    told: list[type[Exception]] = []

    def try_it() -> None:
        try:
            spare(CLOSE, order.tid, actor=supervisor)
        except Conflict as refusal:
            told.append(type(refusal))
        finally:
            connections.close_all()

    with transaction.atomic():
        assert close_unpaid_orders(NOW, False).subjects == [order.tid]  # its batch is not committed yet
        thread = threading.Thread(target=try_it)
        thread.start()
        with connection.cursor() as cursor:
            for _ in range(200):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                if cursor.fetchone()[0]:
                    break
                thread.join(0.02)
            else:
                pytest.fail("the exemption did not wait")
    thread.join()
    assert told == [Conflict]
    assert not JobExemption.objects.exists()


def test_the_moment_is_shanghai() -> None:
    assert TOMORROW.astimezone(clock.SHANGHAI).hour == 8
