"""F2, F4: every stage × change, through the service, the page and a plain POST: what happens, what is refused."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from orders.models import ChangeNotice, Flag, Note, Order, OrderLine, Parcel, PlatformTask, Refund, Sku, Slip
from orders.services.changes.address import AddressChange, change_address
from orders.services.changes.sku import SkuChange, change_sku
from orders.services.notices import require_acknowledged
from orders.services.refunding import refund_lines
from orders.services.spend import tell_spend
from orders.states import ParcelStage
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.errors import Conflict
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.parcel_makers import AT_STAGE, hold_line

pytestmark = pytest.mark.django_db
ADDRESS = "浙江省 杭州市 西湖区 示例路9号"
SKU, MOVE, REFUND = "sku", "address", "refund"
PLANNED, PRINTED, PACKED, SHIPPED = (
    ParcelStage.PLANNED,
    ParcelStage.PRINTED,
    ParcelStage.PACKED,
    ParcelStage.SHIPPED,
)
NOTES = {
    SKU: "客户拍下白色 / 37，要求修改成黑色 / 38，已修改妥当",
    MOVE: f"客户要求修改地址，新地址为：{ADDRESS}",
    REFUND: "客户申请退款，请勿发货：小白鞋 白色 / 37 × 1",
}
TASKS = {SKU: "sku", MOVE: "address", REFUND: "refund"}


@dataclass(frozen=True)
class Row:
    """What a change does at a stage: refused by which rule, or the parcel's stage, the slip's end, the refund."""

    stage: str
    change: str
    refused: str = ""
    parcel: str = ""
    void: str = ""
    refund: str = ""


TABLE = [
    Row(PLANNED, SKU, parcel=PLANNED),
    Row(PRINTED, SKU, parcel=PRINTED, void="changed"),
    Row(PACKED, SKU, refused="F2"),
    Row(SHIPPED, SKU, refused="F2"),
    Row(PLANNED, MOVE, parcel=PLANNED),
    Row(PRINTED, MOVE, parcel=PRINTED, void="changed"),
    Row(PACKED, MOVE, refused="F2"),
    Row(SHIPPED, MOVE, refused="F2"),
    Row(PLANNED, REFUND, parcel="", refund="due"),  # it leaves the queue
    Row(PRINTED, REFUND, parcel=PRINTED, void="refunded", refund="waiting"),
    Row(PACKED, REFUND, parcel=PACKED, refund="waiting"),
    Row(SHIPPED, REFUND, refused="F4"),
]
WORDS = {"F2": ("pull it", "after-sales ticket"), "F4": ("after-sales ticket",)}


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


@pytest.fixture
def agent() -> Staff:
    return make_staff("agent", signature="小雨")


@pytest.fixture
def line() -> OrderLine:
    line = make_line(make_paid_order("公主小肥"))
    hold_line(line)
    make_sku("小白鞋", "颜色分类：黑色;尺码：38", stock=2)
    tell_spend([line.order_id])
    return line


def by_service(change: str, line: OrderLine, agent: Staff) -> str:
    """Make a change through its service; answers the rule that refused it."""
    asked: dict[str, Any] = {"version": line.order.version, "actor": agent, "now": NOW}
    try:
        if change == SKU:
            sku = Sku.objects.get(sku_properties_name__contains="黑色")
            change_sku(line.order_id, SkuChange(1, sku.pk), **asked)
        elif change == MOVE:
            change_address(line.order_id, AddressChange(ADDRESS, "", ""), **asked)
        else:
            refund_lines(line.order_id, [1], reason="不想要了", **asked)
    except Conflict as refusal:
        return refusal.code
    return ""


def posted(change: str, line: OrderLine, agent: Staff, **more: Any) -> HttpResponse:
    """Post a change as the page does."""
    client = Client()
    client.force_login(agent)
    fields: Mapping[str, Any] = {
        SKU: {"choice": f"1-{Sku.objects.get(sku_properties_name__contains='黑色').pk}"},
        MOVE: {"receiver_address": ADDRESS},
        REFUND: {"positions": ["1"], "reason": "不想要了"},
    }[change]
    path = {SKU: "change-sku", MOVE: "change-address", REFUND: "refund"}[change]
    return client.post(  # type: ignore[return-value]
        f"/orders/{line.order_id}/{path}/", {"version": line.order.version, **fields}, **more
    )


def by_post(change: str, line: OrderLine, agent: Staff) -> str:
    """A plain POST: it goes back to the page, or the page comes back with the refusal."""
    answer = posted(change, line, agent)
    return "" if answer.status_code == 302 else _refused(answer)


def by_page(change: str, line: OrderLine, agent: Staff) -> str:
    """With htmx: the order as it is now, or the refusal beside the form."""
    answer = posted(change, line, agent, headers={"HX-Request": "true"})
    if answer.status_code == 200:
        assert 'id="order"' in answer.content.decode()
        return ""
    assert answer["HX-Retarget"] == f"#{change}-refusal"
    return _refused(answer)


def _refused(answer: HttpResponse) -> str:
    assert answer.status_code == 409
    page = answer.content.decode()
    return next(rule for rule in WORDS if f'title="The rule that refuses">{rule}<' in page)


@pytest.mark.parametrize("how", [by_service, by_post, by_page])
@pytest.mark.parametrize("row", TABLE, ids=[f"{row.stage}-{row.change}" for row in TABLE])
def test_every_stage_and_change(
    row: Row, how: Callable[[str, OrderLine, Staff], str], line: OrderLine, agent: Staff
) -> None:
    parcel = AT_STAGE[row.stage](line.order)
    before = Order.objects.values().get()

    refused = how(row.change, line, agent)

    assert refused == row.refused
    slip = Slip.objects.first()
    if row.refused:
        assert Order.objects.values().get() == before
        for rows in (ChangeNotice, Note, Flag, Refund, PlatformTask):
            assert not rows.objects.exists()
        assert slip.voided_at is None
        assert not AuditEntry.objects.filter(action__in=("order.sku_changed", "refund.asked")).exists()
        return
    notice = ChangeNotice.objects.get()
    assert (notice.kind, notice.stage, notice.made_by, notice.acknowledged_at) == (
        row.change, row.stage, agent, None,
    )  # fmt: skip
    assert str(Note.objects.get()) == f"{NOTES[row.change]}(小雨11.22)"
    flag = Flag.objects.get()
    assert (flag.seller_flag, flag.addressee, flag.note, notice.note) == (
        1, "warehouse", notice.note, flag.note,
    )  # fmt: skip
    assert {"parcel": row.parcel} == {"parcel": _stage_of(parcel)}
    if slip is not None:
        assert (slip.void_reason, slip.notice) == (row.void, notice if row.void else None)
    asked = Refund.objects.first()
    assert (asked.status if asked else "") == row.refund
    done_there = row.change != REFUND or row.refund == "due"
    assert PlatformTask.objects.filter(kind=TASKS[row.change]).exists() is done_there
    with pytest.raises(Conflict, match="changed by 小雨"):
        require_acknowledged([line.order_id])


def _stage_of(parcel: Parcel) -> str:
    found = Parcel.objects.filter(pk=parcel.pk).exclude(stage=ParcelStage.VOIDED).first()
    return found.stage if found else ""


@pytest.mark.parametrize("change", [SKU, MOVE, REFUND])
@pytest.mark.parametrize("stage", [PLANNED, PRINTED, PACKED, SHIPPED])
def test_the_page_offers_what_can_be_done_and_says_why_not(
    change: str, stage: str, line: OrderLine, client_of: Callable[..., Client]
) -> None:
    AT_STAGE[stage](line.order)
    row = next(row for row in TABLE if (row.stage, row.change) == (stage, change))

    page = client_of("agent").get(f"/orders/{line.order_id}/").content.decode()

    form = {SKU: "change-sku", MOVE: "change-address", REFUND: "refund"}[change]
    assert (f'/{form}/preview/"' in page) is not bool(row.refused)
    if row.refused and stage != SHIPPED:
        assert any(words in page for words in WORDS[row.refused])


def test_spend_and_money_stay_where_a_change_moves_none(line: OrderLine, agent: Staff) -> None:
    before = Order.objects.values("payment", "paid_fee", "refund_fee", "goods_payable").get()

    by_service(SKU, line, agent)

    assert Order.objects.values("payment", "paid_fee", "refund_fee", "goods_payable").get() == before
    assert Order.objects.get().buyer.spend == Decimal("499.00")
