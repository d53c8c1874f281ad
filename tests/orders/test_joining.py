"""S7 afterwards: what joining gave is given once, and is asked back where the joined sum falls short later."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.approval_kinds import SPECIAL_PRICE
from orders.models import Flag, Note, Order, PostageCredit, RefundTask
from orders.selectors.refunds import read_owed
from orders.services.closing import close_unpaid_orders
from orders.services.flags import FlagRequest, set_flag
from orders.services.joining import flag_broken_joins
from orders.services.payments import PaymentMessage, record_payment
from orders.services.pricing import apply_computed_price
from orders.services.refunds import pay_out_task
from orders.services.special_prices import PriceWish, ask_for_price
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import jobs
from shopdesk.base.errors import Conflict
from shopdesk.base.services import approvals
from tests.factories import NOW, make_staff
from tests.orders.test_pricing import apply, paid, unpaid

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


def flagged(now: Any = LATER) -> list[str]:
    return flag_broken_joins(now, False).subjects


class TestFallingShort:
    def test_the_other_one_is_flagged_with_the_amount(self) -> None:
        other, order = paid(), unpaid()
        pay(apply(order))
        assert flagged() == []
        close(other)

        assert flagged() == [order.tid]

        flag = Flag.objects.get(order=order)
        assert (flag.seller_flag, flag.addressee, flag.set_by) == (1, "agent", None)
        assert flag.until == LATER + timedelta(hours=24)
        # Alone it costs 250 + 6; it paid 244.
        assert Note.objects.get(order=order).text == (
            "一起计邮费的订单有关闭或退款，货款现合计250.00，应补邮费12.00，打单前请处理"
        )

    @pytest.mark.parametrize("settled", [True, False], ids=["flag taken off", "flag stands"])
    def test_it_is_told_once(self, settled: bool) -> None:
        other, order = paid(), unpaid()
        pay(apply(order))
        close(other)
        flagged()
        if settled:
            set_flag(order.tid, FlagRequest(0), actor=make_staff("agent"), now=LATER)

        assert flagged(LATER + timedelta(minutes=5)) == []
        assert Flag.objects.count() == 1

    def test_a_dry_run_tells_and_changes_nothing(self) -> None:
        other, order = paid(), unpaid()
        apply(order)
        close(other)

        assert flag_broken_joins(LATER, True).subjects == [order.tid]
        assert not Flag.objects.exists()

    def test_an_unpaid_order_is_flagged_until_it_is_priced_anew(self) -> None:
        other, order = paid(), unpaid()
        after = apply(order)
        close(other)
        assert flagged() == [order.tid]

        assert apply(after, version=after.version).payment == Decimal("256.00")
        assert flagged(LATER + timedelta(minutes=5)) == []
        assert Order.objects.get(pk=order.pk).seller_flag == 0  # the desk's own flag ends with its reason

    def test_a_refund_of_goods_may_bring_it_below(self) -> None:
        other, order = paid(), unpaid()
        pay(apply(order))
        Order.objects.filter(pk=other.pk).update(refund_fee=Decimal("50.00"))
        assert flagged() == []
        Order.objects.filter(pk=other.pk).update(refund_fee=Decimal("50.01"))

        assert flagged() == [order.tid]

    @pytest.mark.parametrize("status", [Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED])
    def test_what_was_shipped_still_counts(self, status: str) -> None:
        other, order = paid(), unpaid()
        pay(apply(order))
        Order.objects.filter(pk=other.pk).update(status=status)
        close(unpaid("10.00"), Status.TRADE_CLOSED_BY_TAOBAO)

        assert flagged() == []

    def test_where_the_rest_still_reaches_it_nothing_is_said(self) -> None:
        other, order = paid(), unpaid()
        unpaid("260.00")
        pay(apply(order))
        close(other)

        assert flagged() == []

    def test_one_that_was_shipped_is_past_it(self) -> None:
        other, order = paid(), unpaid()
        pay(apply(order))
        close(other)
        Order.objects.filter(pk=order.pk).update(status=Status.WAIT_BUYER_CONFIRM_GOODS)

        assert flagged() == []

    def test_a_price_that_a_supervisor_gave_stays(self) -> None:
        other, order = paid(), unpaid()
        wish = PriceWish(SPECIAL_PRICE, "老客户", Decimal("200.00"))
        approval = ask_for_price(order.tid, wish, version=1, actor=make_staff("agent"), now=NOW)
        approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)
        close(other)

        assert flagged() == []

    def test_the_clock_runs_it_and_statements_do_not_grow_with_what_is_in_order(self) -> None:
        def statements() -> int:
            with CaptureQueriesContext(connection) as captured:
                jobs.run("flag_broken_joins", now=LATER)
            return len(captured)

        paid()
        few = statements()
        for _number in range(5):
            apply(unpaid())
        assert statements() == few


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
        assert flagged() == [first.tid]
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
