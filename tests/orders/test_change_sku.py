"""O9 through the service: colour or size of a paid order."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from orders.approval_kinds import BEGUN_CHANGE
from orders.models import (
    BuyingRun,
    BuyingRunLine,
    ChangeNotice,
    Flag,
    Hold,
    Note,
    Order,
    OrderLine,
    PlatformTask,
    Sku,
    StockMovement,
)
from orders.states import Status, Supply
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.services import approvals
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders.parcel_makers import make_printed_parcel
from tests.orders.postage_links import NICK, link
from tests.orders.sku_change_scenes import change, other, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def test_the_line_the_note_the_notice_the_hold_and_the_task() -> None:
    line, agent = paid(), make_staff("agent", signature="小雨")
    sku = other(line)

    change(line, sku, agent)

    after = OrderLine.objects.get()
    assert (after.sku, after.sku_properties_name, after.outer_sku_id) == (
        sku, "颜色分类：黑色;尺码：38", "MN-BK-38",
    )  # fmt: skip
    assert after.ordered_properties_name == "颜色分类：白色;尺码：37"
    assert (after.price, after.payment) == (Decimal("499.00"), Decimal("499.00"))
    note = Note.objects.get()
    assert str(note) == "客户拍下白色 / 37，要求修改成黑色 / 38，已修改妥当(小雨11.22)"
    flag = Flag.objects.get()
    assert (flag.seller_flag, flag.addressee, flag.note) == (1, "warehouse", note)
    notice = ChangeNotice.objects.get()
    assert (notice.kind, notice.before, notice.after, notice.made_by, notice.stage, notice.note) == (
        "sku", "白色 / 37", "黑色 / 38", agent, "planned", note,
    )  # fmt: skip
    [old, new] = Hold.objects.order_by("pk")
    assert (old.release, new.sku, new.line, new.num, new.released_at) == ("changed", sku, line, 1, None)
    assert list(Sku.objects.order_by("pk").values_list("stock", "held")) == [(5, 0), (3, 1)]
    assert PlatformTask.objects.filter(kind="sku").count() == 1
    assert AuditEntry.objects.get(action="order.sku_changed").after["properties"] == "颜色分类：黑色;尺码：38"
    assert Order.objects.get().version == 2
    assert Order.objects.get().owner == agent


def test_a_second_change_still_names_what_was_ordered_and_the_way_back_forgets_it() -> None:
    line = paid()
    change(line, other(line))
    change(OrderLine.objects.get(), make_sku("小白鞋", "颜色分类：红色;尺码：36", stock=1))

    assert "客户拍下白色 / 37，要求修改成红色 / 36" in Note.objects.order_by("pk")[1].text

    change(OrderLine.objects.get(), Sku.objects.get(sku_properties_name="颜色分类：白色;尺码：37"))

    assert OrderLine.objects.get().ordered_properties_name == ""


def test_a_line_of_several_is_named() -> None:
    line = paid()
    make_line(line.order, "袜子", price=Decimal("10.00"))

    change(line, other(line))

    assert Note.objects.get().text.startswith("客户拍下小白鞋 白色 / 37，")


class TestShelf:
    """F5: the hold moves, or the buyer waits, or it is refused."""

    def test_too_few_pieces_are_refused_and_nothing_changes(self) -> None:
        line = paid()

        with pytest.raises(DomainError, match="Only 0 of this colour") as refusal:
            change(line, other(line, stock=0))

        assert (refusal.value.code, refusal.value.field) == ("F5", "accept_short")
        assert Hold.objects.get().released_at is None
        assert not ChangeNotice.objects.exists()
        assert not Note.objects.exists()
        assert Order.objects.get().version == 1

    def test_a_buyer_who_waits_has_no_hold(self) -> None:
        line = paid()

        change(line, other(line, stock=0), accept_short=True)

        assert Hold.objects.get().release == "changed"
        assert list(Sku.objects.order_by("pk").values_list("held", flat=True)) == [0, 0]

    def test_goods_that_are_bought_to_order_need_no_shelf(self) -> None:
        line = make_line(make_paid_order(NICK), "【韩国直送】连衣裙")

        change(line, other(line, stock=0))

        assert not Hold.objects.exists()


class TestBegun:
    """O16, P1: what is bought or in making needs a supervisor."""

    def begun(self, supply: str = Supply.BOUGHT) -> OrderLine:
        line = make_line(make_paid_order(NICK), "【韩国直送】连衣裙", supply=supply)
        line.sku = make_sku("【韩国直送】连衣裙", line.sku_properties_name)
        line.save()
        return line

    @pytest.mark.parametrize("supply", [Supply.BOUGHT, Supply.ARRIVED, Supply.MAKING, Supply.MADE])
    def test_a_supervisor_is_asked_and_nothing_changes(self, supply: str) -> None:
        line = self.begun(supply)

        approval = change(line, other(line), reason="客户坚持")

        assert isinstance(approval, Approval)
        assert (approval.kind, approval.rule, approval.amount) == (BEGUN_CHANGE, "O16", Decimal("499.00"))
        assert not ChangeNotice.objects.exists()
        assert OrderLine.objects.get().ordered_properties_name == ""

    def test_without_a_reason_nobody_is_asked(self) -> None:
        line = self.begun()

        with pytest.raises(DomainError, match="Say why"):
            change(line, other(line))

    @pytest.mark.parametrize(("supply", "shelf"), [(Supply.BOUGHT, 0), (Supply.ARRIVED, 1), (Supply.MADE, 1)])
    def test_approving_makes_it_the_change_of_who_asked(self, supply: str, shelf: int) -> None:
        line, agent = self.begun(supply), make_staff("agent", signature="小雨")
        approval = change(line, other(line, stock=0), agent, reason="客户坚持")

        approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        after = OrderLine.objects.get()
        assert (after.sku_properties_name, after.supply) == ("颜色分类：黑色;尺码：38", "")
        assert ChangeNotice.objects.get().made_by == agent
        assert "(小雨11.22)" in str(Note.objects.get())
        old = Sku.objects.get(sku_properties_name="颜色分类：白色;尺码：37")
        assert (old.stock, StockMovement.objects.count()) == (shelf, shelf)
        assert AuditEntry.objects.get(action="order.sku_changed").after["approval"] == approval.pk

    def test_a_request_lapses_when_the_order_changes(self) -> None:
        line = self.begun()
        approval = change(line, other(line), reason="客户坚持")
        Order.objects.update(version=9)

        decided = approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        assert decided.status == Approval.Status.LAPSED
        assert not ChangeNotice.objects.exists()

    def test_every_check_runs_again(self) -> None:
        line = self.begun()
        approval = change(line, other(line), reason="客户坚持")
        make_printed_parcel(line.order)
        line.order.parcels.update(stage="packed")

        with pytest.raises(Conflict, match="packed"):
            approvals.approve(approval.pk, actor=make_staff("supervisor"), now=NOW)

        approval.refresh_from_db()
        assert approval.status == Approval.Status.PENDING

    def test_a_line_on_an_open_run_sheet_is_dropped_from_it(self) -> None:
        line = self.begun("")
        run = BuyingRun.objects.create(opened_by=make_staff("agent"), opened_at=NOW)
        BuyingRunLine.objects.create(run=run, line=line, sku=line.sku, num=1)

        change(line, other(line))

        assert BuyingRunLine.objects.get().outcome == "dropped"

    def test_another_colour_for_what_cannot_be_had(self) -> None:
        line = self.begun(Supply.UNAVAILABLE)

        change(line, other(line))

        assert OrderLine.objects.get().supply == ""


class TestRefused:
    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_by_role(self, role: str) -> None:
        line = paid()
        with pytest.raises(Forbidden):
            change(line, other(line), make_staff(role))
        assert not ChangeNotice.objects.exists()

    def test_an_older_version(self) -> None:
        line = paid()
        with pytest.raises(VersionConflict):
            change(line, other(line), version=7)

    @pytest.mark.parametrize(
        "status",
        [Status.WAIT_BUYER_PAY, Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED],
    )
    def test_by_state(self, status: str) -> None:
        fields = {"pay_time": None} if status == Status.WAIT_BUYER_PAY else {}
        line = make_line(make_order(NICK, status=status, **fields))
        with pytest.raises(Conflict) as refusal:
            change(line, other(line))
        assert refusal.value.code == "O9"

    def test_another_product_the_same_sku_a_link_or_no_line(self) -> None:
        line = paid()
        paying = link("5.00").lines.get()
        for bad, sku in (
            (line, make_sku("袜子", "红色")),
            (line, Sku.objects.get(pk=line.sku_id)),
            (paying, make_sku(paying.product.title, "红色")),
        ):
            with pytest.raises(DomainError) as refusal:
                change(bad, sku)
            assert refusal.value.code == "O9"
        line.position = 7
        with pytest.raises(DomainError, match="Choose the line"):
            change(line, other(line))
        assert not ChangeNotice.objects.exists()
