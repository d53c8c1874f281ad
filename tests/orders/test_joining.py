"""S7: orders whose goods bring free postage together ship together; what falls short later is told."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.imports.rows import OrderRow
from orders.models import Flag, Order, Parcel
from orders.services.closing import close_unpaid_orders, close_with_consent
from orders.services.imports.orders import import_orders
from orders.services.joining import SHORT_LABEL, flag_shortfalls
from orders.services.parcels.planning import plan
from orders.services.payments import PaymentMessage, record_payment
from orders.services.pricing import apply_computed_price
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from tests.factories import NOW, make_order, make_paid_order, make_staff
from tests.orders.parcel_scenes import parcel_of, printed, shelf_line

pytestmark = pytest.mark.django_db
ADDRESS = "浙江省 杭州市 西湖区 示例街道1号"


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    ensure_starting_tariffs()


def order_of(goods: str, *, paid: bool, **fields: Any) -> Order:
    make = make_paid_order if paid else make_order
    order = make(
        "琥珀", goods_payable=Decimal(goods), receiver_state="浙江", receiver_address=ADDRESS, **fields
    )  # fmt: skip
    shelf_line(order, price=Decimal(goods))
    plan([order.tid], now=NOW)
    return order


def priced(order: Order) -> Order:
    order.refresh_from_db()
    apply_computed_price(order.tid, version=order.version, actor=make_staff("agent"), now=NOW)
    order.refresh_from_db()
    return order


def paid_in_full(order: Order) -> None:
    record_payment(order.tid, PaymentMessage("p", order.payment, NOW), now=NOW)
    order.refresh_from_db()


def groups() -> list[str]:
    return list(Order.objects.order_by("tid").values_list("joined", flat=True))


def test_the_worked_example_ships_in_one_parcel() -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)

    priced(second)

    assert second.payment == Decimal("244.00")
    assert groups() == [first.tid, first.tid]
    paid_in_full(second)
    assert parcel_of(first) == parcel_of(second)
    assert Parcel.objects.count() == 1


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (("300.00", True), ("250.00", False), True),  # the sum reaches it, the postage paid comes off
        (("300.00", False), ("250.00", False), True),  # the sum reaches it
        (("100.00", True), ("250.00", False), False),  # it does not
        (("100.00", True), ("600.00", False), True),  # free by itself, but the postage paid comes off
        (("100.00", False), ("600.00", False), False),  # free by itself: joining brought nothing
    ],
)
def test_only_what_joining_brought_joins(
    first: tuple[str, bool], second: tuple[str, bool], joined: bool
) -> None:
    one = order_of(first[0], paid=first[1])
    other = order_of(second[0], paid=second[1])

    priced(other)

    assert groups() == ([one.tid] * 2 if joined else ["", ""])


def test_a_third_order_comes_into_the_group_and_one_that_needs_it_no_more_leaves() -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)
    priced(second)
    third = order_of("20.00", paid=False)
    priced(third)
    assert groups() == [first.tid] * 3

    Order.objects.filter(pk__in=[first.pk, second.pk]).update(partly_shipped=True)
    priced(third)

    assert groups() == [first.tid, first.tid, ""]
    assert third.post_fee == Decimal("6.00")


def test_a_group_of_one_is_none() -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)
    priced(second)
    Order.objects.filter(pk=first.pk).update(partly_shipped=True)

    priced(second)

    assert groups() == ["", ""]


def close_by_import(order: Order) -> None:
    import_orders(
        [OrderRow(row=2, tid=order.tid, status=Status.TRADE_CLOSED, end_time=NOW)], file_name="a.csv", now=NOW
    )


def refund_line(order: Order) -> None:
    order.lines.update(refunded_at=NOW)
    flag_shortfalls([order.tid], now=NOW)


@pytest.mark.parametrize("fall", [close_by_import, refund_line])
def test_what_falls_short_is_flagged_red_with_the_amount(fall: Callable[[Order], None]) -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)
    paid_in_full(priced(second))

    fall(first)

    flag = Flag.objects.get(ended_at__isnull=True)
    assert (flag.order_id, flag.seller_flag, flag.label, flag.addressee) == (
        second.tid,
        1,
        SHORT_LABEL,
        "agent",
    )
    # By itself it costs 256.00: its own postage, and nothing off for the first one's. It paid 244.00.
    assert flag.note is not None
    assert "应补邮费12.00，" in flag.note.text
    assert flag.until == NOW + timedelta(hours=24)


def test_it_is_told_once_even_after_somebody_took_the_flag_off() -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)
    paid_in_full(priced(second))
    close_by_import(first)
    Flag.objects.update(ended_at=NOW)

    assert flag_shortfalls([first.tid], now=NOW) == []
    close_unpaid_orders(NOW, False)
    assert Flag.objects.count() == 1


def test_the_one_that_paid_its_postage_is_not_flagged() -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)
    paid_in_full(priced(second))

    close_by_import(second)

    assert not Flag.objects.filter(order=first).exists()


def test_an_unpaid_order_that_times_out_or_is_closed_leaves_the_other_short() -> None:
    for close in (
        lambda order: close_unpaid_orders(NOW + timedelta(hours=72), False),
        lambda order: close_with_consent(
            order.tid,
            version=order.version,
            channel="phone",
            agreed_at=NOW,
            actor=make_staff("agent"),
            now=NOW,
        ),
    ):
        first, second = order_of("300.00", paid=False), order_of("250.00", paid=False)
        paid_in_full(priced(second))
        assert second.payment == Decimal("250.00")
        first.refresh_from_db()

        close(first)

        first.refresh_from_db()
        assert first.status == Status.TRADE_CLOSED_BY_TAOBAO
        flag = Flag.objects.get(order=second, ended_at__isnull=True)
        assert flag.note is not None
        assert "应补邮费6.00，" in flag.note.text
        Order.objects.update(receiver_address="别处")  # the next round stands by itself


def test_a_sum_that_still_reaches_it_flags_nobody() -> None:
    first, second = order_of("600.00", paid=True), order_of("250.00", paid=False)
    third = order_of("20.00", paid=False)
    paid_in_full(priced(second))
    paid_in_full(priced(third))

    close_by_import(second)

    assert not Flag.objects.filter(label=SHORT_LABEL).exists()
    assert first.tid in groups()


def test_the_joining_card_says_what_is_printed_already(client_of: Callable[..., Client]) -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)
    address = reverse("orders:detail", args=[second.tid])
    client = client_of("agent")
    assert "Its slip is printed" not in client.get(address).content.decode()

    printed(first)

    page = client.get(address).content.decode()
    assert "Its slip is printed" in page


def test_a_joined_order_that_is_paid_late_goes_into_the_printed_parcel() -> None:
    first, second = order_of("300.00", paid=True), order_of("250.00", paid=False)
    priced(second)
    parcel = printed(first)

    paid_in_full(second)

    assert parcel_of(second).pk == parcel.pk
    assert second.notices.get().kind == "joined"
