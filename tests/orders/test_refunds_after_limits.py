"""A9, F4: refunds of shipped goods, over all together never more than was paid, and only of what is out."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Buyer, SpendEntry
from orders.models import Order, OrderLine, PlatformTask, PostageCredit, Refund, RefundTask
from orders.services.refunds_after import owe_after_sale, withdraw_after_sale
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff
from tests.orders.after_sale_scenes import NICK, left, refund, sent_order, state
from tests.orders.refund_scenes import tick
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
D = Decimal


class TestNeverMoreThanWasPaid:
    """A9, over all refunds of a line together, open or done."""

    @pytest.mark.parametrize(
        ("amounts", "postage"),
        [
            ({1: "499.01"}, "0.00"),
            ({2: "100.01"}, "0.00"),
            ({1: "499.00", 2: "100.01"}, "0.00"),
            ({1: "1.00"}, "6.01"),
            ({1: "-1.00", 2: "2.00"}, "0.00"),
            ({1: "1.00"}, "-0.01"),
            ({}, "0.00"),
            ({1: "0.00"}, "0.00"),
            ({1: "0.004"}, "0.00"),
        ],
    )
    def test_what_cannot_be_refunded_changes_nothing(self, amounts: dict[int, str], postage: str) -> None:
        order = sent_order("499.00", "100.00")
        agent = make_staff("agent")
        before = state(order)

        with pytest.raises(DomainError) as refused:
            refund(order, amounts, postage, actor=agent)

        assert refused.value.code == "A9"
        assert state(order) == before

    @pytest.mark.parametrize("done", [False, True])
    def test_the_next_refund_has_only_what_the_one_before_left(self, done: bool) -> None:
        order = sent_order("499.00")
        refund(order, {1: "400.00"}, "4.00")
        if done:
            tick(order)
        assert left(order) == (["99.00"], "2.00", "101.00")

        for amounts, postage in (({1: "99.01"}, "0.00"), ({}, "2.01")):
            with pytest.raises(DomainError):
                refund(order, amounts, postage)

        refund(order, {1: "99.00"}, "2.00")
        assert left(order) == (["0.00"], "0.00", "0.00")

    def test_what_taobao_refunded_by_itself_counts(self) -> None:
        order = sent_order("499.00", "100.00")
        OrderLine.objects.filter(order=order, position=1).update(refund_fee="450.00")
        Order.objects.filter(pk=order.pk).update(refund_fee="450.00")

        assert left(order) == (["49.00", "100.00"], "6.00", "155.00")

    def test_what_was_paid_less_than_is_due_bounds_all(self) -> None:
        order = sent_order("499.00")
        Order.objects.filter(pk=order.pk).update(paid_fee="300.00")

        assert left(order) == (["300.00"], "6.00", "300.00")

        with pytest.raises(DomainError):
            refund(order, {1: "299.00"}, "6.00")

    @pytest.mark.parametrize(
        ("reason", "rule"), [("late_postage", "S10"), ("lower_postage", "O10"), ("after_sale", "A9")]
    )
    def test_postage_that_is_owed_back_is_not_refunded_again(self, reason: str, rule: str) -> None:
        order = sent_order("499.00")
        RefundTask.objects.create(order=order, reason=reason, rule=rule, amount=D("6.00"), opened_at=NOW)

        assert left(order)[1] == ("6.00" if reason == "after_sale" else "0.00")

    def test_postage_that_was_credited_to_another_order_is_not_refunded(self) -> None:
        order, other = sent_order("499.00"), make_order(NICK)
        PostageCredit.objects.create(paid_on=order, given_to=other, amount=D("4.00"), at=NOW)

        assert left(order)[1] == "2.00"

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 60000),
                st.integers(0, 15000),
                st.integers(0, 900),
                st.sampled_from(["tick", "take", ""]),
            ),
            min_size=1,
            max_size=6,
        )
    )
    def test_over_any_sequence_of_refunds(self, steps: list[tuple[int, int, int, str]]) -> None:
        order = sent_order("499.00", "100.00", nick=NICK)
        agent = make_staff("agent")
        for first, second, postage, then in steps:
            cents = [str(D(value) / 100) for value in (first, second, postage)]
            try:
                made = refund(order, {1: cents[0], 2: cents[1]}, cents[2], actor=agent)
            except DomainError:
                continue
            if then == "tick":
                tick(order)
            elif then == "take":
                order.refresh_from_db()
                withdraw_after_sale(order, made.pk, actor=agent, now=NOW)
            order.refresh_from_db()
            if order.status == Status.TRADE_CLOSED:
                break

        refunds = Refund.objects.filter(order=order).exclude(status="withdrawn")
        for line in order.lines.all():
            total = sum(part.amount for part in line.refunds.filter(refund__in=refunds))
            assert total <= line.payment
            assert line.refund_fee == sum(p.amount for p in line.refunds.filter(refund__status="done"))
        assert sum(made.post_fee for made in refunds) <= order.post_fee
        assert sum(made.total for made in refunds) <= order.payment
        done = refunds.filter(status="done")
        assert order.refund_fee == sum(made.total for made in done)
        spent = (
            D(0)
            if order.status == Status.TRADE_CLOSED
            else D("599.00") - sum(made.goods_fee for made in done)
        )
        assert Buyer.objects.get(pk=NICK).spend == spent
        open_sum = sum(made.total for made in refunds.filter(status="due"))
        task = PlatformTask.objects.filter(order=order, kind="refund", done_at=None).first()
        assert (task.amount if task else 0) == open_sum
        _forget(order)


def _forget(order: Order) -> None:
    """Hypothesis asks several times in one transaction: the next begins with no spend."""
    Order.objects.filter(pk=order.pk).update(buyer=None)
    SpendEntry.objects.filter(tid=order.tid).delete()
    Buyer.objects.filter(pk=NICK).update(spend=0)


class TestWhatIsRefunded:
    """By state: what was not shipped is refunded before shipping (F4)."""

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (Status.WAIT_SELLER_SEND_GOODS, "A9"),
            (Status.TRADE_CLOSED, "A9"),
        ],
    )
    def test_other_states_refuse(self, status: str, code: str) -> None:
        order = make_paid_order(
            NICK, status=status, close_reason="refund" if status == Status.TRADE_CLOSED else ""
        )
        make_line(order)
        agent = make_staff("agent")
        before = state(order)

        with pytest.raises(Conflict) as refused:
            refund(order, {1: "1.00"}, actor=agent)

        assert refused.value.code == code
        assert state(order) == before

    def test_of_a_partly_shipped_order_only_what_is_out(self) -> None:
        order = make_paid_order(NICK, goods_payable=D("599.00"), partly_shipped=True)
        make_line(order, "小白鞋1")
        make_shipped_parcel(order)
        make_line(order, "小白鞋2", price=D("100.00"))
        make_parcel(order)
        assert left(order) == (["499.00", "0.00"], "6.00", "605.00")

        refund(order, {1: "499.00"})
        with pytest.raises(DomainError):
            refund(order, {2: "1.00"})

        tick(order)
        order.refresh_from_db()
        assert (order.status, order.refund_fee) == (Status.WAIT_SELLER_SEND_GOODS, D("499.00"))

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_roles_that_do_not_work_orders_refuse(self, role: str) -> None:
        order = sent_order()
        actor = make_staff(role)
        before = state(order)

        for attempt in (
            lambda: refund(order, {1: "1.00"}, actor=actor),
            lambda: owe_after_sale(order, D("1.00"), actor=actor, now=NOW),
            lambda: withdraw_after_sale(order, 1, actor=actor, now=NOW),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert state(order) == before

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_a_reason_is_given(self, reason: str) -> None:
        order = sent_order()

        with pytest.raises(DomainError) as refused:
            refund(order, {1: "1.00"}, reason=reason)

        assert (refused.value.code, Refund.objects.count()) == ("P2", 0)
