"""A5, A9: every move of goods and money from every state, by service and page: done or refused."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Ticket
from afterservice.rules.refunds import Ask
from afterservice.services import paying_back, returning, settling
from afterservice.services.settling import FailedChoice
from afterservice.states import Case, Decision, Goods, Money
from orders.models import Order
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Staff
from tests.afterservice.decision_scenes import make_at, snapshot, undone_after
from tests.afterservice.goods_scenes import RETURN_NO, d, keep_address, photo, sent_order
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "media")]
State = tuple[str, str, str, str]
WORKED, ELSEWHERE = (Case.DECIDED,), (Case.DECIDED, Case.PLATFORM)


def states(cases: Any, goods: Any, money: Any = (Money.NONE,)) -> set[State]:
    """States of accepted tickets."""
    return set(product(cases, (Decision.ACCEPTED,), goods, money))


@dataclass(frozen=True)
class Move:
    """A move: the states that let it be made, its service, its page with what is sent, and who does it."""

    allowed: set[State]
    act: Callable[[Ticket, Staff], object]
    address: str
    role: str
    form: dict[str, Any]

    @property
    def tried(self) -> set[State]:
        """Accepted tickets with goods anywhere; all other cases and decisions with goods that would let it; money."""
        (goods, *_more) = sorted({state[2] for state in self.allowed})
        return (
            states(ELSEWHERE, Goods)
            | set(product(Case, Decision, (goods,), (Money.NONE,)))
            | states(WORKED, (Goods.PASSED,), Money)
        )


def inspect(ticket: Ticket, keeper: Staff, *, passed: bool) -> object:
    photos = [] if passed else [photo()]
    return returning.inspect(ticket.pk, passed=passed, found="看过", photos=photos, actor=keeper, now=NOW)


def decide(choice: str) -> Callable[[Ticket, Staff], object]:
    return lambda ticket, boss: settling.decide_failed(ticket.pk, choice, reason="好", actor=boss, now=NOW)


# Which states let the move be made, written from A5, A7, A9 and A10 and not from the code.
MOVES = {
    "give_address": Move(
        states(WORKED, (Goods.NONE,)),
        lambda ticket, agent: returning.give_address(ticket.pk, actor=agent, now=NOW),
        "tickets:give-address",
        "agent",
        {},
    ),
    # A number may be mended until the goods are here.
    "send": Move(
        states(ELSEWHERE, (Goods.AWAITED, Goods.SENT)),
        lambda ticket, agent: returning.note_return(ticket.pk, "", RETURN_NO, actor=agent, now=NOW),
        "tickets:return-shipped",
        "agent",
        {"invoice_no": RETURN_NO},
    ),
    "receive": Move(
        states(ELSEWHERE, (Goods.AWAITED, Goods.SENT)),
        lambda ticket, keeper: returning.receive(ticket.number, actor=keeper, now=NOW),
        "returns:return-scan",
        "warehouse",
        {},
    ),
    "pass": Move(
        states(ELSEWHERE, (Goods.RECEIVED,)),
        lambda ticket, keeper: inspect(ticket, keeper, passed=True),
        "returns:inspect",
        "warehouse",
        {"result": "pass"},
    ),
    "fail": Move(
        states(ELSEWHERE, (Goods.RECEIVED,)),
        lambda ticket, keeper: inspect(ticket, keeper, passed=False),
        "returns:inspect",
        "warehouse",
        {"result": "fail", "found": "脏"},
    ),
    "take": Move(
        states(WORKED, (Goods.FAILED,)),
        decide(FailedChoice.ACCEPT),
        "tickets:failed",
        "supervisor",
        {"choice": "accept", "reason": "好"},
    ),
    "send_back": Move(
        states(WORKED, (Goods.FAILED,)),
        decide(FailedChoice.SEND_BACK),
        "tickets:failed",
        "supervisor",
        {"choice": "send_back", "reason": "好"},
    ),
    "pay": Move(
        states(WORKED, (Goods.PASSED, Goods.TAKEN)) | states(WORKED, (Goods.PASSED,), (Money.ASKED,)),
        lambda ticket, agent: paying_back.pay_back(
            ticket.pk, Ask(), reason="退", seen=d("100.00"), actor=agent, now=NOW
        ),
        "tickets:pay-back",
        "agent",
        {"goods": "1", "reason": "退", "seen": "100.00"},
    ),
}


def scene(state: State, order: Order) -> Ticket:
    """A return in this state in which nothing but the state can be in the way."""
    case, decision, goods, money = state
    owed = d("1.00") if money in (Money.DUE, Money.PAID) else d("0.00")
    return make_at(case, decision, order=order, goods=goods, money=money, owed=owed, resale_asked_at=NOW)


def refusal_of(move: Move, ticket: Ticket, person: Staff) -> str | None:
    """The rule that refuses the move; nothing where it is made."""
    try:
        move.act(ticket, person)
    except Conflict as refused:
        return refused.code
    return None


def sent_by_page(client: Client, move: Move, ticket: Ticket) -> Any:
    by_ticket = [] if move.role == "warehouse" and "scan" in move.address else [ticket.pk]
    form = {"version": ticket.version, "text": ticket.number} | move.form
    return client.post(reverse(move.address, args=by_ticket), form, headers={"HX-Request": "true"})


def expected_status(name: str, state: State) -> int:
    """How the page refuses; goods that failed are paid back by supervisors alone, and none has no inspection."""
    if name == "pay" and state[2] == Goods.FAILED:
        return 403
    return 404 if name in ("pass", "fail") and state[2] == Goods.NONE else 409


@pytest.mark.parametrize("name", MOVES)
def test_every_state_allows_or_refuses_the_move(name: str, client_of: Callable[..., Client]) -> None:
    move = MOVES[name]
    keep_address()
    order, person, client = sent_order("100.00"), make_staff(move.role), client_of(move.role)
    done = set()
    for state in sorted(move.tried):
        with undone_after():
            ticket = scene(state, order)
            before = snapshot()
            if (rule := refusal_of(move, ticket, person)) is None:
                done.add(state)
                continue
            assert rule in ("A5", "A6", "A9"), state

            answer = sent_by_page(client, move, ticket)

            assert answer.status_code == expected_status(name, state), state
            if answer.status_code != 404:
                body = answer.content.decode()
                assert 'role="alert"' in body or 'data-signal="stop"' in body, state
            assert snapshot() == before, state

    assert done == move.allowed
