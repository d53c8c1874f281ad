"""What happens to the clocks of tickets, as audit facts (A6, D4)."""

from datetime import datetime

from afterservice.events import fact
from afterservice.models import Clock, ClockPolicy, Ticket
from shopdesk.base.audit import Fact


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def paused(clock: Clock) -> Fact:
    """Somebody let it stand still; the reason stands with the clock."""
    after = {"clock": clock.kind, "due_at": _at(clock.due_at), "reason": clock.pause_reason}
    return fact("clock.paused", clock.ticket_id, {}, after)


def resumed(clock: Clock, before: datetime, reason: str) -> Fact:
    """It runs again, and is due later by the length of the pause."""
    return fact(
        "clock.resumed",
        clock.ticket_id,
        {"due_at": _at(before), "reason": reason},
        {"clock": clock.kind, "due_at": _at(clock.due_at)},
    )


def expired(clock: Clock) -> Fact:
    """It ran out: what A6 says at zero was done."""
    after = {"clock": clock.kind, "due_at": _at(clock.due_at), "at_zero": clock.at_zero}
    return fact("clock.expired", clock.ticket_id, {}, after)


def expired_for_order(clock: Clock, tid: str) -> Fact:
    """The same, as a fact of the order, so that its page shows it."""
    after = {"ticket": clock.ticket_id, "clock": clock.kind, "due_at": _at(clock.due_at)}
    return Fact("after_sale.expired", "order", tid, {}, after)


def offered_return(ticket: Ticket) -> Fact:
    """A repair took too long: return and refund are offered."""
    return fact("ticket.return_offered", ticket, {}, {"rule": "A6"})


def closed(ticket: Ticket, before: str) -> Fact:
    """The buyer let the time pass: not sent back (A6), or no answer to the follow-up (A13)."""
    return fact(
        "ticket.closed", ticket, {"case": before}, {"case": ticket.case, "close_reason": ticket.close_reason}
    )


def settled(ticket: Ticket, before: str) -> Fact:
    """What was under way is done: paid out, or shipped."""
    after = {"case": ticket.case, "settlement": ticket.settlement}
    return fact("ticket.settled", ticket, {"case": before}, after)


def paid(ticket: Ticket) -> Fact:
    """The money that was due is paid out."""
    return fact("money.paid", ticket, {"money": "due"}, {"money": ticket.money})


def return_signed(ticket: Ticket) -> Fact:
    """The carrier brought the goods back (A6)."""
    return fact("ticket.return_signed", ticket, {}, {"signed_at": _at(ticket.return_signed_at)})


def exchange_signed(ticket: Ticket, at: datetime) -> Fact:
    """The buyer has the new goods (A6)."""
    return fact("ticket.exchange_signed", ticket, {}, {"signed_at": _at(at)})


def terms_set(policy: ClockPolicy, before: ClockPolicy | None) -> Fact:
    """A manager laid down other terms for a kind of clock."""
    return Fact("clock.terms", "clock_policy", policy.kind, _terms(before) if before else {}, _terms(policy))


def _terms(policy: ClockPolicy) -> dict[str, int | str]:
    return {"hours": policy.hours, "warning_hours": policy.warning_hours, "at_zero": policy.at_zero}
