"""The frame of the ticket page: what it shows to whom, whose the ticket is, where a refusal lands."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from afterservice.models import Ticket
from afterservice.services.ownership import own, take_over
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


def page_of(client: Client, ticket: Ticket) -> str:
    answer = client.get(f"/tickets/{ticket.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_head_says_what_is_asked_and_how_far_it_is(client_of: ClientOf) -> None:
    ticket = make_ticket(
        problem="damaged", escalated_at=NOW, platform_no="987654321", platform_status="退款中"
    )

    page = page_of(client_of("agent"), ticket)

    for words in ("return", "high", "damaged", "quality", "not decided", "with the buyer", "nothing is due"):
        assert words in page
    assert "to the supervisor" in page
    assert "on Taobao: 退款中" in page
    assert f'href="/orders/{ticket.order_id}/"' in page
    assert ticket.buyer_id
    assert ticket.buyer_id in page


def test_a_request_without_goods_speaks_of_none(client_of: ClientOf) -> None:
    page = page_of(client_of("agent"), make_ticket(kind="bad_review", problem="damaged"))

    assert ">with the buyer<" not in page  # the state of goods
    assert "What it is about" not in page


@pytest.mark.parametrize(
    ("signed", "entered", "source", "shown"),
    [
        (NOW - timedelta(days=2), NOW - timedelta(days=1), "chat", "the carrier&#x27;s signing"),
        (None, NOW - timedelta(days=1), "chat", "the buyer said so"),
        (None, None, "", "not known yet"),
    ],
)
def test_the_receipt_time_names_its_source(
    client_of: ClientOf, signed: object, entered: object, source: str, shown: str
) -> None:
    order = make_received_order(signed_time=signed)
    ticket = make_ticket(order, received_time=entered, received_source=source)

    assert shown in page_of(client_of("agent"), ticket)


def test_the_warehouse_sees_neither_prices_nor_phones(client_of: ClientOf) -> None:
    ticket = make_ticket()

    agents, warehouse = page_of(client_of("agent"), ticket), page_of(client_of("warehouse"), ticket)

    assert "¥499.00" in agents
    assert "138****7620" in agents
    assert "¥" not in warehouse
    assert "138" not in warehouse
    assert "13800007620" not in agents


def test_there_is_no_page_of_no_ticket(client_of: ClientOf) -> None:
    assert client_of("agent").get("/tickets/999999/").status_code == 404
    assert client_of("agent").post("/tickets/999999/take-over/").status_code == 404


def test_the_page_asks_the_same_however_much_happened(client_of: ClientOf) -> None:
    client = client_of("agent")
    ticket = make_ticket()
    with CaptureQueriesContext(connection) as few:
        page_of(client, ticket)
    for _ in range(5):
        make_ticket(ticket.order)
        take_over(ticket.pk, actor=make_staff("agent"), now=NOW)
    with CaptureQueriesContext(connection) as many:
        page = page_of(client, ticket)

    # Who acted is read once there is somebody.
    assert len(many) <= len(few) + 1
    assert page.count("Taken over by") == 5


def test_the_first_agent_who_acts_owns_it_and_nobody_else_does() -> None:
    ticket, agent = make_ticket(), make_staff("agent")

    own(ticket, make_staff("supervisor"), now=NOW)
    assert ticket.owner_id is None
    own(ticket, agent, now=NOW)
    own(ticket, make_staff("agent"), now=NOW)

    assert Ticket.objects.get().owner == agent
    assert AuditEntry.objects.filter(action="ticket.owner").count() == 1


def test_taking_over_is_told_and_kept(client_of: ClientOf) -> None:
    ticket, client = make_ticket(owner=make_staff("agent", signature="小雨")), client_of("agent")

    answer = client.post(f"/tickets/{ticket.pk}/take-over/", headers={"HX-Request": "true"})

    assert "The ticket is yours now." in answer.content.decode()
    assert answer.content.decode().lstrip().startswith('<div id="ticket"')
    assert str(Ticket.objects.get().owner) == "娜娜"
    assert Ticket.objects.get().version == ticket.version
    entry = AuditEntry.objects.get(action="ticket.owner")
    assert (entry.before["owner"], entry.subject_id) == (ticket.owner_id, str(ticket.pk))


def test_taking_over_works_without_htmx(client_of: ClientOf) -> None:
    ticket = make_ticket()

    answer = client_of("agent").post(f"/tickets/{ticket.pk}/take-over/", follow=True)

    assert answer.redirect_chain == [(f"/tickets/{ticket.pk}/", 302)]
    assert "The ticket is yours now." in answer.content.decode()


def test_who_does_not_work_tickets_takes_none_over() -> None:
    ticket = make_ticket()

    with pytest.raises(Forbidden) as refused:
        take_over(ticket.pk, actor=make_staff("warehouse"), now=NOW)
    assert refused.value.code == "O17"
    with pytest.raises(DomainError):
        take_over(ticket.pk + 1, actor=make_staff("agent"), now=NOW)

    assert Ticket.objects.get().owner_id is None
    assert not AuditEntry.objects.filter(subject_kind="ticket").exists()


def test_codes_are_written_in_words_and_an_empty_box_is_left_out(client_of: ClientOf) -> None:
    ticket = make_ticket(
        platform_no="1234567890",
        platform_status="WAIT_SELLER_AGREE",
        return_carrier="yuantong",
        return_invoice_no="YT1234567890123",
    )

    body = client_of("agent").get(f"/tickets/{ticket.pk}/").content.decode()

    assert "on Taobao: waits for our answer" in body
    assert "圆通速递 <span" in body
    assert "WAIT_SELLER_AGREE" not in body
    # It is not accepted: nothing is done with its goods yet.
    assert 'id="goods"' not in body
