"""The counts beside the views of a list: kept a moment for each person, made anew after what they did themselves."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order
from orders.states import Status
from shopdesk.base.kept_counts import forget_counts
from shopdesk.base.models import Staff
from tests.factories import make_order

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


@pytest.fixture(autouse=True)
def kept(settings: Any) -> Any:
    settings.VIEW_COUNTS_SECONDS = 60
    cache.clear()
    yield
    cache.clear()


def counts(client: Client) -> Mapping[str, int | None]:
    tabs = client.get(reverse("orders:list")).context["tabs"]
    return {tab.query: tab.count for tab in tabs}


def flag(client: Client, order: Order) -> None:
    blue = {"seller_flag": "4", "label": "等到货", "text": "韩国缺货", "seen_flag": ""}
    assert client.post(reverse("orders:flag", args=[order.tid]), blue).status_code in {204, 302}


def test_what_others_did_is_counted_later_and_what_oneself_did_at_once(client_of: ClientOf) -> None:
    client, order = client_of("agent"), make_order(status=Status.WAIT_BUYER_PAY)
    before = counts(client)
    make_order(status=Status.WAIT_BUYER_PAY)
    assert counts(client) == before
    flag(client, order)
    assert counts(client)["view=unpaid"] == 2


def test_each_person_has_their_own(client_of: ClientOf) -> None:
    first, second = client_of("agent"), client_of("agent")
    make_order(status=Status.WAIT_BUYER_PAY, owner=Staff.objects.earliest("pk"))
    assert (counts(first)["view=mine"], counts(second)["view=mine"]) == (1, 0)


def test_a_view_that_was_saved_is_counted(client_of: ClientOf) -> None:
    client = client_of("agent")
    make_order(status=Status.WAIT_BUYER_PAY)
    counts(client)
    client.post(reverse("orders:view-save"), {"view_name": "x", "status": Status.WAIT_BUYER_PAY})
    assert counts(client)["status=WAIT_BUYER_PAY"] == 1


def test_the_next_page_asks_one_statement_less(client_of: ClientOf) -> None:
    client = client_of("agent")
    make_order()
    counts(client)
    forget_counts(Staff.objects.get())
    asked = []
    for _page in range(3):
        with CaptureQueriesContext(connection) as statements:
            counts(client)
        asked.append(len(statements))
    assert asked[1] == asked[2] == asked[0] - 1


def test_without_a_time_every_page_counts(client_of: ClientOf, settings: Any) -> None:
    settings.VIEW_COUNTS_SECONDS = 0
    client = client_of("agent")
    counts(client)
    make_order(status=Status.WAIT_BUYER_PAY)
    assert counts(client)["view=unpaid"] == 1
