"""S7 afterwards: what joining gave is given once, and owed only once the joined order is paid."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import Flag, Note, Order, PostageCredit, RefundTask
from orders.selectors.refunds import read_owed
from orders.services.closing import close_unpaid_orders
from orders.services.joining import SHORT_LABEL
from orders.services.payments import PaymentMessage, record_payment
from orders.services.pricing import apply_computed_price
from orders.services.refunds import pay_out_task
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base.errors import Conflict
from tests.factories import NOW, make_staff
from tests.orders.price_scenes import paid, unpaid
from tests.orders.test_pricing import apply

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    ensure_starting_tariffs()


def close(order: Order, status: str = Status.TRADE_CLOSED) -> None:
    reason = "refund" if status == Status.TRADE_CLOSED else "timeout"
    Order.objects.filter(pk=order.pk).update(status=status, close_reason=reason, end_time=NOW)


def pay(order: Order, number: str = "p", at: Any = NOW) -> Order:
    order.refresh_from_db()
    record_payment(order.tid, PaymentMessage(number, order.payment, at), now=NOW)
    order.refresh_from_db()
    return order


class TestGivenOnce:
    def test_a_closed_order_gives_its_credit_back(self) -> None:
        other, first, second = paid(), unpaid(), unpaid()
        apply(first)
        close(first, Status.TRADE_CLOSED_BY_TAOBAO)

        after = apply(second)

        assert (after.post_fee_credit, after.payment) == (Decimal("6.00"), Decimal("244.00"))
        credit = PostageCredit.objects.get()
        assert (credit.paid_on, credit.given_to) == (other, second)

    def test_one_that_is_reopened_after_its_credit_went_on_is_flagged(self) -> None:
        paid()
        first = unpaid(created=NOW - timedelta(hours=72, minutes=1))
        apply(first)
        close_unpaid_orders(NOW, False)
        second = apply(unpaid())
        assert second.payment == Decimal("244.00")

        reopened = pay(first, at=NOW - timedelta(minutes=5))

        assert (reopened.status, reopened.payment) == (Status.WAIT_SELLER_SEND_GOODS, Decimal("244.00"))
        flag = Flag.objects.get(order=first, ended_at__isnull=True)
        assert flag.label == SHORT_LABEL
        assert "应补邮费6.00" in Note.objects.get(order=first).text


class TestOwed:
    @pytest.fixture
    def task(self) -> RefundTask:
        paid("600.00")
        apply(unpaid("4.00"))
        return RefundTask.objects.get()

    def test_it_is_paid_out_only_once_the_joined_order_is_paid(
        self, task: RefundTask, client_of: Callable[..., Client]
    ) -> None:
        agent = make_staff("agent")
        page = client_of("agent").get(reverse("refunds")).content.decode()
        assert "once the order is paid" in page
        with pytest.raises(Conflict, match="not paid") as refusal:
            pay_out_task(task.pk, actor=agent, now=NOW)
        assert refusal.value.code == "S7"

        pay(task.order)

        assert [debt.due for debt in read_owed()[0]] == [True]
        assert pay_out_task(task.pk, actor=agent, now=NOW).done_by == agent

    def test_a_closed_order_is_owed_nothing(self, task: RefundTask) -> None:
        close(task.order, Status.TRADE_CLOSED_BY_TAOBAO)

        assert read_owed() == ([], False)
        with pytest.raises(Conflict):
            pay_out_task(task.pk, actor=make_staff("agent"), now=NOW)


goods = st.decimals("1", "600", places=2)
places = st.integers(0, 5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("paid"), goods, st.decimals("0", "12", places=2)),
        st.tuples(st.just("unpaid"), goods),
        st.tuples(st.sampled_from(["price", "price", "pay", "close"]), places),
    ),
    min_size=4,
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_credit_is_given_at_most_once_over_any_sequence_of_sibling_orders(
    steps: list[tuple[Any, ...]],
) -> None:
    """Whatever is placed, priced, paid and closed in whatever order."""
    agent = make_staff("agent")
    with transaction.atomic():
        orders: list[Order] = []
        for number, (action, *values) in enumerate(steps):
            if action == "paid":
                orders.append(paid(str(values[0]), str(values[1])))
            elif action == "unpaid":
                orders.append(unpaid(str(values[0])))
            elif orders:
                _move(orders[values[0] % len(orders)], action, number, agent)
            _check_credits()
        transaction.set_rollback(True)


def _move(order: Order, action: str, number: int, agent: Any) -> None:
    order.refresh_from_db()
    if order.status != Status.WAIT_BUYER_PAY:
        return
    if action == "price":
        apply_computed_price(order.tid, version=order.version, actor=agent, now=NOW)
    elif action == "pay":
        pay(order, f"p{number}")
    else:
        close(order, Status.TRADE_CLOSED_BY_TAOBAO)


def _check_credits() -> None:
    live = Order.objects.exclude(status=Status.TRADE_CLOSED_BY_TAOBAO)
    for order in live:
        owed = sum((task.amount for task in order.refund_tasks.all()), Decimal(0))
        given = sum((credit.amount for credit in order.postage_credits.all()), Decimal(0))
        assert order.post_fee_credit + owed == given
    for paying in live:
        back = PostageCredit.objects.filter(paid_on=paying, given_to__in=live)
        assert sum((credit.amount for credit in back), Decimal(0)) <= paying.post_fee
