"""O13, O15: a red flag of the desk goes when what it said is settled; a person's flag stays."""

from datetime import timedelta
from typing import Any

import pytest

from orders.imports.rows import OrderRow
from orders.models import Flag, Order, Parcel, PlatformTask, Refund
from orders.services import platform
from orders.services.flags import FlagRequest, set_flag
from orders.services.imports.orders import import_orders
from orders.services.missed import flag_missed_orders
from orders.services.parcels.printing import print_batch, print_parcels
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack
from orders.services.promises import flag_late_promises
from orders.services.red_flags import Alarm, raise_red_flags
from orders.services.refunding import refund_lines
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_staff
from tests.orders.parcel_scenes import parcel_of, ready_order

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RED, BLUE, GREY = 1, 4, 0


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    ensure_starting_tariffs()


def missed(**fields: Any) -> Order:
    order = ready_order(created=NOW - 3 * DAY, pay_time=NOW - 2 * DAY, **fields)
    flag_missed_orders(NOW, False)
    assert standing(order) == (RED, ["漏单"])
    return order


def late() -> Order:
    order = ready_order(created=NOW - 6 * DAY, pay_time=NOW - 5 * DAY)
    flag_late_promises(NOW, False)
    assert standing(order) == (RED, ["发货超时"])
    return order


def standing(order: Order) -> tuple[int, list[str]]:
    flags = Flag.objects.filter(order=order, ended_at__isnull=True)
    return Order.objects.get(pk=order.pk).seller_flag, [flag.label for flag in flags]


def send(order: Order) -> None:
    actor, parcel = make_staff("warehouse"), parcel_of(order)
    if parcel.stage == "planned":
        print_parcels([parcel.pk], actor=actor, now=NOW)
    pack(parcel.pk, actor=actor, now=NOW)
    ship(parcel.pk, carrier="zhongtong", invoice_no="75512345678901", actor=actor, now=NOW)


@pytest.mark.parametrize("by_hand", [True, False])
def test_printing_settles_that_an_order_was_missed(by_hand: bool) -> None:
    order = missed()

    if by_hand:
        print_parcels([parcel_of(order).pk], actor=make_staff("warehouse"), now=NOW)
    else:
        print_batch(NOW, False)

    assert standing(order) == (GREY, [])
    assert PlatformTask.objects.filter(order=order, kind="flag", done_at=None).count() == 1
    assert AuditEntry.objects.filter(action="flag.cleared", subject_id=order.tid).count() == 1
    assert flag_missed_orders(NOW + DAY, False).done == 0


def test_a_flag_that_a_person_set_stays() -> None:
    order = missed()
    request = FlagRequest(RED, label="漏单", text="请当面看", addressee="warehouse", until=NOW + DAY)
    set_flag(order.tid, request, actor=make_staff("agent"), now=NOW)

    send(order)

    assert standing(order) == (RED, ["漏单"])


def test_another_flag_of_the_desk_stays() -> None:
    order = missed()
    Flag.objects.update(label="快递异常")

    print_batch(NOW, False)

    assert standing(order) == (RED, ["快递异常"])


def test_shipping_settles_that_an_order_was_late() -> None:
    order = late()
    print_batch(NOW, False)
    assert standing(order) == (RED, ["发货超时"])

    send(order)

    assert standing(order) == (BLUE, ["已发货"])


@pytest.mark.parametrize("status", [Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_CLOSED])
@pytest.mark.parametrize("made", [missed, late])
def test_the_platform_settles_it_too(made: Any, status: Status) -> None:
    order = made()

    import_orders([OrderRow(row=2, tid=order.tid, status=status)], file_name="a.csv", now=NOW)

    assert standing(order) == (GREY, [])


def test_a_full_refund_settles_it() -> None:
    order = missed()
    refund_lines(
        order.tid, (1,), reason="不想要了", version=Order.objects.get(pk=order.pk).version,
        actor=make_staff("agent"), now=NOW,
    )  # fmt: skip
    Flag.objects.filter(ended_at=None).update(ended_at=NOW)  # the refund's own
    raise_red_flags({order.tid: Alarm("漏单", "请尽快打单")}, now=NOW)
    assert Refund.objects.get().status == "due"

    platform.tick(PlatformTask.objects.get(kind="refund").pk, actor=make_staff("agent"), now=NOW)

    assert standing(order) == (GREY, [])
    assert not Parcel.objects.exclude(stage="voided").exists()
