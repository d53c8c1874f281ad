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
from orders.services.parcels.printing import print_parcels
from orders.states import Status
from shopdesk.base.kept_counts import forget_counts
from shopdesk.base.models import Staff
from tests.factories import make_order, make_staff
from tests.orders.parcel_scenes import parcel_of, ready_order

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


def test_the_board_counts_as_much(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    numbers = [parcel_of(ready_order()).pk for _number in range(3)]

    def board(tab: str = "to-print") -> tuple[list[int], dict[str, int]]:
        shown = client.get(f"{reverse('warehouse:board')}?tab={tab}").context["board"]
        return [row.parcel.pk for row in shown.rows], shown.counts

    assert board() == (numbers, {**board()[1], "to-print": 3, "printed": 0})
    other = make_staff("warehouse")
    print_parcels(numbers[:1], actor=other)
    # The tab that is shown counts what it shows; the others follow later.
    assert board("printed") == (numbers[:1], {**board("printed")[1], "to-print": 3, "printed": 1})
    # What somebody else printed is never shown as if it could be: all is counted anew, and the next ones come up.
    assert board() == (numbers[1:], {**board()[1], "to-print": 2, "printed": 1})
    client.post(reverse("warehouse:print"), {"parcel": numbers[1], "chosen": "1"})
    assert board() == (numbers[2:], {**board()[1], "to-print": 1, "printed": 2})


def test_a_scan_without_scripts_is_counted_in_the_page_that_answers_it(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    number = parcel_of(ready_order()).pk
    client.get(reverse("warehouse:board"))
    print_parcels([number], actor=make_staff("warehouse"))
    answer = client.post(reverse("warehouse:scan"), {"text": f"P{number}-1"})
    assert (answer.status_code, answer.context["board"].counts["packed"]) == (200, 1)
