"""Opening a ticket: what is written, what is refused (A1–A6, O17)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from afterservice.models import Clock, Ticket, TicketLine, TicketMessage
from afterservice.services.opening import open_ticket
from orders.models import Order
from orders.states import CloseReason, Status
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.afterservice.requests import WORDS, ask
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders.shipped_parcels import make_shipped_order

pytestmark = pytest.mark.django_db


def refusal(order: Order, **fields: Any) -> DomainError:
    """Why opening is refused; nothing may have been written."""
    before = (Ticket.objects.count(), AuditEntry.objects.count(), Order.objects.get(pk=order.tid).owner_id)
    with pytest.raises(DomainError) as refused:
        open_ticket(ask(order, **fields), actor=make_staff("agent"), now=NOW)
    assert (
        Ticket.objects.count(),
        AuditEntry.objects.count(),
        Order.objects.get(pk=order.tid).owner_id,
    ) == before
    return refused.value


def test_a_ticket_stands_with_all_that_was_asked() -> None:
    agent, order = make_staff("agent"), make_received_order()

    ticket = open_ticket(ask(order), actor=agent, now=NOW)

    ticket.refresh_from_db()
    assert (ticket.case, ticket.decision, ticket.goods, ticket.money) == ("opened", "pending", "none", "none")
    assert (ticket.category, ticket.priority, ticket.version) == ("choice", 3, 1)
    assert (ticket.opened_at, ticket.opened_by, ticket.owner) == (NOW, agent, agent)
    assert ticket.buyer_id == order.buyer_id
    assert Order.objects.get().owner == agent
    line = TicketLine.objects.get()
    assert (line.line.position, line.num, line.target, line.hold) == (1, 1, None, None)
    message = TicketMessage.objects.get()
    assert (message.side, message.channel, message.text, message.author) == (
        "from_buyer",
        "wangwang",
        WORDS,
        agent,
    )
    opened = AuditEntry.objects.get(action="ticket.opened")
    assert opened.after == {
        "tid": order.tid,
        "kind": "return",
        "problem": "changed_mind",
        "goods_asked": [{"position": 1, "num": 1, "target": None}],
        "verdict": "allowed",
        "rule": "A3",
    }
    assert WORDS not in str(list(AuditEntry.objects.values()))


def test_the_clocks_of_answer_and_decision_start() -> None:
    ticket = open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)

    due = dict(Clock.objects.values_list("kind", "due_at"))
    assert due == {"answer": NOW + timedelta(hours=24), "decide": NOW + timedelta(hours=48)}
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.awaits) == (NOW + timedelta(hours=24), "us")


@pytest.mark.parametrize(
    ("problem", "category", "priority"),
    [
        ("damaged", "quality", 1),
        ("lost", "logistics", 1),
        ("colour", "not_as_described", 2),
        ("how_to", "how_to", 3),
    ],
)
def test_its_priority_is_its_categorys(problem: str, category: str, priority: int) -> None:
    ticket = open_ticket(ask(make_received_order(), problem=problem), actor=make_staff("agent"), now=NOW)

    assert (ticket.category, ticket.priority) == (category, priority)


def test_a_supervisor_opens_for_the_orders_agent() -> None:
    agent = make_staff("agent")
    order = make_received_order(owner=agent)

    assert open_ticket(ask(order), actor=make_staff("supervisor"), now=NOW).owner == agent


def test_taobaos_list_opens_without_anybody() -> None:
    order = make_received_order()

    ticket = open_ticket(
        ask(order, channel="taobao", platform_no="987", platform_status="退款中"), actor=None, now=NOW
    )

    assert (ticket.platform_no, ticket.platform_status, ticket.owner, ticket.opened_by) == (
        "987",
        "退款中",
        None,
        None,
    )


@pytest.mark.parametrize("role", ["warehouse", "manager"])
def test_who_does_not_work_tickets_opens_none(role: str) -> None:
    order = make_received_order()

    with pytest.raises(Forbidden) as refused:
        open_ticket(ask(order), actor=make_staff(role), now=NOW)

    assert refused.value.code == "A1"
    assert not Ticket.objects.exists()


UNPAID = lambda: make_order()  # noqa: E731
CLOSED = lambda: make_order(  # noqa: E731
    status=Status.TRADE_CLOSED_BY_TAOBAO, close_reason=CloseReason.TIMEOUT
)
REFUNDED = lambda: make_paid_order(status=Status.TRADE_CLOSED, close_reason=CloseReason.REFUND)  # noqa: E731
TIED = lambda: make_received_order(tied=True)  # noqa: E731


@pytest.mark.parametrize(
    ("make", "rule"),
    [(UNPAID, "A1"), (CLOSED, "A1"), (REFUNDED, "A1"), (TIED, "A8")],
    ids=["unpaid", "closed", "refunded", "tied"],
)
def test_orders_that_nothing_is_asked_of(make: Callable[[], Order], rule: str) -> None:
    order = make()
    if not order.lines.exists():
        make_line(order)

    refused = refusal(order)

    assert (refused.code, refused.status) == (rule, 409)


@pytest.mark.parametrize(
    ("fields", "rule", "field"),
    [
        ({"kind": "gift"}, "A1", "kind"),
        ({"problem": "bored"}, "A1", "problem"),
        ({"goods": ()}, "A1", "goods"),
        ({"goods": ((2, 1, None),)}, "A1", "goods"),
        ({"goods": ((10**9, 1, None),)}, "A1", "goods"),
        ({"goods": ((1, 0, None),)}, "A1", "goods"),
        ({"goods": ((1, 1, None), (1, 1, None))}, "A1", "goods"),
        ({"goods": ((1, 1, 7),)}, "A1", "goods"),
        ({"kind": "exchange_sku"}, "A7", "goods"),
        ({"kind": "exchange_sku", "goods": ((1, 1, 10**18),)}, "A7", "goods"),
        ({"kind": "exchange_sku", "goods": ((1, 1, 10**30),)}, "A7", "goods"),
        ({"text": "  "}, "A12", "text"),
        ({"text": "x" * 2001}, "A12", "text"),
        ({"text": "a\x00b"}, "A12", "text"),
        ({"channel": "pigeon"}, "A12", "channel"),
    ],
)
def test_what_is_no_request(fields: dict[str, Any], rule: str, field: str) -> None:
    refused = refusal(make_received_order(), **fields)

    assert (refused.code, refused.field) == (rule, field)


def test_an_exchange_wants_another_colour_or_size_of_the_same_product() -> None:
    order = make_received_order()
    has, other, coat = (
        make_sku(),
        make_sku(properties="颜色分类：白色;尺码：38", stock=1),
        make_sku("大衣", stock=1),
    )
    order.lines.update(sku=has)

    assert refusal(order, kind="exchange_sku", goods=((1, 1, has.pk),)).code == "A7"
    assert refusal(order, kind="exchange_sku", goods=((1, 1, coat.pk),)).code == "A8"
    assert refusal(order, kind="exchange_style", goods=((1, 1, other.pk),)).code == "A7"

    ticket = open_ticket(
        ask(order, kind="exchange_sku", goods=((1, 1, other.pk),)), actor=make_staff("agent"), now=NOW
    )
    assert TicketLine.objects.get(ticket=ticket).target == other


def test_no_more_pieces_than_were_bought_and_are_left() -> None:
    order = make_shipped_order(signed_time=NOW - timedelta(days=1))
    make_line(order, num=3)
    agent = make_staff("agent")

    assert refusal(order, goods=((1, 4, None),)).code == "A1"
    returned = open_ticket(ask(order, goods=((1, 2, None),)), actor=agent, now=NOW)
    refused = refusal(order, kind="refund_only", goods=((1, 2, None),))
    assert str(refused.message) == "2 pieces asked for, and 1 of the 3 bought are left to ask for."
    open_ticket(ask(order, kind="refund_only", goods=((1, 1, None),)), actor=agent, now=NOW)

    # What was withdrawn or refused, or never sent back, can be asked for again.
    Ticket.objects.filter(pk=returned.pk).update(case="cancelled")
    assert open_ticket(ask(order, goods=((1, 2, None),)), actor=agent, now=NOW).pk


def test_what_was_refunded_before_shipping_is_asked_for_no_more() -> None:
    order = make_received_order()
    order.lines.update(refunded_at=NOW)

    assert refusal(order).code == "F4"


@pytest.mark.parametrize("kind", ["return", "repair", "bad_review"])
def test_the_same_is_open_once(kind: str) -> None:
    order = make_received_order()
    goods = () if kind == "bad_review" else ((1, 1, None),)
    first = open_ticket(ask(order, kind=kind, goods=goods), actor=make_staff("agent"), now=NOW)

    refused = refusal(order, kind=kind, goods=goods)

    assert (refused.code, refused.status) == ("A1", 409)
    assert first.number in str(refused.message)
    Ticket.objects.update(case="cancelled")
    assert open_ticket(ask(order, kind=kind, goods=goods), actor=make_staff("agent"), now=NOW).pk


@pytest.mark.parametrize(
    ("at", "source", "field"),
    [
        (NOW + timedelta(minutes=1), "chat", "received_time"),
        (NOW - timedelta(days=5), "chat", "received_time"),
        (NOW - timedelta(days=1), "", "received_source"),
        (NOW - timedelta(days=1), "guess", "received_source"),
    ],
)
def test_receipt_times_that_cannot_be(at: datetime, source: str, field: str) -> None:
    order = make_received_order(signed_time=None)

    refused = refusal(order, received_time=at, received_source=source)

    assert (refused.code, refused.field) == ("A4", field)


def test_the_carriers_signing_outranks_what_is_entered() -> None:
    signed = NOW - timedelta(days=1)
    order = make_received_order(signed_time=signed)

    assert refusal(order, received_time=NOW, received_source="chat").code == "A4"
    ticket = open_ticket(
        ask(order, received_time=signed, received_source="chat"), actor=make_staff("agent"), now=NOW
    )

    assert (ticket.received_time, ticket.received_source) == (None, "")


def test_a_receipt_time_that_nobody_knew_is_kept_with_its_source() -> None:
    order = make_received_order(signed_time=None)
    at = NOW - timedelta(days=2)

    ticket = open_ticket(
        ask(order, received_time=at, received_source="chat"), actor=make_staff("agent"), now=NOW
    )

    assert (ticket.received_time, ticket.received_source) == (at, "chat")


@pytest.mark.django_db(transaction=True)
def test_two_agents_open_the_same_at_once_and_one_does() -> None:
    order, agents = make_received_order(), [make_staff("agent"), make_staff("agent")]
    start, outcomes = Barrier(2), []

    def run(agent: Any) -> None:
        try:
            start.wait()
            open_ticket(ask(order), actor=agent, now=NOW)
            outcomes.append("opened")
        except DomainError as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["A1", "opened"]
    assert Ticket.objects.count() == 1
