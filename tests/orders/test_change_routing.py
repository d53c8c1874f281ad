"""S2, S5, S8 through the service: the province that is read or chosen, forwarders, and what goes first."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from orders.models import LinkSettlement, Note, Order, Parcel, RefundTask
from orders.services.changes.routing import choose_province, set_forwarder, set_shelf_goods_first
from orders.services.parcels.planning import plan
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_staff
from tests.orders.address_change_scenes import change, paid
from tests.orders.parcel_makers import make_planned_parcel, make_printed_parcel
from tests.orders.postage_links import NICK, link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


class TestProvince:
    """S2: read or chosen, never a default."""

    def test_what_cannot_be_read_is_asked_for(self) -> None:
        with pytest.raises(DomainError) as refusal:
            change(paid(), "天河区 示例路2号")
        assert (refusal.value.code, refusal.value.field) == ("S2", "receiver_state")

    def test_it_can_be_chosen(self) -> None:
        order = paid()
        change(order, "西湖区 1号", receiver_state="浙江")
        assert Order.objects.get(pk=order.pk).receiver_state == "浙江"

    def test_what_the_address_says_wins(self) -> None:
        order = paid()
        change(order, "浙江省 杭州市 1号", receiver_state="西藏")
        assert Order.objects.get(pk=order.pk).receiver_state == "浙江"

    def test_choosing_it_for_an_order_plans_the_carrier(self) -> None:
        order = paid(receiver_state="", receiver_address="西湖区 1号")
        parcel = make_planned_parcel(order)
        assert parcel.carrier == ""

        choose_province(order.pk, "香港", version=1, actor=make_staff("agent"), now=NOW)

        parcel.refresh_from_db()
        assert parcel.carrier == "shunfeng"
        assert AuditEntry.objects.get(action="order.province").after == {"province": "香港"}

    @pytest.mark.parametrize(
        ("address", "province", "error", "code"),
        [("西湖区", "火星", DomainError, "S2"), ("浙江省 杭州", "上海", Conflict, "S2")],
    )
    def test_what_cannot_be_chosen(
        self, address: str, province: str, error: type[DomainError], code: str
    ) -> None:
        order = paid(receiver_state="", receiver_address=address)
        with pytest.raises(error) as refusal:
            choose_province(order.pk, province, version=1, actor=make_staff("agent"), now=NOW)
        assert refusal.value.code == code
        assert Order.objects.get(pk=order.pk).receiver_state == ""


class TestRouting:
    """S5, S8."""

    def mixed(self, **fields: Any) -> Order:
        order = paid(**fields)
        make_line(order, "【韩国直送】连衣裙", price=Decimal("50.00"))
        Order.objects.filter(pk=order.pk).update(goods_payable=Decimal("300.00"), payment=Decimal("306.00"))
        plan([order.pk], now=NOW)
        return Order.objects.get(pk=order.pk)

    def test_a_forwarder_writes_its_note(self) -> None:
        order = paid()

        set_forwarder(order.pk, True, version=1, actor=make_staff("agent", signature="小雨"), now=NOW)

        assert str(Note.objects.get()) == "转运地址，货齐后一次发出(小雨11.22)"
        assert Order.objects.get().forwarder
        assert not Order.objects.get().seller_flag

    def test_doing_it_twice_writes_one_note(self) -> None:
        order, agent = paid(), make_staff("agent")
        set_forwarder(order.pk, True, version=1, actor=agent, now=NOW)
        set_forwarder(order.pk, True, version=2, actor=agent, now=NOW)
        assert Note.objects.count() == 1

    def test_neither_with_the_other(self) -> None:
        agent = make_staff("agent")
        with pytest.raises(Conflict) as refusal:
            set_shelf_goods_first(self.mixed(forwarder=True).pk, True, version=1, actor=agent, now=NOW)
        assert refusal.value.code == "S5"
        with pytest.raises(Conflict) as refusal:
            set_forwarder(self.mixed(shelf_goods_first=True).pk, True, version=1, actor=agent, now=NOW)
        assert refusal.value.code == "S8"

    def test_a_paid_order_pays_the_second_parcel_first(self) -> None:
        order, agent = self.mixed(), make_staff("agent")
        with pytest.raises(DomainError, match="difference is"):
            set_shelf_goods_first(order.pk, True, version=1, actor=agent, now=NOW)
        assert Parcel.objects.count() == 1

        set_shelf_goods_first(order.pk, True, links=[link("6.00").pk], version=1, actor=agent, now=NOW)

        assert sorted(Parcel.objects.values_list("part", flat=True)) == ["rest", "shelf"]
        assert LinkSettlement.objects.get().rule == "S8"

        set_shelf_goods_first(order.pk, False, version=2, actor=agent, now=NOW)

        assert Parcel.objects.get().part == "whole"
        assert RefundTask.objects.get().amount == Decimal("6.00")

    def test_an_unpaid_order_is_priced_later(self) -> None:
        order = make_order(NICK)
        set_shelf_goods_first(order.pk, True, version=1, actor=make_staff("agent"), now=NOW)
        assert Order.objects.get().shelf_goods_first

    @pytest.mark.parametrize("service", [set_forwarder, set_shelf_goods_first])
    def test_what_is_printed_is_pulled_first(self, service: Any) -> None:
        order = paid()
        make_printed_parcel(order)
        with pytest.raises(Conflict, match="pull it first"):
            service(order.pk, True, version=1, actor=make_staff("agent"), now=NOW)

    @pytest.mark.parametrize("service", [set_forwarder, set_shelf_goods_first])
    def test_what_is_shipped_travels_no_more(self, service: Any) -> None:
        order = paid(status=Status.WAIT_BUYER_CONFIRM_GOODS)
        with pytest.raises(Conflict):
            service(order.pk, True, version=1, actor=make_staff("agent"), now=NOW)
        with pytest.raises(Forbidden):
            service(order.pk, True, version=1, actor=make_staff("warehouse"), now=NOW)
