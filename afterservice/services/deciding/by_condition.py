"""Decisions by a condition that a manager laid down (A14)."""

from datetime import datetime

from afterservice.models import AcceptCondition, Ticket
from afterservice.rules.conditions import matches
from afterservice.selectors.conditions import met_of, terms_of
from afterservice.selectors.judging import judge_ticket
from afterservice.services.deciding.applying import IN_OUR_HANDS, apply_acceptance
from afterservice.states import Decision


def accept_by_condition(ticket: Ticket, *, now: datetime) -> bool:
    """Accept a request at once that A3 allows and an active condition covers; it names the condition (A14).

    The caller has locked the ticket, and calls it wherever what the policy looks at became better: when it is opened,
    amended, when evidence is added, or the receipt time entered. What was undone once is not decided so again.
    """
    if ticket.decision != Decision.PENDING or ticket.undone_at is not None:
        return False
    if ticket.case not in IN_OUR_HANDS:
        return False
    conditions = list(AcceptCondition.objects.filter(active=True, kind=ticket.kind).order_by("pk"))
    if not conditions:
        return False
    judgement = judge_ticket(ticket, now=now)
    if not judgement.verdict.allowed:
        return False
    met = met_of(ticket, judgement)
    for condition in conditions:
        if matches(terms_of(condition), met):
            apply_acceptance(ticket, judgement.verdict, actor=None, now=now, condition=condition)
            return True
    return False
