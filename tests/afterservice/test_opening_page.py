"""Opening a ticket from an order's page: what may be asked for per line, the policy's answer before it is saved."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from afterservice.models import Ticket, TicketMessage
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.words import KIND_WORDS, PROBLEM_WORDS
from orders.models import Order
from shopdesk.base import clock
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.fixed(NOW):
        yield


def body(answer: Any) -> str:
    return str(answer.content.decode())


def asked(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "return",
        "problem": "changed_mind",
        "channel": "wangwang",
        "line_1": "on",
        "num_1": 1,
    } | fields


def nothing_was_opened() -> bool:
    return not Ticket.objects.exists()


def test_the_order_page_leads_from_each_line_to_the_form(client_of: ClientOf) -> None:
    order = make_received_order()
    make_line(order, "双眼皮贴 特价")
    make_line(order, "邮费补差价")
    ticket = make_ticket(order, lines=[order.lines.get(position=2)], awaits="us", next_due_at=NOW)

    page = body(client_of("agent").get(f"/orders/{order.tid}/"))

    assert f'href="/tickets/open/{order.tid}/?line=1"' in page
    assert f'href="/tickets/open/{order.tid}/?line=2"' in page
    assert f"/tickets/open/{order.tid}/?line=3" not in page
    assert page.count(f'href="/tickets/{ticket.pk}/"') == 2  # at its line, and in the box
    assert "return: allowed (A3)" in page
    assert "return: outside the rules: a supervisor&#x27;s exception (A3)" in page


@pytest.mark.parametrize("make", [make_order, make_paid_order])
def test_what_is_not_shipped_has_no_after_sales(client_of: ClientOf, make: Callable[..., Order]) -> None:
    order = make()
    make_line(order)

    page = body(client_of("agent").get(f"/orders/{order.tid}/"))

    assert "/tickets/open/" not in page


def test_the_warehouse_sees_tickets_and_opens_none(client_of: ClientOf) -> None:
    order = make_received_order()
    ticket = make_ticket(order)

    page = body(client_of("warehouse").get(f"/orders/{order.tid}/"))

    assert f'href="/tickets/{ticket.pk}/"' in page
    assert "/tickets/open/" not in page


def test_the_order_page_costs_the_same_however_many_lines_and_tickets(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_received_order()
    make_ticket(order)
    with CaptureQueriesContext(connection) as few:
        client.get(f"/orders/{order.tid}/")
    for _ in range(6):
        make_line(order)
        make_ticket(order)
    with CaptureQueriesContext(connection) as many:
        client.get(f"/orders/{order.tid}/")

    assert len(many) == len(few)


def test_the_form_begins_with_the_line_and_with_what_the_rules_are_freest_about(client_of: ClientOf) -> None:
    standard, preorder = make_received_order(), make_received_order(title="【韩国直送】大衣")
    client = client_of("agent")

    first = body(client.get(f"/tickets/open/{standard.tid}/?line=1"))
    second = body(client.get(f"/tickets/open/{preorder.tid}/?line=1"))

    assert re.search(r'value="return" checked autofocus', first)
    assert 'name="line_1" checked' in first
    assert '<span class="tag teal">allowed</span><span class="rule">A3</span>' in first
    # Bought in Korea after the order: only a style, and only by a supervisor.
    assert re.search(r'value="exchange_style" checked autofocus', second)
    assert '<span class="tag purple">a supervisor decides</span>' in second


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, '<span class="tag teal">allowed</span><span class="rule">A3</span>'),
        ({"problem": "damaged"}, "evidence is missing"),
        ({"problem": "damaged", "evidence": "on"}, '<span class="tag teal">allowed</span>'),
        ({"kind": "exchange_sku"}, "Choose the colour and size that the buyer wants."),
        ({"line_1": ""}, "Choose the goods that it is about."),
        ({"kind": "gift"}, "Request: "),
        ({"num_1": 2}, "Pieces: "),
    ],
)
def test_the_answer_is_shown_before_anything_is_saved(
    client_of: ClientOf, fields: dict[str, Any], words: str
) -> None:
    order = make_received_order()

    part = client_of("agent").post(f"/tickets/open/{order.tid}/preview/", asked(**fields), headers=HTMX)
    whole = client_of("agent").post(f"/tickets/open/{order.tid}/preview/", asked(**fields))

    assert words in body(part)
    assert "<html" not in body(part)
    assert words in body(whole)
    assert 'id="open-form"' in body(whole)
    assert nothing_was_opened()


def test_the_receipt_time_is_asked_for_where_nobody_knows_it(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_received_order(signed_time=None)
    page = body(client.get(f"/tickets/open/{order.tid}/?line=1"))
    assert 'name="received_time"' in page
    assert "the receipt time is missing" in page
    told = {"received_time": "2026-11-21T12:00", "received_source": "chat"}

    answered = body(client.post(f"/tickets/open/{order.tid}/preview/", asked(**told), headers=HTMX))
    opened = client.post(f"/tickets/open/{order.tid}/save/", asked(**told))

    assert '<span class="tag teal">allowed</span>' in answered
    ticket = Ticket.objects.get()
    assert opened["Location"] == f"/tickets/{ticket.pk}/"
    assert (ticket.received_time, ticket.received_source) == (NOW - timedelta(days=1), "chat")
    # The next request about the order knows it, though its own time is still unknown.
    again = body(client.get(f"/tickets/open/{order.tid}/?line=1&kind=repair"))
    assert 'value="2026-11-21T12:00"' in again


def test_a_known_receipt_time_is_not_asked_for(client_of: ClientOf) -> None:
    page = body(client_of("agent").get(f"/tickets/open/{make_received_order().tid}/?line=1"))

    assert 'name="received_time"' not in page


def test_opening_writes_down_the_request_and_leads_to_the_ticket(client_of: ClientOf) -> None:
    order = make_received_order()
    small = make_sku("小白鞋", "颜色分类：白色;尺码：36", stock=2)

    answer = client_of("agent").post(
        f"/tickets/open/{order.tid}/save/",
        asked(kind="exchange_sku", target_1=small.pk, text="大了一码，想换36"),
        headers=HTMX,
    )

    ticket = Ticket.objects.get()
    assert answer["HX-Redirect"] == f"/tickets/{ticket.pk}/"
    assert (ticket.kind, ticket.problem, ticket.order_id) == ("exchange_sku", "changed_mind", order.tid)
    assert ticket.lines.get().target == small
    assert TicketMessage.objects.get().text == "大了一码，想换36"
    assert str(ticket.owner) == "娜娜"


def test_without_words_the_request_itself_is_written_down(client_of: ClientOf) -> None:
    order = make_received_order()

    client_of("agent").post(f"/tickets/open/{order.tid}/save/", asked())

    assert TicketMessage.objects.get().text == "买家要求退货：不合适或不想要了"


def test_every_request_and_problem_has_its_words() -> None:
    assert {*KIND_WORDS} == {*TicketKind}
    assert {*PROBLEM_WORDS} == {*Problem}


def test_a_target_that_is_left_over_from_another_request_is_not_sent(client_of: ClientOf) -> None:
    order = make_received_order()
    small = make_sku("小白鞋", "颜色分类：白色;尺码：36", stock=2)

    client_of("agent").post(f"/tickets/open/{order.tid}/save/", asked(target_1=small.pk))

    assert Ticket.objects.get().lines.get().target is None


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_refusal_stands_on_the_form_and_nothing_typed_is_lost(
    client_of: ClientOf, headers: dict[str, str]
) -> None:
    order = make_received_order()

    answer = client_of("agent").post(
        f"/tickets/open/{order.tid}/save/", asked(line_1="", text="想退"), headers=headers
    )

    assert answer.status_code in (409, 422)
    assert "Choose the goods that it is about." in body(answer)
    if headers:
        assert answer["HX-Retarget"] == "#open-refusal"
    else:
        assert ">想退</textarea>" in body(answer)
    assert nothing_was_opened()


def test_there_is_no_form_for_no_order(client_of: ClientOf) -> None:
    client = client_of("agent")

    assert client.get("/tickets/open/123/").status_code == 404
    assert client.post("/tickets/open/123/save/", asked()).status_code == 404
    assert client.post("/tickets/open/123/preview/", asked()).status_code == 404


def test_the_order_list_shows_after_sales_by_one_statement(client_of: ClientOf) -> None:
    client = client_of("agent")
    late = make_ticket(
        make_received_order(), kind="repair", awaits="us", next_due_at=NOW - timedelta(hours=1)
    )
    client.get("/orders/")
    with CaptureQueriesContext(connection) as one:
        page = body(client.get("/orders/"))
    assert f'<a class="tag red" href="/tickets/{late.pk}/"' in page
    for _ in range(8):
        make_ticket(make_received_order())
    two = make_received_order()
    make_ticket(two)
    make_ticket(two, case="closed", closed_at=NOW, close_reason="followed_up")
    with CaptureQueriesContext(connection) as many:
        page = body(client.get("/orders/"))

    assert len(many) == len(one)
    assert page.count('<a class="tag orange" href="/tickets/') == 9
    assert "return</span> +1</a>" in page


def test_the_members_page_shows_the_buyers_tickets(client_of: ClientOf) -> None:
    order = make_received_order("公主小肥")
    ticket = make_ticket(order)
    make_ticket()

    page = body(client_of("agent").get("/members/公主小肥/"))

    assert f'href="/tickets/{ticket.pk}/"' in page
    assert page.count('href="/tickets/') == 3  # the rail, the list of all, this one


@pytest.mark.parametrize(
    ("typed", "leads"),
    [
        ("T{ticket}", "/tickets/{ticket}/"),
        ("t {ticket}", "/tickets/{ticket}/"),
        ("yt8800112233", "/tickets/{ticket}/"),
        ("T99999999", "/orders/?q=T99999999"),
        ("{ticket}", "/orders/?q={ticket}"),
        ("SF100200300400", "/orders/?q=SF100200300400"),
        ("小肥", "/orders/?q=%E5%B0%8F%E8%82%A5"),
        ("", "/orders/"),
    ],
)
def test_the_search_box_finds_tickets_and_else_orders(client_of: ClientOf, typed: str, leads: str) -> None:
    ticket = make_ticket(return_invoice_no="YT8800112233")
    # Goods went out under one number and come back under the same: the order list shows both.
    make_ticket(make_received_order(invoice_no="SF100200300400"), return_invoice_no="SF100200300400")

    answer = client_of("warehouse").get("/find/", {"q": typed.format(ticket=ticket.pk)})

    assert answer["Location"] == leads.format(ticket=ticket.pk)
