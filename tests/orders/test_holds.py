"""F5: shelf lines are held by themselves from placing until closing or shipping; never more than the shelf has."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Hold, Order, OrderLine, Parcel, ParcelLine, Sku, StockMovement
from orders.rules.holds import Wanted, allocate
from orders.services import holds
from orders.services.closing import close_unpaid_orders
from orders.services.payments import PaymentMessage, record_payment
from orders.services.pricing import drop_lines
from orders.states import ParcelStage, Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_line, make_sku, make_staff
from tests.orders.hold_scenes import figures, held_for, ordered, take
from tests.orders.test_import_orders import Desk, item_row, order_row

HOUR = timedelta(hours=1)


def ship(lines: QuerySet[OrderLine] | QuerySet[Any], *, actor: Staff | None = None) -> list[Hold]:
    """What shipping does to the holds of some lines."""
    going = Hold.objects.filter(line__in=lines)
    return holds.end(going, release=Hold.Release.CONSUMED, actor=actor, now=NOW)


class TestWhoGetsWhatTheShelfHas:
    @pytest.mark.parametrize(
        ("free", "wanted", "given"),
        [
            (3, [1, 1, 1, 1], [0, 1, 2]),
            (3, [2, 2, 1], [0, 2]),  # all pieces of a line or none: the second waits, the third fits
            (1, [2], []),
            (0, [1], []),
        ],
    )
    def test_first_come_first_served(self, free: int, wanted: list[int], given: list[int]) -> None:
        lines = [Wanted(line, 7, num) for line, num in enumerate(wanted)]
        assert [want.line for want in allocate({7: free}, lines)] == given

    @given(
        st.dictionaries(st.integers(1, 5), st.integers(0, 9)),
        st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), max_size=20),
    )
    def test_never_more_than_there_is(self, free: dict[int, int], asked: list[tuple[int, int]]) -> None:
        wanted = [Wanted(line, sku, num) for line, (sku, num) in enumerate(asked)]
        given = allocate(free, wanted)
        for sku in range(1, 6):
            assert sum(want.num for want in given if want.sku == sku) <= free.get(sku, 0)


class TestByItself:
    def test_all_pieces_of_a_line_or_none(self, db: None) -> None:
        sku = make_sku(stock=3)
        first, second, third = ordered(sku, 2), ordered(sku, 2), ordered(sku, 1)
        for number, order in enumerate((first, second, third)):
            Order.objects.filter(pk=order.pk).update(created=NOW - timedelta(minutes=10 - number))

        take(first, second, third)

        assert [held_for(order) for order in (first, second, third)] == [2, 0, 1]
        assert figures(sku) == (3, 3)
        hold = Hold.objects.get(order=first)
        assert (hold.line, hold.until, hold.placed_by) == (first.lines.get(), None, None)
        assert AuditEntry.objects.filter(action="hold.placed").count() == 2

    def test_paid_orders_come_before_unpaid_ones_and_the_oldest_payment_first(self, db: None) -> None:
        sku = make_sku(stock=2)
        unpaid = ordered(sku, created=NOW - timedelta(days=2))
        late = ordered(sku, paid=True, pay_time=NOW - HOUR)
        early = ordered(sku, paid=True, pay_time=NOW - 2 * HOUR)

        take(unpaid, late, early)

        assert [held_for(order) for order in (unpaid, late, early)] == [0, 1, 1]

    def test_twice_is_once(self, db: None) -> None:
        sku = make_sku(stock=5)
        order = ordered(sku, 2)
        take(order)
        assert take(order) == set()
        assert figures(sku) == (5, 2)
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
        ):  # and the database holds a line by itself once
            Hold.objects.create(
                sku=sku, order=order, line=order.lines.get(), num=1, reason="x", placed_at=NOW
            )

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"product__kind": "proxy_preorder"}, id="bought after the order"),
            pytest.param({"product__kind": "custom"}, id="made to order"),
            pytest.param({"product__kind": "postage_link"}, id="no goods"),
            pytest.param({"product__virtual": True}, id="virtual"),
            pytest.param({"refunded_at": NOW}, id="refunded before shipping"),
            pytest.param({"order__status": Status.WAIT_BUYER_CONFIRM_GOODS}, id="on its way"),
            pytest.param({"order__status": Status.TRADE_FINISHED}, id="finished"),
            pytest.param({"order__partly_shipped": True}, id="partly sent by the platform alone"),
        ],
    )
    def test_what_is_not_held(self, db: None, change: dict[str, Any]) -> None:
        sku = make_sku(stock=5)
        order = ordered(sku, paid=True)
        line = order.lines.get()
        for path, value in change.items():
            owner, _, name = path.rpartition("__")
            subject = getattr(line, owner) if owner else line
            setattr(subject, name, value)
            subject.save()

        assert take(order) == set()
        assert figures(sku) == (5, 0)

    def test_the_rest_of_an_order_that_we_sent_in_part_is_held(self, db: None) -> None:
        sku = make_sku(stock=5)
        order = ordered(sku, paid=True, partly_shipped=True)
        rest = make_line(order, sku.product.title, sku=sku)
        parcel = Parcel.objects.create(
            order=order, stage=ParcelStage.SHIPPED, planned_at=NOW, shipped_at=NOW, carrier="zhongtong",
            invoice_no="757", slip_version=1,
        )  # fmt: skip
        ParcelLine.objects.create(parcel=parcel, order=order, line=order.lines.first())

        assert take(order) == {rest.pk}

    def test_the_statements_are_as_many_for_one_order_as_for_fifty(
        self, db: None, django_assert_num_queries: Any
    ) -> None:
        sku = make_sku(stock=100)
        orders = [ordered(sku) for _ in range(50)]
        for some in (orders[:1], orders[1:]):
            with django_assert_num_queries(8), transaction.atomic():  # with the savepoint
                holds.take([order.tid for order in some], now=NOW)
        assert figures(sku) == (100, 50)


class TestUntilClosingOrShipping:
    def test_closing_gives_back_and_whoever_waits_gets_it(self, db: None) -> None:
        sku = make_sku(stock=1)
        due = ordered(sku, created=NOW - timedelta(hours=72))
        waiting = ordered(sku)
        take(due)

        close_unpaid_orders(NOW, False)

        assert (held_for(due), held_for(waiting)) == (0, 1)
        assert figures(sku) == (1, 1)

    def test_a_line_that_gives_back_does_not_take_again_at_once(self, db: None) -> None:
        sku = make_sku(stock=1)
        order = ordered(sku, paid=True)
        take(order)

        with transaction.atomic():
            ended = holds.release_lines([order.lines.get().pk], release=Hold.Release.CHANGED, now=NOW)

        assert [hold.release for hold in ended] == [Hold.Release.CHANGED]
        assert figures(sku) == (1, 0)

    def test_shipping_takes_the_pieces_out_of_the_stock(self, db: None) -> None:
        sku = make_sku(stock=5)
        order, other = ordered(sku, 2, paid=True), ordered(sku, 1, paid=True)
        warehouse = make_staff("warehouse")
        take(order, other)

        with transaction.atomic():
            ended = ship(order.lines.all(), actor=warehouse)

        assert [(hold.num, hold.release) for hold in ended] == [(2, "consumed")]
        assert figures(sku) == (3, 1)
        moved = StockMovement.objects.get()
        assert (moved.kind, moved.num, moved.stock, moved.by, moved.reason) == (
            "shipped", -2, 3, warehouse, order.tid,
        )  # fmt: skip

    def test_many_holds_of_one_sku_leave_a_stock_after_each(self, db: None) -> None:
        sku = make_sku(stock=9)
        orders = [ordered(sku, num, paid=True) for num in (1, 2, 3)]
        take(*orders)
        lines = OrderLine.objects.values_list("pk", flat=True)

        with transaction.atomic():
            ship(lines)

        assert figures(sku) == (3, 0)
        moved = StockMovement.objects.order_by("pk").values_list("num", "stock")
        assert sum(num for num, _ in moved) == -6
        stock = 9
        for num, after in moved:
            stock += num
            assert after == stock

    def test_shipping_twice_takes_out_once(self, db: None) -> None:
        sku = make_sku(stock=2)
        order = ordered(sku, 2, paid=True)
        take(order)
        for _ in range(2):
            with transaction.atomic():
                ship(order.lines.all())
        assert figures(sku) == (0, 0)

    def test_a_reopened_order_holds_again_or_is_flagged(self, db: None) -> None:
        sku = make_sku(stock=1)
        order = ordered(sku, created=NOW - timedelta(hours=73))
        take(order)
        close_unpaid_orders(NOW - HOUR, False)
        assert figures(sku) == (1, 0)

        record_payment(order.tid, PaymentMessage("p", Decimal("505.00"), NOW - 2 * HOUR), now=NOW)

        order.refresh_from_db()
        assert (order.status, held_for(order), order.seller_flag) == (Status.WAIT_SELLER_SEND_GOODS, 1, 0)

    def test_dropped_lines_give_back(self, db: None) -> None:
        ensure_starting_tariffs()
        sku = make_sku(stock=5)
        order = ordered(sku, 2)
        make_line(order, "纯银耳钉", price=Decimal("89.00"))
        take(order)

        drop_lines(order.tid, [1], reason="unwanted", version=1, actor=make_staff("agent"), now=NOW)

        assert figures(sku) == (5, 0)
        assert Hold.objects.get().release == Hold.Release.CHANGED


class TestImports:
    """D1, F5: wherever a line appears, it is held; wherever its order goes, the hold goes with it."""

    def test_a_line_is_held_as_it_comes_and_leaves_with_its_parcel(self, db: None, tmp_path: Path) -> None:
        sku = make_sku("【韩国现货】小白鞋", stock=3)
        desk = Desk(tmp_path)

        desk.take(order_row("买家已付款，等待卖家发货"))
        desk.take(item_row(oid="11", 购买数量="2"))
        assert figures(sku) == (3, 2)
        assert Hold.objects.get().line == OrderLine.objects.get()
        desk.take(item_row(oid="11", 购买数量="2"))
        assert figures(sku) == (3, 2)
        desk.take(order_row("卖家已发货，等待买家确认", **{"物流单号 ": "No:75700000001"}))

        assert figures(sku) == (1, 0)
        assert StockMovement.objects.get().num == -2

    def test_rows_that_waited_are_held_with_their_order(self, db: None, tmp_path: Path) -> None:
        sku = make_sku("【韩国现货】小白鞋", stock=3)
        desk = Desk(tmp_path)
        desk.take(item_row(oid="11"))
        assert figures(sku) == (3, 0)
        desk.take(order_row())
        assert figures(sku) == (3, 1)

    def test_the_price_is_that_of_the_newest_order(self, db: None, tmp_path: Path) -> None:
        desk = Desk(tmp_path)
        desk.take(order_row(), order_row(tid="4326000000000000009", 订单创建时间="2026-11-18 12:00:00"))
        desk.take(item_row(oid="11", 价格="399.00"))
        assert Sku.objects.get().price == Decimal("399.00")
        desk.take(item_row(tid="4326000000000000009", oid="12", 价格="599.00"))
        assert Sku.objects.get().price == Decimal("399.00")
