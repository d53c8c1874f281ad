"""What the buyer does with a request: amends it when refused, withdraws it, opens it again; its receipt time."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import Ticket, TicketLine, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import category_of, priority_of
from afterservice.rules.requests import Request, check_words
from afterservice.selectors.deciding import has_moved
from afterservice.selectors.judging import check_receipt
from afterservice.selectors.requests import require_only_one, require_possible
from afterservice.services import clocks, messages
from afterservice.services.deciding.applying import await_decision
from afterservice.services.deciding.by_condition import accept_by_condition
from afterservice.services.deciding.exceptions import end_requests
from afterservice.services.deciding.letting_go import forget_tied, give_back
from afterservice.services.lines import goods_facts, write_lines
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.services.ownership import own
from afterservice.states import CASE_MOVES, DECISION_MOVES, GOODS_MOVES, UNSETTLED_CASES, Decision, Goods
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff


@transaction.atomic
def amend(
    number: int,
    request: Request,
    *,
    text: str,
    channel: str,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """The buyer asks for something else after a refusal (A5): it is decided anew, and 48 hours run again (A6).

    When it was asked for stays: the window of A3 is that of the first request. What was refused stands in the log and
    the audit. Raises ``Forbidden`` (A5) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) unless it was refused,
    and whatever ``open_ticket`` refuses.
    """
    require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    before = events.states(ticket)
    case = CASE_MOVES.require("amend", ticket.case)
    decision = DECISION_MOVES.require("amend", ticket.decision)
    text = check_words(text)
    if channel not in TicketMessage.Channel.values:
        raise DomainError("A12", _("Say how it was said."), field="channel")
    goods = require_possible(ticket.order, request, but=ticket)
    own(ticket, actor, now=now)
    old = TicketLine.objects.filter(ticket=ticket).select_related("line", "target").order_by("line__position")
    asked = {
        "kind": ticket.kind,
        "problem": ticket.problem,
        "goods_asked": goods_facts(old),
        "refusal": ticket.refusal,
    }
    give_back(ticket, actor=actor, now=now)
    TicketLine.objects.filter(ticket=ticket).delete()
    write_lines(ticket, goods)
    ticket.case, ticket.decision = case, decision
    ticket.kind, ticket.problem = request.kind, request.problem
    ticket.category, ticket.priority = category_of(request.problem), priority_of(request.problem)
    ticket.refusal = ""
    _forget_decision(ticket)
    fields = ["case", "kind", "problem", "category", "priority", *forget_tied(ticket), *_DECISION_FIELDS]
    save(ticket, fields)
    messages.log(ticket, TicketMessage.Side.FROM_BUYER, text, channel=channel, actor=actor, now=now)
    clocks.stop(ticket, ClockKind.PLATFORM, now=now)
    await_decision(ticket, now=now)
    asks = {"kind": request.kind, "problem": request.problem, "goods_asked": goods_facts(goods)}
    audit.record(events.amended(ticket, before, asked, asks), at=now, actor=actor)
    accept_by_condition(ticket, now=now)
    return ticket


@transaction.atomic
def withdraw(
    number: int,
    *,
    text: str,
    channel: str = TicketMessage.Channel.WANGWANG,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """The buyer withdraws the request (A5). The ticket keeps all it had; what was kept from the shelf for it is free,
    the order tied to it is unpaid like any other, nothing is awaited.

    Raises ``Forbidden`` (A5) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) where it is settled or closed, or
    money or goods have moved, ``DomainError`` (A12) without the buyer's words.
    """
    require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    before = events.states(ticket)
    case = CASE_MOVES.require("cancel", ticket.case)
    text = check_words(text)
    if channel not in TicketMessage.Channel.values:
        raise DomainError("A12", _("Say how it was said."), field="channel")
    require_nothing_moved(ticket)
    own(ticket, actor, now=now)
    end_requests(ticket, now=now)
    give_back(ticket, actor=actor, now=now)
    ticket.case = case
    save(ticket, ["case", "decision"])
    messages.log(ticket, TicketMessage.Side.FROM_BUYER, text, channel=channel, actor=actor, now=now)
    clocks.stop_all(ticket, now)
    audit.record(events.moved("ticket.withdrawn", ticket, before), at=now, actor=actor)
    return ticket


@transaction.atomic
def reopen(
    number: int,
    *,
    text: str,
    channel: str,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """The buyer opens a ticket again that was closed since nothing was sent back in time (A6).

    It is answered and decided anew. **Our reading:** it is the same request, asked for when it first was. Raises
    ``Forbidden`` (A6) by role, ``VersionConflict`` (T5), ``Conflict`` (A6) for a ticket that was closed otherwise,
    (A1) where the same is asked for by another one meanwhile, ``DomainError`` (A12) without the buyer's words.
    """
    require_role("A6", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    before = events.states(ticket)
    case = CASE_MOVES.require("reopen", ticket.case)
    if ticket.close_reason != Ticket.Close.NOT_SENT_BACK:
        raise Conflict("A6", _("Only what was not sent back in time opens again. Open a new ticket."))
    text = check_words(text)
    if channel not in TicketMessage.Channel.values:
        raise DomainError("A12", _("Say how it was said."), field="channel")
    lines = list(TicketLine.objects.filter(ticket=ticket).values_list("line", flat=True))
    require_only_one(ticket.order, ticket.kind, lines, but=ticket)
    ticket.case = case
    ticket.decision = DECISION_MOVES.require("reopen", ticket.decision)
    if ticket.goods != Goods.NONE:
        ticket.goods = GOODS_MOVES.require("reopen", ticket.goods)
    ticket.closed_at, ticket.close_reason = None, ""
    ticket.answered_at = ticket.address_given_at = None
    _forget_decision(ticket)
    fields = ["case", "goods", "closed_at", "close_reason", "answered_at", "address_given_at"]
    save(ticket, [*fields, *forget_tied(ticket), *_DECISION_FIELDS])
    own(ticket, actor, now=now)
    messages.log(ticket, TicketMessage.Side.FROM_BUYER, text, channel=channel, actor=actor, now=now)
    clocks.stop_all(ticket, now)
    clocks.start(ticket, ClockKind.ANSWER, now=now)
    clocks.start(ticket, ClockKind.DECIDE, now=now)
    audit.record(events.moved("ticket.reopened", ticket, before), at=now, actor=actor)
    return ticket


@transaction.atomic
def set_received_time(
    number: int,
    *,
    at: datetime,
    source: str,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """Enter when the buyer got the goods, and where that is from, where the order does not know it (A4).

    Raises ``Forbidden`` (A4) by role, ``VersionConflict`` (T5), ``Conflict`` (A4) where it is decided by it already,
    ``DomainError`` (A4) for a time that cannot be, or no source.
    """
    require_role("A4", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    if ticket.case not in UNSETTLED_CASES or ticket.decision == Decision.ACCEPTED:
        raise Conflict("A4", _("It was decided by the receipt time that stands: undo the decision first."))
    if ticket.order.signed_time is not None:
        raise Conflict("A4", _("The order knows its receipt time: that counts."))
    check_receipt(ticket.order, at, source, now=now)
    own(ticket, actor, now=now)
    before = {
        "received_time": ticket.received_time.isoformat() if ticket.received_time else None,
        "received_source": ticket.received_source,
    }
    ticket.received_time, ticket.received_source = at, source
    save(ticket, ["received_time", "received_source"])
    audit.record(events.received(ticket, before), at=now, actor=actor)
    accept_by_condition(ticket, now=now)
    return ticket


def require_nothing_moved(ticket: Ticket) -> None:
    """Raise ``Conflict`` (A5) where money or goods have moved: what was begun is brought to its end."""
    if has_moved(ticket):
        raise Conflict(
            "A5",
            _(
                "Money or goods have moved already: bring it to its end, by settling it or sending the goods back."
            ),
        )


_DECISION_FIELDS = (
    "decision",
    "refusal",
    "verdict",
    "verdict_rule",
    "decided_at",
    "decided_by",
    "agreed_by",
    "condition",
)


def _forget_decision(ticket: Ticket) -> None:
    """It is to be decided anew; who decided what before stands in the audit."""
    ticket.verdict = ticket.verdict_rule = ""
    ticket.decided_at = ticket.decided_by = ticket.agreed_by = ticket.condition = None
