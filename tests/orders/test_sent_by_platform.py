"""F7, O1, F3: what the platform sent with no slip of ours is followed as a parcel, and goes out once."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.imports.rows import ItemRow, OrderRow
from orders.models import ChangeNotice, Flag, Hold, Order, Parcel, ParcelLine, Sku, Slip, TrackingNews
from orders.rules.deliveries import News
from orders.selectors.tracking import in_trouble
from orders.services.acknowledging import acknowledge_notice
from orders.services.following_up import flag_late_deliveries
from orders.services.imports.catalogue import Catalogue
from orders.services.imports.items import import_items
from orders.services.imports.orders import import_orders
from orders.services.imports.waiting import Item
from orders.services.parcels.by_platform import mark_sent
from orders.services.parcels.printing import print_batch
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack, pull
from orders.services.tracking import record_news
from orders.states import ParcelStage, Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff
from tests.orders.parcel_scenes import packed, printed, ready_order, shelf_line
from tests.orders.test_planning import plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NUMBER, SENT = "75512345678901", Status.WAIT_BUYER_CONFIRM_GOODS


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    ensure_starting_tariffs()


def take(*orders: Order, status: str = SENT, now: Any = NOW, **facts: Any) -> None:
    facts = {"invoice_no": NUMBER, "logistics_company": "中通快递", **facts}
    rows = [OrderRow(row=2, tid=order.tid, status=status, **facts) for order in orders]
    import_orders(rows, file_name="a.csv", now=now)


def partly(order: Order, **facts: Any) -> None:
    take(order, status=Status.WAIT_SELLER_SEND_GOODS, partly_shipped=True, **facts)


def two_lines() -> Order:
    """A paid order of two pieces that lie on the shelf, in one planned parcel."""
    order = make_paid_order("小肥")
    for title in ("小白鞋", "帆布包"):
        shelf_line(order, title)
    plan([order.tid], now=NOW)
    return order


class TestSentInFull:
    def test_it_is_followed_from_trouble_to_receipt(self) -> None:
        order = ready_order("小肥", receiver_state="浙江")
        sent = NOW - DAY

        take(order, consign_time=sent)

        parcel = Parcel.objects.get()
        assert (parcel.stage, parcel.carrier, parcel.invoice_no, parcel.buyer_id) == (
            "shipped", "zhongtong", NUMBER, "小肥",
        )  # fmt: skip
        assert (parcel.shipped_at, parcel.deliver_by) == (sent, sent + 3 * DAY)
        assert [inside.line.order_id for inside in parcel.lines.all()] == [order.tid]
        assert flag_late_deliveries(NOW + DAY, False).done == 0
        assert flag_late_deliveries(NOW + 2 * DAY, False).subjects == [order.tid]
        assert (Flag.objects.get(ended_at=None).label, list(in_trouble())) == ("快递异常", [parcel])

        signed = NOW + 2 * DAY + timedelta(hours=1)
        record_news([News("zhongtong", NUMBER, 3, signed, "已签收")], source="push", now=signed)

        assert Order.objects.get().signed_time == signed
        assert not Flag.objects.filter(ended_at=None).exists()
        assert not in_trouble().exists()

    def test_news_that_came_before_the_import_counts(self) -> None:
        order = ready_order(receiver_state="浙江")
        TrackingNews.objects.create(
            carrier="zhongtong", invoice_no=NUMBER, state=3, at=NOW - DAY, source="push", heard_at=NOW - DAY
        )

        take(order, consign_time=NOW - 2 * DAY)

        assert (Parcel.objects.get().signed_at, Order.objects.get().signed_time) == (NOW - DAY, NOW - DAY)

    def test_the_same_file_again_changes_nothing(self) -> None:
        order = ready_order()
        for _time in range(2):
            take(order)

        assert (Parcel.objects.count(), ParcelLine.objects.count()) == (1, 1)
        assert Parcel.objects.get().version == 1

    def test_a_number_that_comes_later_is_followed_then(self) -> None:
        order = ready_order()
        take(order, invoice_no="", logistics_company="")
        assert not Parcel.objects.exists()

        take(order)

        assert Parcel.objects.get().invoice_no == NUMBER

    def test_an_order_that_is_first_seen_as_sent_is_followed_once_its_items_come(self) -> None:
        order = make_order(
            "小肥", status=SENT, consign_time=NOW - DAY, invoice_no=NUMBER, pay_time=NOW - 2 * DAY
        )
        item = make_item(order.tid)

        for _time in range(2):
            import_items([item], Catalogue(), file_name="b.csv", now=NOW)

        parcel = Parcel.objects.get()
        assert (parcel.stage, parcel.lines.get().order_id, parcel.carrier) == ("shipped", order.tid, "—")

    def test_orders_of_one_buyer_under_one_number_are_one_parcel(self) -> None:
        first, second = ready_order("小肥"), ready_order("小肥")

        take(first, second)

        parcel = Parcel.objects.get()
        assert {inside.order_id for inside in parcel.lines.all()} == {first.tid, second.tid}

    @pytest.mark.parametrize(
        "facts",
        [
            {"invoice_no": "见备注"},
            {"invoice_no": f"{NUMBER},75512345678902"},
            {"consign_time": NOW - 10 * DAY},  # the clock finishes it
        ],
    )
    def test_what_cannot_be_followed_stays_as_it_was(self, facts: dict[str, Any]) -> None:
        order = ready_order()

        take(order, **facts)

        assert not Parcel.objects.exists()
        assert Order.objects.get().status == SENT

    def test_a_number_of_another_buyer_is_not_taken(self) -> None:
        first, second = ready_order("大肥"), ready_order("小肥")

        take(first, second)

        assert Parcel.objects.get().lines.get().order_id == min(first.tid, second.tid)
        assert {order.status for order in Order.objects.all()} == {SENT}

    def test_goods_that_do_not_travel_are_in_no_parcel(self) -> None:
        order = make_paid_order()
        make_line(order, "邮费补差价")

        take(order)

        assert not Parcel.objects.exists()

    def test_costs_the_same_however_many_were_sent(self) -> None:
        counts = []
        for number in (2, 12):
            orders = [ready_order() for _order in range(number)]
            rows = [
                OrderRow(row=2, tid=order.tid, status=SENT, invoice_no=f"7551{order.tid[-8:]}")
                for order in orders
            ]
            with CaptureQueriesContext(
                connection,
            ) as queries:
                import_orders(rows, file_name="a.csv", now=NOW)
            counts.append(len(queries))
            assert Parcel.objects.filter(stage="shipped", order__in=orders).count() == number
        assert counts[0] == counts[1]


def make_item(tid: str) -> Item:
    row = ItemRow(row=2, tid=tid, title="小白鞋", price=Decimal("499.00"), num=1)
    return Item(row, 1, 1)


class TestSentInPart:
    def test_nothing_is_printed_until_the_warehouse_knows_what_went(self) -> None:
        order = two_lines()

        partly(order)

        notice = ChangeNotice.objects.get()
        assert (notice.kind, notice.stage, notice.after) == (
            "sent", "planned", "平台显示部分发货：请先在订单页勾选已发出的商品",
        )  # fmt: skip
        assert print_batch(NOW, False).done == 0
        partly(order)
        assert ChangeNotice.objects.count() == 1

    @pytest.mark.parametrize("stage", [ParcelStage.PRINTED, ParcelStage.PACKED])
    def test_a_slip_that_is_out_is_void(self, stage: str) -> None:
        order = two_lines()
        parcel = printed(order) if stage == ParcelStage.PRINTED else packed(order)

        partly(order)

        slip, actor = Slip.objects.get(), make_staff("warehouse")
        assert (slip.void_reason, slip.notice) == ("changed", ChangeNotice.objects.get())
        on = {
            ParcelStage.PRINTED: lambda: pack(parcel.pk, actor=actor, now=NOW),
            ParcelStage.PACKED: lambda: ship(
                parcel.pk, carrier="zhongtong", invoice_no="75500000000001", actor=actor, now=NOW
            ),
        }
        with pytest.raises(Conflict):
            on[stage]()  # type: ignore[index]
        assert Parcel.objects.get().stage == stage

    @pytest.mark.parametrize("stage", [ParcelStage.PLANNED, ParcelStage.PRINTED])
    def test_what_went_travels_no_more_and_the_rest_goes_once(self, stage: str) -> None:
        order, warehouse = two_lines(), make_staff("warehouse")
        if stage == ParcelStage.PRINTED:
            printed(order)
        partly(order)

        there = sent(order, 1)

        assert [inside.line.position for inside in there.lines.filter(live=True)] == [1]
        assert Hold.objects.get(line__position=1).release == "consumed"
        assert Sku.objects.get(product__title="小白鞋").stock == 0
        for notice in ChangeNotice.objects.filter(acknowledged_at=None):
            acknowledge_notice(notice.pk, found=True, actor=warehouse, now=NOW)
        print_batch(NOW, False)
        rest = Parcel.objects.get(stage="printed")
        assert [inside.line.position for inside in rest.lines.filter(live=True)] == [2]
        pack(rest.pk, actor=warehouse, now=NOW)
        ship(rest.pk, carrier="zhongtong", invoice_no="75512345678902", actor=warehouse, now=NOW)

        order.refresh_from_db()
        assert (order.status, order.partly_shipped) == (SENT, False)
        live = ParcelLine.objects.filter(live=True).values_list("line__position", "parcel__invoice_no")
        assert sorted(live) == [(1, NUMBER), (2, "75512345678902")]

    def test_the_rest_that_the_platform_sends_too_is_followed(self) -> None:
        order = two_lines()
        partly(order)
        sent(order, 1)

        take(order, invoice_no="75512345678902")

        assert sorted(Parcel.objects.values_list("invoice_no", "stage")) == [
            (NUMBER, "shipped"), ("75512345678902", "shipped"),
        ]  # fmt: skip

    def test_a_part_that_went_from_here_needs_no_telling(self) -> None:
        order = make_paid_order("小肥", shelf_goods_first=True)
        shelf_line(order, "小白鞋")
        make_line(order, "【韩国直送】大衣")
        plan([order.tid], now=NOW)
        shelf, warehouse = Parcel.objects.get(part="shelf"), make_staff("warehouse")
        print_batch(NOW, False)
        pack(shelf.pk, actor=warehouse, now=NOW)
        ship(shelf.pk, carrier="zhongtong", invoice_no=NUMBER, actor=warehouse, now=NOW)

        partly(order)

        assert not ChangeNotice.objects.exists()

    @pytest.mark.parametrize(
        ("positions", "fields", "code"),
        [
            ([], {}, "O1"),
            ([9], {}, "O1"),
            ([1, 2], {}, "O1"),
            ([1], {"invoice_no": ""}, "F6"),
            ([1], {"carrier": "pigeon"}, "S1"),
            ([1], {"version": 99}, "T5"),
            ([1], {"actor": "warehouse"}, "O1"),
        ],
    )
    def test_what_is_refused_changes_nothing(
        self, positions: list[int], fields: dict[str, Any], code: str
    ) -> None:
        order = two_lines()
        partly(order)
        before = list(ParcelLine.objects.values())
        fields = {**fields, "actor": make_staff(fields.get("actor", "agent"))}

        with pytest.raises(DomainError) as refusal:
            sent(order, *positions, **fields)

        assert refusal.value.code == code
        assert isinstance(refusal.value, Forbidden | VersionConflict | DomainError)
        assert list(ParcelLine.objects.values()) == before
        assert not Parcel.objects.filter(stage="shipped").exists()
        assert not AuditEntry.objects.filter(action="parcel.shipped").exists()

    def test_a_packed_line_is_pulled_first(self) -> None:
        order = two_lines()
        parcel = packed(order)
        partly(order)
        with pytest.raises(Conflict, match="pull its parcel first"):
            sent(order, 1)

        pull(parcel.pk, reason="平台已发", actor=make_staff("warehouse"), now=NOW)

        assert sent(order, 1).stage == "shipped"

    def test_an_order_that_is_not_partly_sent_is_refused(self) -> None:
        with pytest.raises(Conflict, match="does not show this order as partly sent"):
            sent(two_lines(), 1)

    def test_the_order_page_asks_and_takes_the_answer(self, client_of: Callable[..., Client]) -> None:
        order, client = two_lines(), client_of("agent")
        page = reverse("orders:detail", args=[order.tid])
        assert "Which lines went out?" not in client.get(page).content.decode()
        partly(order)
        version = Order.objects.get().version
        assert "Which lines went out?" in client.get(page).content.decode()
        answer = {"version": version, "carrier": "zhongtong", "invoice_no": NUMBER}

        refused = client.post(reverse("orders:sent", args=[order.tid]), answer)
        done = client.post(
            reverse("orders:sent", args=[order.tid]), answer | {"positions": ["1"]}, follow=True
        )

        assert "Tick the lines that the platform sent." in refused.content.decode()
        assert f"they went out as {NUMBER}" in done.content.decode()
        assert parcel_of_line(order, 1).invoice_no == NUMBER


def sent(order: Order, *positions: int, **fields: Any) -> Parcel:
    fields = {"carrier": "zhongtong", "invoice_no": NUMBER, "now": NOW, **fields}
    fields.setdefault("actor", make_staff("agent"))
    return mark_sent(order.tid, positions, **fields)


def parcel_of_line(order: Order, position: int) -> Parcel:
    return ParcelLine.objects.get(order=order, line__position=position, live=True).parcel
