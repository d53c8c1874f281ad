"""The warehouse's returns and the address that they go to: scanned, inspected, listed, counted (A10, A11, A7)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Clock, Evidence, ReturnAddress, UnmatchedReturn
from afterservice.states import Goods
from tests.afterservice.goods_scenes import (
    ADDRESS,
    RETURN_NO,
    accepted,
    awaited,
    now_of,
    photo,
    received,
    sent,
    sent_order,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "media")]
ClientOf = Callable[..., Client]


def returns(client: Client, tab: str = "", **headers: str) -> str:
    answer = client.get(reverse("returns:returns") + (f"?tab={tab}" if tab else ""))
    assert answer.status_code == 200
    return answer.content.decode()


def test_scan_inspect_and_done_on_a_phone(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    ticket = sent(accepted())
    assert ticket.number in returns(client, "awaited")

    # when it is scanned
    scanned = client.post(reverse("returns:return-scan"), {"text": RETURN_NO}, headers={"HX-Request": "true"})

    # then the answer is large, and leads to the inspection
    body = scanned.content.decode()
    assert 'data-signal="go"' in body
    assert reverse("returns:inspection", args=[ticket.pk]) in body
    form = client.get(reverse("returns:inspection", args=[ticket.pk])).content.decode()
    assert 'capture="environment"' in form
    assert "¥" not in form
    assert "13800007620" not in form
    assert ticket.number in returns(client)

    # when it fails with two photos
    data = {
        "version": now_of(ticket).version,
        "result": "fail",
        "found": "鞋底脏",
        "photos": [photo(), photo("b.png")],
    }
    done = client.post(reverse("returns:inspect", args=[ticket.pk]), data)

    assert done.status_code == 302
    assert now_of(ticket).goods == Goods.FAILED
    assert Evidence.objects.filter(ticket=ticket, stage="inspection").count() == 2
    assert ticket.number in returns(client, "failed")


def test_an_inspection_without_its_photo_is_refused_with_what_was_typed(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    ticket = received(accepted())

    answer = client.post(
        reverse("returns:inspect", args=[ticket.pk]),
        {"version": now_of(ticket).version, "result": "fail", "found": "鞋底脏"},
    )

    assert answer.status_code == 422
    body = answer.content.decode()
    assert "take at least one photo" in body
    assert ">鞋底脏</textarea>" in body
    assert now_of(ticket).goods == Goods.RECEIVED


@pytest.mark.parametrize("htmx", [False, True])
def test_an_unknown_number_stops_and_may_be_put_on_the_list(client_of: ClientOf, htmx: bool) -> None:
    client = client_of("warehouse")
    headers = {"HX-Request": "true"} if htmx else {}

    stop = client.post(reverse("returns:return-scan"), {"text": "sf 1234567"}, headers=headers)

    assert stop.status_code == 422
    body = stop.content.decode()
    assert 'data-signal="stop"' in body
    assert 'name="text" value="SF1234567"' in body
    listed = client.post(reverse("returns:put-on-list"), {"text": "SF1234567", "note": "一双白鞋"})
    assert listed.status_code == 302
    assert "一双白鞋" in returns(client, "unmatched")
    ticket = awaited(accepted())
    row = UnmatchedReturn.objects.get()
    client.post(reverse("returns:match-return", args=[row.pk]), {"ticket": f"T{ticket.pk}"})
    assert now_of(ticket).goods == Goods.RECEIVED


@pytest.mark.parametrize("text", ["", "x" * 300, "T999999999", "\x00", "😀"])
def test_any_scan_is_answered(client_of: ClientOf, text: str) -> None:
    answer = client_of("warehouse").post(reverse("returns:return-scan"), {"text": text})

    assert answer.status_code in (409, 422)


def test_the_page_of_returns_has_a_constant_number_of_statements(
    client_of: ClientOf, django_assert_num_queries: Any
) -> None:
    client = client_of("warehouse")
    received(accepted())
    returns(client)
    with django_assert_num_queries(4):  # person, counts, page, goods
        returns(client)
    for number in range(3):
        received(accepted(sent_order(nick=f"买家{number}")), number=f"YT7777770{number}")
    with django_assert_num_queries(4):
        returns(client)


def test_the_board_counts_what_came_back(client_of: ClientOf) -> None:
    received(accepted())

    body = client_of("warehouse").get(reverse("warehouse:board")).content.decode()

    assert "Returns to inspect <b>1</b>" in body


def test_managers_keep_the_return_address_and_agents_read_it(client_of: ClientOf) -> None:
    manager, agent = client_of("manager"), client_of("agent")
    address = reverse("tickets:return-address-change")

    assert manager.post(address, {"text": ADDRESS, "seen": ""}).status_code == 302
    again = manager.post(address, {"text": "别处", "seen": ""})

    assert again.status_code == 409
    assert ">别处</textarea>" in again.content.decode()
    body = agent.get(reverse("tickets:return-address")).content.decode()
    assert ADDRESS in body
    assert "<textarea" not in body
    for name in ("clocks", "conditions"):
        assert (
            f'href="{reverse("tickets:return-address")}"'
            in agent.get(reverse(f"tickets:{name}")).content.decode()
        )
    assert ReturnAddress.objects.get().text == ADDRESS
    assert not Clock.objects.exists()
