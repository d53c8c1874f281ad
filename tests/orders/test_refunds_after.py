"""A9, O6, M1: refunds of shipped goods, followed by ledger, order and Taobao's list; what is owed beside them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orders.models import Order, OrderLine, PlatformTask, Refund, RefundTask, StockMovement
from orders.selectors.refunds import open_refund_tasks, read_owed
from orders.services.refunding import withdraw_refund
from orders.services.refunds import pay_out_task
from orders.services.refunds_after import owe_after_sale, seen_paid, withdraw_after_sale
from orders.states import CloseReason, Status, Supply
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.after_sale_scenes import NICK, finished_order, left, line_of, refund, sent_order, spend
from tests.orders.refund_scenes import tick
from tests.orders.shipped_parcels import make_shipped_parcel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
D = Decimal


class TestDueAtOnce:
    """Nothing is pulled or waited for: it is to be made on Taobao now."""

    def test_it_is_due_and_stands_on_taobaos_list(self) -> None:
        order = sent_order("499.00", "100.00")
        agent = make_staff("agent")

        made = refund(order, {1: "120.00", 2: "30.50"}, "6.00", actor=agent, reason=" 尺码不合适 ")

        assert (made.status, made.after_sale, made.goods_fee, made.post_fee) == (
            "due",
            True,
            D("150.50"),
            D("6.00"),
        )
        assert (made.reason, made.asked_by, made.due_at, made.done_at) == ("尺码不合适", agent, NOW, None)
        assert sorted(made.lines.values_list("amount", flat=True)) == [D("30.50"), D("120.00")]
        assert PlatformTask.objects.get(order=order, kind="refund").amount == D("156.50")
        before = order.version
        order.refresh_from_db()
        assert (order.version, order.refund_fee, order.status) == (
            before + 1,
            D("0.00"),
            "WAIT_BUYER_CONFIRM_GOODS",
        )
        fact = AuditEntry.objects.get(action="refund.after_sale")
        assert (fact.after["amount"], fact.after["post_fee"], fact.actor) == ("156.50", "6.00", agent)
        assert left(order) == (["379.00", "69.50"], "0.00", "448.50")
        assert spend() == D("599.00")

    def test_ticking_it_moves_line_order_and_ledger_and_no_goods(self) -> None:
        order = sent_order("499.00", "100.00")
        OrderLine.objects.filter(order=order).update(supply=Supply.ARRIVED, sku=make_sku("小白鞋", stock=0))
        refund(order, {1: "120.00"}, "6.00")

        tick(order)

        order.refresh_from_db()
        assert (order.refund_fee, order.status) == (D("126.00"), Status.WAIT_BUYER_CONFIRM_GOODS)
        assert line_of(order).refund_fee == D("120.00")
        assert spend() == D("479.00")
        assert not StockMovement.objects.exists()
        assert line_of(order).supply == Supply.ARRIVED
        paid = AuditEntry.objects.get(action="refund.paid_out")
        assert (paid.after["amount"], paid.after["rule"], paid.after["reason"]) == (
            "126.00",
            "A9",
            "refund_after_sale",
        )
        assert left(order) == (["379.00", "100.00"], "0.00", "479.00")

    def test_several_are_one_task_with_their_sum_and_all_done_by_one_tick(self) -> None:
        order = sent_order("499.00")
        refund(order, {1: "100.00"})
        refund(order, {1: "50.00"})
        assert PlatformTask.objects.get(order=order, kind="refund").amount == D("150.00")

        tick(order)

        assert set(Refund.objects.values_list("status", flat=True)) == {"done"}
        assert line_of(order).refund_fee == D("150.00")


class TestClosing:
    """O6: what is refunded in full closes; what is finished stays finished."""

    @pytest.mark.parametrize("postage", ["0.00", "6.00"])
    def test_a_shipped_order_refunded_in_full_closes(self, postage: str) -> None:
        order = sent_order("499.00", "100.00")
        refund(order, {1: "499.00"})
        tick(order)
        order.refresh_from_db()
        assert order.status == Status.WAIT_BUYER_CONFIRM_GOODS

        refund(order, {2: "100.00"}, postage)
        order.refresh_from_db()
        assert order.status == Status.WAIT_BUYER_CONFIRM_GOODS
        tick(order)

        order.refresh_from_db()
        assert (order.status, order.close_reason, order.end_time) == (
            Status.TRADE_CLOSED,
            CloseReason.REFUND,
            NOW,
        )
        assert order.refund_fee == D("599.00") + D(postage)
        assert spend() == D("0.00")
        closed = AuditEntry.objects.get(action="order.closed")
        assert (closed.before["status"], closed.after["reason"]) == ("WAIT_BUYER_CONFIRM_GOODS", "refund")

    def test_one_refund_still_open_keeps_it_open(self) -> None:
        order = sent_order("499.00", "100.00")
        first = refund(order, {1: "499.00", 2: "100.00"})
        refund(order, {}, "6.00")

        seen_paid([first.pk], now=NOW)

        order.refresh_from_db()
        assert (order.status, order.refund_fee) == (Status.WAIT_BUYER_CONFIRM_GOODS, D("599.00"))
        tick(order)
        order.refresh_from_db()
        assert (order.status, order.refund_fee) == (Status.TRADE_CLOSED, D("605.00"))

    def test_a_finished_one_stays_finished(self) -> None:
        order = finished_order("499.00")
        refund(order, {1: "499.00"}, "6.00")

        tick(order)

        order.refresh_from_db()
        assert (order.status, order.refund_fee, order.close_reason) == (
            Status.TRADE_FINISHED,
            D("505.00"),
            "",
        )
        assert spend() == D("0.00")


class TestTakenBack:
    """Until it is paid out a refund can be taken back."""

    def test_it_leaves_taobaos_list_and_can_be_refunded_anew(self) -> None:
        order = sent_order("499.00")
        first, second = refund(order, {1: "400.00"}), refund(order, {1: "99.00"})
        order.refresh_from_db()

        withdraw_after_sale(order, first.pk, actor=make_staff("agent"), now=NOW)

        first.refresh_from_db(), second.refresh_from_db()
        assert (first.status, second.status) == ("withdrawn", "due")
        assert PlatformTask.objects.get(order=order, kind="refund").amount == D("99.00")
        assert left(order)[0] == ["400.00"]
        assert AuditEntry.objects.filter(action="refund.withdrawn").count() == 1

    @pytest.mark.parametrize("status", ["done", "withdrawn"])
    def test_not_twice_and_not_when_paid(self, status: str) -> None:
        order = sent_order()
        made = refund(order, {1: "1.00"})
        if status == "done":
            tick(order)
        else:
            withdraw_after_sale(order, made.pk, actor=make_staff("agent"), now=NOW)

        with pytest.raises(Conflict) as refused:
            withdraw_after_sale(order, made.pk, actor=make_staff("agent"), now=NOW)

        assert refused.value.code == "A9"

    def test_the_order_page_does_not_take_it_back(self) -> None:
        order = make_paid_order(NICK, goods_payable=D("599.00"), partly_shipped=True)
        make_line(order, "小白鞋1")
        make_shipped_parcel(order)
        make_line(order, "小白鞋2", price=D("100.00"))
        made = refund(order, {1: "1.00"})
        order.refresh_from_db()

        with pytest.raises(Conflict):
            withdraw_refund(order.pk, made.pk, version=order.version, actor=make_staff("agent"), now=NOW)

        made.refresh_from_db()
        assert made.status == "due"


class TestOwed:
    """Compensation, return postage, an invoice: paid out on /refunds/."""

    def owe(self, order: Order, amount: str, actor: Staff | None = None) -> RefundTask:
        order.refresh_from_db()
        return owe_after_sale(order, D(amount), actor=actor or make_staff("agent"), now=NOW)

    def test_it_adds_up_until_it_is_paid_out_then_begins_anew(self) -> None:
        order = finished_order()
        self.owe(order, "20.00")
        task = self.owe(order, "12.50")
        assert (task.amount, task.rule, task.get_reason_display()) == (
            D("32.50"),
            "A9",
            "owed after the sale",
        )
        owed, _more = read_owed()
        assert [(debt.amount, debt.rule, debt.due) for debt in owed] == [(D("32.50"), "A9", True)]

        pay_out_task(task.pk, actor=make_staff("agent"), now=NOW)
        assert not open_refund_tasks().exists()

        again = self.owe(order, "5.00")
        assert (again.pk, again.amount, again.done_at) == (task.pk, D("5.00"), None)
        facts = AuditEntry.objects.filter(action="debt.after_sale").order_by("id")
        assert [fact.after["owed"] for fact in facts] == ["20.00", "32.50", "5.00"]
        assert AuditEntry.objects.get(action="refund.paid_out").after["amount"] == "32.50"
        order.refresh_from_db()
        assert order.refund_fee == 0

    def test_it_stays_owed_when_the_order_closes(self) -> None:
        order = sent_order("499.00")
        task = self.owe(order, "20.00")
        refund(order, {1: "499.00"})
        tick(order)
        order.refresh_from_db()
        assert order.status == Status.TRADE_CLOSED

        assert [debt.amount for debt in read_owed()[0]] == [D("20.00")]
        pay_out_task(task.pk, actor=make_staff("agent"), now=NOW)

        task.refresh_from_db()
        assert task.done_at == NOW

    @pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001"])
    def test_an_amount_is_owed(self, amount: str) -> None:
        with pytest.raises(DomainError) as refused:
            self.owe(finished_order(), amount)
        assert (refused.value.code, RefundTask.objects.count()) == ("A9", 0)


def test_a_page_of_the_order_names_it_and_offers_no_taking_back(client_of: Any, tmp_path: Path) -> None:
    order = sent_order("499.00")
    refund(order, {1: "120.00"})

    page = client_of("agent").get(f"/orders/{order.tid}/").content.decode()
    hidden = client_of("warehouse").get(f"/orders/{order.tid}/").content.decode()

    assert "after the sale" in page
    assert "120.00" in page
    assert "Take it back" not in page
    assert "Refund after the sale to be paid out" in page
    assert "120.00" not in hidden
