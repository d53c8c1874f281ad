"""D1, O5 through the service: lines that wait, bad item rows, lines told apart, and money that adds up."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from members.models import Buyer, SpendEntry
from orders.approval_kinds import LATE_PAYMENT
from orders.models import Flag, ImportRejection, ImportRun, Order, OrderLine, Payment, WaitingRow
from orders.services.closing import close_unpaid_orders
from orders.services.imports import run
from orders.services.payments import PaymentMessage, record_payment
from orders.states import Status
from shopdesk.base.models import Approval
from shopdesk.base.services import approvals
from tests.factories import NOW, make_order, make_staff
from tests.orders.test_import_orders import TID, Desk, item_row, order_row

OTHER = "4326000000000000002"
PART = {"买家实际支付金额": "100.00", "支付单号": "20260001"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def bare(**said: str) -> dict[str, str]:
    """An item row as older lists have it: without a sub-order number."""
    return {name: value for name, value in item_row(**said).items() if name != "子订单编号"}


def told(report: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(r["row"], r["column"], r["code"]) for r in report["rejected"]]


def lines() -> list[tuple[int, str, str]]:
    known = OrderLine.objects.order_by("position")
    return list(known.values_list("position", "product__title", "sku_properties_name"))


def payments() -> list[tuple[str, Decimal, str]]:
    return list(Payment.objects.order_by("pk").values_list("payment_no", "amount", "status"))


class TestKilledBetween:
    """Orders and the lines that waited for them are one step."""

    def test_the_order_is_not_there_without_its_lines(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.take(item_row(oid="11"))
        with monkeypatch.context() as broken:
            broken.setattr(run, "import_waiting_items", _killed)
            with pytest.raises(KeyboardInterrupt):
                desk.take(order_row())
        assert not Order.objects.exists()
        assert ImportRun.objects.order_by("pk").last().status == ImportRun.Status.FAILED  # type: ignore[union-attr]

        report = desk.take(order_row())

        assert (report["created"], report["lines"], OrderLine.objects.count()) == (1, 1, 1)
        assert not WaitingRow.objects.exists()

    def test_lines_that_were_left_behind_are_taken_up_by_the_next_file(self, desk: Desk) -> None:
        desk.take(item_row(oid="11"))
        make_order(tid=TID)

        assert desk.take(order_row())["lines"] == 1
        assert not WaitingRow.objects.exists()


def _killed(*_arguments: object, **_named: object) -> int:
    raise KeyboardInterrupt


class TestBadRows:
    """One bad item row never stops the rest."""

    def test_a_total_that_is_too_large(self, desk: Desk) -> None:
        desk.take(order_row())

        report = desk.take(item_row(oid="11", 价格="99999999.99", 购买数量="1000000"), item_row(oid="12"))

        assert told(report) == [(2, "价格", "line_total")]
        assert report["lines"] == 1

    def test_a_sub_order_number_of_another_order(self, desk: Desk) -> None:
        desk.take(order_row(), order_row(tid=OTHER))
        desk.take(item_row(oid="11"))

        report = desk.take(
            item_row(tid=OTHER, oid="11"),
            item_row(tid=OTHER, oid="12"),
            item_row(oid="12"),
            item_row(oid="13"),
        )

        assert told(report) == [(2, "子订单编号", "oid_taken"), (4, "子订单编号", "oid_taken")]
        assert set(OrderLine.objects.values_list("order", "oid")) == {(TID, "11"), (OTHER, "12"), (TID, "13")}

    def test_a_place_past_the_last(self, desk: Desk) -> None:
        desk.take(order_row())
        desk.take(item_row(oid="11"))
        OrderLine.objects.update(position=32767)
        taken = item_row(oid="12", 标题="另一件")
        OrderLine.objects.create(
            **OrderLine.objects.values("order_id", "product_id", "price", "num", "order_created").get(),
            position=1,
            oid="10",
        )

        assert told(desk.take(taken)) == [(2, "主订单编号", "too_many_lines")]

    @pytest.mark.parametrize("column", ["标题", "价格", "购买数量"])
    def test_a_row_that_could_never_make_a_line_is_not_parked(self, desk: Desk, column: str) -> None:
        report = desk.take(item_row(oid="11", **{column: ""}), item_row(oid="12"))

        assert told(report) == [(2, column, "missing")]
        assert (report["waiting"], WaitingRow.objects.get().key) == (1, "12")

    def test_a_waiting_row_that_is_refused_goes_on_waiting(self, desk: Desk) -> None:
        desk.take(item_row(tid=OTHER, oid="11"))
        desk.take(order_row())
        desk.take(item_row(oid="11"))

        assert desk.take(order_row(tid=OTHER))["lines"] == 0
        assert WaitingRow.objects.get().tid == OTHER

    def test_cells_with_nul_are_kept(self, desk: Desk) -> None:
        desk.take(order_row())
        desk.take(item_row(oid="11", 价格="", 备注="a\x00b"))

        assert "a␀b" in ImportRejection.objects.get().cells


class TestWithoutOid:
    """Lines that only their place and what they are tell apart."""

    def test_another_product_at_the_same_place_is_another_line(self, desk: Desk) -> None:
        desk.take(order_row())
        desk.take(bare())
        desk.take(bare(标题="另一件"))

        assert [line[:2] for line in lines()] == [(1, "【韩国现货】小白鞋"), (2, "另一件")]

    def test_the_same_lines_in_another_order_are_the_same_lines(self, desk: Desk) -> None:
        desk.take(order_row())
        one, two = bare(), bare(商品属性="颜色分类：白色;尺码：38")
        desk.take(one, one, two)
        before = lines()

        desk.take(two, one, one)
        desk.take(
            item_row(oid="13", 商品属性="颜色分类：白色;尺码：38"), item_row(oid="11"), item_row(oid="12")
        )

        assert lines() == before
        assert set(OrderLine.objects.values_list("oid", flat=True)) == {"11", "12", "13"}

    def test_rows_of_two_files_wait_side_by_side(self, desk: Desk) -> None:
        desk.take(bare(), bare())
        desk.take(bare(标题="另一件"))
        desk.take(bare(), bare())
        assert WaitingRow.objects.count() == 3

        assert desk.take(order_row())["lines"] == 3
        assert len(lines()) == 3


class TestMoney:
    """O5: payments add up to what is paid, and too little is never silently accepted."""

    def test_the_rest_of_a_part_payment_is_a_payment_of_its_own(self, desk: Desk) -> None:
        desk.take(order_row())
        record_payment(TID, PaymentMessage("20260001", Decimal("100.00"), NOW), now=NOW)
        desk.take(order_row("买家已付款，等待卖家发货"))

        paid = list(Payment.objects.order_by("pk").values_list("payment_no", "amount"))
        assert paid == [("20260001", Decimal("100.00")), ("20260001-2", Decimal("405.00"))]
        assert Order.objects.get().paid_fee == Payment.objects.aggregate(sum=Sum("amount"))["sum"]

    @pytest.mark.parametrize("known", [True, False])
    def test_part_payment_in_a_file_raises_the_red_flag_once(self, desk: Desk, known: bool) -> None:
        if known:
            desk.take(order_row())
        desk.take(order_row(**PART))
        desk.take(order_row(**PART))

        order = Order.objects.get()
        assert (order.status, order.paid_fee, order.seller_flag) == (Status.WAIT_BUYER_PAY, 100, 1)
        assert (Flag.objects.get().label, Payment.objects.get().amount) == ("少付", 100)

    def test_a_late_payment_after_a_part_that_is_owed_back_is_only_the_rest(self, desk: Desk) -> None:
        desk.take(order_row(**PART))
        close_unpaid_orders(NOW, False)
        approvals.refuse(
            Approval.objects.get().pk, reason="联系不上", actor=make_staff("supervisor"), now=NOW
        )
        late = order_row("买家已付款，等待卖家发货")

        first, second = desk.take(late), desk.take(late)

        assert (first["updated"], second["unchanged"]) == (1, 1)
        assert payments() == [
            ("20260001", Decimal("100.00"), Payment.Status.REFUND_DUE),
            ("20260001-2", Decimal("405.00"), Payment.Status.UNAPPLIED),
        ]
        assert Approval.objects.get(kind=LATE_PAYMENT).amount == Decimal("405.00")

    def test_a_late_payment_reopens_a_part_paid_order_with_what_was_paid_in_all(self, desk: Desk) -> None:
        desk.take(order_row(**PART))
        desk.take(order_row("交易关闭", 订单关闭原因="买家未付款"))
        desk.take(order_row("买家已付款，等待卖家发货"))

        approvals.approve(Approval.objects.get(kind=LATE_PAYMENT).pk, actor=make_staff("supervisor"), now=NOW)

        order = Order.objects.get()
        assert (order.status, order.paid_fee) == (Status.WAIT_SELLER_SEND_GOODS, Decimal("505.00"))
        assert payments() == [
            ("20260001", Decimal("100.00"), Payment.Status.APPLIED),
            ("20260001-2", Decimal("405.00"), Payment.Status.APPLIED),
        ]
        assert not Flag.objects.filter(label="多付").exists()

    def test_a_late_payment_heard_of_before_the_file_is_not_counted_again(self, desk: Desk) -> None:
        desk.take(order_row())
        close_unpaid_orders(NOW, False)
        record_payment(TID, PaymentMessage("20260009", Decimal("505.00"), NOW), now=NOW)

        report = desk.take(order_row("买家已付款，等待卖家发货"))

        assert (report["unchanged"], report["rejected"]) == (1, [])
        assert payments() == [("20260009", Decimal("505.00"), Payment.Status.UNAPPLIED)]

    def test_a_refused_late_payment_says_why(self, desk: Desk) -> None:
        desk.take(order_row())
        close_unpaid_orders(NOW, False)

        report = desk.take(order_row("买家已付款，等待卖家发货", **{"订单付款时间 ": "2099-01-01 00:00:00"}))

        (rejected,) = report["rejected"]
        assert rejected["column"].strip() == "订单付款时间"
        assert rejected["reason"] == "This payment lies in the future. Check when the buyer paid."


def test_lines_that_come_later_take_their_links_and_refunds_from_what_the_order_counts(desk: Desk) -> None:
    def spent() -> list[Decimal]:
        return [Buyer.objects.get().spend, SpendEntry.objects.aggregate(sum=Sum("amount"))["sum"]]

    desk.take(order_row("买家已付款，等待卖家发货"))
    assert spent() == [Decimal("499.00"), Decimal("499.00")]
    goods = item_row(oid="11", 价格="479.00", 退款状态="没有申请退款", 退款金额="无退款申请")
    link = goods | {"子订单编号": '="12"', "标题": "补差价专用链接", "价格": "20.00", "商品属性": ""}

    desk.take(goods)
    assert spent() == [Decimal("499.00"), Decimal("499.00")]
    desk.take(goods, link)
    assert spent() == [Decimal("479.00"), Decimal("479.00")]
    desk.take(goods | {"退款状态": "退款成功", "退款金额": "100.00"})
    assert spent() == [Decimal("379.00"), Decimal("379.00")]
