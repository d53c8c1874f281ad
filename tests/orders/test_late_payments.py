"""O5: money for a closed order, and too little of it at 72 hours: what reopens, what a supervisor decides."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from orders.approval_kinds import LATE_PAYMENT, PART_PAYMENT
from orders.models import Flag, Hold, Order, Payment, PlatformTask
from orders.services import holds
from orders.services.closing import close_unpaid_orders
from orders.states import CloseReason, Status
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from tests.factories import NOW, make_order, make_sku, make_staff
from tests.orders.payment_scenes import DUE, SECOND, open_flag, pay


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
