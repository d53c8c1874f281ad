"""O10 through the service: the address of a paid order."""

from collections.abc import Iterator
from decimal import Decimal

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
from orders.services.joining import SHORT_LABEL
from orders.services.parcels.planning import plan
from orders.services.pricing import apply_computed_price
from orders.states import ParcelStage, Status
from shipping.models import TariffRow
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from tests.factories import NOW, make_line, make_order, make_staff
from tests.orders.address_change_scenes import GUANGDONG, change, paid
from tests.orders.parcel_makers import make_planned_parcel, make_printed_parcel
from tests.orders.postage_links import NICK, link

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


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
