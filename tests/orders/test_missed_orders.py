"""O15: missed orders, and slips that were printed but not sent by the evening."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from orders.models import ChangeNotice, Flag, Hold, Order, Parcel
from orders.services.missed import flag_missed_orders, return_unshipped_to_desk, tell_buyer
from orders.states import ParcelStage, Supply
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.shipped_parcels import make_parcel, make_shipped_parcel

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = NOW.replace(hour=17, minute=30)


def arrived_order(paid_hours: float = 24, **fields: Any) -> Order:
    paid = NOW - timedelta(hours=paid_hours)
    order = make_paid_order(created=paid - HOUR, pay_time=paid, **fields)
    make_line(order, "【韩国直送】大衣", supply=Supply.ARRIVED)
    return order


def test_ready_and_in_no_batch_24_hours_after_payment_is_missed() -> None:
    order = arrived_order()
    parcel = make_parcel(order)

    result = flag_missed_orders(NOW, False)

    assert (result.done, result.failed, result.subjects) == (1, 0, [order.tid])
    flag = Flag.objects.get()
    assert (flag.label, flag.addressee, flag.until) == ("漏单", "warehouse", NOW + DAY)
    assert flag.note is not None
    assert flag.note.text == "货已齐，付款超过24小时仍未打单，请尽快打单发货"
    assert Parcel.objects.get(pk=parcel.pk).missed_flagged_at == NOW
    assert flag_missed_orders(NOW + DAY, False).done == 0


def test_a_shelf_line_is_ready_when_it_is_held() -> None:
    order = make_paid_order(created=NOW - 3 * DAY, pay_time=NOW - 2 * DAY)
    line = make_line(order)
    make_parcel(order)
    assert flag_missed_orders(NOW, False).done == 0

    sku = make_sku(stock=1, held=1)
    Hold.objects.create(sku=sku, order=order, line=line, num=1, reason="自动留货", placed_at=NOW)

    assert flag_missed_orders(NOW, False).done == 1


@pytest.mark.parametrize(
    ("order", "parcel"),
    [
        ({"paid_hours": 23.99}, {}),
        ({}, {"stage": ParcelStage.PRINTED}),
        ({}, {"stage": ParcelStage.SHIPPED}),
        ({}, {"missed_flagged_at": NOW - DAY}),
    ],
)
def test_what_is_not_missed(order: dict[str, Any], parcel: dict[str, Any]) -> None:
    make_parcel(arrived_order(**order), **parcel)

    assert flag_missed_orders(NOW, False).done == 0
    assert not Flag.objects.exists()


def test_a_line_that_is_not_ready_keeps_the_parcel_from_being_missed() -> None:
    order = arrived_order()
    make_line(order, "【momonaco made】衬衫", supply=Supply.MAKING)
    make_parcel(order)

    assert flag_missed_orders(NOW, False).done == 0


def test_joined_orders_count_from_the_last_payment() -> None:
    first, second = arrived_order(48, nick="甲"), arrived_order(5, nick="甲")
    make_parcel(first, second)

    assert flag_missed_orders(NOW, False).done == 0
    assert flag_missed_orders(NOW + 19 * HOUR, False).subjects == [first.tid, second.tid]


def test_a_change_that_nobody_acknowledged_does_not_hide_it() -> None:
    order = arrived_order()
    make_parcel(order)
    ChangeNotice.objects.create(order=order, kind="sku", made_at=NOW - DAY)

    assert flag_missed_orders(NOW, False).done == 1


def test_a_dry_run_of_missed_orders_does_nothing() -> None:
    order = arrived_order()
    make_parcel(order)

    assert flag_missed_orders(NOW, True).subjects == [order.tid]
    assert not Flag.objects.exists()


# Printed but not sent by the evening ------------------------------------------------------------------


def printed(at: datetime, **fields: Any) -> Parcel:
    return make_parcel(stage=fields.pop("stage", ParcelStage.PRINTED), printed_at=at, **fields)


def test_what_was_printed_today_and_not_packed_goes_to_the_desk() -> None:
    parcel = printed(NOW)

    result = return_unshipped_to_desk(EVENING, False)

    assert (result.done, result.subjects) == (1, [parcel.order_id])
    parcel.refresh_from_db()
    assert (parcel.stage, parcel.returned_to_desk_at, parcel.told_at) == ("printed", EVENING, None)
    assert AuditEntry.objects.get().action == "parcel.returned_to_desk"
    assert return_unshipped_to_desk(EVENING + timedelta(minutes=1), False).done == 0
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("printed_at", "stage", "now", "done"),
    [
        (NOW.replace(hour=0), "printed", EVENING, 1),
        (EVENING, "printed", EVENING, 1),
        (EVENING + HOUR, "printed", EVENING + 2 * HOUR, 0),  # after the evening: tomorrow's work
        (NOW - DAY, "printed", EVENING, 0),
        (NOW, "packed", EVENING, 0),
        (NOW, "shipped", EVENING, 0),
        (NOW, "voided", EVENING, 0),
        (NOW, "printed", EVENING - timedelta(seconds=1), 0),  # the day is not over
        (NOW - DAY, "printed", NOW, 1),  # made up for in the morning
    ],
)
def test_what_goes_to_the_desk(printed_at: datetime, stage: str, now: datetime, done: int) -> None:
    printed(printed_at, stage=stage)

    assert return_unshipped_to_desk(now, False).done == done


def test_printed_again_another_day_it_comes_up_again() -> None:
    parcel = printed(NOW)
    return_unshipped_to_desk(EVENING, False)
    tell_buyer(parcel.pk, actor=make_staff("agent"), now=EVENING)
    Parcel.objects.update(printed_at=NOW + DAY)

    assert return_unshipped_to_desk(EVENING + DAY, False).done == 1
    parcel.refresh_from_db()
    assert (parcel.returned_to_desk_at, parcel.told_at, parcel.told_by) == (EVENING + DAY, None, None)


def test_a_dry_run_of_the_evening_does_nothing() -> None:
    parcel = printed(NOW)

    assert return_unshipped_to_desk(EVENING, True).subjects == [parcel.order_id]
    assert Parcel.objects.get().returned_to_desk_at is None


def test_telling_the_buyer_is_ticked_once_with_who_and_when() -> None:
    parcel, agent = printed(NOW), make_staff("agent")
    return_unshipped_to_desk(EVENING, False)

    tell_buyer(parcel.pk, actor=agent, now=EVENING + HOUR)

    parcel.refresh_from_db()
    assert (parcel.told_at, parcel.told_by) == (EVENING + HOUR, agent)
    told = AuditEntry.objects.get(action="parcel.buyer_told")
    assert (told.subject_id, told.actor, told.after) == (parcel.order_id, agent, {"parcel": parcel.pk})
    with pytest.raises(Conflict) as refusal:
        tell_buyer(parcel.pk, actor=agent, now=EVENING + 2 * HOUR)
    assert refusal.value.code == "O15"


def test_who_may_not_and_what_cannot_be_told() -> None:
    parcel = printed(NOW)
    with pytest.raises(Conflict):
        tell_buyer(parcel.pk, actor=make_staff("agent"))
    return_unshipped_to_desk(EVENING, False)
    for role in ("warehouse", "manager"):
        with pytest.raises(Forbidden):
            tell_buyer(parcel.pk, actor=make_staff(role))
    assert Parcel.objects.get().told_at is None
    assert make_shipped_parcel().told_at is None
