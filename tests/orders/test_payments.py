"""O5, O11: every branch of money that comes in."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.approval_kinds import LATE_PAYMENT, PART_PAYMENT
from orders.models import Flag, Hold, Note, Order, Payment, PlatformTask, Product
from orders.rules.payments import Outcome, decide_payment
from orders.services import holds
from orders.services.closing import close_unpaid_orders
from orders.services.payments import PaymentMessage, record_payment
from orders.states import CloseReason, Status
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from tests.factories import NOW, make_line, make_order, make_sku, make_staff

DUE = Decimal("505.00")
SECOND = timedelta(seconds=1)


def pay(order: Order, amount: str = "505.00", **fields: Any) -> Payment:
    message = PaymentMessage(
        fields.pop("payment_no", "2026112200001"),
        Decimal(amount),
        fields.pop("paid_at", NOW),
        **{"method": fields.pop("method")} if "method" in fields else {},
    )
    return record_payment(order.tid, message, now=fields.pop("now", NOW), **fields)


def open_flag(order: Order) -> Flag | None:
    return Flag.objects.filter(order=order, ended_at__isnull=True).first()


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


@pytest.fixture
def closed(db: None) -> Order:
    """An order that the job closed at NOW."""
    order = make_order(created=NOW - timedelta(hours=72))
    close_unpaid_orders(NOW, False)
    order.refresh_from_db()
    return order


LATER = NOW + timedelta(minutes=3)


class TestClosedOrder:
    """Money whose message comes after the closing."""

    def test_paid_before_the_closing_reopens_it(self, closed: Order) -> None:
        pay(closed, paid_at=NOW - SECOND, now=LATER)

        closed.refresh_from_db()
        assert (closed.status, closed.close_reason, closed.end_time) == (
            Status.WAIT_SELLER_SEND_GOODS,
            "",
            None,
        )
        assert closed.pay_time == NOW - SECOND
        assert open_flag(closed) is None
        assert not PlatformTask.objects.filter(kind=PlatformTask.Kind.CLOSE, done_at=None).exists()
        assert AuditEntry.objects.filter(action="order.reopened").count() == 1

    def test_reopening_takes_the_holds_again(self, db: None) -> None:
        sku = make_sku(stock=2)
        order = make_order(created=NOW - timedelta(hours=72))
        holds.place(sku.pk, 2, reason="下单占用", order=order, now=NOW - timedelta(hours=72))
        close_unpaid_orders(NOW, False)

        pay(order, paid_at=NOW - SECOND, now=LATER)

        sku.refresh_from_db()
        assert sku.held == 2
        assert Hold.objects.filter(order=order, released_at=None).count() == 1
        assert open_flag(order) is None

    def test_reopening_flags_red_where_the_shelf_is_empty_by_now(self, db: None) -> None:
        sku = make_sku(stock=2)
        order = make_order(created=NOW - timedelta(hours=72))
        holds.place(sku.pk, 2, reason="下单占用", order=order, now=NOW - timedelta(hours=72))
        close_unpaid_orders(NOW, False)
        holds.place(sku.pk, 1, reason="别人要了", now=NOW)

        pay(order, paid_at=NOW - SECOND, now=LATER)

        sku.refresh_from_db()
        order.refresh_from_db()
        flag = open_flag(order)
        assert order.status == Status.WAIT_SELLER_SEND_GOODS
        assert sku.held == 1
        assert flag is not None
        assert (flag.seller_flag, flag.label) == (1, "重开缺货")

    @pytest.mark.parametrize(
        ("amount", "paid_at"),
        [("505.00", NOW), ("505.00", NOW + SECOND), ("504.00", NOW - SECOND)],
        ids=["at the closing", "after it", "in time but too little"],
    )
    def test_else_it_stays_closed_and_a_supervisor_is_asked(
        self, closed: Order, amount: str, paid_at: datetime
    ) -> None:
        payment = pay(closed, amount, paid_at=paid_at, now=LATER)

        closed.refresh_from_db()
        approval = Approval.objects.get()
        flag = open_flag(closed)
        assert (closed.status, closed.paid_fee) == (Status.TRADE_CLOSED_BY_TAOBAO, 0)
        assert payment.status == Payment.Status.UNAPPLIED
        assert (approval.kind, approval.amount, approval.subject_version) == (
            LATE_PAYMENT,
            Decimal(amount),
            closed.version,
        )
        assert flag is not None
        assert flag.addressee == Flag.Addressee.SUPERVISOR

    def test_the_supervisor_reopens(self, closed: Order) -> None:
        payment = pay(closed, paid_at=NOW + SECOND, now=LATER)
        supervisor = make_staff("supervisor")

        approval = approvals.approve(Approval.objects.get().pk, actor=supervisor, now=LATER)

        closed.refresh_from_db()
        payment.refresh_from_db()
        assert approval.status == Approval.Status.APPROVED
        assert open_flag(closed) is None
        assert (closed.status, closed.paid_fee) == (Status.WAIT_SELLER_SEND_GOODS, DUE)
        assert payment.status == Payment.Status.APPLIED
        reopened = AuditEntry.objects.get(action="order.reopened")
        assert reopened.actor == supervisor

    def test_reopening_with_too_much_money_says_so(self, closed: Order) -> None:
        pay(closed, paid_at=NOW + SECOND, now=LATER)
        pay(closed, "100.00", paid_at=NOW + SECOND, now=LATER, payment_no="2")
        pending = Approval.objects.get(status=Approval.Status.PENDING)

        approvals.approve(pending.pk, actor=make_staff("supervisor"), now=LATER)

        closed.refresh_from_db()
        flag = open_flag(closed)
        assert closed.paid_fee == Decimal("605.00")
        assert flag is not None
        assert flag.label == "多付"

    def test_the_supervisor_refunds(self, closed: Order) -> None:
        payment = pay(closed, paid_at=NOW + SECOND, now=LATER)

        approvals.refuse(
            Approval.objects.get().pk, reason="买家要退款", actor=make_staff("supervisor"), now=LATER
        )

        closed.refresh_from_db()
        payment.refresh_from_db()
        task = PlatformTask.objects.get(kind=PlatformTask.Kind.REFUND)
        assert closed.status == Status.TRADE_CLOSED_BY_TAOBAO
        assert payment.status == Payment.Status.REFUND_DUE
        assert (task.order_id, task.amount) == (closed.tid, DUE)

    def test_too_little_cannot_be_reopened(self, closed: Order) -> None:
        pay(closed, "504.00", paid_at=NOW - SECOND, now=LATER)

        with pytest.raises(Conflict) as refusal:
            approvals.approve(Approval.objects.get().pk, actor=make_staff("supervisor"), now=LATER)

        assert refusal.value.code == "O5"
        assert Approval.objects.get().status == Approval.Status.PENDING

    def test_the_rest_comes_late_too_and_one_request_covers_both(self, closed: Order) -> None:
        pay(closed, "504.00", paid_at=NOW - SECOND, now=LATER)
        pay(closed, "1.00", paid_at=NOW + SECOND, now=LATER, payment_no="2")

        pending = Approval.objects.get(status=Approval.Status.PENDING)
        assert pending.amount == DUE
        approvals.approve(pending.pk, actor=make_staff("supervisor"), now=LATER)

        closed.refresh_from_db()
        assert (closed.status, closed.paid_fee) == (Status.WAIT_SELLER_SEND_GOODS, DUE)
        assert not Payment.objects.exclude(status=Payment.Status.APPLIED).exists()

    def test_a_request_that_lapses_is_asked_again(self, closed: Order) -> None:
        pay(closed, paid_at=NOW + SECOND, now=LATER)
        first = Approval.objects.get()
        Order.objects.filter(pk=closed.pk).update(version=closed.version + 5)

        answer = approvals.approve(first.pk, actor=make_staff("supervisor"), now=LATER)

        closed.refresh_from_db()
        assert answer.status == Approval.Status.LAPSED
        assert closed.status == Status.TRADE_CLOSED_BY_TAOBAO
        assert Approval.objects.get(status=Approval.Status.PENDING).subject_version == closed.version

    @pytest.mark.parametrize("role", ["agent", "warehouse", "manager"])
    def test_only_a_supervisor_decides(self, closed: Order, role: str) -> None:
        pay(closed, paid_at=NOW + SECOND, now=LATER)

        with pytest.raises(Forbidden):
            approvals.approve(Approval.objects.get().pk, actor=make_staff(role), now=LATER)

        assert Approval.objects.get().status == Approval.Status.PENDING


@pytest.mark.django_db
class TestPartPaidOverdue:
    """Part of the money at 72 hours: a supervisor decides."""

    @pytest.fixture
    def approval(self) -> Approval:
        order = make_order(created=NOW - timedelta(hours=72))
        pay(order, "100.00")
        close_unpaid_orders(NOW, False)
        return Approval.objects.get(kind=PART_PAYMENT)

    def test_wait_asks_again_after_another_72_hours(self, approval: Approval) -> None:
        approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        close_unpaid_orders(NOW + timedelta(hours=71), False)
        assert Approval.objects.count() == 1
        close_unpaid_orders(NOW + timedelta(hours=72), False)
        assert Approval.objects.filter(status=Approval.Status.PENDING).count() == 1

    def test_close_owes_the_money_back(self, approval: Approval) -> None:
        approvals.refuse(approval.pk, reason="联系不上买家", actor=make_staff("supervisor"), now=NOW)

        order = Order.objects.get(pk=approval.subject_id)
        assert (order.status, order.close_reason, order.paid_fee) == (
            Status.TRADE_CLOSED_BY_TAOBAO,
            CloseReason.TIMEOUT,
            0,
        )
        assert Payment.objects.get().status == Payment.Status.REFUND_DUE
        assert PlatformTask.objects.get(kind=PlatformTask.Kind.REFUND).amount == Decimal("100.00")

    def test_paying_the_rest_makes_the_request_lapse(self, approval: Approval) -> None:
        order = Order.objects.get(pk=approval.subject_id)
        pay(order, "405.00", payment_no="2")

        answer = approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        assert answer.status == Approval.Status.LAPSED
        order.refresh_from_db()
        assert order.status == Status.WAIT_SELLER_SEND_GOODS


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
