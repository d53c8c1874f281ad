"""The warehouse's pages: what they show and do, and that they hold no price and no full phone number (T1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from orders.models import Parcel, ParcelLine, PrintBatch
from orders.selectors.batches import read_batch
from orders.selectors.warehouse import Tab, lines_of, read_board
from orders.services.parcels.planning import plan
from orders.services.parcels.printing import print_ready
from orders.services.parcels.slips import void_slip
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_staff
from tests.orders.parcel_scenes import (
    CUSTOM,
    NUMBER,
    PHONE,
    notice_on,
    numbers_file,
    packed,
    parcel_of,
    printed,
    ready_order,
    shelf_line,
    talkative_order,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]


def body(client: Client, name: str, *args: Any, query: str = "", **more: Any) -> str:
    answer = client.get(reverse(f"warehouse:{name}", args=args) + query, **more)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("htmx", [False, True])
def test_no_page_of_the_warehouse_holds_a_price_or_a_full_phone_number(
    client_of: ClientOf, htmx: bool
) -> None:
    client = client_of("warehouse")
    more: dict[str, Any] = {"HTTP_HX_REQUEST": "true"} if htmx else {}
    orders = [talkative_order() for _ in range(4)]
    printed(orders[1])
    packed(orders[2])
    sent = packed(orders[3])
    client.post(
        reverse("warehouse:parcel-ship", args=[sent.pk]), {"carrier": "zhongtong", "invoice_no": NUMBER}
    )
    pages = [body(client, "board", query=f"?tab={tab}", **more) for tab in Tab]
    pages += [body(client, "board-part", query=f"?tab={tab}", **more) for tab in Tab]
    pages += [body(client, "parcel", parcel_of(order).pk, **more) for order in orders]
    pages += [body(client, "batch", batch.pk, **more) for batch in PrintBatch.objects.all()]
    pages += [body(client, "batches", **more), body(client, "numbers", **more)]
    barcode = f"P{parcel_of(orders[1]).pk}-1"
    pages.append(client.post(reverse("warehouse:scan"), {"text": barcode}, **more).content.decode())
    pages.append(client.post(reverse("warehouse:scan"), {"text": "P0-9"}, **more).content.decode())
    pages.append(client.get(reverse("orders:detail", args=[orders[1].tid]), **more).content.decode())

    for page in pages[:-1]:
        for hidden in (PHONE, "138 0000 7620", "55558888", "499.00", "505.00", "¥"):
            assert hidden not in page
    assert "138****7620" in pages[len(Tab) * 2]
    assert "Its parcels" in pages[-1]
    assert "¥" not in pages[-1]


def test_the_board_shows_each_stage_with_its_count(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    orders = [ready_order() for _ in range(6)]
    waits = make_paid_order()
    make_line(waits, CUSTOM)
    plan([waits.tid], now=NOW)
    printed(orders[1])
    packed(orders[2]), packed(orders[3])
    sent = packed(orders[4])
    client.post(
        reverse("warehouse:parcel-ship", args=[sent.pk]), {"carrier": "zhongtong", "invoice_no": NUMBER}
    )
    notice_on(orders[5], stage="planned")

    staff = make_staff("warehouse")
    board = read_board(Tab.TO_PRINT, staff=staff, now=NOW)
    assert board.counts == {"to-print": 1, "printed": 1, "packed": 2, "shipped": 1, "notices": 1, "holds": 0}
    assert [row.tids for row in board.rows] == [[orders[0].tid]]
    assert [row.parcel.pk for row in read_board(Tab.SHIPPED, staff=staff, now=NOW).rows] == [sent.pk]
    assert read_board(Tab.SHIPPED, staff=staff, now=NOW + timedelta(hours=12)).rows == []
    page = body(client, "board", query="?tab=packed")
    assert f"P{parcel_of(orders[2]).pk}" in page
    assert 'hx-trigger="every 10s, board-changed from:body"' in page
    assert "Nothing to print" not in page
    assert body(client, "board", query="?tab=nonsense").count('aria-current="page"') == 2


def test_a_line_that_went_into_another_parcel_counts_there_once() -> None:
    order, other = ready_order(), ready_order()
    first, second = parcel_of(order), parcel_of(other)
    moved = other.lines.get()
    ParcelLine.objects.create(parcel=first, line=moved, order=other, live=False)
    found = lines_of([first, second])
    assert {pk: [line.pk for line in lines] for pk, lines in found.items()} == {
        first.pk: [order.lines.get().pk],
        second.pk: [moved.pk],
    }


def test_the_board_takes_the_same_statements_however_much_waits(
    client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of("warehouse")
    for _round in range(2):
        for _number in range(5):
            ready_order()
        with django_assert_num_queries(6):
            body(client, "board-part")


def test_a_batch_takes_the_same_statements_however_many_slips(
    client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, actor = client_of("warehouse"), make_staff("warehouse")
    for number in (1, 12):
        for _number in range(number):
            ready_order()
        batch = print_ready(actor=actor, now=NOW).batches[0]
        with django_assert_num_queries(6):
            page = body(client, "batch", batch.pk)
        assert page.count('<article class="slip">') == number
        assert page.count('<svg class="bars"') == number


def test_the_pick_list_goes_by_shelf_and_adds_up() -> None:
    actor = make_staff("warehouse")
    for shelf, title, num in (
        ("B-2", "【韩国现货】围巾", 1),
        ("A-1", "【韩国现货】小白鞋", 2),
        ("A-1", "【韩国现货】小白鞋", 1),
    ):
        order = make_paid_order()
        shelf_line(order, title, shelf=shelf, num=num)
        plan([order.tid], now=NOW)
    made = make_paid_order()
    make_line(made, CUSTOM, supply="made")
    plan([made.tid], now=NOW)
    sheets = read_batch(print_ready(actor=actor, now=NOW).batches[0].pk)
    assert sheets is not None

    ids = [parcel.pk for parcel in Parcel.objects.order_by("pk")]
    assert [(pick.shelf, pick.num, pick.parcels) for pick in sheets.picks] == [
        ("A-1", 3, [(ids[1], 2), (ids[2], 1)]),
        ("B-2", 1, [(ids[0], 1)]),
        ("", 1, [(ids[3], 1)]),
    ]


def test_void_slips_are_told_and_not_printed(client_of: ClientOf) -> None:
    order = ready_order()
    parcel = printed(order)
    void_slip(parcel, "changed", now=NOW, notice=notice_on(order))

    page = body(client_of("warehouse"), "batch", parcel.batch_id)

    assert '<article class="slip">' not in page
    assert f"P{parcel.pk}-1" in page
    assert "No slip of this batch counts any more" in page


def test_printing_goes_to_the_batch_and_says_what_was_left(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    orders = [ready_order() for _ in range(3)]
    notice_on(orders[2], stage="planned")
    ids = [parcel_of(order).pk for order in orders]

    answer = client.post(reverse("warehouse:print"), {"parcel": ids[1:], "chosen": "1"}, follow=True)
    batch = PrintBatch.objects.get()
    assert answer.redirect_chain == [(reverse("warehouse:batch", args=[batch.pk]), 302)]
    text = answer.content.decode()
    assert "1 slip is ready." in text
    assert f"P{ids[2]}" in text
    answer = client.post(reverse("warehouse:print"), {"all": "1"}, follow=True)
    assert Parcel.objects.filter(stage="printed").count() == 2
    answer = client.post(reverse("warehouse:print"), {"all": "1"}, follow=True)
    assert "Nothing is ready to be printed now." in answer.content.decode()
    answer = client.post(reverse("warehouse:print"), {"parcel": ["x", "-1", "9" * 40]}, follow=True)
    assert "Choose at least one parcel" in answer.content.decode()


@pytest.mark.parametrize("name", ["board", "parcel", "file"])
def test_a_change_that_nobody_acknowledged_blocks_every_page(client_of: ClientOf, name: str) -> None:
    """O9: print, pack and ship, one by one, by scan, by file and in bulk."""
    client = client_of("warehouse")
    planned, in_print, in_pack = (ready_order() for _ in range(3))
    printed(in_print)
    packed(in_pack)
    parcels = [parcel_of(order) for order in (planned, in_print, in_pack)]
    for order, stage in ((planned, "planned"), (in_print, "printed"), (in_pack, "packed")):
        notice_on(order, stage=stage)
    before = list(Parcel.objects.order_by("pk").values())
    if name == "board":
        for fields in ({"parcel": [parcels[0].pk]}, {"all": "1"}):
            client.post(reverse("warehouse:print"), fields)
        for text, waiting in (
            (f"P{parcels[1].pk}-1", ""),
            (f"P{parcels[2].pk}-1", ""),
            (NUMBER, parcels[2].pk),
        ):
            answer = client.post(reverse("warehouse:scan"), {"text": text, "parcel": waiting})
            assert answer.status_code == 409
            assert "小雨" in answer.content.decode()
    elif name == "parcel":
        shipment = {"carrier": "zhongtong", "invoice_no": NUMBER}
        for parcel, action in zip(parcels, ("print", "pack", "ship"), strict=True):
            answer = client.post(
                reverse(f"warehouse:parcel-{action}", args=[parcel.pk]), shipment if action == "ship" else {}
            )
            assert answer.status_code == 409
            assert "Acknowledge the change first" in answer.content.decode()
    else:
        answer = client.post(reverse("warehouse:numbers-take"), {"file": numbers_file(parcels[2].pk)})
        assert "Acknowledge the change first" in answer.content.decode()

    assert list(Parcel.objects.order_by("pk").values()) == before


def test_one_scan_after_the_other_with_htmx_and_without(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    for more in ({}, {"HTTP_HX_REQUEST": "true"}):
        parcel = printed(ready_order("琥珀"))
        first = client.post(reverse("warehouse:scan"), {"text": f"P{parcel.pk}-1"}, **more)
        text = first.content.decode()
        assert first.status_code == 200
        assert 'data-signal="next"' in text
        assert f'<input type="hidden" name="parcel" value="{parcel.pk}" form="scan-form">' in text
        assert ("<html" in text) == (not more)
        last = client.post(
            reverse("warehouse:scan"), {"text": NUMBER, "parcel": parcel.pk, "carrier": "zhongtong"}, **more
        )
        assert 'data-signal="go"' in last.content.decode()
        again = client.post(reverse("warehouse:scan"), {"text": f"P{parcel.pk}-1"}, **more)
        assert again.status_code == 409
        assert 'data-signal="stop"' in again.content.decode()


def test_a_refused_number_keeps_the_parcel_waiting_for_its_own(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    sent, other = packed(ready_order("公主小肥")), packed(ready_order("琥珀"))
    client.post(reverse("warehouse:scan"), {"text": NUMBER, "parcel": sent.pk})

    answer = client.post(reverse("warehouse:scan"), {"text": NUMBER, "parcel": other.pk})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "another buyer" in text
    assert f'name="parcel" value="{other.pk}"' in text


@pytest.mark.parametrize(
    "fields", [{}, {"text": "x" * 300}, {"text": "P1-1", "parcel": "x"}, {"carrier": "pigeon"}]
)
def test_a_scan_that_is_none_stops(client_of: ClientOf, fields: dict[str, str]) -> None:
    answer = client_of("warehouse").post(reverse("warehouse:scan"), fields)
    assert answer.status_code == 422
    assert 'data-signal="stop"' in answer.content.decode()


def test_by_hand_a_parcel_is_printed_packed_pulled_and_shipped(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    order = ready_order()
    pk = parcel_of(order).pk

    def act(action: str, **fields: Any) -> str:
        version = Parcel.objects.get(pk=pk).version
        address = reverse(f"warehouse:parcel-{action}", args=[pk])
        answer = client.post(address, {"version": version, **fields}, follow=True)
        assert answer.status_code == 200
        return Parcel.objects.get(pk=pk).stage

    assert act("print") == "printed"
    assert act("print", again="1") == "printed"
    assert act("pull", reason="找不到货") == "planned"
    assert act("print") == "printed"
    assert act("pack") == "packed"
    assert act("ship", carrier="zhongtong", invoice_no=NUMBER) == "shipped"
    assert AuditEntry.objects.get(action="parcel.pulled").after["reason"] == "找不到货"
    assert Parcel.objects.get(pk=pk).slip_version == 3


def test_a_refused_shipment_keeps_what_was_typed(client_of: ClientOf) -> None:
    parcel = packed(ready_order())

    answer = client_of("warehouse").post(
        reverse("warehouse:parcel-ship", args=[parcel.pk]),
        {"carrier": "ems", "invoice_no": "单号", "version": parcel.version},
    )

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "is no tracking number" in text
    assert 'value="单号"' in text
    assert '<option value="ems" selected>' in text


def test_a_parcel_is_found_by_its_number(client_of: ClientOf) -> None:
    client, parcel = client_of("warehouse"), printed(ready_order())
    for text in (f"P{parcel.pk}", str(parcel.pk), f"p{parcel.pk}-1"):
        answer = client.get(reverse("warehouse:find"), {"number": text})
        assert answer["Location"] == reverse("warehouse:parcel", args=[parcel.pk])
    assert client.get(reverse("warehouse:find"), {"number": "x"})["Location"] == reverse("warehouse:board")
    assert client.get(reverse("warehouse:parcel", args=[10**9])).status_code == 404
    assert client.get(reverse("warehouse:batch", args=[10**9])).status_code == 404


def test_the_order_page_tells_agents_of_its_parcels_with_a_link_only_for_the_warehouse(
    client_of: ClientOf,
) -> None:
    order = ready_order()
    parcel = printed(order)
    address = reverse("warehouse:parcel", args=[parcel.pk])
    for role, linked in (("agent", False), ("warehouse", True), ("supervisor", True), ("manager", False)):
        page = client_of(role).get(reverse("orders:detail", args=[order.tid])).content.decode()
        assert f"P{parcel.pk}" in page
        assert (address in page) == linked
        assert f"Slip P{parcel.pk}-1 printed" in page
