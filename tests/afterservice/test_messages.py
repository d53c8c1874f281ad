"""A12: the log of a ticket, and what an answer does (A5, A6)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.services.messages import say
from afterservice.services.opening import open_ticket
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.afterservice.requests import ask
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


def opened() -> Ticket:
    return open_ticket(ask(make_received_order()), actor=make_staff("agent"), now=NOW)


def running(ticket: Ticket) -> set[str]:
    return set(Clock.objects.filter(ticket=ticket, stopped_at__isnull=True).values_list("kind", flat=True))


def test_telling_the_buyer_answers_the_ticket() -> None:
    ticket, agent = opened(), make_staff("agent")

    message = say(ticket.pk, side="to_buyer", text=" 亲，收到 ", channel="phone", actor=agent, now=NOW)

    ticket.refresh_from_db()
    assert (ticket.case, ticket.answered_at, ticket.version) == ("answered", NOW, 1)
    assert running(ticket) == {"decide"}
    assert (message.text, message.channel, message.author, message.at) == ("亲，收到", "phone", agent, NOW)
    entry = AuditEntry.objects.filter(action="message.said").latest("pk")
    assert entry.after == {"message": message.pk, "side": "to_buyer", "channel": "phone"}


@pytest.mark.parametrize("side", ["from_buyer", "staff", "platform"])
def test_other_words_answer_nothing(side: str) -> None:
    ticket = opened()

    say(ticket.pk, side=side, text="看一下", channel="wangwang", actor=make_staff("agent"), now=NOW)

    ticket.refresh_from_db()
    assert (ticket.case, ticket.answered_at) == ("opened", None)
    assert running(ticket) == {"answer", "decide"}


@pytest.mark.parametrize("case", ["answered", "decided", "platform", "settled", "closed", "cancelled"])
def test_words_are_kept_in_every_state_and_move_only_an_opened_one(case: str) -> None:
    closed = {"closed_at": NOW, "close_reason": "followed_up"} if case == "closed" else {}
    ticket = make_ticket(case=case, **closed)

    say(ticket.pk, side="to_buyer", text="亲", channel="wangwang", actor=make_staff("agent"), now=NOW)

    ticket.refresh_from_db()
    assert ticket.case == case
    assert TicketMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"text": "a\x00"}, "text"),
        ({"side": "to_god"}, "side"),
        ({"channel": ""}, "channel"),
        ({"channel": "pigeon"}, "channel"),
    ],
)
def test_words_that_cannot_be_kept(fields: dict[str, Any], field: str) -> None:
    ticket = make_ticket()
    said = {"side": "to_buyer", "text": "亲", "channel": "wangwang"} | fields

    with pytest.raises(DomainError) as refused:
        say(ticket.pk, **said, actor=make_staff("agent"), now=NOW)

    assert (refused.value.code, refused.value.field) == ("A12", field)
    assert not TicketMessage.objects.exists()
    assert Ticket.objects.get().case == "opened"


def test_staff_notes_have_no_channel() -> None:
    message = say(
        make_ticket().pk, side="staff", text="等主管", channel="phone", actor=make_staff("agent"), now=NOW
    )

    assert message.channel == ""


def test_the_warehouse_writes_to_no_buyer() -> None:
    ticket = make_ticket()

    with pytest.raises(Forbidden):
        say(ticket.pk, side="staff", text="x", actor=make_staff("warehouse"), now=NOW)

    assert not TicketMessage.objects.exists()


def test_the_first_agent_who_speaks_owns_it() -> None:
    ticket, agent = make_ticket(), make_staff("agent")

    say(ticket.pk, side="staff", text="我来", actor=agent, now=NOW)

    assert Ticket.objects.get().owner == agent


@pytest.mark.parametrize(
    "change",
    [lambda said: said.update(text="没说过"), lambda said: said.delete()],
    ids=["edited", "removed"],
)
def test_what_was_said_is_never_edited_or_removed(change: Callable[[Any], object]) -> None:
    say(make_ticket().pk, side="staff", text="说过", actor=make_staff("agent"), now=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        change(TicketMessage.objects.all())

    assert TicketMessage.objects.get().text == "说过"
