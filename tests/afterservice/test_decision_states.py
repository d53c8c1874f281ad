"""A5: every move of the decision from every state of case and decision, by service and page: done or refused."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client

from afterservice.models import AcceptCondition, Ticket
from afterservice.rules.requests import Request
from afterservice.services import deciding
from afterservice.states import (
    CASE_MOVES,
    DECISION_MOVES,
    GOODS_MOVES,
    MONEY_MOVES,
    Case,
    Decision,
    Goods,
    Money,
)
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Staff
from tests.afterservice.decision_scenes import STATES, make_at, snapshot, talk, undone_after
from tests.afterservice.scenes import make_received_order
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
OPENED, ANSWERED, DECIDED, PLATFORM, _SETTLED, CLOSED, CANCELLED = Case
PENDING, ASKED, ACCEPTED, REFUSED = Decision
UNSETTLED = (OPENED, ANSWERED, DECIDED, PLATFORM)
ANY = tuple(Decision)
RETURN = Request("return", "changed_mind", ((1, 1, None),))


def cells(cases: Any, decisions: Any) -> set[tuple[str, str]]:
    return set(product(cases, decisions))


# Which states let the move be made, written from A5 and A14 and not from the code; the rest must be refused.
DECIDABLE = cells((OPENED, ANSWERED, PLATFORM), (PENDING, ASKED)) | {(DECIDED, ASKED)}
Act = Callable[[Ticket, Staff], object]
MOVES: dict[str, tuple[set[tuple[str, str]], Act, dict[str, str]]] = {
    "accept": (
        DECIDABLE,
        lambda ticket, agent: deciding.accept(ticket.pk, actor=agent, now=NOW),
        {},
    ),
    "refuse": (
        DECIDABLE,
        lambda ticket, agent: deciding.refuse(ticket.pk, reason="不符合", actor=agent, now=NOW),
        {"reason": "不符合"},
    ),
    "ask": (
        cells((OPENED, ANSWERED, PLATFORM), (PENDING, REFUSED)) | {(DECIDED, REFUSED)},
        lambda ticket, agent: deciding.ask_exception(ticket.pk, reason="老客户", actor=agent, now=NOW),
        {"reason": "老客户"},
    ),
    "take-back": (
        cells(UNSETTLED, (ASKED,)),
        lambda ticket, agent: deciding.take_back(ticket.pk, actor=agent, now=NOW),
        {},
    ),
    "amend": (
        cells((DECIDED, PLATFORM), (REFUSED,)),
        lambda ticket, agent: deciding.amend(
            ticket.pk, RETURN, text="换一个", channel="wangwang", actor=agent, now=NOW
        ),
        {"kind": "return", "problem": "changed_mind", "num-1": "1", "text": "换一个", "channel": "wangwang"},
    ),
    "withdraw": (
        cells(UNSETTLED, ANY),
        lambda ticket, agent: deciding.withdraw(ticket.pk, text="不要了", actor=agent, now=NOW),
        {"text": "不要了", "channel": "wangwang"},
    ),
    "undo": (
        {(DECIDED, ACCEPTED)},
        lambda ticket, agent: deciding.undo(ticket.pk, reason="看错", actor=agent, now=NOW),
        {"reason": "看错"},
    ),
    "step-in": (
        cells((OPENED, ANSWERED, DECIDED), ANY),
        lambda ticket, agent: deciding.step_in(
            ticket.pk, due_at=NOW + timedelta(days=2), text="请举证", actor=agent, now=NOW
        ),
        {"due_at": "2099-01-01T00:00", "text": "请举证"},
    ),
    "ruling-buyer": (
        cells((PLATFORM,), ANY),
        lambda ticket, agent: deciding.rule(ticket.pk, for_buyer=True, text="支持买家", actor=agent, now=NOW),
        {"for_buyer": "yes", "text": "支持买家"},
    ),
    "ruling-shop": (
        cells((PLATFORM,), ANY),
        lambda ticket, agent: deciding.rule(
            ticket.pk, for_buyer=False, text="支持卖家", actor=agent, now=NOW
        ),
        {"for_buyer": "no", "text": "支持卖家"},
    ),
    "reopen": (
        cells((CLOSED,), (ACCEPTED, REFUSED)),
        lambda ticket, agent: deciding.reopen(
            ticket.pk, text="还想退", channel="wangwang", actor=agent, now=NOW
        ),
        {"text": "还想退", "channel": "wangwang"},
    ),
    "received": (
        cells(UNSETTLED, (PENDING, ASKED, REFUSED)),
        lambda ticket, agent: deciding.set_received_time(
            ticket.pk, at=NOW - timedelta(days=1), source="chat", actor=agent, now=NOW
        ),
        {"received_time": "2026-11-21T12:00", "received_source": "chat"},
    ),
}
# What a move needs beside the state: a request outside A3 to ask about, an order that knows no receipt time.
OUTSIDE = {"signed_time": NOW - timedelta(days=30)}
UNKNOWN = {"signed_time": None}


@pytest.fixture
def condition() -> AcceptCondition:
    return AcceptCondition.objects.create(
        name="七天退货", kind="return", made_by=make_staff("manager"), made_at=NOW
    )


def scene(move: str, case: str, decision: str, condition: AcceptCondition, agent: Staff) -> Ticket:
    """A ticket in this state in which nothing but the state can be in the way of the move."""
    order = {"ask": OUTSIDE, "received": UNKNOWN}.get(move, {})
    fields = {"condition": condition} if move == "undo" else {}
    ticket = make_at(case, decision, order=make_received_order(**order), **fields)
    if move == "refuse":
        talk(ticket, agent)
        Ticket.objects.filter(pk=ticket.pk).update(case=case)
    return ticket


def refusal_of(act: Act, ticket: Ticket, agent: Staff) -> str | None:
    """The rule that refuses the move; nothing where it is made."""
    try:
        act(ticket, agent)
    except Conflict as refused:
        return refused.code
    return None


@pytest.mark.parametrize("move", MOVES)
def test_every_state_allows_or_refuses_the_move(move: str, condition: AcceptCondition) -> None:
    allowed, act, _form = MOVES[move]
    agent = make_staff("agent")
    done = set()
    for case, decision in STATES:
        with undone_after():
            ticket = scene(move, case, decision, condition, agent)
            before = snapshot()
            rule = refusal_of(act, ticket, agent)
            if rule is None:
                assert Ticket.objects.get(pk=ticket.pk).version > ticket.version
                done.add((case, decision))
            else:
                assert rule in ("A4", "A5", "A6", "P2"), (case, decision)
                assert snapshot() == before, (case, decision)

    assert done == allowed


@pytest.mark.parametrize("move", MOVES)
def test_the_page_refuses_what_the_service_refuses(
    move: str, condition: AcceptCondition, client_of: Callable[..., Client]
) -> None:
    allowed, _act, form = MOVES[move]
    client, agent = client_of("agent"), make_staff("agent")
    address = move.partition("-")[0] if move.startswith("ruling") else move
    for case, decision in STATES:
        if (case, decision) in allowed:
            continue
        with undone_after():
            ticket = scene(move, case, decision, condition, agent)
            before = snapshot()

            answer = client.post(
                f"/tickets/{ticket.pk}/{address}/",
                {"version": ticket.version, **form},
                headers={"HX-Request": "true"},
            )

            assert answer.status_code == 409, (case, decision, answer.content.decode()[:300])
            assert 'role="alert"' in answer.content.decode()
            assert snapshot() == before


def test_silence_accepts_only_what_is_undecided_and_in_our_hands() -> None:
    accepted = set()
    for case, decision in STATES:
        with undone_after():
            ticket = make_at(case, decision)
            before = snapshot()
            if deciding.accept_by_default(ticket, NOW):
                accepted.add((case, decision))
            else:
                assert snapshot() == before

    assert accepted == {(OPENED, PENDING), (ANSWERED, PENDING)}


@pytest.mark.parametrize(
    ("table", "states", "final"),
    [
        (CASE_MOVES, Case, {CANCELLED}),
        (DECISION_MOVES, Decision, set()),
        (GOODS_MOVES, Goods, {Goods.PASSED, Goods.TAKEN, Goods.SENT_BACK, Goods.NONE}),
        (MONEY_MOVES, Money, {Money.PAID}),
    ],
    ids=["case", "decision", "goods", "money"],
)
def test_the_tables_know_only_states_that_there_are(table: Any, states: Any, final: set[str]) -> None:
    for move, steps in table.moves.items():
        for state in states:
            if state in steps:
                assert table.require(move, state) in states.values
            else:
                with pytest.raises(Conflict) as refused:
                    table.require(move, state)
                assert refused.value.code == table.rule
    assert {state for state in states if not table.possible(state)} <= final
