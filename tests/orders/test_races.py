"""O4, O5 under load: real threads, real connections, a process killed in the middle."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from orders.models import Flag, Hold, Order, Payment, PlatformTask, Sku
from orders.services import holds
from orders.services.closing import close_unpaid_orders
from orders.services.payments import PaymentMessage, record_payment
from orders.states import Status
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Approval, AuditEntry
from tests.factories import NOW, make_order, make_sku

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)
PROJECT = Path(__file__).parent.parent.parent


def together(*jobs: Callable[[], None]) -> None:
    """Run the jobs at once, each in a thread with a connection of its own; raise the first error."""
    barrier = threading.Barrier(len(jobs))
    errors: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        barrier.wait()
        try:
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_payment_and_closing_and_a_second_closing_at_the_deadline() -> None:
    sku = make_sku(stock=10_000)
    orders = [make_order(created=NOW - timedelta(hours=72)) for _ in range(500)]
    for order in orders[::5]:
        holds.place(sku.pk, 1, reason="下单占用", order=order, now=NOW)
    tids = [order.tid for order in orders]

    def pay(seed: int, paid_at_offset: timedelta) -> Callable[[], None]:
        mine = random.Random(seed).sample(tids, len(tids))

        def work() -> None:
            for tid in mine:
                message = PaymentMessage(f"pay-{tid}", Decimal("505.00"), NOW + paid_at_offset)
                record_payment(tid, message, now=NOW + SECOND)

        return work

    def close() -> None:
        for _ in range(5):
            close_unpaid_orders(NOW, False)

    # Every message comes from two of six threads; half of the threads tell a payment after the closing.
    together(close, close, *(pay(seed, SECOND) for seed in range(6)))

    finals = Counter(Order.objects.values_list("status", flat=True))
    paid, shut = finals[Status.WAIT_SELLER_SEND_GOODS], finals[Status.TRADE_CLOSED_BY_TAOBAO]
    assert paid + shut == 500
    assert Payment.objects.count() == 500
    moves = Counter(
        AuditEntry.objects.filter(action__in=["order.paid", "order.closed", "order.reopened"]).values_list(
            "subject_id", flat=True
        )
    )
    assert set(moves.values()) == {1}
    assert moves.keys() == set(tids)
    for order in Order.objects.prefetch_related("payments"):
        (payment,) = order.payments.all()
        if order.status == Status.WAIT_SELLER_SEND_GOODS:
            assert (payment.status, order.paid_fee) == (Payment.Status.APPLIED, Decimal("505.00"))
        else:
            assert (payment.status, order.paid_fee) == (Payment.Status.UNAPPLIED, 0)
    assert Approval.objects.count() == shut
    assert Flag.objects.filter(ended_at__isnull=True).count() == shut
    held = sum(Hold.objects.filter(released_at__isnull=True).values_list("num", flat=True))
    assert Sku.objects.get().held == held
    assert (
        Hold.objects.filter(released_at__isnull=True, order__status=Status.TRADE_CLOSED_BY_TAOBAO).count()
        == 0
    )


def test_payments_made_in_time_always_win() -> None:
    orders = [make_order(created=NOW - timedelta(hours=72)) for _ in range(100)]

    def pay(part: int) -> Callable[[], None]:
        def work() -> None:
            for order in orders[part::4]:
                message = PaymentMessage(f"pay-{order.tid}", Decimal("505.00"), NOW - SECOND)
                record_payment(order.tid, message, now=NOW + SECOND)

        return work

    def close() -> None:
        for _ in range(3):
            close_unpaid_orders(NOW, False)

    together(close, close, *(pay(part) for part in range(4)))

    assert set(Order.objects.values_list("status", flat=True)) == {Status.WAIT_SELLER_SEND_GOODS}
    for tid in Order.objects.values_list("tid", flat=True):
        actions = list(
            AuditEntry.objects.filter(subject_id=tid, action__startswith="order.")
            .order_by("id")
            .values_list("action", flat=True)
        )
        assert actions in (["order.paid"], ["order.closed", "order.reopened"])
    assert not PlatformTask.objects.filter(kind=PlatformTask.Kind.CLOSE, done_at=None).exists()


def test_sixteen_hands_reach_for_the_last_three_pieces() -> None:
    sku = make_sku(stock=3)
    orders = [make_order() for _ in range(16)]
    refusals: list[str] = []

    def take(order: Order) -> Callable[[], None]:
        def work() -> None:
            try:
                holds.place(sku.pk, 1, reason="抢最后一件", order=order, now=NOW)
            except DomainError as refusal:
                refusals.append(refusal.code)

        return work

    together(*(take(order) for order in orders))

    sku.refresh_from_db()
    assert refusals == ["F5"] * 13
    assert (sku.held, Hold.objects.filter(released_at=None).count()) == (3, 3)


@pytest.fixture
def test_database_url() -> Iterator[str]:
    """The address of this test's database, for other processes."""
    parameters = connection.get_connection_params()
    host, port = parameters.get("host", ""), parameters.get("port", "")
    return (
        f"postgresql://{parameters.get('user', '')}:{parameters.get('password', '')}"
        f"@/{parameters['dbname']}?host={host}" + (f"&port={port}" if port else "")
    )


def test_a_worker_killed_while_closing_is_completed_by_the_next(test_database_url: str) -> None:
    count = 20_000
    Order.objects.bulk_create(
        Order(tid=f"9{n:017d}", status=Status.WAIT_BUYER_PAY, created=NOW - timedelta(hours=73), payment=1)
        for n in range(count)
    )
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "run_job", "close_unpaid_orders", "--now", NOW.isoformat()],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": test_database_url, "SECRET_KEY": settings.SECRET_KEY},
        stdout=subprocess.DEVNULL,
    )
    closed = Order.objects.filter(status=Status.TRADE_CLOSED_BY_TAOBAO)
    deadline = time.monotonic() + 60
    while closed.count() < 2000 and time.monotonic() < deadline:
        assert worker.poll() is None, "the worker ended before it could be killed"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    before = closed.count()
    assert 2000 <= before < count

    # The killed connection's open batch is rolled back by the server when it notices.
    done = 0
    while (
        left := Order.objects.filter(status=Status.WAIT_BUYER_PAY).count()
    ) and time.monotonic() < deadline:
        done += close_unpaid_orders(NOW, False).done
    assert left == 0

    assert closed.count() == count
    assert done == count - before or done == count - before - 1000  # a batch whose commit outlived the kill
    audited = AuditEntry.objects.filter(action="order.closed")
    assert audited.count() == audited.values("subject_id").distinct().count() == count
    assert PlatformTask.objects.filter(kind=PlatformTask.Kind.CLOSE).count() == count
