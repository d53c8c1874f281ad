"""F1–F7, A7: what is sent after the sale goes through the warehouse as any parcel, and leaves its order as it is."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from orders.models import (
    ExtraGoods,
    Flag,
    Hold,
    Note,
    Order,
    OrderLine,
    Parcel,
    PlatformTask,
    PrintBatch,
    Sku,
    Slip,
    StockMovement,
    TrackingNews,
)
from orders.rules.deliveries import News, TrackingState
from orders.rules.notes import NoteForm
from orders.selectors.batches import read_batch
from orders.selectors.tracking import in_trouble, read_trouble
from orders.selectors.warehouse import Tab, parcels_in_order, read_board
from orders.services.extra_parcels import Extra, drop_extra, plan_extra
from orders.services.finishing import finish
from orders.services.following_up import flag_late_deliveries
from orders.services.holds_for_exchange import release_held
from orders.services.missed import flag_missed_orders, return_unshipped_to_desk
from orders.services.notes import add_note
from orders.services.parcels import shipping
from orders.services.parcels.labels import HEADER, take_label_file
from orders.services.parcels.late_goods import Wanted, take_late
from orders.services.parcels.planning import plan
from orders.services.parcels.printing import print_anew, print_batch, print_parcels
from orders.services.parcels.scanning import Scan, scan
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pull
from orders.services.parcels.tracking_files import ship_by_file
from orders.services.promises import flag_late_promises
from orders.services.tracking import TROUBLE_LABEL, record_news
from orders.states import Status
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.after_sale_scenes import (
    exchange_parcel,
    finished_order,
    held,
    line_of,
    other_sku,
    packed_extra,
    printed_extra,
    refund,
    sent_order,
)
from tests.orders.parcel_scenes import NUMBER, notice_on, ready_order
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel
from tests.orders.test_holds import figures
from tests.orders.test_refunds_after import tick

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def send(parcel: Parcel, number: str = NUMBER, **more: Any) -> Parcel:
    more.setdefault("actor", make_staff("warehouse"))
    ship(parcel.pk, carrier="zhongtong", invoice_no=number, now=more.pop("now", NOW), **more)
    parcel.refresh_from_db()
    return parcel


def order_state(order: Order) -> Any:
    return Order.objects.filter(pk=order.pk).values().get()


def state() -> list[Any]:
    models = (Parcel, ExtraGoods, Order, Hold, Sku, StockMovement, Note, Flag, PlatformTask, Slip)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]


class TestPlanned:
    def test_it_goes_to_the_orders_address_with_what_is_held(self) -> None:
        order, agent = finished_order(), make_staff("agent")
        hold = held(order)

        parcel = plan_extra(order, "exchange", [Extra(line_of(order), 1, hold)], actor=agent, now=NOW)

        assert (parcel.order_id, parcel.buyer_id, parcel.purpose, parcel.stage) == (
            order.pk, order.buyer_id, "exchange", "planned",
        )  # fmt: skip
        assert (parcel.carrier, parcel.ship_by, parcel.slip_version) == ("zhongtong", NOW + 48 * HOUR, 0)
        assert list(parcel.extra_goods.values_list("line__position", "num", "hold", "live")) == [
            (1, 1, hold.pk, True)
        ]
        fact = AuditEntry.objects.get(action="parcel.planned")
        assert (fact.subject_id, fact.after["purpose"], fact.actor) == (order.pk, "exchange", agent)

    @pytest.mark.parametrize(
        ("case", "code"),
        [
            ("no goods", "F1"),
            ("order's own purpose", "F1"),
            ("unknown purpose", "F1"),
            ("too many", "F1"),
            ("none", "F1"),
            ("another order's line", "F1"),
            ("a line twice", "F1"),
            ("exchange without hold", "F1"),
            ("sent back with hold", "F1"),
            ("hold let go of", "F5"),
            ("hold of another order", "F5"),
            ("hold in a parcel", "F5"),
            ("automatic hold", "F5"),
            ("fewer held", "F5"),
            ("unpaid", "F1"),
            ("closed", "F1"),
            ("not shipped", "F1"),
        ],
    )
    def test_what_cannot_be_planned_changes_nothing(self, case: str, code: str) -> None:
        order, agent = finished_order(), make_staff("agent")
        OrderLine.objects.filter(order=order).update(num=2)
        hold, line = held(order, other_sku(4)), line_of(order)
        other = finished_order(nick="别人")
        purpose, goods = "exchange", [Extra(line, 1, hold)]
        match case:
            case "no goods":
                goods = []
            case "order's own purpose":
                purpose = "order"
            case "unknown purpose":
                purpose = "gift"
            case "too many":
                purpose, goods = "sent_back", [Extra(line, 3)]
            case "none":
                purpose, goods = "sent_back", [Extra(line, 0)]
            case "another order's line":
                goods = [Extra(line_of(other), 1, hold)]
            case "a line twice":
                purpose, goods = "resend", [Extra(line, 1), Extra(line, 1, hold)]
            case "exchange without hold":
                goods = [Extra(line, 1)]
            case "sent back with hold":
                purpose = "sent_back"
            case "hold let go of":
                release_held(hold, actor=agent, now=NOW)
            case "hold of another order":
                goods = [Extra(line, 1, held(other, hold.sku))]
            case "hold in a parcel":
                exchange_parcel(order, hold)
            case "automatic hold":
                Hold.objects.filter(pk=hold.pk).update(after_sale=False)
            case "fewer held":
                goods = [Extra(line, 2, hold)]
            case "unpaid":
                Order.objects.filter(pk=order.pk).update(status=Status.WAIT_BUYER_PAY, pay_time=None)
            case "closed":
                Order.objects.filter(pk=order.pk).update(status=Status.TRADE_CLOSED, close_reason="refund")
            case "not shipped":
                order = make_paid_order(order.buyer_id)
                line = make_line(order)
                purpose, goods = "resend", [Extra(line, 1)]
        before = state()

        with pytest.raises(DomainError) as refused:
            plan_extra(order, purpose, goods, actor=agent, now=NOW)

        assert refused.value.code == code
        assert state() == before

    def test_of_a_partly_shipped_order_what_is_out(self) -> None:
        order = make_paid_order(partly_shipped=True)
        make_line(order)
        make_shipped_parcel(order)
        make_line(order)
        make_parcel(order)

        parcel = plan_extra(order, "resend", [Extra(line_of(order), 1)], actor=make_staff("agent"), now=NOW)

        assert parcel.stage == "planned"
        with pytest.raises(Conflict):
            plan_extra(order, "resend", [Extra(line_of(order, 2), 1)], actor=make_staff("agent"), now=NOW)

    @pytest.mark.parametrize(("role", "may"), [("warehouse", True), ("supervisor", True), ("manager", False)])
    def test_by_role(self, role: str, may: bool) -> None:
        order, actor = finished_order(), make_staff(role)
        if may:
            plan_extra(order, "sent_back", [Extra(line_of(order), 1)], actor=actor, now=NOW)
            return
        parcel = exchange_parcel(order)
        before = state()
        for attempt in (
            lambda: plan_extra(order, "sent_back", [Extra(line_of(order), 1)], actor=actor, now=NOW),
            lambda: drop_extra(parcel, actor=actor, now=NOW),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert state() == before

    def test_the_planning_of_orders_leaves_it_alone(self) -> None:
        order = sent_order()
        parcel = exchange_parcel(order)
        before = state()

        plan([order.tid], now=NOW)
        Order.objects.filter(pk=order.pk).update(status=Status.WAIT_SELLER_SEND_GOODS)
        plan([order.tid], now=NOW)
        Order.objects.filter(pk=order.pk).update(status=Status.WAIT_BUYER_CONFIRM_GOODS)

        assert state() == before
        assert Parcel.objects.get(pk=parcel.pk).stage == "planned"

    def test_goods_of_joined_orders_never_go_into_one_that_is_printed(self) -> None:
        order = sent_order()
        extra = printed_extra(exchange_parcel(order))
        Order.objects.filter(pk=order.pk).update(joined=order.pk)
        wanted = {(order.pk, "whole"): Wanted(order, "whole", "zhongtong", [line_of(order).pk])}

        assert take_late(wanted, [order.pk]) == []

        assert list(wanted) == [(order.pk, "whole")]
        assert Slip.objects.get(parcel=extra).voided_at is None


class TestDropped:
    def test_a_planned_one_is_voided_and_its_hold_may_go_into_another(self) -> None:
        order, agent = sent_order(), make_staff("agent")
        hold = held(order)
        parcel = exchange_parcel(order, hold)

        drop_extra(parcel, actor=agent, now=NOW)

        parcel.refresh_from_db(), hold.refresh_from_db()
        assert (parcel.stage, hold.released_at, parcel.extra_goods.get().live) == ("voided", None, False)
        assert AuditEntry.objects.get(action="parcel.dropped").actor == agent
        assert exchange_parcel(order, hold).pk != parcel.pk
        assert read_board(Tab.TO_PRINT, staff=agent, now=NOW).to_print == 1

    @pytest.mark.parametrize("stage", ["printed", "packed"])
    def test_a_printed_or_packed_one_is_pulled_first(self, stage: str) -> None:
        parcel = (printed_extra if stage == "printed" else packed_extra)(exchange_parcel(sent_order()))
        agent = make_staff("agent")
        before = state()
        with pytest.raises(Conflict) as refused:
            drop_extra(parcel, actor=agent, now=NOW)
        assert (refused.value.code, state()) == ("F1", before)

        pull(parcel.pk, reason="客户不换了", actor=make_staff("warehouse"), now=NOW)
        drop_extra(parcel, actor=agent, now=NOW)

        parcel.refresh_from_db()
        assert parcel.stage == "voided"
        with pytest.raises(Conflict) as stopped:
            scan(Scan(f"P{parcel.pk}-1"), actor=make_staff("warehouse"), now=NOW)
        assert (stopped.value.code, "娜娜" in str(stopped.value.message)) == ("F3", True)

    def test_not_one_that_is_out_nor_an_orders_own(self) -> None:
        agent = make_staff("agent")
        out = send(packed_extra(exchange_parcel(sent_order())))
        with pytest.raises(Conflict):
            drop_extra(out, actor=agent, now=NOW)
        own = Parcel.objects.get(order=ready_order(), stage="planned")
        with pytest.raises(DomainError):
            drop_extra(own, actor=agent, now=NOW)
        own.refresh_from_db()
        assert own.stage == "planned"


class TestPrinted:
    def test_the_hourly_batch_takes_it(self) -> None:
        parcel = exchange_parcel(sent_order())

        assert print_batch(NOW, True).subjects == [f"P{parcel.pk}"]
        assert print_batch(NOW, False).subjects == [f"P{parcel.pk}"]

        parcel.refresh_from_db()
        assert (parcel.stage, parcel.slip_version) == ("printed", 1)

    def test_not_when_what_was_held_was_let_go_of(self) -> None:
        parcel = exchange_parcel(sent_order())
        hold = Hold.objects.get()
        Hold.objects.filter(pk=hold.pk).update(released_at=NOW, release="cancelled")

        assert print_batch(NOW, False).subjects == []
        with pytest.raises(Conflict) as refused:
            print_parcels([parcel.pk], actor=make_staff("warehouse"), now=NOW)

        assert refused.value.code == "F5"

    def test_not_while_a_change_of_its_order_waits(self) -> None:
        order = sent_order()
        parcel = exchange_parcel(order)
        notice_on(order)

        assert print_batch(NOW, False).subjects == []
        with pytest.raises(Conflict) as refused:
            print_parcels([parcel.pk], actor=make_staff("warehouse"), now=NOW)

        assert refused.value.code == "O9"

    @pytest.mark.parametrize(
        ("purpose", "word", "goods", "place"),
        [
            ("exchange", "换货", "白色 / 38", "B-2-1"),
            ("resend", "补发", "白色 / 37", ""),
            ("sent_back", "退回", "白色 / 37", "退货区"),
        ],
    )
    def test_the_slip_names_purpose_and_goods(
        self, client_of: ClientOf, purpose: str, word: str, goods: str, place: str
    ) -> None:
        order = finished_order()
        parcel = printed_extra(exchange_parcel(order, purpose=purpose))

        page = client_of("warehouse").get(reverse("warehouse:batch", args=[parcel.batch_id])).content.decode()

        slip = page.split('class="slip"')[1]
        assert f'<b class="tag">{word}</b>' in slip
        assert goods in slip
        assert order.tid in slip
        assert f'<td class="slip-shelf">{place}</td>' in slip
        sheets = read_batch(parcel.batch_id or 0)
        assert sheets is not None
        [pick] = sheets.picks
        assert (pick.num, pick.shelf, pick.parcels) == (1, place, [(parcel.pk, 1)])
        for hidden in ("499.00", "505.00", "13800007620", "¥"):
            assert hidden not in page

    def test_a_resend_is_taken_from_what_is_held_where_something_is(self) -> None:
        order = finished_order()
        parcel = printed_extra(exchange_parcel(order, held(order), purpose="resend"))
        sheets = read_batch(parcel.batch_id or 0)
        assert sheets is not None
        assert [(pick.code, pick.shelf) for pick in sheets.picks] == [("XBX-38", "B-2-1")]

    def test_slips_of_both_kinds_by_a_constant_number_of_statements(
        self, django_assert_num_queries: Any
    ) -> None:
        for number in range(3):
            ready_order()
            exchange_parcel(sent_order(nick=f"买家{number}"), None, purpose="sent_back")
        batch = print_batch(NOW, False)
        assert batch.done == 6
        number = PrintBatch.objects.latest("pk").pk
        with django_assert_num_queries(6):
            sheets = read_batch(number)
        assert sheets is not None
        assert len(sheets.sheets) == 6

    def test_the_carriers_file_has_it(self) -> None:
        order = finished_order()
        parcel = printed_extra(exchange_parcel(order))

        [row] = take_label_file(parcel.batch_id or 0, kind="csv", actor=make_staff("warehouse"), now=NOW)

        said = dict(zip(HEADER, row, strict=True))
        assert (said["包裹号"], said["订单号"], said["件数"], said["备注"]) == (
            f"P{parcel.pk}",
            order.tid,
            1,
            "换货",
        )
        assert said["物品"] == "小白鞋 颜色分类：白色;尺码：38 ×1"
        assert said["手机"] == "13800007620"

    def test_a_lost_slip_is_printed_anew_and_the_old_one_stops(self) -> None:
        parcel = printed_extra(exchange_parcel(sent_order()))
        actor = make_staff("warehouse", signature="阿强")

        print_anew(parcel.pk, actor=actor, now=NOW)

        with pytest.raises(Conflict) as stopped:
            scan(Scan(f"P{parcel.pk}-1"), actor=actor, now=NOW)
        assert (stopped.value.code, f"P{parcel.pk}-2" in str(stopped.value.message)) == ("F3", True)
        assert scan(Scan(f"P{parcel.pk}-2"), actor=actor, now=NOW).next_parcel is not None


class TestShipped:
    def test_by_two_scans_the_order_stays_as_it_is(self) -> None:
        order = finished_order()
        hold = held(order)
        parcel = printed_extra(exchange_parcel(order, hold))
        actor = make_staff("warehouse", signature="阿强")
        before = order_state(order)

        scan(Scan(f"P{parcel.pk}-1"), actor=actor, now=NOW)
        result = scan(Scan(NUMBER, parcel=parcel.pk), actor=actor, now=NOW)

        parcel.refresh_from_db(), hold.refresh_from_db()
        assert (parcel.stage, parcel.carrier, parcel.invoice_no) == ("shipped", "zhongtong", NUMBER)
        assert result.parcel.pk == parcel.pk
        assert (hold.release, hold.released_at) == ("consumed", NOW)
        assert figures(Sku.objects.get(pk=hold.sku_id)) == (0, 0)
        movement = StockMovement.objects.get()
        assert (movement.kind, movement.num, movement.stock, movement.by) == ("shipped", -1, 0, actor)
        assert order_state(order) == before
        assert not Flag.objects.exists()
        assert not PlatformTask.objects.exclude(kind="memo").exists()
        assert Note.objects.get().text == f"换货已发，单号是中通快递{NUMBER}"
        fact = AuditEntry.objects.get(action="parcel.shipped")
        assert (fact.subject_id, fact.after["purpose"], fact.after["invoice_no"]) == (
            order.pk,
            "exchange",
            NUMBER,
        )
        assert parcel.deliver_by is not None

    def test_what_is_sent_back_takes_nothing_from_the_shelf(self) -> None:
        order = finished_order()
        sku = other_sku(2)
        OrderLine.objects.filter(order=order).update(sku=sku)

        send(packed_extra(exchange_parcel(order, purpose="sent_back")))

        assert figures(sku) == (2, 0)
        assert not StockMovement.objects.exists()
        assert Note.objects.get().text.startswith("退回已发")

    def test_all_or_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        parcel = packed_extra(exchange_parcel(sent_order()))
        actor = make_staff("warehouse")
        before = state()

        def broken(*_args: Any, **_more: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr(shipping, "begin", broken)
        with pytest.raises(RuntimeError):
            send(parcel, actor=actor)

        assert state() == before

    def test_not_when_the_order_was_refunded_in_full_meanwhile(self) -> None:
        order = sent_order("499.00")
        parcel = packed_extra(exchange_parcel(order))
        refund(order, {1: "499.00"})
        tick(order)
        actor = make_staff("warehouse")
        before = state()

        with pytest.raises(Conflict) as refused:
            send(parcel, actor=actor)

        assert (refused.value.code, state()) == ("F1", before)

    def test_not_when_what_was_held_was_let_go_of(self) -> None:
        parcel = packed_extra(exchange_parcel(sent_order()))
        Hold.objects.update(released_at=NOW, release="cancelled")
        Sku.objects.filter(held=1).update(held=0)

        with pytest.raises(Conflict) as refused:
            send(parcel)

        assert (refused.value.code, StockMovement.objects.count()) == ("F5", 0)

    def test_a_number_is_not_used_for_two_buyers(self) -> None:
        send(packed_extra(exchange_parcel(sent_order(nick="甲"))))
        mine = sent_order(nick="乙")
        parcel = packed_extra(exchange_parcel(mine, purpose="resend"))

        with pytest.raises(Conflict) as refused:
            send(parcel)

        assert refused.value.code == "F6"
        parcel.refresh_from_db()
        assert (parcel.stage, parcel.invoice_no) == ("packed", "")

    def test_kept_notes_of_the_order_are_cleared(self) -> None:
        order = finished_order()
        parcel = packed_extra(exchange_parcel(order))
        add_note(order.tid, "38码已留", actor=make_staff("agent"), form=NoteForm.STOCK_KEPT, now=NOW)

        send(parcel)

        assert Note.objects.get(form=NoteForm.STOCK_KEPT).cleared_at == NOW

    def test_by_file_by_the_orders_number_and_twice(self) -> None:
        order = sent_order()
        parcel = packed_extra(exchange_parcel(order))
        text = io.StringIO()
        csv.writer(text).writerows([["订单号", "运单号"], [order.tid, NUMBER]])
        actor = make_staff("warehouse")

        def read() -> list[tuple[int | None, bool, str | None]]:
            rows = ship_by_file(io.BytesIO(text.getvalue().encode()), actor=actor, now=NOW)
            return [
                (
                    row.parcel.pk if row.parcel else None,
                    row.shipped,
                    row.refusal.code if row.refusal else None,
                )
                for row in rows
            ]

        assert read() == [(parcel.pk, True, None)]
        assert read() == [(parcel.pk, False, None)]

    def test_by_role(self) -> None:
        parcel = packed_extra(exchange_parcel(sent_order()))
        for role in ("agent", "manager"):
            with pytest.raises(Forbidden):
                send(parcel, actor=make_staff(role))


class TestFollowed:
    """F7."""

    def news(self, state: int, at: Any = NOW) -> None:
        piece = News("zhongtong", NUMBER, state, at, "派件中")
        record_news([piece], source=TrackingNews.Source.PUSH, now=at)

    def test_trouble_flags_the_order_though_it_was_received_long_since(self) -> None:
        order = finished_order(signed_time=NOW - timedelta(days=3))
        parcel = send(packed_extra(exchange_parcel(order)))

        self.news(TrackingState.PROBLEM)

        assert list(in_trouble().values_list("pk", flat=True)) == [parcel.pk]
        flag = Flag.objects.get(order=order, ended_at=None)
        assert flag.label == TROUBLE_LABEL
        _page, [row] = read_trouble(looked_after=False)
        assert ([line.sku_properties_name for line in row.lines], row.orders) == (
            ["颜色分类：白色;尺码：38"],
            [order],
        )

    def test_its_signing_settles_the_trouble_and_no_receipt(self) -> None:
        received = NOW - timedelta(days=3)
        order = finished_order(signed_time=received)
        own = Parcel.objects.get(order=order)
        Parcel.objects.filter(pk=own.pk).update(signed_at=received)
        parcel = send(packed_extra(exchange_parcel(order)))
        self.news(TrackingState.PROBLEM)

        self.news(TrackingState.SIGNED, NOW + HOUR)

        parcel.refresh_from_db(), order.refresh_from_db()
        assert (parcel.signed_at, order.signed_time) == (NOW + HOUR, received)
        assert not Flag.objects.filter(ended_at=None).exists()
        assert not in_trouble().exists()

    def test_the_receipt_of_the_order_does_not_settle_it(self) -> None:
        order = sent_order()
        parcel = send(packed_extra(exchange_parcel(order)))
        self.news(TrackingState.PROBLEM)

        finish(order.tid, actor=make_staff("agent"), now=NOW + HOUR)

        parcel.refresh_from_db()
        assert parcel.signed_at is None
        assert Flag.objects.get(ended_at=None).label == TROUBLE_LABEL
        assert list(in_trouble()) == [parcel]

    def test_an_overdue_one_is_flagged_once(self) -> None:
        order = finished_order(signed_time=NOW - timedelta(days=3))
        Parcel.objects.filter(order=order).update(signed_at=NOW - timedelta(days=3))
        send(packed_extra(exchange_parcel(order)))
        later = NOW + timedelta(days=4)

        assert flag_late_deliveries(later, True).subjects == [order.tid]
        assert flag_late_deliveries(later, False).subjects == [order.tid]
        assert flag_late_deliveries(later, False).done == 0


class TestLate:
    """Our reading: within 48 hours; nothing waits unseen."""

    def test_one_that_is_not_sent_in_time_flags_its_order_once(self) -> None:
        order = finished_order()
        exchange_parcel(order)
        later = NOW + 49 * HOUR

        assert flag_late_promises(NOW + 47 * HOUR, False).done == 0
        assert flag_late_promises(later, True).subjects == [order.tid]
        assert flag_late_promises(later, False).subjects == [order.tid]
        assert flag_late_promises(later, False).done == 0

        assert Flag.objects.get(order=order).label == "发货超时"
        order.refresh_from_db()
        assert order.status == Status.TRADE_FINISHED

    def test_it_is_no_missed_order(self) -> None:
        exchange_parcel(sent_order())
        assert flag_missed_orders(NOW + timedelta(days=3), False).done == 0

    def test_printed_and_not_sent_it_comes_to_the_desk(self) -> None:
        order = sent_order()
        printed_extra(exchange_parcel(order))
        evening = NOW.replace(hour=17, minute=30)

        assert return_unshipped_to_desk(evening, False).subjects == [order.tid]


class TestPages:
    def test_the_board_the_parcel_and_the_order_show_it(self, client_of: ClientOf) -> None:
        order = finished_order()
        parcel = exchange_parcel(order)
        client = client_of("warehouse")

        board = client.get(reverse("warehouse:board")).content.decode()
        page = client.get(reverse("warehouse:parcel", args=[parcel.pk])).content.decode()
        of_order = client.get(f"/orders/{order.tid}/").content.decode()

        assert f"P{parcel.pk}" in board
        assert "白色 / 38" in board
        for shown in (board, page, of_order):
            assert "exchange</span>" in shown
        assert "B-2-1" in page
        assert "not yet" not in page
        assert f"P{parcel.pk}" in of_order
        assert [(found.pk, pieces) for found, pieces in parcels_in_order(order.tid)][-1] == (parcel.pk, 1)
        assert "planned: exchange" in of_order

    def test_it_is_printed_and_shipped_by_hand(self, client_of: ClientOf) -> None:
        order = finished_order()
        parcel = exchange_parcel(order)
        client = client_of("warehouse")

        client.post(reverse("warehouse:parcel-print", args=[parcel.pk]))
        client.post(reverse("warehouse:parcel-pack", args=[parcel.pk]), {"version": 2})
        client.post(
            reverse("warehouse:parcel-ship", args=[parcel.pk]), {"carrier": "zhongtong", "invoice_no": NUMBER}
        )

        parcel.refresh_from_db()
        assert (parcel.stage, parcel.invoice_no) == ("shipped", NUMBER)

    def test_in_chinese(self, client_of: ClientOf) -> None:
        parcel = exchange_parcel(finished_order())
        client = client_of("warehouse", language="zh-hans")
        with override("en"):  # what the page is written in ends with it
            page = client.get(reverse("warehouse:parcel", args=[parcel.pk])).content.decode()
        assert "换货" in page

    def test_the_board_with_many_of_them_by_a_constant_number_of_statements(
        self, django_assert_num_queries: Any
    ) -> None:
        for number in range(4):
            exchange_parcel(sent_order(nick=f"买家{number}"), purpose="sent_back")
            ready_order()
        staff = make_staff("warehouse")
        with django_assert_num_queries(5):
            board = read_board(Tab.TO_PRINT, staff=staff, now=NOW)
        assert len(board.rows) == 8


def test_the_order_may_be_finished_while_it_is_on_its_way() -> None:
    order = sent_order()
    with transaction.atomic():
        parcel = packed_extra(exchange_parcel(order))
    send(parcel)

    finish(order.tid, actor=make_staff("agent"), now=NOW + HOUR)

    order.refresh_from_db()
    assert order.status == Status.TRADE_FINISHED
