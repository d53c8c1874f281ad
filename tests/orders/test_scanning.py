"""F3: the one scan box. The right slip goes on, a void or old one stops and says what changed and by whom."""

from collections.abc import Callable
from typing import Any

import pytest

from orders.imports.rows import OrderRow
from orders.models import ChangeNotice, Order, Parcel, ParcelLine, PlatformTask, Slip
from orders.rules.parcels import read_barcode, read_parcel_number
from orders.services.imports.orders import import_orders
from orders.services.parcels.planning import plan
from orders.services.parcels.printing import print_anew
from orders.services.parcels.scanning import Scan, scan
from orders.services.parcels.slips import void_slip
from orders.services.parcels.stages import pull
from orders.states import Status
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import NOW, make_paid_order, make_staff
from tests.orders.parcel_scenes import NUMBER, notice_on, packed, parcel_of, printed, ready_order, shelf_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def warehouse() -> Staff:
    return make_staff("warehouse", signature="阿强")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P12-3", (12, 3)), ("p12-3", (12, 3)), (" P12-3\n", (12, 3)), ("Ｐ１２－３", (12, 3)),
        ("P12", None), ("12-3", None), ("P12-3x", None), ("", None), (NUMBER, None), ("P1-2-3", None),
    ],
)  # fmt: skip
def test_what_a_slip_holds(text: str, found: tuple[int, int] | None) -> None:
    assert read_barcode(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("P12", 12), ("12", 12), ("p12-3", 12), (" P12 ", 12), ("", None), ("P", None), ("12a", None)],
)
def test_what_a_file_calls_a_parcel(text: str, found: int | None) -> None:
    assert read_parcel_number(text) == found


def test_one_scan_packs_and_the_next_ships(warehouse: Staff) -> None:
    parcel = printed(ready_order())

    first = scan(Scan(f"P{parcel.pk}-1"), actor=warehouse, now=NOW)
    assert (first.parcel.stage, first.next_parcel) == ("packed", first.parcel)
    again = scan(Scan(f"p{parcel.pk}-1", parcel=parcel.pk), actor=warehouse, now=NOW)
    assert again.next_parcel is not None
    last = scan(Scan(NUMBER, parcel=parcel.pk), actor=warehouse, now=NOW)

    assert (last.parcel.stage, last.parcel.invoice_no, last.parcel.carrier) == (
        "shipped",
        NUMBER,
        "zhongtong",
    )
    assert last.next_parcel is None
    assert NUMBER in str(last.title)
    assert AuditEntry.objects.filter(action="parcel.packed").count() == 1


def test_another_carrier_may_be_chosen(warehouse: Staff) -> None:
    parcel = packed(ready_order())

    done = scan(Scan("SF1234567890123", parcel=parcel.pk, carrier="shunfeng"), actor=warehouse, now=NOW)

    assert (done.parcel.carrier, done.warnings) == ("shunfeng", ())


def changed(order: Order, warehouse: Staff) -> None:
    notice = notice_on(order)
    void_slip(parcel_of(order), Slip.Void.CHANGED, now=NOW, notice=notice)


def changed_and_printed_anew(order: Order, warehouse: Staff) -> None:
    changed(order, warehouse)
    ChangeNotice.objects.update(acknowledged_at=NOW, acknowledged_by=warehouse)
    print_anew(parcel_of(order).pk, actor=warehouse, now=NOW)


def lost(order: Order, warehouse: Staff) -> None:
    print_anew(parcel_of(order).pk, actor=warehouse, now=NOW)


def pulled(order: Order, warehouse: Staff) -> None:
    pull(parcel_of(order).pk, reason="", actor=warehouse, now=NOW)


def joined(order: Order, warehouse: Staff) -> None:
    second = make_paid_order(order.buyer_id)
    shelf_line(second)
    Order.objects.update(joined=order.tid)
    plan([second.tid], now=NOW)


@pytest.mark.parametrize("make", [printed, packed])
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (changed, ["O", "小雨", "白色 / 37 → 白色 / 38", "11-22 12:00"]),
        (changed_and_printed_anew, ["小雨", "白色 / 37 → 白色 / 38"]),
        (lost, ["阿强", "-2", "newer"]),
        (pulled, ["阿强", "pulled"]),
        (joined, ["并入包裹P", "joined orders"]),
    ],
)
def test_a_void_slip_stops_and_says_what_changed_and_by_whom(
    make: Callable[[Order], Parcel], spoil: Callable[[Order, Staff], None], said: list[str], warehouse: Staff
) -> None:
    order = ready_order()
    parcel = make(order)
    if make is packed and spoil is not pulled:
        Parcel.objects.update(stage="printed")  # a packed parcel changes only once it was pulled (F2)
    spoil(order, warehouse)
    before = list(Parcel.objects.order_by("pk").values())

    with pytest.raises(Conflict) as refusal:
        scan(Scan(f"P{parcel.pk}-1"), actor=warehouse, now=NOW)

    assert refusal.value.code == "F3"
    assert str(refusal.value.message).startswith("STOP. Slip ")
    for word in said:
        assert word in str(refusal.value.message)
    assert list(Parcel.objects.order_by("pk").values()) == before


def test_the_new_slip_passes_where_the_old_one_stops(warehouse: Staff) -> None:
    order = ready_order()
    parcel = printed(order)
    changed_and_printed_anew(order, warehouse)

    with pytest.raises(Conflict):
        scan(Scan(f"P{parcel.pk}-1"), actor=warehouse, now=NOW)
    result = scan(Scan(f"P{parcel.pk}-2"), actor=warehouse, now=NOW)

    assert result.parcel.stage == "packed"


