"""M5: asking for another address free for life, with a preview first, by plain forms."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import LifetimeShipping
from shopdesk.base.models import Approval
from tests.factories import NOW, make_buyer, make_order

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
OLD, NEW = "上海 上海市 浦东新区 示例街道1号", "浙江省 杭州市 西湖区 示例路8号"
NICK = "小肥/大肥"


@pytest.fixture(autouse=True)
def row(db: None) -> LifetimeShipping:
    return LifetimeShipping.objects.create(
        buyer=make_buyer(NICK), address=OLD, status="confirmed", proposed_at=NOW, decided_at=NOW
    )


def post(client: Client, name: str, **typed: str) -> Any:
    fields = {"address": NEW, "reason": "客户搬家", "version": "1"} | typed
    return client.post(reverse(name, args=[NICK]), fields)


def test_the_buyers_page_leads_to_the_form_and_offers_the_addresses_of_the_orders(client_of: SignIn) -> None:
    make_order(NICK, receiver_address=NEW)
    make_order(NICK, receiver_address=OLD)
    agent = client_of("agent")
    address = reverse("lifetime-address", args=[NICK])

    assert address in agent.get(reverse("member", args=[NICK])).content.decode()
    assert address not in client_of("manager").get(reverse("member", args=[NICK])).content.decode()
    page = agent.get(address)
    assert page.context["addresses"] == [NEW]
    assert OLD in page.content.decode()


def test_the_preview_says_which_orders_pay_and_which_go_free(client_of: SignIn) -> None:
    pays, free = make_order(NICK, receiver_address=OLD), make_order(NICK, receiver_address=NEW)
    make_order("别人", receiver_address=NEW)
    paid = make_order(NICK, receiver_address=OLD, status="WAIT_SELLER_SEND_GOODS", pay_time=NOW)

    answer = post(client_of("agent"), "lifetime-address-preview")

    move = answer.context["move"]
    assert ([o.tid for o in move.pays], [o.tid for o in move.free]) == ([pays.tid], [free.tid])
    assert move.province == "浙江"
    page = answer.content.decode()
    assert paid.tid not in page
    assert "Ask a supervisor" in page
    assert not Approval.objects.exists()


def test_an_address_without_a_province_is_warned_of(client_of: SignIn) -> None:
    page = post(client_of("agent"), "lifetime-address-preview", address="西湖区示例路8号").content.decode()

    assert "province cannot be read" in page


def test_asking_tells_the_buyers_page_and_the_inbox(client_of: SignIn) -> None:
    agent, supervisor = client_of("agent"), client_of("supervisor")

    answer = post(agent, "lifetime-address-ask")

    assert answer.status_code == 302
    assert "a supervisor decides" in agent.get(reverse("member", args=[NICK])).content.decode()
    assert "Asked already" in agent.get(reverse("lifetime-address", args=[NICK])).content.decode()
    inbox = supervisor.get(reverse("approvals")).content.decode()
    for words in (
        "Another address free for life",
        OLD,
        NEW,
        "never",
        "客户搬家",
        "Move it to the new address",
    ):
        assert words in inbox, words
    assert "at stake" not in inbox

    supervisor.post(reverse("approval-approve", args=[Approval.objects.get().pk]))
    assert LifetimeShipping.objects.get().address == NEW


@pytest.mark.parametrize("name", ["lifetime-address-preview", "lifetime-address-ask"])
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"address": OLD}, "already"),
        ({"address": " "}, "required"),
        ({"reason": ""}, "required"),
        ({"version": "x"}, "whole number"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    client_of: SignIn, name: str, typed: dict[str, str], words: str
) -> None:
    answer = post(client_of("agent"), name, **typed)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    if "reason" not in typed:
        assert 'value="客户搬家"' in page
    assert not Approval.objects.exists()


def test_after_a_change_by_somebody_else_the_page_shows_it_and_can_be_sent_again(client_of: SignIn) -> None:
    LifetimeShipping.objects.update(address="别处", version=2)
    agent = client_of("agent")

    answer = post(agent, "lifetime-address-ask")

    assert answer.status_code == 409
    page = answer.content.decode()
    assert "别处" in page
    assert 'name="version" value="2"' in page
    assert post(agent, "lifetime-address-ask", version="2").status_code == 302


def test_who_has_none_has_no_such_page(client_of: SignIn) -> None:
    LifetimeShipping.objects.update(status="refused")
    agent = client_of("agent")

    assert agent.get(reverse("lifetime-address", args=[NICK])).status_code == 404
    assert post(agent, "lifetime-address-preview").status_code == 404
    assert post(agent, "lifetime-address-ask").status_code in (404, 409)
    assert not Approval.objects.exists()


def test_statements_do_not_grow_with_the_orders(client_of: SignIn) -> None:
    agent = client_of("agent")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            post(agent, "lifetime-address-preview")
        return len(captured)

    make_order(NICK, receiver_address=OLD)
    few = statements()
    for _number in range(30):
        make_order(NICK, receiver_address=NEW)
    assert statements() == few
