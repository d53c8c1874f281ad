"""D1, D5: what files do to orders that staff changed or refunded."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from members.models import Buyer
from orders.models import Order, OrderLine, Parcel, PlatformTask, Refund
from orders.services.changes.address import AddressChange, change_address
from orders.services.changes.sku import SkuChange, change_sku
from orders.services.refunding import refund_lines
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from tests.factories import NOW, make_sku, make_staff
from tests.orders.test_import_orders import TID, Desk, item_row, order_row, the_order

pytestmark = pytest.mark.django_db
PAID, SENT, CLOSED = "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易关闭"
NEW = "颜色分类：黑色;尺码：38"
ADDRESS = "浙江省 杭州市 西湖区 示例路9号"
REFUNDED = {"退款状态": "退款成功", "退款金额": "499.00"}


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


@pytest.fixture(params=["11", ""], ids=["by-oid", "by-position"])
def oid(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(tmp_path: Path, oid: str) -> Desk:
    """A desk with one paid order of one line."""
    desk = Desk(tmp_path)
    desk.take(order_row(PAID))
    desk.take(row(oid))
    return desk


def row(oid: str, **said: str) -> dict[str, str]:
    made = item_row(oid=oid, **said)
    return made if oid else {name: value for name, value in made.items() if name != "子订单编号"}


def change() -> None:
    sku = make_sku("【韩国现货】小白鞋", NEW, stock=3)
    asked = SkuChange(1, sku.pk, accept_short=True)
    change_sku(TID, asked, version=the_order().version, actor=make_staff("agent"), now=NOW)


def refund() -> Refund:
    done = refund_lines(
        TID, [1], reason="不想要了", version=the_order().version, actor=make_staff("agent"), now=NOW
    )
    assert isinstance(done, Refund)
    return done


def open_task(kind: str) -> bool:
    return PlatformTask.objects.filter(kind=kind, done_at=None).exists()


class TestColourAndSize:
    """O9: exports still name what was ordered."""

    def test_the_old_name_is_the_same_line_and_undoes_nothing(self, desk: Desk, oid: str) -> None:
        change()

        report = desk.take(row(oid))

        line = OrderLine.objects.get()
        assert (report["lines"], report["rejected"]) == (1, [])
        assert (line.sku_properties_name, line.outer_sku_id) == (NEW, "")
        assert open_task("sku")

    def test_the_new_name_is_the_same_line_and_ticks_the_task(self, desk: Desk, oid: str) -> None:
        change()

        desk.take(row(oid, 商品属性=NEW))

        assert OrderLine.objects.count() == 1
        assert not open_task("sku")


class TestAddress:
    def test_the_old_address_never_comes_back(self, desk: Desk) -> None:
        asked = AddressChange(ADDRESS, "李四", "13900001111")
        change_address(TID, asked, version=1, actor=make_staff("agent"), now=NOW)

        desk.take(order_row(SENT))

        order = the_order()
        assert order.status == Status.WAIT_BUYER_CONFIRM_GOODS
        assert (order.receiver_address, order.receiver_state, order.receiver_mobile) == (
            ADDRESS, "浙江", "13900001111",
        )  # fmt: skip
        assert open_task("address")

    def test_the_new_one_ticks_the_task(self, desk: Desk) -> None:
        change_address(TID, AddressChange(ADDRESS, "", ""), version=1, actor=make_staff("agent"), now=NOW)

        desk.take(order_row(PAID, **{"收货地址 ": ADDRESS}))

        assert not open_task("address")


class TestRefund:
    """F4: a refund that a file shows is done, and counted once."""

    def test_the_closed_order_ticks_it(self, desk: Desk) -> None:
        refund()

        desk.take(
            order_row(
                CLOSED,
                买家实际支付金额="505.00",
                订单关闭原因="退款",
                **{"订单付款时间 ": "2026-11-19 12:30:00"},
            )
        )

        order = the_order()
        assert (order.status, order.refund_fee) == (Status.TRADE_CLOSED, Decimal("505.00"))
        assert Refund.objects.get().status == "done"
        assert not open_task("refund")
        assert Buyer.objects.get().spend == 0

    def test_the_refunded_line_ticks_it_and_is_counted_once(self, desk: Desk, oid: str) -> None:
        refund()

        for _time in range(2):
            desk.take(row(oid, **REFUNDED))
            assert OrderLine.objects.get().refund_fee == Decimal("499.00")
            assert the_order().refund_fee == Decimal("505.00")
        assert Refund.objects.get().status == "done"
        assert the_order().status == Status.TRADE_CLOSED
        assert not open_task("refund")
        assert Buyer.objects.get().spend == 0
        assert not Parcel.objects.exists()

    def test_less_than_was_asked_leaves_it_open(self, desk: Desk, oid: str) -> None:
        refund()

        desk.take(row(oid, 退款状态="退款成功", 退款金额="100.00"))

        assert Refund.objects.get().status == "due"
        assert open_task("refund")
        assert Order.objects.get().status == Status.WAIT_SELLER_SEND_GOODS
