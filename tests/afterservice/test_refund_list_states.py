"""D1, D2: states, return numbers and money that refund lists tell of are taken over by their tickets."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.rules.clocks import Awaits
from afterservice.states import Case, Decision, Goods, Money
from orders.models import Order, Refund
from orders.services import refunds_after
from orders.services.locks import lock_order
from shopdesk.base.clock import SHANGHAI
from tests.afterservice.refund_files import RefundDesk, row
from tests.afterservice.refund_list_scenes import (
    AGREE,
    CLOSED,
    CONFIRM,
    REFUSED,
    RETURN,
    SUCCESS,
    TID,
    everything,
    running,
    states,
    the_ticket,
)
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path) -> RefundDesk:
    return RefundDesk(tmp_path)


@pytest.fixture
def order() -> Order:
    return make_received_order("买家甲", tid=TID)


class TestStates:
    """What happened on the platform is taken over."""

    @pytest.mark.parametrize(
        ("status", "expected", "clocks"),
        [
            (
                AGREE,
                (Case.OPENED, Decision.PENDING, Goods.NONE, Money.NONE),
                {"answer", "decide", "platform"},
            ),
            (RETURN, (Case.DECIDED, Decision.ACCEPTED, Goods.AWAITED, Money.NONE), {"send_back", "platform"}),
            (CONFIRM, (Case.DECIDED, Decision.ACCEPTED, Goods.SENT, Money.NONE), {"platform"}),
            (REFUSED, (Case.DECIDED, Decision.REFUSED, Goods.NONE, Money.NONE), {"follow_up", "platform"}),
            (CLOSED, (Case.CANCELLED, Decision.PENDING, Goods.NONE, Money.NONE), set()),
            (SUCCESS, (Case.SETTLED, Decision.ACCEPTED, Goods.NONE, Money.PAID), {"follow_up"}),
        ],
    )
    @pytest.mark.parametrize("at_once", [True, False])
    def test_each_state(
        self,
        at_once: bool,
        status: str,
        expected: tuple[str, ...],
        clocks: set[str],
        desk: RefundDesk,
        order: Order,
    ) -> None:
        if not at_once:
            desk.take(row(TID))

        desk.take(row(TID, 退款状态=status))

        ticket = the_ticket()
        assert states(ticket) == expected
        assert set(running(ticket)) == clocks

    def test_whose_turn_it_is(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        assert running(the_ticket())["platform"] == Awaits.US

        desk.take(row(TID, 退款状态=RETURN, 超时时间="2026-11-30 09:00:00"))
        ticket = the_ticket()
        assert running(ticket)["platform"] == Awaits.BUYER
        assert Clock.objects.get(ticket=ticket, kind="platform", stopped_at__isnull=True).due_at == datetime(
            2026, 11, 30, 9, 0, tzinfo=SHANGHAI
        )

        desk.take(row(TID, 退款状态=CONFIRM, 超时时间="2026-12-10 09:00:00"))
        assert running(the_ticket())["platform"] == Awaits.US

    def test_the_return_number_and_its_carrier(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        version = the_ticket().version

        desk.take(
            row(
                TID,
                退款状态=CONFIRM,
                退货物流单号="No:75510000000009",
                退货物流公司="中通快递",
                买家退货时间="2026-11-23 10:00:00",
            )
        )

        ticket = the_ticket()
        assert (ticket.return_invoice_no, ticket.return_carrier) == ("75510000000009", "zhongtong")
        assert ticket.sent_at == datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
        assert ticket.version > version

    def test_a_number_that_staff_noted_stays(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        Ticket.objects.update(return_invoice_no="SF1", return_carrier="shunfeng")

        desk.take(row(TID, 退货物流单号="75510000000009"))

        assert the_ticket().return_invoice_no == "SF1"

    def test_a_refused_request_that_is_amended_there_is_to_be_decided_anew(
        self, desk: RefundDesk, order: Order
    ) -> None:
        desk.take(row(TID))
        desk.take(row(TID, 退款状态=REFUSED, 超时时间="2026-11-26 09:00:00"))
        assert the_ticket().refusal == "已在淘宝上拒绝"

        desk.take(row(TID, 退款状态=AGREE, 超时时间="2026-11-28 09:00:00"))

        ticket = the_ticket()
        assert states(ticket)[:2] == (Case.ANSWERED, Decision.PENDING)
        assert set(running(ticket)) == {"decide", "platform"}

    def test_taobao_steps_in_and_gives_the_money_back(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, 退款状态=REFUSED))
        desk.take(row(TID, 退款状态=REFUSED, 客服介入状态="客服已介入", 超时时间="2026-11-25 09:00:00"))

        ticket = the_ticket()
        assert ticket.case == Case.PLATFORM
        assert running(ticket)["platform"]
        again = everything()
        desk.take(row(TID, 退款状态=REFUSED, 客服介入状态="客服已介入", 超时时间="2026-11-25 09:00:00"))
        assert the_ticket().case == Case.PLATFORM
        assert everything() == again

        desk.take(row(TID, 退款状态=SUCCESS, 客服介入状态="客服已介入"))
        assert states(the_ticket()) == (Case.SETTLED, Decision.ACCEPTED, Goods.NONE, Money.PAID)


class TestMoney:
    """SUCCESS: the money went back there, and counts here once."""

    def test_what_is_due_here_is_ticked(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        line = order.lines.get()
        refund = refunds_after.refund_shipped(
            lock_order(TID),
            {line.pk: Decimal("499.00")},
            reason="退货",
            actor=make_staff("supervisor"),
            now=NOW,
        )
        Ticket.objects.update(refund=refund, money=Money.DUE, case=Case.DECIDED, decision=Decision.ACCEPTED)

        desk.take(row(TID, 退款状态=SUCCESS))

        refund.refresh_from_db()
        line.refresh_from_db()
        assert (refund.status, line.refund_fee) == (Refund.Status.DONE, Decimal("499.00"))
        assert Order.objects.get(pk=TID).refund_fee == Decimal("499.00")
        assert not order.platform_tasks.filter(kind="refund", done_at__isnull=True).exists()
        assert Refund.objects.count() == 1
        assert states(the_ticket()) == (Case.SETTLED, Decision.ACCEPTED, Goods.NONE, Money.PAID)

    def test_what_nobody_planned_here_is_counted(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, 退款状态=SUCCESS, 买家退款金额="100.00"))

        refund = Refund.objects.get()
        assert (refund.status, refund.total) == (Refund.Status.DONE, Decimal("100.00"))
        assert the_ticket().refund == refund
        assert Order.objects.get(pk=TID).refund_fee == Decimal("100.00")
        assert order.lines.get().refund_fee == Decimal("100.00")

    def test_what_the_item_list_told_already_is_not_counted_again(
        self, desk: RefundDesk, order: Order
    ) -> None:
        order.lines.update(refund_fee=Decimal("499.00"))
        Order.objects.filter(pk=TID).update(refund_fee=Decimal("499.00"))

        desk.take(row(TID, 退款状态=SUCCESS))

        assert not Refund.objects.exists()
        assert Order.objects.get(pk=TID).refund_fee == Decimal("499.00")
        assert states(the_ticket())[3] == Money.PAID

    def test_two_refunds_of_one_line_add_up(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, "1", 退款状态=SUCCESS, 买家退款金额="100.00"))
        desk.take(row(TID, "2", 退款状态=SUCCESS, 买家退款金额="50.00"))

        assert order.lines.get().refund_fee == Decimal("150.00")
        assert sorted(r.total for r in Refund.objects.all()) == [Decimal("50.00"), Decimal("100.00")]

    def test_more_than_was_paid_is_never_counted_and_said(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, 退款状态=SUCCESS, 买家退款金额="900.00"))

        assert not Refund.objects.exists()
        assert Order.objects.get(pk=TID).refund_fee == Decimal("0.00")
        assert TicketMessage.objects.filter(text__contains="请核对").exists()
        assert states(the_ticket())[0] == Case.SETTLED

    def test_another_amount_than_is_due_here_is_said(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        line = order.lines.get()
        refund = refunds_after.refund_shipped(
            lock_order(TID),
            {line.pk: Decimal("300.00")},
            reason="部分退款",
            actor=make_staff("supervisor"),
            now=NOW,
        )
        Ticket.objects.update(refund=refund, money=Money.DUE, case=Case.DECIDED, decision=Decision.ACCEPTED)

        desk.take(row(TID, 退款状态=SUCCESS, 买家退款金额="280.00"))

        said = TicketMessage.objects.filter(text__contains="280.00").get()
        assert "300.00" in said.text
