"""F5 at the same moment: real threads, real connections, one killed; never more than the shelf has."""

import threading

import pytest
from django.db import OperationalError, connection, connections, transaction

from orders.models import Hold, Order
from orders.rules.holds import HAND_HOLD
from orders.selectors.waiting import waiting_for_shelf
from orders.services import hand_holds, holds
from orders.services.hand_holds import release_expired_holds
from shopdesk.base.errors import DomainError
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.hold_scenes import figures, ordered, take
from tests.orders.test_races import together


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_16_threads_take_the_last_three_pieces(self) -> None:
        sku = make_sku(stock=3)
        agent = make_staff("agent")
        refusals: list[str] = []

        def grab() -> None:
            try:
                hand_holds.keep(sku.pk, 1, reason="抢最后一件", actor=agent, now=NOW)
            except DomainError as refusal:
                refusals.append(f"{refusal.code} {refusal.message}")

        together(*[grab] * 16)

        assert figures(sku) == (3, 3)
        assert Hold.objects.count() == 3
        assert refusals == ["F5 Only 0 of 3 pieces are free, 1 were asked for."] * 13

    def test_16_orders_come_in_at_once_for_the_last_three_pieces(self) -> None:
        sku = make_sku(stock=3)
        orders = [ordered(sku) for _ in range(16)]

        together(*[lambda order=order: take(order) for order in orders])

        assert figures(sku) == (3, 3)
        assert Hold.objects.filter(released_at=None).count() == 3
        assert waiting_for_shelf().count() == 13

    def test_orders_give_back_and_take_two_skus_each_in_all_directions(self) -> None:
        skus = [make_sku(properties=str(number), stock=2) for number in range(4)]
        orders = []
        for number in range(12):
            order = make_paid_order()
            for sku in (skus[number % 4], skus[(number + 3) % 4]):
                make_line(order, sku=sku, sku_properties_name=sku.sku_properties_name)
            orders.append(order)

        def work(order: Order) -> None:
            lines = list(order.lines.values_list("pk", flat=True))
            for _ in range(4):
                with transaction.atomic():
                    Order.objects.select_for_update().get(pk=order.pk)
                    holds.take([order.tid], now=NOW)
                with transaction.atomic():
                    Order.objects.select_for_update().get(pk=order.pk)
                    holds.release_lines(lines, release=Hold.Release.CHANGED, now=NOW)

        together(*[lambda order=order: work(order) for order in orders])

        for sku in skus:
            stock, held = figures(sku)
            assert 0 <= held <= stock == 2
        release_expired_holds(NOW, False)
        assert sum(figures(sku)[1] for sku in skus) == 8  # nothing lies idle while somebody waits

    def test_two_copies_of_the_job_release_once(self) -> None:
        sku = make_sku(stock=50)
        agent = make_staff("agent")
        for _ in range(50):
            hand_holds.keep(sku.pk, 1, reason="x", actor=agent, now=NOW)
        done: list[int] = []

        together(*[lambda: done.append(release_expired_holds(NOW + HAND_HOLD, False).done)] * 4)

        assert sum(done) == 50
        assert figures(sku) == (50, 0)
        assert AuditEntry.objects.filter(action="hold.released").count() == 50

    def test_a_killed_request_leaves_no_half_hold(self) -> None:
        sku = make_sku(stock=3)
        order = ordered(sku)
        placed, killed = threading.Event(), threading.Event()
        backend: list[int] = []
        errors: list[BaseException] = []

        def request() -> None:
            try:
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_backend_pid()")
                        backend.extend(cursor.fetchone())
                    holds.take([order.tid], now=NOW)
                    placed.set()
                    killed.wait(10)
                    Hold.objects.count()
            except BaseException as error:
                errors.append(error)
            finally:
                placed.set()
                connections.close_all()

        thread = threading.Thread(target=request)
        thread.start()
        placed.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", backend)
        killed.set()
        thread.join()

        assert isinstance(errors[0], OperationalError)
        assert figures(sku) == (3, 0)
        assert not Hold.objects.exists()
        assert not AuditEntry.objects.filter(action="hold.placed").exists()
        take(order)  # and the shelf is not locked
        assert figures(sku) == (3, 1)
