"""F5–F7, A7: what is sent after the sale goes out and is followed as any parcel, and leaves its order as it is."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from orders.models import (
    Flag,
    Hold,
    Note,
    Order,
    OrderLine,
    Parcel,
    PlatformTask,
    Sku,
    StockMovement,
    TrackingNews,
)
from orders.rules.deliveries import News, TrackingState
from orders.rules.notes import NoteForm
from orders.selectors.tracking import in_trouble, read_trouble
from orders.services.finishing import finish
from orders.services.following_up import flag_late_deliveries
from orders.services.missed import flag_missed_orders, return_unshipped_to_desk
from orders.services.notes import add_note
from orders.services.parcels import shipping
from orders.services.parcels.scanning import Scan, scan
from orders.services.parcels.tracking_files import ship_by_file
from orders.services.promises import flag_late_promises
from orders.services.tracking import TROUBLE_LABEL, record_news
from orders.states import Status
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_staff
from tests.orders.after_sale_scenes import (
    exchange_parcel,
    finished_order,
    held,
    other_sku,
    packed_extra,
    printed_extra,
    refund,
    sent_order,
)
from tests.orders.extra_parcel_scenes import send, state
from tests.orders.hold_scenes import figures
from tests.orders.parcel_scenes import NUMBER
from tests.orders.refund_scenes import tick

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
HOUR = timedelta(hours=1)


def order_state(order: Order) -> Any:
    return Order.objects.filter(pk=order.pk).values().get()


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


def test_the_order_may_be_finished_while_it_is_on_its_way() -> None:
    order = sent_order()
    with transaction.atomic():
        parcel = packed_extra(exchange_parcel(order))
    send(parcel)

    finish(order.tid, actor=make_staff("agent"), now=NOW + HOUR)

    order.refresh_from_db()
    assert order.status == Status.TRADE_FINISHED
