"""O13, O15, F7, N3: the views of the order list that promises and deliveries bring, and the clocks on orders."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from orders.models import Order, Parcel
from orders.selectors.promises import governing_promises, line_promises
from orders.services.flags import FlagRequest, acknowledge, set_flag
from orders.states import ParcelStage, Status
from shopdesk.desk.selectors.home import read_tiles
from tests.factories import NOW, make_line, make_paid_order, make_product, make_staff
from tests.orders.shipped_parcels import make_parcel, make_shipped_order, make_shipped_parcel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0) + DAY


def shown(client: Client, view: str) -> set[str]:
    return {row.tid for row in client.get(f"/orders/?view={view}").context["page"].rows}


def red(order: Order, addressee: str) -> int:
    asked = FlagRequest(1, "改地址", "请看", addressee, NOW + HOUR)
    flag = set_flag(order.tid, asked, actor=make_staff("agent"), now=NOW)
    assert flag is not None
    return flag.pk


def test_late_and_today_go_by_the_promise_that_governs(client_of: ClientOf) -> None:
    client = client_of("agent")
    late = make_parcel(ship_by=NOW)
    packed = make_parcel(stage=ParcelStage.PACKED, ship_by=NOW - DAY)
    soon = make_parcel(ship_by=NOW + timedelta(seconds=1))
    tonight = make_parcel(ship_by=MIDNIGHT - timedelta(seconds=1))
    make_parcel(ship_by=MIDNIGHT)
    make_shipped_parcel(ship_by=NOW - DAY)
    make_parcel(make_shipped_order(), stage=ParcelStage.PACKED, ship_by=NOW - DAY)

    assert shown(client, "late") == {late.order_id, packed.order_id}
    assert shown(client, "ship-today") == {soon.order_id, tonight.order_id}


def test_joined_orders_stand_there_together(client_of: ClientOf) -> None:
    first, second = make_paid_order("甲"), make_paid_order("甲")
    make_parcel(first, second, ship_by=NOW - HOUR)

    assert shown(client_of("agent"), "late") == {first.tid, second.tid}


def test_missed_until_it_is_printed(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    parcel = make_parcel(missed_flagged_at=NOW)
    make_parcel()
    assert shown(client, "missed") == {parcel.order_id}

    printed = make_parcel(stage=ParcelStage.PRINTED, missed_flagged_at=NOW)

    assert printed.order_id not in shown(client, "missed")


def test_to_tell_and_in_trouble_until_it_is_done(client_of: ClientOf) -> None:
    client = client_of("agent")
    tell = make_parcel(stage=ParcelStage.PRINTED, returned_to_desk_at=NOW)
    make_parcel(stage=ParcelStage.PRINTED, returned_to_desk_at=NOW, told_at=NOW)
    trouble = make_shipped_parcel(trouble_at=NOW)
    make_shipped_parcel(trouble_at=NOW, followed_up_at=NOW)
    make_shipped_parcel(trouble_at=NOW, signed_at=NOW)
    make_shipped_parcel(make_shipped_order(signed_time=NOW), trouble_at=NOW)

    assert shown(client, "tell") == {tell.order_id}
    assert shown(client, "trouble") == {trouble.order_id}


def test_red_flags_to_the_warehouse_until_they_are_acknowledged(client_of: ClientOf) -> None:
    client = client_of("agent")
    waiting, seen, other = make_paid_order(), make_paid_order(), make_paid_order()
    red(waiting, "warehouse")
    flag = red(seen, "warehouse")
    red(other, "supervisor")
    acknowledge(seen.tid, flag, actor=make_staff("warehouse"), now=NOW)

    assert shown(client, "red-to-warehouse") == {waiting.tid}


def test_exceptions_have_a_tab_only_while_they_stand(client_of: ClientOf) -> None:
    client = client_of("agent")
    assert ">Late" not in client.get("/orders/").content.decode()
    assert ">Late" in client.get("/orders/?view=late").content.decode()

    make_parcel(ship_by=NOW)

    page = client.get("/orders/").content.decode()
    assert ">Late <i>1</i>" in page
    assert ">Missed" not in page


def test_home_counts_what_the_lists_hold() -> None:
    make_parcel(ship_by=NOW)
    make_parcel(ship_by=NOW + HOUR)
    make_parcel(stage=ParcelStage.PRINTED, returned_to_desk_at=NOW, ship_by=NOW + 3 * DAY)
    make_shipped_parcel(trouble_at=NOW)
    red(make_paid_order(), "warehouse")

    def tiles(role: str) -> dict[str, int]:
        return {str(tile.title): tile.count for tile in read_tiles(make_staff(role), NOW)}

    agent, warehouse = tiles("agent"), tiles("warehouse")
    assert [agent[name] for name in ("Late", "Ship today", "Tell the buyer", "Delivery trouble")] == [1] * 4
    assert agent["Waiting for the warehouse"] == 1
    assert (warehouse["Red flags to me"], warehouse["Late"], warehouse["Ship today"]) == (1, 1, 1)


# The clocks -------------------------------------------------------------------------------------------


def mixed_order() -> tuple[Order, Parcel]:
    order = make_paid_order(created=NOW - DAY, pay_time=NOW - DAY)
    make_line(order, "小白鞋")
    make_line(order, "【韩国直送】大衣")
    make_line(order, "补差价")
    return order, make_parcel(order, ship_by=NOW + 14 * DAY)


def test_lines_that_wait_together_are_governed_by_the_longest_promise() -> None:
    order, _parcel = mixed_order()

    lines = list(order.lines.select_related("product").order_by("position"))
    promises = line_promises(order, lines)

    shoes, coat = promises[lines[0].pk], promises[lines[1].pk]
    assert (shoes.own, shoes.governing, shoes.waits) == (NOW + DAY, NOW + 14 * DAY, True)
    assert (coat.own, coat.governing, coat.waits) == (NOW + 14 * DAY, NOW + 14 * DAY, False)
    assert lines[2].pk not in promises


def test_a_product_with_days_of_its_own_is_promised_for_then() -> None:
    product = make_product("【momonaco made】衬衫")
    product.lead_days = 7
    product.save()
    order = make_paid_order(created=NOW - DAY, pay_time=NOW - DAY)
    line = make_line(order, product.title)

    assert line_promises(order, [line])[line.pk].own == NOW + 6 * DAY


def test_what_is_out_or_refunded_is_promised_no_more() -> None:
    order = make_paid_order(pay_time=NOW - DAY)
    sent, refunded, waits = make_line(order), make_line(order, refunded_at=NOW), make_line(order)
    parcel = make_shipped_parcel(order)
    parcel.lines.exclude(line=sent).delete()

    assert set(line_promises(order, [sent, refunded, waits])) == {waits.pk}
    order.status = Status.WAIT_BUYER_CONFIRM_GOODS
    assert line_promises(order, [sent, refunded, waits]) == {}


def test_an_order_in_two_parcels_shows_the_next_one() -> None:
    order = make_paid_order()
    make_line(order)
    make_parcel(order, ship_by=NOW + DAY)
    make_line(order, "【韩国直送】大衣")
    make_parcel(order, ship_by=NOW + 9 * DAY)

    assert governing_promises([order.tid]) == {order.tid: NOW + DAY}


def test_pages_show_the_countdown(client_of: ClientOf) -> None:
    order, _parcel = mixed_order()
    late = make_parcel(ship_by=NOW - HOUR)
    client = client_of("warehouse")

    page, listed = (
        client.get(f"/orders/{order.tid}/").content.decode(),
        client.get("/orders/").content.decode(),
    )

    assert page.count("14 d 0 h") == 2
    assert "with the rest" in page
    assert "goes with goods that were promised for later; by itself: 11-23 12:00" in page
    assert "14 d 0 h" in listed
    assert ">late</span>" in listed
    assert late.order_id in listed


def test_the_list_costs_the_same_however_many_promises(
    client_of: ClientOf, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = client_of("agent")
    for _number in range(20):
        make_parcel(ship_by=NOW)

    for view in ("late", "ship-today", "missed", "tell", "trouble", "red-to-warehouse"):
        with django_assert_max_num_queries(17):
            client.get(f"/orders/?view={view}")
