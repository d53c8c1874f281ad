"""The palette: what a person may find, by few statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.afterservice.scenes import make_ticket
from tests.factories import make_line, make_order

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


def hits(client: Client, text: str) -> Any:
    return client.get(reverse("palette"), {"q": text}).context["hits"]


def labels(found: Any) -> list[str]:
    return [hit.label for hit in found]


def test_finds_orders_buyers_tickets_and_products(client_of: ClientOf) -> None:
    order = make_order("小肥羊")
    make_line(order, "【韩国现货】小肥裤")
    ticket = make_ticket()
    client = client_of("agent")

    by_nick = hits(client, "小肥")

    assert labels(by_nick.orders) == [order.tid]
    assert by_nick.orders[0].more == "小肥羊 · Waiting for payment · buyer nick"
    assert labels(by_nick.buyers) == ["小肥羊"]
    assert labels(by_nick.products) == ["【韩国现货】小肥裤"]
    assert labels(hits(client, order.tid).orders) == [order.tid]
    assert labels(hits(client, ticket.number).tickets) == [ticket.number]


def test_nobody_finds_what_they_may_not_see(client_of: ClientOf) -> None:
    order = make_order("小肥羊", receiver_mobile="13912345678")
    warehouse = hits(client_of("warehouse"), "13912345678")

    assert labels(hits(client_of("agent"), "13912345678").orders) == [order.tid]
    assert (warehouse.orders, hits(client_of("warehouse"), "小肥羊").buyers) == ([], [])


@pytest.mark.parametrize("text", ["", " ", "小", "\x00", "%", "x" * 400])
def test_what_is_no_text_to_look_for(client_of: ClientOf, text: str) -> None:
    make_order("小肥羊")
    found = hits(client_of("agent"), text)
    assert (found.orders, found.buyers, found.products) == ([], [], [])


@pytest.mark.parametrize("text", ["小肥", "nobody has this"])
def test_costs_the_same_however_much_there_is(client_of: ClientOf, text: str) -> None:
    client = client_of("agent")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            hits(client, text)
        return len(captured)

    make_line(make_order("小肥0"), "小肥裤0")
    few = statements()
    for number in range(1, 20):
        make_line(make_order(f"小肥{number}"), f"小肥裤{number}")

    assert statements() == few <= 20
