"""Writing a decision down on a ticket that is locked and was checked, and what is awaited after it (A5, A6)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import AcceptCondition, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.verdicts import Verdict
from afterservice.services import clocks
from afterservice.services.locks import save
from afterservice.states import CASE_MOVES, DECISION_MOVES, UNSETTLED_CASES, Case, Decision
from shopdesk.base import audit
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Staff

# Where a decision may be made by itself (A6, A14): not once Taobao is in it.
IN_OUR_HANDS = (Case.OPENED, Case.ANSWERED)
# What waits for a decision, for Taobao's, or for the buyer's word on a refusal.
DECIDING_CLOCKS = (ClockKind.ANSWER, ClockKind.DECIDE, ClockKind.PLATFORM, ClockKind.FOLLOW_UP)


def require_decidable(ticket: Ticket, move: str) -> None:
    """Raise ``Conflict`` (A5) unless a decision may be made: both the case and the decision must let it.

    A decided case is decided once more only where an exception is asked for after a refusal.
    """
    if ticket.case != Case.DECIDED or ticket.decision == Decision.PENDING:
        CASE_MOVES.require("decide", ticket.case)
    DECISION_MOVES.require(move, ticket.decision)


def require_unsettled(ticket: Ticket) -> None:
    """Raise ``Conflict`` (A5) for a ticket that is settled, closed or withdrawn."""
    if ticket.case not in UNSETTLED_CASES:
        raise Conflict(
            "A5",
            _("%(ticket)s is %(case)s: nothing of it is decided any more.")
            % {"ticket": ticket.number, "case": ticket.get_case_display()},
        )


def apply_acceptance(
    ticket: Ticket,
    said: Verdict,
    *,
    actor: Staff | None,
    now: datetime,
    agreed_by: Staff | None = None,
    condition: AcceptCondition | None = None,
    by_default: bool = False,
) -> Ticket:
    """Accept a ticket that is locked and was checked; a decision answers the buyer, too (A5)."""
    before = events.states(ticket)
    if ticket.case != Case.DECIDED:  # an exception granted after a refusal finds it decided
        ticket.case = CASE_MOVES.require("decide", ticket.case)
    ticket.decision = DECISION_MOVES.require("accept", ticket.decision)
    ticket.verdict, ticket.verdict_rule = said.outcome, said.rule
    ticket.decided_at, ticket.decided_by = now, actor
    ticket.agreed_by, ticket.condition = agreed_by, condition
    ticket.refusal = ""
    ticket.answered_at = ticket.answered_at or now
    save(
        ticket,
        [
            "case",
            "decision",
            "verdict",
            "verdict_rule",
            "decided_at",
            "decided_by",
            "agreed_by",
            "condition",
            "refusal",
            "answered_at",
        ],
    )
    clocks.stop(ticket, *DECIDING_CLOCKS, now=now)
    audit.record(
        events.moved(
            _action(condition, by_default=by_default),
            ticket,
            before,
            verdict=said.outcome,
            rule=said.rule,
            agreed_by=agreed_by.pk if agreed_by else None,
            condition=str(condition) if condition else None,
        ),
        at=now,
        actor=actor,
    )
    return ticket


def _action(condition: AcceptCondition | None, *, by_default: bool) -> str:
    if condition is not None:
        return "decision.by_condition"
    return "decision.by_default" if by_default else "decision.accepted"


def await_decision(ticket: Ticket, *, now: datetime) -> None:
    """Somebody is to decide it: 48 hours from now (A6). In Taobao's hands its own time runs instead."""
    if ticket.case != Case.PLATFORM:
        clocks.stop(ticket, ClockKind.FOLLOW_UP, now=now)
        clocks.start(ticket, ClockKind.DECIDE, now=now)


def await_buyer(ticket: Ticket, *, now: datetime) -> None:
    """It was refused: the buyer amends, withdraws, calls Taobao in, or leaves it at that (A5).

    **Our reading:** who says nothing for the seven days of A13 leaves it at that.
    """
    if ticket.case != Case.PLATFORM:
        clocks.stop(ticket, *DECIDING_CLOCKS, now=now)
        clocks.start(ticket, ClockKind.FOLLOW_UP, now=now)
