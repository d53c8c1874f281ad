"""F6, N5, O1, D5, M1: a parcel goes out, with all that belongs to it, or nothing happens."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from members.models import Buyer, SpendEntry
from orders.models import Flag, Hold, Note, Order, Parcel, PlatformTask, Sku
from orders.rules.notes import NoteForm
from orders.services.flags import FlagRequest, acknowledge, set_flag
from orders.services.notes import add_note
from orders.services.parcels import shipping
from orders.services.parcels.planning import plan
from orders.services.parcels.printing import print_parcels
from orders.services.parcels.shipping import Shipped, ship
from orders.services.parcels.stages import pack
from orders.services.spend import tell_spend
from orders.states import Status
from shopdesk.base.errors import DomainError
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff
from tests.orders.parcel_scenes import (
    NUMBER,
    PREORDER,
    notice_on,
    packed,
    parcel_of,
    printed,
    ready_order,
    shelf_line,
)
from tests.orders.test_pricing_races import together

pytestmark = pytest.mark.django_db


def send(parcel: Parcel, *, carrier: str = "zhongtong", number: str = NUMBER, **more: Any) -> Shipped:
    more.setdefault("actor", make_staff("warehouse"))
    return ship(parcel.pk, carrier=carrier, invoice_no=number, now=NOW, **more)


def state() -> list[Any]:
    models = (Parcel, Order, Hold, Sku, Note, Flag, PlatformTask, SpendEntry)
    return [list(model.objects.order_by("pk").values()) for model in models] + [AuditEntry.objects.count()]


def test_shipping_moves_the_order_consumes_its_holds_and_tells_taobao() -> None:
    agent, actor = make_staff("agent"), make_staff("warehouse")
    order = ready_order()
    add_note(order.tid, "小白鞋已留", actor=agent, form=NoteForm.STOCK_KEPT, now=NOW)
    add_note(order.tid, "客户着急", actor=agent, now=NOW)
    tell_spend([order.tid])
    spent = Buyer.objects.get(pk=order.buyer_id).spend
    parcel = packed(order)

    shipped = send(parcel, actor=actor, number=" 7310 0000 000001 ")

    parcel.refresh_from_db()
    order.refresh_from_db()
    assert (parcel.stage, parcel.carrier, parcel.invoice_no) == ("shipped", "zhongtong", NUMBER)
    assert (parcel.shipped_at, parcel.shipped_by, shipped.warnings) == (NOW, actor, ())
    assert (order.status, order.partly_shipped) == (Status.WAIT_BUYER_CONFIRM_GOODS, False)
    assert (order.consign_time, order.logistics_company, order.invoice_no) == (NOW, "中通快递", NUMBER)
    hold, sku = Hold.objects.get(), Sku.objects.get()
    assert (hold.release, hold.released_at, sku.held, sku.stock) == ("consumed", NOW, 0, 0)
    assert dict(Note.objects.values_list("text", "cleared_at")) == {"小白鞋已留": NOW, "客户着急": None}
    flag = Flag.objects.get(ended_at__isnull=True)
    assert (flag.seller_flag, flag.label, order.seller_flag) == (4, "已发货", 4)
    assert PlatformTask.objects.filter(kind="shipment", done_at__isnull=True).count() == 1
    assert Buyer.objects.get(pk=order.buyer_id).spend == spent == Decimal("499.00")
    assert (
        AuditEntry.objects.filter(
            action__in=("parcel.shipped", "order.shipped"), subject_id=order.tid
        ).count()
        == 2
    )


@pytest.mark.parametrize("seen", [False, True])
def test_a_red_note_that_nobody_acknowledged_keeps_its_flag(seen: bool) -> None:
    order = ready_order()
    red = FlagRequest(1, "贺卡", "附贺卡，内容：生日快乐", "warehouse", NOW + timedelta(days=1))
    flag = set_flag(order.tid, red, actor=make_staff("agent"), now=NOW)
    assert flag is not None
    if seen:
        acknowledge(order.tid, flag.pk, actor=make_staff("warehouse"), now=NOW)

    send(packed(order))

    order.refresh_from_db()
    assert order.seller_flag == (4 if seen else 1)


def test_one_of_two_parcels_leaves_the_order_partly_shipped() -> None:
    order = make_paid_order(shelf_goods_first=True)
    shelf_line(order)
    later = make_line(order, PREORDER, supply="arrived")
    plan([order.tid], now=NOW)
    parts = {parcel.part: parcel for parcel in Parcel.objects.all()}
    by_hand = Hold.objects.create(sku=Sku.objects.get(), order=order, num=1, reason="赠品", placed_at=NOW)
    Sku.objects.update(stock=2, held=2)
    add_note(order.tid, "鞋子已留", actor=make_staff("agent"), form=NoteForm.STOCK_KEPT, now=NOW)
    warehouse = make_staff("warehouse")
    for parcel in parts.values():
        shipping_ready(parcel, warehouse)

    send(parts["shelf"])

    order.refresh_from_db()
    assert (order.status, order.partly_shipped) == (Status.WAIT_SELLER_SEND_GOODS, True)
    assert (order.consign_time, order.invoice_no, order.seller_flag) == (None, NUMBER, 0)
    assert list(Hold.objects.order_by("pk").values_list("release", flat=True)) == ["consumed", ""]
    assert Note.objects.get().cleared_at is None  # a piece is still kept for the order

    send(parts["rest"], number="73100000000002")

    order.refresh_from_db()
    by_hand.refresh_from_db()
    assert (order.status, order.partly_shipped) == (Status.WAIT_BUYER_CONFIRM_GOODS, False)
    assert (order.consign_time, order.invoice_no, order.seller_flag) == (NOW, "73100000000002", 4)
    assert (by_hand.release, Note.objects.get().cleared_at) == ("consumed", NOW)
    assert (Sku.objects.get(pk=by_hand.sku_id).stock, Sku.objects.get(pk=by_hand.sku_id).held) == (0, 0)
    assert later.parcel_lines.get().parcel_id == parts["rest"].pk


def shipping_ready(parcel: Parcel, warehouse: Any) -> None:
    print_parcels([parcel.pk], actor=warehouse, now=NOW)
    pack(parcel.pk, actor=warehouse, now=NOW)


def test_joined_orders_all_move_with_their_one_parcel() -> None:
    first, second = make_paid_order("琥珀"), make_paid_order("琥珀")
    for order in (first, second):
        shelf_line(order)
    Order.objects.update(joined=first.tid)
    plan([first.tid], now=NOW)

    send(packed(first))

    assert set(Order.objects.values_list("status", "invoice_no")) == {
        (Status.WAIT_BUYER_CONFIRM_GOODS, NUMBER)
    }
    assert PlatformTask.objects.filter(kind="shipment").count() == 2
    assert set(Hold.objects.values_list("release", flat=True)) == {"consumed"}


@pytest.mark.parametrize(
    ("carrier", "number", "warned"),
    [
        ("zhongtong", NUMBER, False),
        ("zhongtong", "SF1234567890123", True),
        ("shunfeng", "SF1234567890123", False),
    ],
)
def test_an_odd_number_is_a_warning_and_no_refusal(carrier: str, number: str, warned: bool) -> None:
    shipped = send(packed(ready_order()), carrier=carrier, number=number)

    assert (len(shipped.warnings), shipped.parcel.stage) == (int(warned), "shipped")


@pytest.mark.parametrize(
    ("spoil", "asked", "code"),
    [
        (None, {"carrier": ""}, "S1"),
        (None, {"carrier": "pigeon"}, "S1"),
        (None, {"number": ""}, "F6"),
        (None, {"number": "P12"}, "F6"),
        (None, {"number": "P123456-1"}, "F6"),
        (None, {"number": "中通快递"}, "F6"),
        (lambda order: Order.objects.update(receiver_state="香港"), {}, "S5"),
        (lambda order: Parcel.objects.update(stage="printed"), {}, "F1"),
        (notice_on, {}, "O9"),
        (lambda order: order.parcels.get().slips.update(voided_at=NOW, void_reason="changed"), {}, "F3"),
        (lambda order: Order.objects.update(status="TRADE_CLOSED", close_reason="refund"), {}, "O1"),
        (lambda order: Parcel.objects.update(version=9), {"version": 3}, "T5"),
        (lambda order: send(parcel_of(order)), {}, "F1"),
    ],
)  # fmt: skip
def test_shipping_is_refused_and_nothing_changes(
    spoil: Callable[[Order], Any] | None, asked: dict[str, Any], code: str
) -> None:
    order = ready_order()
    parcel = packed(order)
    if spoil is not None:
        spoil(order)
    before = state()

    with pytest.raises(DomainError) as refusal:
        send(parcel, **asked)

    assert refusal.value.code == code
    assert state() == before


@pytest.mark.parametrize("role", ["agent", "manager"])
def test_other_roles_ship_nothing(role: str) -> None:
    parcel = packed(ready_order())
    with pytest.raises(DomainError) as refusal:
        send(parcel, actor=make_staff(role))
    assert refusal.value.code == "F1"


def test_one_number_is_not_used_for_two_buyers_but_for_two_parcels_of_one() -> None:
    send(packed(ready_order("琥珀")))
    other, same = packed(ready_order("公主小肥")), packed(ready_order("琥珀"))

    with pytest.raises(DomainError, match="another buyer") as refusal:
        send(other)
    assert refusal.value.code == "F6"
    assert send(same).parcel.stage == "shipped"


def test_nor_a_number_that_the_platform_sent_to_somebody_else() -> None:
    make_order("公主小肥", status=Status.WAIT_BUYER_CONFIRM_GOODS, invoice_no=NUMBER, pay_time=NOW)

    with pytest.raises(DomainError) as refusal:
        send(packed(ready_order("琥珀")))
    assert refusal.value.code == "F6"


@pytest.mark.parametrize("step", ["_clear_kept_notes", "open_task", "raise_flag", "_save"])
def test_what_fails_in_the_middle_leaves_holds_notes_and_parcel_as_they_were(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """N5: in the same transaction."""
    order = ready_order()
    add_note(order.tid, "小白鞋已留", actor=make_staff("agent"), form=NoteForm.STOCK_KEPT, now=NOW)
    parcel = packed(order)
    before = state()

    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError(step)

    monkeypatch.setattr(shipping, step, fail)
    with pytest.raises(RuntimeError):
        send(parcel)

    assert state() == before
    assert (Hold.objects.get().release, Note.objects.get().cleared_at) == ("", None)


@pytest.mark.django_db(transaction=True)
def test_a_number_used_for_two_buyers_at_the_same_moment_goes_to_one() -> None:
    parcels = [packed(ready_order(nick)) for nick in ("琥珀", "公主小肥")]
    warehouse = make_staff("warehouse")

    errors = together(*[lambda parcel=parcel: send(parcel, actor=warehouse) for parcel in parcels])

    assert [getattr(error, "code", error) for error in errors] == ["F6"]
    assert list(Parcel.objects.filter(stage="shipped").values_list("invoice_no", flat=True)) == [NUMBER]
    assert Hold.objects.filter(release="consumed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_at_the_moment_of_shipping_comes_before_or_after_it() -> None:
    """O9: whichever gets the order's lock first, no parcel goes out over an open notice unseen."""
    order = ready_order()
    parcel = packed(order)
    warehouse = make_staff("warehouse")

    def change() -> None:
        with transaction.atomic():
            Order.objects.select_for_update().get(pk=order.pk)
            if not Parcel.objects.filter(stage="shipped").exists():
                notice_on(order, stage="packed")

    errors = together(lambda: send(parcel, actor=warehouse), change)

    stopped = [getattr(error, "code", error) for error in errors] == ["O9"]
    assert stopped == order.notices.exists()
    assert Parcel.objects.filter(stage="shipped").exists() != stopped


def test_printed_is_not_shipped() -> None:
    with pytest.raises(DomainError):
        send(printed(ready_order()))