@pytest.mark.parametrize("stage", ["printed", "packed"])
def test_a_right_slip_stops_too_while_a_change_waits(stage: str, warehouse: Staff) -> None:
    order = ready_order()
    parcel = {"printed": printed, "packed": packed}[stage](order)
    notice_on(order, stage=stage)

    for asked in [Scan(f"P{parcel.pk}-1"), *([Scan(NUMBER, parcel=parcel.pk)] if stage == "packed" else [])]:
        with pytest.raises(Conflict) as refusal:
            scan(asked, actor=warehouse, now=NOW)
        assert refusal.value.code == "O9"
        assert "小雨" in str(refusal.value.message)
    assert parcel_of(order).stage == stage


@pytest.mark.parametrize(
    ("asked", "code"),
    [(Scan("P99-1"), "F3"), (Scan(NUMBER), "F3"), (Scan("", parcel=1), "F6"), (Scan(""), "F3")],
)
def test_what_is_no_slip_of_ours(asked: Scan, code: str, warehouse: Staff) -> None:
    with pytest.raises(DomainError) as refusal:
        scan(asked, actor=warehouse, now=NOW)
    assert refusal.value.code == code


def test_a_parcel_that_is_out_says_so(warehouse: Staff) -> None:
    parcel = packed(ready_order())
    scan(Scan(NUMBER, parcel=parcel.pk), actor=warehouse, now=NOW)

    with pytest.raises(Conflict, match=f"out already: 中通快递 {NUMBER}") as refusal:
        scan(Scan(f"P{parcel.pk}-1"), actor=warehouse, now=NOW)
    assert refusal.value.code == "F1"


def test_agents_do_not_scan() -> None:
    with pytest.raises(DomainError) as refusal:
        scan(Scan("P1-1"), actor=make_staff("agent"), now=NOW)
    assert refusal.value.code == "F1"


# D1: what the platform sent or closed while our parcel was in the pile.
def seen(order: Order, status: str, **facts: Any) -> None:
    import_orders([OrderRow(row=2, tid=order.tid, status=status, **facts)], file_name="a.csv", now=NOW)


@pytest.mark.parametrize("make", [printed, packed])
def test_an_import_that_shows_a_printed_parcel_as_sent_ships_it(make: Callable[[Order], Parcel]) -> None:
    order = ready_order()
    parcel = make(order)

    seen(
        order, Status.WAIT_BUYER_CONFIRM_GOODS,
        invoice_no="SF1234567890123", logistics_company="顺丰速运", consign_time=NOW,
    )  # fmt: skip

    parcel.refresh_from_db()
    assert (parcel.stage, parcel.carrier, parcel.invoice_no) == ("shipped", "shunfeng", "SF1234567890123")
    assert (parcel.shipped_at, order.notices.count()) == (NOW, 0)


@pytest.mark.parametrize(
    ("status", "facts", "word"),
    [
        (Status.TRADE_CLOSED, {"end_time": NOW}, "平台显示已关闭"),
        (Status.WAIT_BUYER_CONFIRM_GOODS, {}, "平台显示已发货"),
    ],
)
def test_what_the_platform_closed_or_sent_unknown_how_stops_at_the_scanner(
    status: str, facts: dict[str, Any], word: str, warehouse: Staff
) -> None:
    order = ready_order()
    parcel = printed(order)

    seen(order, status, **facts)

    assert not ParcelLine.objects.filter(live=True).exists()
    with pytest.raises(Conflict, match=word) as refusal:
        scan(Scan(f"P{parcel.pk}-1"), actor=warehouse, now=NOW)
    assert refusal.value.code == "F3"
    pull(parcel.pk, reason="", actor=warehouse, now=NOW)
    assert Parcel.objects.get().stage == "voided"


def test_of_joined_orders_only_the_closed_one_leaves_the_parcel(warehouse: Staff) -> None:
    orders = [make_paid_order("琥珀"), make_paid_order("琥珀")]
    for order in orders:
        shelf_line(order)
    Order.objects.update(joined=orders[0].tid)
    plan([orders[0].tid], now=NOW)
    parcel = printed(orders[0])

    seen(orders[1], Status.TRADE_CLOSED, end_time=NOW)

    assert set(parcel.lines.filter(live=True).values_list("order_id", flat=True)) == {orders[0].tid}
    assert Slip.objects.get().void_reason == "refunded"


@pytest.mark.parametrize(
    ("status", "facts", "open_tasks"),
    [
        (Status.WAIT_SELLER_SEND_GOODS, {"pay_time": NOW}, 1),
        (Status.WAIT_BUYER_CONFIRM_GOODS, {}, 0),
        (Status.TRADE_FINISHED, {"end_time": NOW}, 0),
    ],
)
def test_a_shipment_that_an_import_shows_leaves_the_list_of_what_to_do_on_taobao(
    status: str, facts: dict[str, Any], open_tasks: int, warehouse: Staff
) -> None:
    order = ready_order()
    scan(Scan(NUMBER, parcel=packed(order).pk), actor=warehouse, now=NOW)

    seen(order, status, **facts)

    tasks = PlatformTask.objects.filter(order=order, kind="shipment", done_at__isnull=True)
    assert tasks.count() == open_tasks
    assert parcel_of(order).invoice_no == NUMBER
