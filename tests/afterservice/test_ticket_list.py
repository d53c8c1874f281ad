"""The ticket list: what stands in which view, in which order, found by what; constant statements; no prices."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from afterservice.models import Ticket
from afterservice.rules.search import Key, Wanted, is_ticket_number, keys_of
from afterservice.selectors.filters import VIEWS, TicketFilter
from shopdesk.base.models import SavedView
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


def numbers_on(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="t-(\d+)"', page)]


def listed(client: Client, query: str = "") -> list[int]:
    answer = client.get(f"/tickets/{query}")
    assert answer.status_code == 200
    return numbers_on(answer.content.decode())


def due(hours: float) -> dict[str, Any]:
    return {"awaits": "us", "next_due_at": NOW + timedelta(hours=hours)}


def test_what_is_due_by_us_comes_soonest_first_and_what_has_no_clock_last(client_of: ClientOf) -> None:
    no_clock = make_ticket()
    later, sooner, over = make_ticket(**due(30)), make_ticket(**due(2)), make_ticket(**due(-5))
    make_ticket(awaits="buyer", next_due_at=NOW)
    make_ticket(case="closed", closed_at=NOW, close_reason="followed_up", **due(1))

    assert listed(client_of("agent")) == [over.pk, sooner.pk, later.pk, no_clock.pk]


@pytest.mark.parametrize(
    ("view", "fields"),
    [
        ("due", due(3)),
        ("due", {}),
        ("buyer", {"awaits": "buyer", "next_due_at": NOW}),
        ("supervisor", {"escalated_at": NOW}),
        ("supervisor", {"decision": "asked"}),
        ("supervisor", {"money": "asked"}),
        ("supervisor", {"goods": "failed"}),
        ("platform", {"case": "platform"}),
        ("platform", {"platform_no": "123456"}),
        ("high", {"problem": "lost"}),
        ("settled", {"case": "settled", "awaits": "buyer", "next_due_at": NOW}),
        ("all", {"case": "cancelled"}),
    ],
)
def test_each_view_holds_its_own(client_of: ClientOf, view: str, fields: dict[str, Any]) -> None:
    client = client_of("agent")
    other = make_ticket(problem="how_to", awaits="us" if view == "buyer" else "buyer", next_due_at=NOW)
    ticket = make_ticket(**{"problem": "how_to"} | fields)

    assert ticket.pk in listed(client, f"?view={view}")
    assert (other.pk in listed(client, f"?view={view}")) == (view == "all")


def test_what_is_over_stands_in_no_view_of_work(client_of: ClientOf) -> None:
    client = client_of("agent")
    make_ticket(
        problem="damaged",
        case="cancelled",
        escalated_at=NOW,
        decision="asked",
        platform_no="99",
        owner_id=int(client.session["_auth_user_id"]),
    )

    assert {view: listed(client, f"?view={view}") for view in VIEWS if view != "all"} == {
        view: [] for view in VIEWS if view != "all"
    }


def test_mine_are_mine(client_of: ClientOf) -> None:
    client = client_of("agent")
    mine = make_ticket(owner_id=int(client.session["_auth_user_id"]), **due(1))
    make_ticket(owner=make_staff("agent"), **due(1))

    assert listed(client, "?view=mine") == [mine.pk]
    assert "view=mine" not in client_of("warehouse").get("/tickets/").content.decode()


@pytest.mark.parametrize(
    "query",
    ["kind=repair", "problem=damaged", "case=answered", "goods=sent", "owner={owner}"],
)
def test_filters_of_the_address_narrow_the_list(client_of: ClientOf, query: str) -> None:
    owner = make_staff("agent", signature="小雨")
    wanted = make_ticket(
        kind="repair", problem="damaged", case="answered", goods="sent", owner=owner, **due(1)
    )
    make_ticket(**due(2))

    page = client_of("agent").get(f"/tickets/?{query.format(owner=owner.pk)}").content.decode()

    assert numbers_on(page) == [wanted.pk]
    assert page.count('class="chip"') == 1


def test_what_an_address_does_not_mean_is_left_out() -> None:
    asked = {"view": "x", "kind": "x", "problem": "1", "case": "x", "goods": "x", "owner": "²", "by": "x"}
    assert TicketFilter.read(asked) == TicketFilter()


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_a_filter_is_its_address(view: str) -> None:
    days = (date(2026, 11, 1), date(2026, 11, 22))
    wanted = TicketFilter(view, "repair", "lost", "opened", "sent", 3, Wanted.read("T12"), Key.NUMBER, *days)
    assert TicketFilter.read(wanted.parameters) == wanted


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("T123", ["number", "nick"]),
        (" t 123 ", ["number", "nick"]),
        ("Ｔ１２３", ["number", "nick"]),
        ("123", ["number", "nick"]),
        ("4326000000000023758", ["tid", "tracking", "nick"]),
        ("SF1234567890", ["tracking", "nick"]),
        ("小肥", ["nick"]),
        ("", []),
    ],
)
def test_what_a_search_is_taken_for(typed: str, keys: list[str]) -> None:
    assert keys_of(Wanted.read(typed)) == keys


@pytest.mark.parametrize(
    ("typed", "number"), [("T123", 123), ("t7", 7), ("123", None), ("T", None), ("T12x", None), ("", None)]
)
def test_only_a_t_names_a_ticket_beyond_doubt(typed: str, number: int | None) -> None:
    assert is_ticket_number(typed) == number


def test_tickets_are_found_by_every_number_and_by_nick(client_of: ClientOf) -> None:
    client = client_of("agent")
    order = make_received_order("爱吃小肥肠")
    ticket = make_ticket(order, return_invoice_no="YT8800112233", tied_order=make_received_order())
    make_ticket()

    for typed in (f"T{ticket.pk}", str(ticket.pk), order.tid, ticket.tied_order_id, "yt8800112233", "小肥"):
        assert listed(client, f"?view=all&q={typed}") == [ticket.pk], typed


def test_a_search_that_finds_nothing_by_its_looks_tries_the_rest_and_says_so(client_of: ClientOf) -> None:
    ticket = make_ticket(make_received_order("T99999"))

    page = client_of("agent").get("/tickets/?view=all&q=T99999").content.decode()

    assert numbers_on(page) == [ticket.pk]
    assert "Nothing found for “T99999” by ticket number. Shown: by <b>buyer nick</b>" in page
    assert listed(client_of("agent"), "?view=all&q=T99999&by=number") == []


@pytest.mark.parametrize("view", ["due", "all"])
def test_every_ticket_stands_on_one_page_and_pages_lead_back(client_of: ClientOf, view: str) -> None:
    client, order = client_of("agent"), make_received_order()
    # Many are due at the same minute, and some have no clock: no row may fall between two pages.
    made = [
        make_ticket(
            order,
            opened_at=NOW - timedelta(minutes=number % 3),
            awaits="us" if number % 4 else "",
            next_due_at=NOW + timedelta(hours=number % 2) if number % 4 else None,
        ).pk
        for number in range(120)
    ]
    pages, address = [], f"?view={view}"
    while address:
        page = client.get(f"/tickets/{address}").content.decode()
        pages.append(numbers_on(page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    back = re.search(r'rel="prev" href="([^"]+)"', page)

    assert [len(rows) for rows in pages] == [50, 50, 20]
    assert sorted(number for rows in pages for number in rows) == sorted(made)
    assert back
    assert listed(client, back[1].replace("&amp;", "&")) == pages[1]


def test_a_page_of_fifty_asks_what_a_page_of_one_asks(client_of: ClientOf) -> None:
    client = client_of("agent")
    make_ticket(**due(1))
    listed(client)
    with CaptureQueriesContext(connection) as one:
        assert len(listed(client)) == 1
    for _ in range(60):
        make_ticket(**due(1))
    with CaptureQueriesContext(connection) as fifty:
        assert len(listed(client)) == 50

    assert len(fifty) == len(one)
    assert len(one) <= 8


def test_the_list_shows_no_prices_to_the_warehouse(client_of: ClientOf) -> None:
    order = make_received_order()
    order.buyer.spend = 20_000  # type: ignore[union-attr]
    order.buyer.save()  # type: ignore[union-attr]
    make_ticket(order, **due(1))

    assert "¥20,000.00" in client_of("agent").get("/tickets/").content.decode()
    assert "¥" not in client_of("warehouse").get("/tickets/").content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Nothing is due by us"),
        ("?view=all", "No tickets yet"),
        ("?view=high", "No ticket stands in this view"),
        ("?kind=repair", "No ticket matches these filters"),
        ("?view=all&q=T5", "No ticket found for “T5”"),
        ("?cursor=W10", "The list ends here"),
    ],
)
def test_an_empty_list_says_why_and_what_next(client_of: ClientOf, query: str, words: str) -> None:
    assert words in client_of("agent").get(f"/tickets/{query}").content.decode()


def test_views_are_saved_and_deleted(client_of: ClientOf) -> None:
    client = client_of("agent")
    saved = client.post("/tickets/views/", {"view": "all", "kind": "repair", "view_name": "维修"})
    assert saved["Location"] == "/tickets/?view=all&kind=repair"
    assert "维修" in client.get(saved["Location"]).content.decode()
    assert "维修" not in client.get("/orders/").content.decode()

    client.post(f"/tickets/views/{SavedView.objects.get().pk}/delete/")
    assert not SavedView.objects.exists()


def test_lists_by_due_are_read_from_their_index(now: datetime) -> None:
    agent = make_staff("agent")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    for view, index in {
        "due": "ticket_due_by_us",
        "buyer": "ticket_due_by_buyer",
        "supervisor": "ticket_due_supervisor",
        "platform": "ticket_due_platform",
        "high": "ticket_due_high",
        "mine": "ticket_due_owner",
    }.items():
        wanted = TicketFilter(view=view)
        plan = wanted.tickets(agent).order_by(*wanted.keyset.ordering)[:51].explain()
        assert index in plan, plan
    assert Ticket.objects.count() == 0
