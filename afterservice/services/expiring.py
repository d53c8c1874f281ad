"""What happens when a clock runs out (A6). The clocks' tickets are locked by the caller."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from afterservice.events import clocks as events
from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.rules.clock_words import (
    CLOSED_BECAUSE,
    LATE_LABEL,
    RETURN_OFFERED,
    late_words,
)
from afterservice.rules.clocks import AtZero, ClockKind
from afterservice.services import clocks as running
from afterservice.services.deciding import accept_many_by_default
from afterservice.services.exchanging import keeping, let_go
from afterservice.services.settling import confirm_many_by_default
from afterservice.states import CASE_MOVES, Case, Decision
from orders.models import Flag
from orders.services.red_flags import Alarm, raise_red_flags
from shopdesk.base import audit
from shopdesk.base.errors import Conflict

Due = Sequence[tuple[Clock, Ticket]]


def at_zero(due: Due, now: datetime) -> None:
    """Do what the terms of each clock say; what cannot be done goes to the supervisor."""
    by_effect: dict[str, list[tuple[Clock, Ticket]]] = defaultdict(list)
    for clock, ticket in due:
        by_effect[clock.at_zero].append((clock, ticket))
    left = _accept(by_effect[AtZero.ACCEPT], now) + _settle(by_effect[AtZero.SETTLE], now)
    left += _close(by_effect[AtZero.CLOSE], now)
    _offer_return(by_effect[AtZero.OFFER_RETURN], now)
    for effect in (AtZero.SUPERVISOR, AtZero.OFFER_RETURN, AtZero.FLAG):
        left += by_effect[effect]
    _escalate(left, now)


def _accept(due: Due, now: datetime) -> list[tuple[Clock, Ticket]]:
    """*decide*: accepted by default where A3 allows it. Answers those that it does not."""
    accepted = {ticket.pk for ticket in accept_many_by_default([ticket for _clock, ticket in due], now)}
    return [(clock, ticket) for clock, ticket in due if ticket.pk not in accepted]


def _settle(due: Due, now: datetime) -> list[tuple[Clock, Ticket]]:
    """*confirm*: settled as done. Answers those that cannot be."""
    settled = {ticket.pk for ticket in confirm_many_by_default([ticket for _clock, ticket in due], now)}
    return [(clock, ticket) for clock, ticket in due if ticket.pk not in settled]


def _close(due: Due, now: datetime) -> list[tuple[Clock, Ticket]]:
    """*send back*, and the follow-up or a refusal that nobody answered (A13): closed.

    Answers those that are in no state for that.
    """
    tickets: list[Ticket] = []
    left, before = [], {}
    kept = keeping([ticket for _clock, ticket in due])
    for clock, ticket in due:
        target, reason = CASE_MOVES.target("close", ticket.case), _reason(clock, ticket)
        if target is None or reason is None or (ticket.pk in kept and not _let_go(ticket, now)):
            left.append((clock, ticket))
            continue
        before[ticket.pk], ticket.case = ticket.case, target
        ticket.closed_at, ticket.close_reason = now, reason
        ticket.version += 1
        tickets.append(ticket)
    for reason in {ticket.close_reason for ticket in tickets}:
        numbers = [ticket.pk for ticket in tickets if ticket.close_reason == reason]
        Ticket.objects.filter(pk__in=numbers).update(
            case=Case.CLOSED, closed_at=now, close_reason=reason, version=F("version") + 1
        )
    running.stop_many(tickets, now=now)
    _log([(ticket, CLOSED_BECAUSE[ticket.close_reason]) for ticket in tickets], now)
    audit.record_many([events.closed(ticket, before[ticket.pk]) for ticket in tickets], at=now, actor=None)
    return left


def _let_go(ticket: Ticket, now: datetime) -> bool:
    """Give back what is kept for an exchange; False where the warehouse has to pull its parcel first (F1)."""
    try:
        with transaction.atomic():
            let_go(ticket, actor=None, now=now)
    except Conflict:
        ticket.refresh_from_db()  # what was tried on it is undone
        return False
    return True


def _reason(clock: Clock, ticket: Ticket) -> str | None:
    if clock.kind == ClockKind.SEND_BACK:
        return Ticket.Close.NOT_SENT_BACK
    if clock.kind != ClockKind.FOLLOW_UP:
        return None
    refused = ticket.decision == Decision.REFUSED
    return Ticket.Close.REFUSED if refused else Ticket.Close.NO_ANSWER


def _offer_return(due: Due, now: datetime) -> None:
    """*repair*: the supervisor may offer return and refund, which the ticket's log says."""
    _log([(ticket, RETURN_OFFERED) for _clock, ticket in due], now)
    audit.record_many([events.offered_return(ticket) for _clock, ticket in due], at=now, actor=None)


def _escalate(due: Due, now: datetime) -> None:
    """Red flags to the supervisor: one an order, whatever of it is late."""
    texts: dict[str, list[str]] = defaultdict(list)
    for clock, ticket in sorted(due, key=lambda pair: pair[0].pk):
        texts[ticket.order_id].append(late_words(ticket.number, clock.kind, clock.due_at))
    raise_red_flags(
        {tid: Alarm(LATE_LABEL, "；".join(lines), Flag.Addressee.SUPERVISOR) for tid, lines in texts.items()},
        now=now,
    )
    tickets = {ticket.pk: ticket for _clock, ticket in due}
    # The version stays: what a supervisor was asked about such a ticket is not lapsed by its being late.
    Ticket.objects.filter(pk__in=tickets).update(escalated_at=now)


def _log(said: list[tuple[Ticket, str]], now: datetime) -> None:
    TicketMessage.objects.bulk_create(
        TicketMessage(ticket=ticket, side=TicketMessage.Side.STAFF, text=text, at=now)
        for ticket, text in said
    )
