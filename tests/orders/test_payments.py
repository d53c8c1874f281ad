"""O5, O11: every branch of money that comes in for an order that waits for it, or is paid already."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Flag, Note, Payment, Product
from orders.rules.payments import Outcome, decide_payment
from orders.services.payments import PaymentMessage, record_payment
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_staff
from tests.orders.payment_scenes import DUE, SECOND, open_flag, pay


@pytest.mark.parametrize(
    ("status", "paid_before", "amount", "paid_at", "closed_at", "outcome", "difference"),
    [
        (Status.WAIT_BUYER_PAY, "0", "505.00", NOW, None, Outcome.PAID, "0.00"),
        (Status.WAIT_BUYER_PAY, "0", "504.99", NOW, None, Outcome.PART_PAID, "-0.01"),
        (Status.WAIT_BUYER_PAY, "0", "505.01", NOW, None, Outcome.PAID, "0.01"),
        (Status.WAIT_BUYER_PAY, "500.00", "5.00", NOW, None, Outcome.PAID, "0.00"),
        (Status.TRADE_CLOSED_BY_TAOBAO, "0", "505.00", NOW - SECOND, NOW, Outcome.REOPENED, "0.00"),
        (Status.TRADE_CLOSED_BY_TAOBAO, "0", "505.00", NOW, NOW, Outcome.UNAPPLIED_CLOSED, "0.00"),
        (Status.TRADE_CLOSED_BY_TAOBAO, "0", "505.00", NOW + SECOND, NOW, Outcome.UNAPPLIED_CLOSED, "0.00"),
        (Status.TRADE_CLOSED_BY_TAOBAO, "0", "504.99", NOW - SECOND, NOW, Outcome.UNAPPLIED_CLOSED, "-0.01"),
        (Status.TRADE_CLOSED_BY_TAOBAO, "0", "505.00", NOW, None, Outcome.UNAPPLIED_CLOSED, "0.00"),
        (Status.TRADE_CLOSED, "0", "505.00", NOW - SECOND, NOW, Outcome.UNAPPLIED_CLOSED, "0.00"),
        (Status.WAIT_SELLER_SEND_GOODS, "505.00", "5.00", NOW, None, Outcome.UNAPPLIED_EXTRA, "5.00"),
        (Status.WAIT_BUYER_CONFIRM_GOODS, "505.00", "5.00", NOW, None, Outcome.UNAPPLIED_EXTRA, "5.00"),
        (Status.TRADE_FINISHED, "505.00", "5.00", NOW, NOW, Outcome.UNAPPLIED_EXTRA, "5.00"),
    ],
)
def test_the_decision(
    status: str,
    paid_before: str,
    amount: str,
    paid_at: datetime,
    closed_at: datetime | None,
    outcome: Outcome,
    difference: str,
) -> None:
    decision = decide_payment(
        status=status,
        due=DUE,
        paid_before=Decimal(paid_before),
        amount=Decimal(amount),
        paid_at=paid_at,
        closed_at=closed_at,
    )

    assert (decision.outcome, decision.difference) == (outcome, Decimal(difference))


@given(
    due=st.decimals("0.01", "99999", places=2),
    amounts=st.lists(st.decimals("0.01", "99999", places=2), min_size=1, max_size=6),
)
def test_an_order_is_paid_exactly_when_its_money_is_there(due: Decimal, amounts: list[Decimal]) -> None:
    status, paid = Status.WAIT_BUYER_PAY, Decimal(0)
    for amount in amounts:
        decision = decide_payment(
            status=status, due=due, paid_before=paid, amount=amount, paid_at=NOW, closed_at=None
        )
        if decision.outcome == Outcome.UNAPPLIED_EXTRA:
            assert paid >= due
            continue
        paid += amount
        assert (decision.outcome == Outcome.PAID) == (paid >= due)
        if decision.outcome == Outcome.PAID:
            status = Status.WAIT_SELLER_SEND_GOODS


@pytest.mark.django_db
class TestOpenOrder:
    """Money for an order that waits for it."""

    def test_the_whole_amount_pays_it(self) -> None:
        order = make_order()

        payment = pay(order, paid_at=NOW - timedelta(minutes=7))

        order.refresh_from_db()
        assert order.status == Status.WAIT_SELLER_SEND_GOODS
        assert (order.paid_fee, order.pay_time) == (DUE, NOW - timedelta(minutes=7))
        assert (payment.status, payment.heard_at) == (Payment.Status.APPLIED, NOW)
        assert order.version == 2
        assert open_flag(order) is None
        assert AuditEntry.objects.filter(action="order.paid", subject_id=order.tid).count() == 1

    def test_the_same_message_twice_is_applied_once(self) -> None:
        order = make_order()

        assert pay(order) == pay(order)

        order.refresh_from_db()
        assert (order.paid_fee, Payment.objects.count()) == (DUE, 1)
        assert AuditEntry.objects.filter(action="order.paid").count() == 1

    def test_the_same_number_with_another_amount_is_refused(self) -> None:
        order = make_order()
        pay(order)

        with pytest.raises(Conflict) as refusal:
            pay(order, "1.00")

        assert refusal.value.code == "O5"
        assert Payment.objects.count() == 1

    def test_too_little_keeps_it_open_and_flags_it(self) -> None:
        order = make_order()

        pay(order, "500.00")

        order.refresh_from_db()
        flag = open_flag(order)
        assert (order.status, order.paid_fee, order.seller_flag) == (Status.WAIT_BUYER_PAY, Decimal("500"), 1)
        assert flag is not None
        assert (flag.addressee, flag.label) == (Flag.Addressee.SUPERVISOR, "少付")
        assert "还差5.00" in Note.objects.get(order=order).text

    def test_the_rest_pays_it(self) -> None:
        order = make_order()
        pay(order, "500.00")

        pay(order, "5.00", payment_no="2")

        order.refresh_from_db()
        assert (order.status, order.paid_fee) == (Status.WAIT_SELLER_SEND_GOODS, DUE)

    def test_too_much_pays_it_and_flags_it(self) -> None:
        order = make_order()

        pay(order, "600.00")

        order.refresh_from_db()
        flag = open_flag(order)
        assert (order.status, order.paid_fee) == (Status.WAIT_SELLER_SEND_GOODS, Decimal("600.00"))
        assert flag is not None
        assert flag.label == "多付"
        assert "多付95.00" in Note.objects.get(order=order).text

    @pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001"])
    def test_an_amount_that_cannot_be_is_refused(self, amount: str) -> None:
        with pytest.raises(DomainError) as refusal:
            pay(make_order(), amount)

        assert (refusal.value.code, refusal.value.field) == ("O5", "amount")
        assert not Payment.objects.exists()

    def test_a_payment_in_the_future_is_refused(self) -> None:
        with pytest.raises(DomainError) as refusal:
            pay(make_order(), paid_at=NOW + timedelta(hours=1))

        assert refusal.value.field == "paid_at"

    def test_no_such_order(self) -> None:
        with pytest.raises(DomainError, match="There is no order 1"):
            record_payment("1", PaymentMessage("p", Decimal(1), NOW), now=NOW)

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_roles_that_do_not_work_orders_are_refused(self, role: str) -> None:
        with pytest.raises(Forbidden):
            pay(make_order(), actor=make_staff(role))

        assert not Payment.objects.exists()


@pytest.mark.django_db
class TestInternationalCard:
    """O11."""

    def test_not_below_one_yuan(self) -> None:
        with pytest.raises(DomainError) as refusal:
            pay(make_order(payment=Decimal("0.99")), "0.99", method=Payment.Method.INTERNATIONAL_CARD)

        assert refusal.value.code == "O11"

    def test_one_yuan_will_do(self) -> None:
        order = make_order(payment=Decimal("1.00"))

        assert pay(order, "1.00", method=Payment.Method.INTERNATIONAL_CARD).status == Payment.Status.APPLIED

    def test_not_for_virtual_goods(self) -> None:
        order = make_order()
        line = make_line(order)
        Product.objects.filter(pk=line.product_id).update(virtual=True)

        with pytest.raises(DomainError) as refusal:
            pay(order, method=Payment.Method.INTERNATIONAL_CARD)

        assert refusal.value.code == "O11"


@pytest.mark.django_db
def test_money_for_what_is_paid_already_is_kept_apart_and_flagged() -> None:
    order = make_order()
    pay(order)

    extra = pay(order, "12.00", payment_no="2")

    order.refresh_from_db()
    assert extra.status == Payment.Status.UNAPPLIED
    assert order.paid_fee == DUE
    flag = open_flag(order)
    assert flag is not None
    assert flag.label == "多付"
