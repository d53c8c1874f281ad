"""N3, T1: the warehouse's own list of flagged orders."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from orders.models import Flag, Order
from orders.services.flags import FlagRequest, acknowledge, raise_flag, set_flag
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.shipped_parcels import make_parcel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]
HOUR = timedelta(hours=1)


def flagged(
    until: timedelta = HOUR,
    addressee: str = "warehouse",
    text: str = "客户要求改尺码",
    order: Order | None = None,
) -> Flag:
    order = order or make_paid_order()
    asked = FlagRequest(1, "改尺码", text, addressee, NOW + until)
    flag = set_flag(order.tid, asked, actor=make_staff("agent"), now=NOW - 10 * HOUR)
    assert flag is not None
    return flag


def shown(client: Client, address: str = "/warehouse/flags/") -> list[int]:
    return [row.flag.pk for row in client.get(address).context["rows"]]


def test_the_soonest_due_stands_first_and_only_what_is_for_the_warehouse(client_of: ClientOf) -> None:
    later, overdue, soon = flagged(5 * HOUR), flagged(-HOUR), flagged(2 * HOUR)
    flagged(addressee="supervisor")
    taken_off = flagged()
    set_flag(taken_off.order_id, FlagRequest(0), actor=make_staff("agent"), now=NOW)

    page = client_of("warehouse").get("/warehouse/flags/")

    assert [row.flag.pk for row in page.context["rows"]] == [overdue.pk, soon.pk, later.pk]
    assert "overdue" in page.content.decode()


def test_acknowledging_from_the_list(client_of: ClientOf) -> None:
    client, first, second = client_of("warehouse"), flagged(), flagged(2 * HOUR)

    plain = client.post(f"/warehouse/flags/{first.order_id}/acknowledge/", {"flag": first.pk})
    swapped = client.post(
        f"/warehouse/flags/{second.order_id}/acknowledge/",
        {"flag": second.pk},
        headers={"HX-Request": "true"},
    )

    assert plain.headers["Location"] == "/warehouse/flags/"
    assert "“改尺码” is acknowledged." in swapped.content.decode()
    assert shown(client) == []
    assert shown(client, "/warehouse/flags/?tab=seen") == [first.pk, second.pk]
    assert AuditEntry.objects.filter(action="flag.acknowledged").count() == 2
    # Seen is not settled: the order stays red until the flag is taken off.
    assert set(Order.objects.values_list("seller_flag", flat=True)) == {1}


def test_a_flag_that_changed_meanwhile_is_refused_in_its_row(client_of: ClientOf) -> None:
    client, flag = client_of("warehouse"), flagged()
    acknowledge(flag.order_id, flag.pk, actor=make_staff("warehouse"), now=NOW)
    address = f"/warehouse/flags/{flag.order_id}/acknowledge/"

    for number in (str(flag.pk), "x", "9" * 30, ""):
        answer = client.post(address, {"flag": number}, headers={"HX-Request": "true"})
        assert answer.status_code in (409, 422)
        assert answer["HX-Retarget"] == f"#refusal-{flag.order_id}"


def test_a_supervisor_sees_the_list_and_acknowledges_nothing(client_of: ClientOf) -> None:
    client, flag = client_of("supervisor"), flagged()

    assert "waits for the warehouse" in client.get("/warehouse/flags/").content.decode()
    client.post(f"/warehouse/flags/{flag.order_id}/acknowledge/", {"flag": flag.pk})

    assert Flag.objects.get().acknowledged_at is None


def test_no_price_and_no_whole_phone_in_the_source(client_of: ClientOf) -> None:
    order = make_paid_order(payment=Decimal("1234.56"), goods_payable=Decimal("1228.56"))
    make_line(order, price=Decimal("987.65"))
    make_parcel(order)
    flagged(order=order, text="新地址为：李四，86-13912345678，上海 浦东 示例路1号")

    source = client_of("warehouse").get("/warehouse/flags/").content.decode()

    assert "139****5678" in source
    for secret in ("1234.56", "1,234.56", "1228.56", "987.65", "¥", "13912345678", "13800007620"):
        assert secret not in source


def test_an_amount_that_the_desk_wrote_is_hidden(client_of: ClientOf) -> None:
    order = make_paid_order()
    raise_flag(order, FlagRequest(1, "邮费", "差邮费88.00元", "warehouse", NOW + HOUR), actor=None, now=NOW)

    source = client_of("warehouse").get("/warehouse/flags/").content.decode()

    assert "88.00" not in source
    assert "差邮费＊＊元" in source


def test_it_costs_the_same_however_long_the_list_is(
    client_of: ClientOf, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = client_of("warehouse")

    def more(times: int) -> None:
        for _number in range(times):
            flag = flagged()
            make_parcel(Order.objects.get(pk=flag.order_id))

    more(1)
    with django_assert_num_queries(5):
        client.get("/warehouse/flags/")
    more(14)
    with django_assert_num_queries(5):
        assert len(shown(client)) == 15


def test_the_list_is_read_by_pages_both_ways(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    flags = [flagged(timedelta(minutes=number // 2)) for number in range(1, 54)]
    expected = [flag.pk for flag in sorted(flags, key=lambda flag: (flag.until, flag.pk))]

    first = client.get("/warehouse/flags/")
    second = client.get(f"/warehouse/flags/?cursor={first.context['page'].older}")
    back = client.get(f"/warehouse/flags/?cursor={second.context['page'].newer}")

    assert [row.flag.pk for page in (first, second) for row in page.context["rows"]] == expected
    assert [row.flag.pk for row in back.context["rows"]] == expected[:50]
