"""M1: what orders count for their buyers."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from members.models import Buyer, SpendEntry
from members.services import Spent, prove_spend, record_spend
from orders.models import Order
from orders.services.payments import PaymentMessage, record_payment
from orders.services.spend import tell_spend
from orders.states import CloseReason, Status
from tests.factories import NOW, make_buyer, make_line, make_order

pytestmark = pytest.mark.django_db


def spend_of(order: Order) -> Decimal:
    return Buyer.objects.values_list("spend", flat=True).get(pk=order.buyer_id)


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        (Status.WAIT_BUYER_PAY, False),
        (Status.WAIT_SELLER_SEND_GOODS, True),
        (Status.WAIT_BUYER_CONFIRM_GOODS, True),
        (Status.TRADE_FINISHED, True),
        (Status.TRADE_CLOSED, False),
        (Status.TRADE_CLOSED_BY_TAOBAO, False),
    ],
)
def test_which_states_count(status: str, counts: bool) -> None:
    reasons = {Status.TRADE_CLOSED: CloseReason.REFUND, Status.TRADE_CLOSED_BY_TAOBAO: CloseReason.TIMEOUT}
    order = make_order("小肥", status=status, close_reason=reasons.get(Status(status), ""))

    tell_spend([order.tid])

    assert spend_of(order) == (Decimal("499.00") if counts else 0)


def test_postage_and_postage_links_do_not_count_special_prices_do() -> None:
    order = make_order(status=Status.TRADE_FINISHED, goods_payable=Decimal("550.00"))
    make_line(order, price=Decimal("499.00"))
    make_line(order, "双眼皮贴 特价", price=Decimal("39.00"))
    make_line(order, "邮费补差价专拍", price=Decimal("1.00"), num=12)

    tell_spend([order.tid])

    assert spend_of(order) == Decimal("538.00")


@pytest.mark.parametrize(
    ("of_line", "of_order", "spend"),
    [("39.00", "39.00", "460.00"), ("0", "505.00", "0.00"), ("0", "20.00", "479.00")],
)
def test_refunds_of_goods_come_off(of_line: str, of_order: str, spend: str) -> None:
    order = make_order(status=Status.TRADE_FINISHED, refund_fee=Decimal(of_order))
    make_line(order, refund_fee=Decimal(of_line))

    tell_spend([order.tid])

    assert spend_of(order) == Decimal(spend)


def test_telling_again_changes_nothing_and_a_closing_takes_it_back() -> None:
    order = make_order(status=Status.TRADE_FINISHED)
    tell_spend([order.tid])
    tell_spend([order.tid])
    assert spend_of(order) == Decimal("499.00")
    assert SpendEntry.objects.count() == 1

    Order.objects.filter(pk=order.pk).update(status=Status.TRADE_CLOSED, close_reason=CloseReason.REFUND)
    tell_spend([order.tid])

    assert spend_of(order) == 0


def test_a_payment_counts_at_once() -> None:
    order = make_order()

    record_payment(order.tid, PaymentMessage("p", Decimal("505.00"), NOW), now=NOW)

    assert spend_of(order) == Decimal("499.00")


def test_an_order_whose_buyer_becomes_known_moves_to_them() -> None:
    order = make_order(None, status=Status.TRADE_FINISHED)
    tell_spend([order.tid])
    assert not SpendEntry.objects.exists()

    order.buyer = make_buyer("小肥")
    order.save()
    tell_spend([order.tid])

    assert spend_of(order) == Decimal("499.00")


def test_the_proof_mends_a_sum_that_is_wrong() -> None:
    make_buyer("小肥")
    record_spend([Spent("小肥", "order", "1", Decimal("10.00"), NOW)])
    Buyer.objects.update(spend=Decimal("99.00"))

    assert prove_spend(NOW, True).subjects == ["小肥"]
    assert prove_spend(NOW, False).done == 1
    assert Buyer.objects.get().spend == Decimal("10.00")
    assert prove_spend(NOW, False).done == 0


def test_the_number_of_statements_does_not_grow(django_assert_num_queries: Callable[..., Any]) -> None:
    tids = [
        make_order(f"买家{n}", status=Status.TRADE_FINISHED, created=NOW - timedelta(days=n)).tid
        for n in range(20)
    ]

    with django_assert_num_queries(3):
        tell_spend(tids)


def test_what_the_ledger_says_already_is_not_told_again(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    order = make_order("小肥", status=Status.TRADE_FINISHED)
    unpaid = make_order("小肥")
    tell_spend([order.tid, unpaid.tid])
    assert SpendEntry.objects.values_list("tid", "kind").get() == (order.tid, "order")

    with django_assert_num_queries(1):
        tell_spend([order.tid, unpaid.tid])
