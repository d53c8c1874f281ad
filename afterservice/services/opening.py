"""Opening a ticket: what a buyer asks for is checked, written down, judged, and its clocks start (A1–A6)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import category_of, priority_of
from afterservice.rules.requests import NewTicket, check_words
from afterservice.selectors.judging import check_receipt, judge_ticket
from afterservice.selectors.requests import require_possible
from afterservice.services import clocks, messages
from afterservice.services.deciding.by_condition import accept_by_condition
from afterservice.services.lines import goods_facts, write_lines
from afterservice.services.locks import require_role
from orders.services import ownership
from orders.services.locks import lock_order
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role

__all__ = ["NewTicket", "open_ticket"]


@transaction.atomic
def open_ticket(request: NewTicket, *, actor: Staff | None, now: datetime | None = None) -> Ticket:
    """Open a ticket on an order that was paid, with what the buyer said as its first message (A1, A5).

    The answer and decide clocks start (A6); the agent owns it (O17); a condition of a manager may accept it at once
    (A14). Without ``actor`` it comes from Taobao's list (D2), and nobody owns it before the order's own agent.
    Raises ``Forbidden`` (A1) by role, ``DomainError`` (A1, A4, A7, A8, A12) for what is no request, ``Conflict`` (A1,
    A8, F4) for an order that is unpaid or closed, pieces that are not left, a second open ticket for the same.
    """
    if actor is not None:
        require_role("A1", actor)
    now = now or clock.now()
    text = check_words(request.text)
    if request.channel not in TicketMessage.Channel.values:
        raise DomainError("A12", _("Say how it was said."), field="channel")
    order = lock_order(request.tid)
    goods = require_possible(order, request)
    check_receipt(order, request.received_time, request.received_source, now=now)
    entered = request.received_time if order.signed_time is None else None
    if actor is not None:
        ownership.own(order, actor, now=now)
    ticket = Ticket.objects.create(
        order=order,
        buyer_id=order.buyer_id,
        kind=request.kind,
        problem=request.problem,
        category=category_of(request.problem),
        priority=priority_of(request.problem),
        opened_at=now,
        opened_by=actor,
        owner=actor if actor is not None and actor.role == Role.AGENT else order.owner,
        received_time=entered,
        received_source=request.received_source if entered else "",
        platform_no=request.platform_no,
        platform_status=request.platform_status,
    )
    write_lines(ticket, goods)
    said = judge_ticket(ticket, now=now).verdict
    audit.record(events.opened(ticket, goods_facts(goods), said.outcome, said.rule), at=now, actor=actor)
    messages.log(ticket, TicketMessage.Side.FROM_BUYER, text, channel=request.channel, actor=actor, now=now)
    clocks.start(ticket, ClockKind.ANSWER, now=now)
    clocks.start(ticket, ClockKind.DECIDE, now=now)
    accept_by_condition(ticket, now=now)
    return ticket
