"""O6, F4, M1: refunds before shipping; spend, tier and stock are as before, and the ledger proves it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from members.models import SpendEntry
from members.services import Spent, prove_spend, record_spend
from orders.approval_kinds import BEGUN_REFUND
from orders.models import (
    ChangeNotice,
    Flag,
    Hold,
    Note,
    Order,
    OrderLine,
    Parcel,
    ParcelLine,
    PlatformTask,
    Refund,
    Sku,
    Slip,
)
from orders.services.acknowledging import acknowledge_notice
from orders.services.parcels.planning import plan
from orders.services.refunding import release_waiting, withdraw_refund
from orders.states import ParcelStage, Status, Supply
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry, Staff
from shopdesk.base.services import approvals
from tests.factories import NOW, make_buyer, make_line, make_paid_order, make_staff
from tests.orders.parcel_makers import AT_STAGE, hold_line, make_printed_parcel, pull
from tests.orders.postage_links import NICK
from tests.orders.refund_scenes import paid, refund, standing, tick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def acknowledge(found: bool = True) -> None:
    for notice in ChangeNotice.objects.filter(acknowledged_at=None):
        acknowledge_notice(notice.pk, found=found, actor=make_staff("warehouse"), now=NOW)


@pytest.mark.parametrize("stage", [ParcelStage.PLANNED, ParcelStage.PRINTED, ParcelStage.PACKED])
def test_a_refund_at_each_stage_returns_spend_tier_and_stock(stage: str) -> None:
    make_buyer(NICK)
    record_spend([Spent(NICK, "order", "before", Decimal("600.00"), NOW)])
    before = (*standing()[:2], [(5, 0)])
    order = paid()
    assert standing() == (Decimal("1099.00"), "初级", [(5, 1)])
    parcel = AT_STAGE[stage](order)

    asked = refund(order)

    assert isinstance(asked, Refund)
    assert asked.status == ("due" if stage == ParcelStage.PLANNED else "waiting")
    if stage == ParcelStage.PACKED:
        pull(parcel)
    acknowledge()
    tick(order)

    assert standing() == before
    closed = Order.objects.get(pk=order.pk)
    assert (closed.status, closed.close_reason, closed.refund_fee) == (
        Status.TRADE_CLOSED, "refund", Decimal("505.00"),
    )  # fmt: skip
    ledger = SpendEntry.objects.filter(buyer=NICK)
    assert ledger.aggregate(sum=Sum("amount"))["sum"] == Decimal("600.00")
    assert prove_spend(NOW, True).done == 0
    assert not Hold.objects.filter(released_at=None).exists()
    assert not Parcel.objects.exclude(stage=ParcelStage.VOIDED).exists()
    entry = AuditEntry.objects.get(action="refund.paid_out")
    assert (entry.after["amount"], entry.after["rule"]) == ("505.00", "O6")


class TestPlanned:
    """F4: the order leaves the queue at once."""

    def test_it_is_due_at_once_and_the_queue_is_empty(self) -> None:
        order, agent = paid(), make_staff("agent", signature="小雨")
        plan([order.pk], now=NOW)

        asked = refund(order, actor=agent)

        assert not Parcel.objects.exists()
        assert (asked.status, asked.goods_fee, asked.post_fee, asked.due_at) == (
            "due", Decimal("499.00"), Decimal("6.00"), NOW,
        )  # fmt: skip
        assert OrderLine.objects.get().refunded_at == NOW
        assert Hold.objects.get().release == "cancelled"
        assert PlatformTask.objects.get(kind="refund").amount == Decimal("505.00")
        assert str(Note.objects.get()) == "客户申请退款，请勿发货：小白鞋0 白色 / 37 × 1(小雨11.22)"
        notice = ChangeNotice.objects.get()
        assert (notice.kind, notice.before, notice.made_by, asked.notice) == (
            "refund", "小白鞋0 白色 / 37 × 1", agent, notice,
        )  # fmt: skip
        assert Flag.objects.get().label == "发货前退款"
        assert Order.objects.get().status == Status.WAIT_SELLER_SEND_GOODS  # until the money is out (O6)

    def test_of_several_lines_only_that_one_leaves(self) -> None:
        order = paid("499.00", "10.00")

        asked = refund(order, 2)

        assert (asked.goods_fee, asked.post_fee) == (Decimal("10.00"), 0)
        assert Parcel.objects.get().lines.get().line.position == 1

        tick(order)

        after = Order.objects.get()
        assert (after.status, after.refund_fee) == (Status.WAIT_SELLER_SEND_GOODS, Decimal("10.00"))
        assert standing()[0] == Decimal("499.00")

    def test_the_last_line_takes_the_postage_and_closes(self) -> None:
        order = paid("499.00", "10.00")
        refund(order, 2)
        tick(order)

        asked = refund(order, 1)
        tick(order)

        assert (asked.goods_fee, asked.post_fee) == (Decimal("499.00"), Decimal("6.00"))
        assert Order.objects.get().status == Status.TRADE_CLOSED
        assert Order.objects.get().refund_fee == Decimal("515.00")


class TestPrinted:
    """F4: slip and label are pulled first."""

    def test_the_slip_is_void_and_the_money_waits_for_the_paper(self) -> None:
        order = paid("499.00", "10.00")
        parcel = make_printed_parcel(order)

        asked = refund(order, 2)

        slip = Slip.objects.get()
        assert (slip.void_reason, slip.notice, asked.status) == ("refunded", asked.notice, "waiting")
        assert parcel.lines.count() == 2
        assert not PlatformTask.objects.filter(kind="refund").exists()
        with pytest.raises(DomainError, match="Find the paper of slip"):
            acknowledge(found=False)
        assert Refund.objects.get().status == "waiting"

        acknowledge()

        assert Refund.objects.get().status == "due"
        parcel.refresh_from_db()
        assert (parcel.stage, parcel.slip_version, parcel.lines.get().line.position) == ("printed", 2, 1)
        assert Slip.objects.get(version=1).found_at == NOW

    def test_a_shared_parcel_goes_on_with_the_rest(self) -> None:
        first, second = paid(), paid("300.00")
        Order.objects.update(joined=first.pk)
        parcel = make_printed_parcel(first)

        refund(first)
        acknowledge()
        tick(first)

        parcel.refresh_from_db()
        assert (parcel.order_id, parcel.stage, parcel.slip_version) == (second.pk, "printed", 2)
        assert Order.objects.get(pk=first.pk).status == Status.TRADE_CLOSED


class TestPacked:
    """F4: the parcel is pulled, its goods go back to stock."""

    def test_it_cannot_be_acknowledged_before_it_is_pulled(self) -> None:
        order = paid()
        parcel = AT_STAGE[ParcelStage.PACKED](order)
        refund(order)

        with pytest.raises(Conflict, match="pull it first") as refusal:
            acknowledge()

        assert refusal.value.code == "F4"
        assert standing()[2] == [(5, 1)]
        pull(parcel)
        assert [done.status for done in release_waiting([order.pk], actor=None, now=NOW)] == ["due"]
        assert standing()[2] == [(5, 0)]
        acknowledge()
        assert Refund.objects.get().status == "due"

    def test_goods_that_arrived_for_it_go_on_the_shelf(self) -> None:
        order = make_paid_order(NICK)
        line = make_line(order, "【韩国直送】连衣裙", supply=Supply.ARRIVED)
        hold_line(line, stock=1)
        Hold.objects.all().delete()
        Sku.objects.update(stock=0, held=0)
        approval = refund(order)
        approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        tick(order)

        assert (Sku.objects.get().stock, OrderLine.objects.get().supply) == (1, "")


class TestWithdrawing:
    """F4: a refund that is not paid out can be taken back."""

    def take_back(self, order: Order, actor: Staff | None = None, **fields: Any) -> bool:
        fields.setdefault("version", Order.objects.get(pk=order.pk).version)
        return withdraw_refund(
            order.pk, Refund.objects.get().pk, actor=actor or make_staff("agent"), now=NOW, **fields
        )

    def test_the_line_is_back_in_the_queue_with_its_hold(self) -> None:
        order = paid()
        before = standing()
        refund(order)

        assert self.take_back(order)

        assert standing() == before
        assert Parcel.objects.get().lines.get().line.refunded_at is None
        assert not PlatformTask.objects.filter(kind="refund").exists()
        assert Refund.objects.get().status == "withdrawn"
        assert Note.objects.order_by("pk").last().text.startswith("客户撤回退款，照常发货：")

    def test_a_short_shelf_is_told(self) -> None:
        order = paid()
        refund(order)
        Sku.objects.update(stock=0)

        assert not self.take_back(order)
        assert not Hold.objects.filter(released_at=None).exists()

    def test_a_printed_one_is_printed_again_whole(self) -> None:
        order = paid()
        parcel = make_printed_parcel(order)
        refund(order)
        self.take_back(order)

        acknowledge()

        parcel.refresh_from_db()
        assert (parcel.stage, parcel.slip_version, parcel.lines.count()) == ("printed", 2, 1)
        assert ParcelLine.objects.filter(live=True).count() == 1

    def test_what_is_paid_out_stays_so(self) -> None:
        order = paid("499.00", "10.00")
        refund(order, 2)
        tick(order)
        with pytest.raises(Conflict, match="paid out or taken back"):
            self.take_back(order)

    def test_by_role_and_version(self) -> None:
        order = paid()
        refund(order)
        with pytest.raises(Forbidden):
            self.take_back(order, make_staff("warehouse"))
        with pytest.raises(VersionConflict):
            self.take_back(order, version=1)
        assert Refund.objects.get().status == "due"


class TestBegun:
    """O16, P1."""

    def begun(self) -> Order:
        order = make_paid_order(NICK)
        make_line(order, "【韩国直送】连衣裙", supply=Supply.BOUGHT)
        return order

    def test_a_supervisor_decides(self) -> None:
        order, agent = self.begun(), make_staff("agent")

        approval = refund(order, actor=agent)

        assert isinstance(approval, Approval)
        assert (approval.kind, approval.rule, approval.amount) == (BEGUN_REFUND, "O16", Decimal("505.00"))
        assert not Refund.objects.exists()

        approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        made = Refund.objects.get()
        assert (made.status, made.asked_by, made.notice.made_by) == ("due", agent, agent)

    def test_it_lapses_when_the_order_changes(self) -> None:
        order = self.begun()
        approval = refund(order)
        Order.objects.update(version=5)
        decided = approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)
        assert decided.status == Approval.Status.LAPSED
        assert not Refund.objects.exists()

    def test_another_amount_is_refused(self) -> None:
        order = self.begun()
        approval = refund(order)
        OrderLine.objects.update(refund_fee=Decimal("1.00"))
        with pytest.raises(Conflict, match="another one"):
            approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)


class TestRefused:
    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_by_role(self, role: str) -> None:
        with pytest.raises(Forbidden):
            refund(paid(), actor=make_staff(role))

    def test_an_older_version(self) -> None:
        with pytest.raises(VersionConflict):
            refund(paid(), version=9)

    @pytest.mark.parametrize("positions", [(7,), (1, 7)])
    def test_unknown_lines(self, positions: tuple[int, ...]) -> None:
        with pytest.raises(DomainError, match="Tick the lines"):
            refund(paid(), *positions)

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_the_reason(self, reason: str) -> None:
        with pytest.raises(DomainError) as refusal:
            refund(paid(), reason=reason)
        assert refusal.value.code == "P2"

    def test_shipped_goods_are_for_after_sales(self) -> None:
        order = paid()
        AT_STAGE[ParcelStage.SHIPPED](order)
        with pytest.raises(Conflict, match="after-sales") as refusal:
            refund(order)
        assert refusal.value.code == "F4"
        assert not Refund.objects.exists()
