"""Refusing a request: with a reason, and only after the talk with the buyer and its proof are on record (A5)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import Ticket, TicketMessage
from afterservice.selectors.deciding import talk_of
from afterservice.selectors.judging import judge_ticket
from afterservice.services import messages
from afterservice.services.deciding.applying import await_buyer, require_decidable
from afterservice.services.deciding.exceptions import lapse_requests
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.services.ownership import own
from afterservice.states import CASE_MOVES, DECISION_MOVES, Case
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

LONGEST_REFUSAL = 500
# In the log of the ticket, in the shop's own words.
REFUSED_WORDS = "拒绝申请：{reason}"


@transaction.atomic
def refuse(
    number: int, *, reason: str, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Refuse a request (A5). What a supervisor was asked about it lapses.

    The talk with the buyer must be on record: something said by the buyer and something said to them in the log, and
    its proof among the evidence. Raises ``Forbidden`` (A5) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) by
    state, ``DomainError`` (A5) without a reason, the talk, or its proof.
    """
    require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    require_decidable(ticket, "refuse")
    reason = check_refusal(reason)
    talk = talk_of(ticket)
    if talk.missing:
        raise DomainError(
            "A5",
            _("Refusing needs the talk with the buyer and its proof on record. Missing: %(missing)s.")
            % {"missing": ", ".join(map(str, talk.missing))},
        )
    own(ticket, actor, now=now)
    lapse_requests(ticket, now=now)
    before = events.states(ticket)
    said = judge_ticket(ticket, now=now).verdict
    if ticket.case != Case.DECIDED:
        ticket.case = CASE_MOVES.require("decide", ticket.case)
    ticket.decision = DECISION_MOVES.require("refuse", ticket.decision)
    ticket.refusal = reason
    ticket.verdict, ticket.verdict_rule = said.outcome, said.rule
    ticket.decided_at, ticket.decided_by = now, actor
    ticket.answered_at = ticket.answered_at or now
    save(
        ticket,
        [
            "case",
            "decision",
            "refusal",
            "verdict",
            "verdict_rule",
            "decided_at",
            "decided_by",
            "answered_at",
        ],
    )
    await_buyer(ticket, now=now)
    messages.log(ticket, TicketMessage.Side.STAFF, REFUSED_WORDS.format(reason=reason), actor=actor, now=now)
    audit.record(
        events.moved("decision.refused", ticket, before, verdict=said.outcome, rule=said.rule),
        at=now,
        actor=actor,
    )
    return ticket


def check_refusal(reason: str) -> str:
    """Why it is refused, without blanks round it. Raises ``DomainError`` (A5) for nothing, or too much."""
    reason = reason.strip()
    if not reason:
        raise DomainError(
            "A5", _("Say why it is refused: the buyer asks, and so does Taobao."), field="reason"
        )
    if len(reason) > LONGEST_REFUSAL:
        raise DomainError("A5", _("A reason holds 500 characters."), field="reason")
    if "\x00" in reason:
        raise DomainError("A5", _("The text holds a character that cannot be stored."), field="reason")
    return reason
