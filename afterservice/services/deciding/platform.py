"""Taobao steps in, with its own due time, and rules (A5, A6)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.requests import check_words
from afterservice.services import clocks, messages
from afterservice.services.deciding.applying import DECIDING_CLOCKS, await_buyer
from afterservice.services.deciding.exceptions import end_requests, lapse_requests
from afterservice.services.deciding.refusing import check_refusal
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.services.ownership import own
from afterservice.states import CASE_MOVES, DECISION_MOVES, Decision
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

# What the platform decided is no outcome of A3.
RULING_RULE = "A5"


@transaction.atomic
def step_in(
    number: int,
    *,
    due_at: datetime,
    text: str,
    version: int | None = None,
    actor: Staff | None,
    now: datetime | None = None,
) -> Ticket:
    """Taobao steps in, called by the buyer or by itself, and says until when it wants our answer (A5, A6).

    Its clock takes the place of ours. Without ``actor`` Taobao's list told it (D2). Raises ``Forbidden`` (A5) by
    role, ``VersionConflict`` (T5), ``Conflict`` (A5) where it is settled or closed or Taobao is in it already,
    ``DomainError`` (A6) for a time that is past, (A12) without a word of what Taobao says.
    """
    if actor is not None:
        require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    before = events.states(ticket)
    case = CASE_MOVES.require("step_in", ticket.case)
    text = check_words(text)
    if actor is not None and due_at <= now:
        raise DomainError("A6", _("Taobao's due time is past already."), field="due_at")
    own(ticket, actor, now=now)
    end_requests(ticket, now=now)
    ticket.case = case
    save(ticket, ["case", "decision"])
    messages.log(
        ticket,
        TicketMessage.Side.PLATFORM,
        text,
        channel=TicketMessage.Channel.TAOBAO,
        actor=actor,
        now=now,
    )
    clocks.stop(ticket, *DECIDING_CLOCKS, now=now)
    clocks.start(ticket, ClockKind.PLATFORM, now=now, due_at=due_at)
    audit.record(
        events.moved("decision.platform", ticket, before, due_at=due_at.isoformat()), at=now, actor=actor
    )
    return ticket


@transaction.atomic
def rule(
    number: int,
    *,
    for_buyer: bool,
    text: str,
    version: int | None = None,
    actor: Staff | None,
    now: datetime | None = None,
) -> Ticket:
    """Taobao has ruled (A5): for the buyer it is accepted, whatever A3 says; for us it is refused.

    What was accepted before stands either way. Without ``actor`` Taobao's list told it (D2). Raises ``Forbidden``
    (A5) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) where Taobao is not in it, ``DomainError`` (A5)
    without what it said.
    """
    if actor is not None:
        require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    before = events.states(ticket)
    case = CASE_MOVES.require("rule", ticket.case)
    move = "rule_for_buyer" if for_buyer else "rule_for_shop"
    decision = DECISION_MOVES.require(move, ticket.decision)
    text = check_refusal(text)
    own(ticket, actor, now=now)
    lapse_requests(ticket, now=now)
    ticket.case, ticket.decision = case, decision
    fields = ["case", "decision"]
    if before["decision"] != Decision.ACCEPTED:
        ticket.decided_at, ticket.decided_by = now, actor
        ticket.verdict, ticket.verdict_rule = "", RULING_RULE
        ticket.refusal = "" if decision == Decision.ACCEPTED else text
        fields += ["decided_at", "decided_by", "verdict", "verdict_rule", "refusal"]
    save(ticket, fields)
    messages.log(
        ticket,
        TicketMessage.Side.PLATFORM,
        text,
        channel=TicketMessage.Channel.TAOBAO,
        actor=actor,
        now=now,
    )
    clocks.stop(ticket, *DECIDING_CLOCKS, now=now)
    if decision == Decision.REFUSED:
        await_buyer(ticket, now=now)
    audit.record(
        events.moved("decision.ruled", ticket, before, for_buyer=for_buyer, rule=RULING_RULE),
        at=now,
        actor=actor,
    )
    return ticket
