"""O10 through the service: the address of a paid order; S2, S5, S8 beside it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from members.models import LifetimeShipping
from orders.approval_kinds import ADDRESS_WAIVER
from orders.models import (
    ChangeNotice,
    Flag,
    LinkSettlement,
    Note,
    Order,
    OrderTerms,
    Parcel,
    PlatformTask,
    PostageCredit,
    RefundTask,
    Slip,
)
from orders.rules.changes import Terms
from orders.services.changes.address import AddressChange, change_address
from orders.services.changes.routing import choose_province, set_forwarder, set_shelf_goods_first
from orders.services.joining import SHORT_LABEL
from orders.services.parcels.planning import plan
from orders.services.pricing import apply_computed_price
from orders.states import ParcelStage, Status
from shipping.models import TariffRow
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry, Staff
from shopdesk.base.services import approvals
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff
from tests.orders.parcel_makers import make_planned_parcel, make_printed_parcel
from tests.orders.test_change_sku import NICK, link

pytestmark = pytest.mark.django_db
GUANGDONG = "广东省 广州市 天河区 示例路2号"


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def paid(goods: str = "250.00", **fields: Any) -> Order:
    """A paid order to Shanghai: 250.00 + 6.00."""
    order = make_paid_order(NICK, goods_payable=Decimal(goods), **fields)
    make_line(order, price=Decimal(goods))
    return order


def change(
    order: Order, address: str = GUANGDONG, actor: Staff | None = None, **fields: Any
) -> ChangeNotice | Approval:
    version = fields.pop("version", Order.objects.get(pk=order.pk).version)
    fields.setdefault("receiver_name", order.receiver_name)
    fields.setdefault("receiver_mobile", order.receiver_mobile)
    asked = AddressChange(address, **fields)
    return change_address(order.pk, asked, version=version, actor=actor or make_staff("agent"), now=NOW)


def fee(province: str, carrier: str = "zhongtong") -> Decimal:
    return TariffRow.objects.get(carrier=carrier, province=province).first_fee


def test_the_receiver_the_note_the_notice_and_the_task() -> None:
    order, agent = paid(), make_staff("agent", signature="小雨")
    parcel = make_planned_parcel(order)
    difference = fee("广东") - Decimal("6.00")
    paying = link(str(difference))

    change(order, actor=agent, links=(paying.tid,), receiver_name="李四", receiver_mobile="13900001111")

    after = Order.objects.get(pk=order.pk)
    assert (after.receiver_state, after.receiver_address) == ("广东", GUANGDONG)
    assert (after.receiver_name, after.receiver_mobile) == ("李四", "13900001111")
    assert (after.post_fee, after.payment) == (Decimal("6.00"), Decimal("256.00"))  # as Taobao charged it
    assert str(Note.objects.get()) == f"客户要求修改地址，新地址为：{GUANGDONG}(小雨11.22)"
    assert (Flag.objects.get().label, Flag.objects.get().addressee) == ("改地址", "warehouse")
    notice = ChangeNotice.objects.get()
    assert (notice.kind, notice.before, notice.after, notice.made_by) == ("address", "上海", "广东", agent)
    assert LinkSettlement.objects.get().amount == difference
    assert OrderTerms.objects.get().quote["post_fee"] == str(fee("广东"))
    assert PlatformTask.objects.filter(kind="address").count() == 1
    entry = AuditEntry.objects.get(action="order.address_changed")
    assert (entry.before, entry.after["province"]) == ({"province": "上海"}, "广东")
    assert "天河" not in str(AuditEntry.objects.filter(subject_id=order.tid).values_list("before", "after"))
    parcel.refresh_from_db()
    assert parcel.carrier == "zhongtong"


def test_the_same_postage_needs_nothing() -> None:
    order = paid()

    change(order, "浙江省 杭州市 西湖区 1号")

    assert ChangeNotice.objects.count() == 1
    assert not LinkSettlement.objects.exists()
    assert not RefundTask.objects.exists()


def test_a_dearer_one_unsettled_changes_nothing() -> None:
    order = paid()

    with pytest.raises(DomainError, match="postage link") as refusal:
        change(order)

    assert refusal.value.code == "O10"
    assert Order.objects.get(pk=order.pk).receiver_state == "上海"
    assert not Note.objects.exists()
    assert not OrderTerms.objects.exists()


def test_a_cheaper_one_is_owed_back() -> None:
    order = paid(receiver_state="广东", receiver_address=GUANGDONG, post_fee=fee("广东"))

    change(order, "上海市 浦东新区 1号")

    debt = RefundTask.objects.get()
    assert (debt.reason, debt.rule, debt.amount) == ("lower_postage", "O10", fee("广东") - 6)


def test_kept_terms_take_the_tariff_of_the_day_and_anew_todays() -> None:
    row = TariffRow.objects.get(carrier="zhongtong", province="广东")
    TariffRow.objects.create(
        carrier="zhongtong", province="广东", first_kg=row.first_kg, first_fee=Decimal("20.00"),
        step_kg=row.step_kg, extra_fee=row.extra_fee, valid_from=NOW, entered_at=NOW,
    )  # fmt: skip
    then = row.first_fee - 6

    for terms, missing in ((Terms.KEEP, then), (Terms.ANEW, Decimal("14.00"))):
        with pytest.raises(DomainError, match=f"difference is ¥{missing}"):
            change(paid(), terms=terms)


def test_another_name_or_phone_costs_nothing_and_stays_joined() -> None:
    order = paid(post_fee=Decimal("3.00"), joined="1")

    change(order, order.receiver_address, receiver_name="李四", receiver_mobile="13900001111")

    after = Order.objects.get()
    assert (after.receiver_name, after.receiver_mobile, after.joined) == ("李四", "13900001111", "1")
    assert OrderTerms.objects.get().quote["moved"] == "0.00"


def test_postage_that_was_given_stays_given_by_the_kept_terms() -> None:
    order = paid(post_fee=Decimal(0))

    with pytest.raises(DomainError, match=f"difference is ¥{fee('广东') - 6}"):
        change(order)  # what the way to there costs more
    with pytest.raises(DomainError, match=f"difference is ¥{fee('广东')}"):
        change(order, terms=Terms.ANEW)
    change(order, "浙江省 杭州市 西湖区 1号")

    step = OrderTerms.objects.get().quote["steps"][-1]
    assert (step["rule"], step["amount"]) == ("O10", "-6.00")


def test_free_shipping_for_life_is_lost_for_any_other_address() -> None:
    order = paid(post_fee=Decimal(0))
    LifetimeShipping.objects.create(
        buyer=order.buyer, year=2025, spend=Decimal("50000.00"), address=order.receiver_address,
        status="confirmed", proposed_at=NOW, decided_at=NOW,
    )  # fmt: skip

    with pytest.raises(DomainError, match="difference is"):
        change(order, "上海 上海市 浦东新区 示例街道2号")


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


class TestWaiver:
    """P1: a supervisor waives the difference, before anything is changed."""

    def test_it_is_asked_for_and_nothing_changes(self) -> None:
        order = paid()

        approval = change(order, waive=True, reason="老客户")

        assert isinstance(approval, Approval)
        assert (approval.kind, approval.amount) == (ADDRESS_WAIVER, fee("广东") - 6)
        assert Order.objects.get(pk=order.pk).receiver_state == "上海"
        assert not ChangeNotice.objects.exists()

    def test_approved_it_is_made_as_the_change_of_who_asked(self) -> None:
        order, agent = paid(), make_staff("agent", signature="小雨")
        approval = change(order, actor=agent, waive=True, reason="老客户")

        approvals.approve(approval.pk, actor=make_staff("supervisor", signature="慧慧"), now=NOW)

        after = Order.objects.get(pk=order.pk)
        assert (after.receiver_state, after.receiver_address) == ("广东", GUANGDONG)
        assert not LinkSettlement.objects.exists()
        kept = OrderTerms.objects.get().quote
        assert (kept["post_fee"], kept["moved"], kept["steps"][-1]["rule"]) == ("6.00", "0.00", "P1")
        assert "(小雨11.22)" in str(Note.objects.get())

    def test_another_difference_than_was_asked_is_refused(self) -> None:
        order = paid()
        approval = change(order, waive=True, reason="老客户")
        TariffRow.objects.filter(province="广东").update(first_fee=Decimal("99.00"))

        with pytest.raises(Conflict, match="another one"):
            approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        assert Order.objects.get(pk=order.pk).receiver_state == "上海"

    def test_nothing_to_waive_is_just_done(self) -> None:
        assert isinstance(change(paid(), "浙江省 杭州市 1号", waive=True), ChangeNotice)


class TestJoined:
    """S7: another address leaves the joined orders."""

    def joined(self) -> tuple[Order, Order, Order]:
        first, second, third = (paid("200.00") for _number in range(3))
        Order.objects.filter(pk__in=[first.pk, second.pk, third.pk]).update(joined=first.pk)
        plan([first.pk], now=NOW)
        return first, second, third

    def test_the_others_stay_together_under_a_new_number(self) -> None:
        first, second, third = self.joined()
        assert Parcel.objects.count() == 1

        change(first, "浙江省 杭州市 1号")

        assert list(Order.objects.order_by("tid").values_list("joined", flat=True)) == [
            "", second.pk, second.pk,
        ]  # fmt: skip
        parcels = {parcel.order_id: parcel for parcel in Parcel.objects.all()}
        assert parcels.keys() == {first.pk, second.pk}
        assert set(parcels[second.pk].lines.values_list("order_id", flat=True)) == {second.pk, third.pk}

    @pytest.mark.parametrize(("third", "short"), [("200.00", True), ("300.00", False)])
    def test_the_others_are_flagged_where_their_sum_falls_short(self, third: str, short: bool) -> None:
        first, second = (paid("200.00", post_fee=Decimal("0.00")) for _number in range(2))
        last = paid(third, post_fee=Decimal("6.00"))
        Order.objects.filter(pk__in=[first.pk, second.pk, last.pk]).update(joined=first.pk)

        change(first, "浙江省 杭州市 1号", waive=True)

        flagged = Flag.objects.filter(label=SHORT_LABEL, ended_at__isnull=True)
        assert list(flagged.values_list("order", flat=True)) == ([second.pk] if short else [])

    def test_out_of_a_printed_parcel_its_goods_come_out(self) -> None:
        first, second, third = self.joined()
        parcel = make_printed_parcel(first)

        change(first, "浙江省 杭州市 1号")

        parcel.refresh_from_db()
        assert (parcel.order_id, parcel.stage) == (second.pk, ParcelStage.PRINTED)
        assert set(parcel.lines.values_list("order_id", flat=True)) == {second.pk, third.pk}
        own = Parcel.objects.get(order=first)
        assert (own.stage, own.lines.get().order_id) == (ParcelStage.PLANNED, first.pk)
        notices = {notice.order_id: notice for notice in ChangeNotice.objects.all()}
        assert (notices[first.pk].kind, notices[second.pk].kind) == ("address", "joined")
        assert Slip.objects.get().notice == notices[second.pk]

    def test_what_joining_gave_is_part_of_the_difference(self) -> None:
        other = paid("300.00")
        order = make_order(NICK, goods_payable=Decimal("250.00"))
        make_line(order, price=Decimal("250.00"))
        apply_computed_price(order.pk, version=1, actor=make_staff("agent"), now=NOW)
        assert PostageCredit.objects.get().paid_on == other
        Order.objects.filter(pk=order.pk).update(
            status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW, paid_fee=Decimal("244.00"), joined=other.pk
        )
        paying = link("12.00")

        change(order, "浙江省 杭州市 1号", links=(paying.pk,))

        assert LinkSettlement.objects.get().amount == Decimal("12.00")  # its own 6 and the 6 taken off
        assert not PostageCredit.objects.exists()


class TestRefused:
    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_by_role(self, role: str) -> None:
        with pytest.raises(Forbidden):
            change(paid(), actor=make_staff(role))

    def test_an_older_version(self) -> None:
        with pytest.raises(VersionConflict):
            change(paid(), version=7)

    @pytest.mark.parametrize(
        ("address", "code"),
        [
            ("", "O10"),
            ("上海 上海市 浦东新区 示例街道1号", "O10"),
            ("浙江省 " + "长" * 400, "O10"),
            ("张三，13800007620，浙江省 杭州市", "T1"),
            ("浙江省 杭州市 138 0000 7620", "T1"),
        ],
    )
    def test_by_the_address(self, address: str, code: str) -> None:
        with pytest.raises(DomainError) as refusal:
            change(paid(), address)
        assert refusal.value.code == code
        assert not ChangeNotice.objects.exists()

    def test_partly_shipped(self) -> None:
        with pytest.raises(Conflict, match="after-sales"):
            change(paid(partly_shipped=True))


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
