"""A5, A13: settling, following up and closing from every state of case and decision, by service and page."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Ticket
from afterservice.services import settling
from afterservice.states import CASE_MOVES, Case, Decision
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import AuditEntry
from tests.afterservice.goods_scenes import accepted, now_of
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db

MOVES: dict[str, Callable[[Ticket, Any], Any]] = {
    "settle": lambda ticket, who: settling.settle_as_done(ticket.pk, remark="好了", **who),
    "follow_up": lambda ticket, who: settling.follow_up(ticket.pk, 5, **who),
    "close_refused": lambda ticket, who: settling.close_refused(ticket.pk, **who),
}
ALLOWED = {
    ("settle", Case.DECIDED, Decision.ACCEPTED),
    ("follow_up", Case.SETTLED, Decision.ACCEPTED),
    ("close_refused", Case.DECIDED, Decision.REFUSED),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("decision", [Decision.ACCEPTED, Decision.REFUSED, Decision.PENDING])
@pytest.mark.parametrize("case", Case)
def test_every_forbidden_end_is_refused(move: str, case: str, decision: str) -> None:
    closed = {"closed_at": NOW, "close_reason": "followed_up"} if case == Case.CLOSED else {}
    refusal_words = "过期" if decision == Decision.REFUSED else ""
    ticket = accepted(kind="bad_review", case=case, decision=decision, refusal=refusal_words, **closed)
    who = {"actor": make_staff("agent"), "now": NOW}
    before = Ticket.objects.filter(pk=ticket.pk).values().get()

    if (move, case, decision) in ALLOWED or (move == "follow_up" and case == Case.SETTLED):
        MOVES[move](ticket, who)
        after = Ticket.objects.get(pk=ticket.pk).case
        assert after == CASE_MOVES.target("settle" if move == "settle" else "close", case)
        return
    with pytest.raises(Conflict):
        MOVES[move](ticket, who)
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == before


PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "settle": ("tickets:done", {"remark": "好了"}),
    "follow_up": ("tickets:followed-up", {"satisfaction": "5"}),
    "close_refused": ("tickets:close-refused", {}),
}


@pytest.mark.parametrize("move", MOVES)
def test_the_page_refuses_every_forbidden_end(move: str, client_of: Callable[..., Client]) -> None:
    client, (page, form) = client_of("agent"), PAGES[move]
    refused = set()
    for case, decision in product(Case, (Decision.ACCEPTED, Decision.REFUSED, Decision.PENDING)):
        if (move, case, decision) in ALLOWED or (move == "follow_up" and case == Case.SETTLED):
            continue
        closed = {"closed_at": NOW, "close_reason": "followed_up"} if case == Case.CLOSED else {}
        refusal_words = "过期" if decision == Decision.REFUSED else ""
        ticket = accepted(kind="bad_review", case=case, decision=decision, refusal=refusal_words, **closed)
        before, entries = Ticket.objects.filter(pk=ticket.pk).values().get(), AuditEntry.objects.count()

        answer = client.post(
            reverse(page, args=[ticket.pk]),
            {"version": ticket.version, **form},
            headers={"HX-Request": "true"},
        )

        assert answer.status_code == 409, (case, decision)
        assert Ticket.objects.filter(pk=ticket.pk).values().get() == before
        assert AuditEntry.objects.count() == entries
        refused.add((case, decision))
    assert len(refused) >= 18


@pytest.mark.parametrize("satisfaction", [0, 6, -1])
def test_satisfaction_is_one_to_five(satisfaction: int) -> None:
    ticket = accepted(kind="bad_review", case=Case.SETTLED)

    with pytest.raises(DomainError) as refusal:
        settling.follow_up(ticket.pk, satisfaction, actor=make_staff("agent"), now=NOW)

    assert refusal.value.code == "A13"
    assert now_of(ticket).case == Case.SETTLED
