"""F1, S7, S8: the planned parcels follow what is paid, in a constant number of statements."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from orders.imports.rows import OrderRow
from orders.models import ChangeNotice, Order, Parcel, ParcelLine, Slip
from orders.services.imports.orders import import_orders
from orders.services.parcels.planning import plan
from orders.services.payments import PaymentMessage, record_payment
from orders.states import ParcelStage, Status
from tests.factories import NOW, make_line, make_order, make_paid_order, make_product
from tests.orders.parcel_scenes import CUSTOM, PREORDER, SHELF, parcel_of, printed, ready_order, shelf_line

pytestmark = pytest.mark.django_db


def parcels_of(*orders: Order) -> list[tuple[str, str, list[int]]]:
    """Each live parcel of the orders: part, stage, and the numbers of its lines."""
    found = Parcel.objects.filter(lines__order__in=orders, lines__live=True).distinct().order_by("pk")
    return [
        (parcel.part, parcel.stage, sorted(parcel.lines.filter(live=True).values_list("line_id", flat=True)))
        for parcel in found
    ]


def test_a_paid_order_has_one_planned_parcel_with_all_that_travels() -> None:
    order = make_paid_order(receiver_state="香港")
    shelf, later = make_line(order, SHELF), make_line(order, PREORDER)
    make_line(order, "邮费补差价")
    virtual = make_line(order, "电子礼品卡")
    virtual.product.virtual = True
    virtual.product.save()
    make_line(order, CUSTOM, refunded_at=NOW)

    plan([order.tid], now=NOW)

    assert parcels_of(order) == [("whole", "planned", [shelf.pk, later.pk])]
    parcel = parcel_of(order)
    assert (parcel.order_id, parcel.buyer_id, parcel.carrier) == (order.tid, order.buyer_id, "shunfeng")
    # O13: the longest promise among its lines governs.
    assert parcel.ship_by == order.pay_time + timedelta(days=15)


@pytest.mark.parametrize(
    ("fields", "titles", "parts"),
    [
        ({}, [SHELF, PREORDER], {"whole": 2}),
        ({"shelf_goods_first": True}, [SHELF, PREORDER, CUSTOM], {"shelf": 1, "rest": 2}),
        ({"shelf_goods_first": True}, [SHELF, SHELF], {"whole": 2}),
        ({"shelf_goods_first": True}, [PREORDER, CUSTOM], {"whole": 2}),
        ({"goods_payable": Decimal("2999.99")}, [SHELF, PREORDER], {"whole": 2}),
        ({"goods_payable": Decimal("3000.00")}, [SHELF, PREORDER], {"shelf": 1, "rest": 1}),
        ({"goods_payable": Decimal("9000.00"), "forwarder": True}, [SHELF, PREORDER], {"whole": 2}),
        ({"shelf_goods_first": True, "forwarder": True}, [SHELF, PREORDER], {"whole": 2}),
    ],
)
def test_shelf_goods_go_first_when_asked_or_from_3000(
    fields: dict[str, Any], titles: list[str], parts: dict[str, int]
) -> None:
    order = make_paid_order(**fields)
    for title in titles:
        make_line(order, title)

    plan([order.tid], now=NOW)

    assert {part: len(lines) for part, _stage, lines in parcels_of(order)} == parts


def test_postage_links_do_not_count_towards_3000() -> None:
    order = make_paid_order(goods_payable=Decimal("3005.00"))
    for title in (SHELF, PREORDER):
        make_line(order, title)
    make_line(order, "补差价", price=Decimal("6.00"))

    plan([order.tid], now=NOW)

    assert [part for part, *_ in parcels_of(order)] == ["whole"]


def test_planning_again_changes_nothing_and_a_change_of_mind_leaves_no_trace() -> None:
    order = make_paid_order()
    make_line(order, SHELF), make_line(order, PREORDER)
    plan([order.tid], now=NOW)
    before = list(Parcel.objects.values()), list(ParcelLine.objects.values())

    plan([order.tid], now=NOW + timedelta(hours=1))
    assert (list(Parcel.objects.values()), list(ParcelLine.objects.values())) == before

    for wanted, parts in ((True, ["shelf", "rest"]), (False, ["whole"])):
        Order.objects.update(shelf_goods_first=wanted)
        plan([order.tid], now=NOW)
        assert [part for part, *_ in parcels_of(order)] == parts
        assert Parcel.objects.count() == len(parts)


def test_joined_orders_share_the_parcel_of_the_lowest_number() -> None:
    first, second, unpaid = make_paid_order("琥珀"), make_paid_order("琥珀"), make_order("琥珀")
    lines = [make_line(order, SHELF).pk for order in (first, second)]
    make_line(unpaid, SHELF)
    Order.objects.update(joined=first.tid)

    plan([second.tid], now=NOW)

    assert parcels_of(first, second, unpaid) == [("whole", "planned", lines)]
    assert parcel_of(second).order_id == first.tid


def test_when_the_leading_order_goes_the_parcel_follows_the_next() -> None:
    first, second = make_paid_order("琥珀"), make_paid_order("琥珀")
    lines = [make_line(order, SHELF).pk for order in (first, second)]
    Order.objects.update(joined=first.tid)
    plan([first.tid], now=NOW)
    Order.objects.filter(pk=first.tid).update(status=Status.TRADE_CLOSED, close_reason="refund")

    plan([first.tid], now=NOW)

    assert parcels_of(first, second) == [("whole", "planned", lines[1:])]
    assert parcel_of(second).order_id == second.tid


def test_what_is_joined_to_a_printed_parcel_goes_into_it_and_its_slip_is_void() -> None:
    first = ready_order("琥珀")
    parcel = printed(first)
    second = make_paid_order("琥珀")
    line = shelf_line(second)
    Order.objects.update(joined=first.tid)

    plan([second.tid], now=NOW)

    assert parcel_of(second).pk == parcel.pk
    assert [len(lines) for *_rest, lines in parcels_of(first, second)] == [2]
    slip = Slip.objects.get()
    assert (slip.void_reason, slip.voided_at) == ("changed", NOW)
    notice = ChangeNotice.objects.get()
    assert (notice.order_id, notice.kind, notice.stage, slip.notice) == (
        second.tid,
        "joined",
        "printed",
        notice,
    )
    assert parcel.lines.filter(line=line, live=True).exists()
    plan([second.tid], now=NOW)
    assert ChangeNotice.objects.count() == 1


@pytest.mark.parametrize("stage", ["packed", "shipped"])
def test_what_is_packed_or_sent_is_left_alone_and_later_goods_go_by_themselves(stage: str) -> None:
    first = ready_order("琥珀")
    parcel = printed(first)
    Parcel.objects.update(stage=stage, shipped_at=NOW, carrier="zhongtong", invoice_no="1")
    second = make_paid_order("琥珀")
    line = shelf_line(second)
    Order.objects.update(joined=first.tid)

    plan([second.tid], now=NOW)

    assert parcel_of(second).pk != parcel.pk
    assert parcels_of(second) == [("whole", "planned", [line.pk])]
    assert not ChangeNotice.objects.exists()


def test_a_parcel_that_was_printed_once_is_voided_and_not_forgotten() -> None:
    order = ready_order()
    parcel = printed(order)
    Parcel.objects.update(stage=ParcelStage.PLANNED)
    Order.objects.update(status=Status.TRADE_CLOSED, close_reason="refund")

    plan([order.tid], now=NOW)

    parcel.refresh_from_db()
    assert (parcel.stage, parcel.version) == ("voided", 3)
    assert not Parcel.objects.exclude(pk=parcel.pk).exists()


def row(order: Order, status: str, **facts: Any) -> OrderRow:
    return OrderRow(row=2, tid=order.tid, status=status, **facts)


@pytest.mark.parametrize(
    ("status", "facts"),
    [
        (Status.WAIT_BUYER_CONFIRM_GOODS, {"invoice_no": "73100000000001", "logistics_company": "中通快递"}),
        (Status.TRADE_FINISHED, {"end_time": NOW}),
        (Status.TRADE_CLOSED, {"end_time": NOW}),
    ],
)
def test_what_an_import_shows_as_sent_or_closed_leaves_the_queue(status: str, facts: dict[str, Any]) -> None:
    order = ready_order()

    import_orders([row(order, status, **facts)], file_name="a.csv", now=NOW)

    order.refresh_from_db()
    assert order.status == status
    assert not Parcel.objects.exclude(stage=ParcelStage.SHIPPED).exists()
    assert not ParcelLine.objects.exclude(parcel__stage=ParcelStage.SHIPPED).exists()


def test_an_import_that_shows_an_order_as_paid_plans_its_parcel() -> None:
    order = make_order()
    line = make_line(order, SHELF)

    import_orders(
        [row(order, Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW, paid_fee=order.payment)],
        file_name="a.csv", now=NOW,
    )  # fmt: skip

    assert parcels_of(order) == [("whole", "planned", [line.pk])]


def test_planning_takes_the_same_statements_for_one_order_and_for_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def orders(number: int) -> list[str]:
        made = [make_paid_order(shelf_goods_first=True) for _ in range(number)]
        for order in made:
            make_line(order, SHELF), make_line(order, PREORDER)
        return [order.tid for order in made]

    for number in (1, 12):
        tids = orders(number)
        with django_assert_num_queries(9):
            plan(tids, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_payments_of_joined_orders_at_once_make_one_parcel() -> None:
    make_product(SHELF)
    for _round in range(5):
        orders = [make_order("琥珀", created=timezone.now()) for _ in range(2)]
        for order in orders:
            make_line(order, SHELF)
        Order.objects.filter(pk__in=[order.tid for order in orders]).update(joined=orders[0].tid)
        barrier = threading.Barrier(2)
        errors: list[Exception] = []

        def pay(order: Order) -> Callable[[], None]:
            def run() -> None:
                barrier.wait()  # noqa: B023 (joined before the next round)
                try:
                    record_payment(order.tid, PaymentMessage("p", order.payment, timezone.now()))
                except Exception as error:
                    errors.append(error)  # noqa: B023
                finally:
                    connections.close_all()

            return run

        threads = [threading.Thread(target=pay(order)) for order in orders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert errors == []
        assert [len(lines) for *_rest, lines in parcels_of(*orders)] == [2]
