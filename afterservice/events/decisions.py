"""What is asked, said and decided on tickets, as audit facts (A5, D4). The words stand in the ticket's log."""

from collections.abc import Mapping
from typing import Any

from afterservice.events import fact
from afterservice.models import AcceptCondition, Ticket, TicketMessage
from shopdesk.base.audit import Fact


def states(ticket: Ticket) -> dict[str, str]:
    """The four machines as they stand."""
    return {
        "case": ticket.case,
        "decision": ticket.decision,
        "goods": ticket.goods,
        "money": ticket.money,
    }


def opened(ticket: Ticket, goods: list[dict[str, Any]], verdict: str, rule: str) -> Fact:
    """A buyer asks for something; ``goods`` are positions, pieces and SKUs wanted instead."""
    return fact(
        "ticket.opened",
        ticket,
        {},
        {
            "tid": ticket.order_id,
            "kind": ticket.kind,
            "problem": ticket.problem,
            "goods_asked": goods,
            "verdict": verdict,
            "rule": rule,
        },
    )


def said(message: TicketMessage) -> Fact:
    """Something was said; what, is in the log."""
    return fact(
        "message.said",
        message.ticket_id,
        {},
        {"message": message.pk, "side": message.side, "channel": message.channel},
    )


def moved(action: str, ticket: Ticket, before: Mapping[str, Any], **details: Any) -> Fact:
    """The decision, or the case with it, moved; only the machines that did are named."""
    after = states(ticket)
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return fact(action, ticket, {name: before[name] for name in changed}, {**changed, **details})


def amended(
    ticket: Ticket, before: Mapping[str, Any], asked: Mapping[str, Any], asks: Mapping[str, Any]
) -> Fact:
    """The buyer asks for something else than was refused; both stand here in full."""
    return fact("decision.amended", ticket, {**before, **asked}, {**states(ticket), **asks})


def received(ticket: Ticket, before: Mapping[str, Any]) -> Fact:
    """A4: somebody entered when the buyer got the goods, and where that is from."""
    at = ticket.received_time
    return fact(
        "ticket.received_time",
        ticket,
        dict(before),
        {
            "received_time": at.isoformat() if at else None,
            "received_source": ticket.received_source,
        },
    )


def condition(action: str, row: AcceptCondition, before: Mapping[str, Any], after: Mapping[str, Any]) -> Fact:
    """A manager laid down, changed, tried, or switched a condition (A14)."""
    return Fact(f"condition.{action}", "accept_condition", str(row.pk), dict(before), dict(after))
