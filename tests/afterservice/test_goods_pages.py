"""The goods box of a ticket: what is shown, what its forms do, to whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Ticket
from afterservice.services import exchanging, returning
from afterservice.states import Case, Goods
from tests.afterservice.goods_scenes import (
    ADDRESS,
    RETURN_NO,
    SHOE,
    WANTED,
    accepted,
    awaited,
    d,
    exchange,
    keep_address,
    kept,
    link,
    now_of,
    sign,
    style_exchange,
)
from tests.afterservice.ticket_pages import act, page
from tests.factories import NOW, make_sku, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "media")]
ClientOf = Callable[..., Client]


def test_an_exchange_is_worked_on_the_page_without_scripts(client_of: ClientOf) -> None:
    # given an accepted exchange
    client = client_of("agent")
    ticket, wanted = exchange()
    keep_address()
    assert 'class="next" aria-current="step"' in page(client, ticket)

    # when each form is sent in its turn
    steps: list[tuple[str, dict[str, Any]]] = [
        ("resale", {}),
        ("target", {"choice": f"{ticket.lines.get().line_id}-{wanted.pk}"}),
        ("hold", {}),
    ]
    for name, data in steps:
        assert act(client, name, ticket, **data).status_code == 302, name
    sign(ticket)
    assert act(client, "postage", ticket, postage="12").status_code == 302
    assert "¥12.00 of postage to be paid" in page(client, ticket)
    paying = link("12.00", str(ticket.buyer_id))
    for name, data in [
        ("links", {"purpose": "postage", "links": [paying.tid]}),
        ("give-address", {}),
        ("return-shipped", {"carrier": "yuantong", "invoice_no": RETURN_NO}),
    ]:
        assert act(client, name, ticket, **data).status_code == 302, name

    # then the goods are awaited under their number
    ticket = now_of(ticket)
    assert (ticket.goods, ticket.return_invoice_no) == (Goods.SENT, RETURN_NO)
    assert RETURN_NO in page(client, ticket)


def test_the_address_of_a_style_exchange_is_not_on_the_page_before_the_difference_is_paid(
    client_of: ClientOf,
) -> None:
    client, agent = client_of("agent"), make_staff("agent")
    keep_address()
    ticket, new = style_exchange("520.00")
    assert ADDRESS not in page(client, ticket)
    exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    exchanging.tell_exception(ticket.pk, actor=agent, now=NOW)
    assert act(client, "tie", ticket, tid=new.tid).status_code == 302
    exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    sign(ticket)

    assert ADDRESS not in page(client, ticket)
    refused = act(client, "give-address", ticket)

    assert refused.status_code == 422
    assert ADDRESS not in refused.content.decode()
    assert "A8" in refused.content.decode()
    paying = link("21.00", "换款的人")
    act(client, "links", ticket, purpose="difference", links=[paying.tid])
    assert ADDRESS in page(client, ticket)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refusal_stands_beside_its_form_with_what_was_typed(client_of: ClientOf, htmx: bool) -> None:
    client = client_of("agent")
    ticket = awaited(accepted())

    answer = act(client, "return-shipped", ticket, htmx=htmx, invoice_no="12 !")

    assert answer.status_code == 422
    body = answer.content.decode()
    assert "6 to 32 letters and digits" in body
    if htmx:
        assert answer["HX-Retarget"] == "#return-refusal"
    else:
        assert 'value="12 !"' in body
    assert now_of(ticket).goods == Goods.AWAITED


def test_every_action_refuses_an_older_page(client_of: ClientOf) -> None:
    client = client_of("supervisor")
    ticket = accepted()
    before = Ticket.objects.filter(pk=ticket.pk).values().get()
    data = {
        "version": ticket.version + 7,
        "choice": "accept",
        "reason": "x",
        "postage": "1",
        "purpose": "postage",
        "links": ["1"],
        "tid": "1",
        "invoice_no": RETURN_NO,
        "way": "exchanged",
        "place": "shop",
        "at": "2026-12-01T10:00",
        "remark": "x",
        "satisfaction": "5",
        "seen": "1.00",
        "goods": "1",
    }

    for name in (
        "resale", "exception", "tie", "hold", "postage", "give-address", "return-shipped", "failed", "send",
        "confirm", "repair", "visit", "visited", "repaired", "done", "followed-up", "close-refused", "pay-back",
        "pay-back-preview",
    ):  # fmt: skip
        answer = client.post(reverse(f"tickets:{name}", args=[ticket.pk]), data)
        assert answer.status_code == 409, name
        assert ">T5</span>" in answer.content.decode(), name
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before


@pytest.mark.parametrize(
    ("carrier", "number", "words"),
    [
        ("yuantong", "SF1234567890123", "looks like a number of 顺丰速运, not of 圆通速递"),
        ("yuantong", "YT12345", "does not look like a number of 圆通速递"),
        ("yuantong", RETURN_NO, ""),
        ("debangkuaidi", "DPK123456", ""),
        ("", "SF1234567890123", ""),
    ],
)
def test_a_return_number_that_is_none_of_the_carriers_warns_and_is_kept(
    client_of: ClientOf, carrier: str, number: str, words: str
) -> None:
    client = client_of("agent")
    ticket = awaited(accepted())

    told = act(client, "return-shipped", ticket, htmx=True, carrier=carrier, invoice_no=number)

    body = told.content.decode()
    assert (told.status_code, now_of(ticket).return_invoice_no) == (200, number)
    assert ("unusual number" in body) == bool(words)
    assert f"The number is noted. {number} {words}" in body if words else "The number is noted.<" in body


def test_the_warehouse_sees_goods_and_no_money(client_of: ClientOf) -> None:
    ticket, wanted = exchange()
    ticket = kept(ticket, wanted)
    Ticket.objects.filter(pk=ticket.pk).update(postage_due=d("12.00"), goods=Goods.PASSED)
    client = client_of("warehouse")

    body = page(client, ticket)

    assert "Goods inspected" in body
    assert "¥" not in body
    assert ADDRESS not in body
    assert "ticket-money" not in body


def test_a_ticket_is_followed_up_on_the_page(client_of: ClientOf) -> None:
    client = client_of("agent")
    ticket = accepted(kind="bad_review")
    assert act(client, "done", ticket, remark="客户改好评").status_code == 302
    assert "Follow-up" in page(client, ticket)

    act(client, "followed-up", ticket, satisfaction="4", remark="")

    ticket = now_of(ticket)
    assert (ticket.case, ticket.satisfaction, ticket.remark) == (Case.CLOSED, 4, "客户改好评")
    assert "Satisfaction 4 of 5" in page(client, ticket)


def test_repairs_on_the_page(client_of: ClientOf) -> None:
    client = client_of("agent")
    ticket = accepted(kind="repair", problem="flawed")
    for name, data in [
        ("repair", {"place": "on_site"}),
        ("visit", {"at": "2026-11-24T10:00"}),
        ("visited", {}),
        ("repaired", {}),
    ]:
        page(client, ticket)
        assert act(client, name, ticket, **data).status_code == 302, name

    assert now_of(ticket).settlement == "repaired"


def test_the_ticket_page_has_a_bounded_number_of_statements(
    client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of("agent")
    ticket, wanted = exchange()
    for size in range(39, 45):
        make_sku(SHOE, f"颜色分类：白色;尺码：{size}", stock=1)
    kept(ticket, wanted)
    page(client, ticket)

    with django_assert_max_num_queries(46):
        body = page(client, ticket)

    assert WANTED.rpartition("：")[2] in body


def test_an_address_that_was_given_is_in_the_log(client_of: ClientOf) -> None:
    ticket = awaited(accepted())

    assert ADDRESS in ticket.messages.latest("pk").text
    assert returning.ADDRESS_TOLD.format(address=ADDRESS) == ticket.messages.latest("pk").text
