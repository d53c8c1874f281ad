"""Undoing a decision by a condition, as long as neither money nor goods have moved (A14)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as events
from afterservice.models import Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.selectors.deciding import has_moved
from afterservice.services import clocks, messages
from afterservice.services.deciding.applying import await_decision
from afterservice.services.deciding.letting_go import forget_tied, give_back
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.services.ownership import own
from afterservice.states import CASE_MOVES, DECISION_MOVES, GOODS_MOVES, Goods
from orders.services.reasons import require_reason
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Staff

# In the log of the ticket, in the shop's own words.
UNDONE_WORDS = "撤销自动同意（{condition}）：{reason}"


@transaction.atomic
def undo(
    number: int, *, reason: str, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Undo a decision by a condition, as long as neither money nor goods have moved (A14): somebody decides it.

    An address that was given is asked for no more, what was kept from the shelf is free. Raises ``Forbidden`` (A14)
    by role, ``VersionConflict`` (T5), ``Conflict`` (A5) by state, (A14) for a decision by somebody, or where money or
    goods have moved, ``DomainError`` (A14) without a reason.
    """
    require_role("A14", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    before = events.states(ticket)
    decision = DECISION_MOVES.require("undo", ticket.decision)
    case = CASE_MOVES.require("undo", ticket.case)
    condition = ticket.condition
    if condition is None:
        raise Conflict("A14", _("Somebody decided this: only a decision by a condition is undone."))
    reason = require_reason(reason, "A14", _("Say why."))
    if has_moved(ticket):
        raise Conflict("A14", _("Money or goods have moved: the decision stands."))
    own(ticket, actor, now=now)
    give_back(ticket, actor=actor, now=now)
    if ticket.goods != Goods.NONE:
        ticket.goods = GOODS_MOVES.require("reopen", ticket.goods)
    ticket.case, ticket.decision = case, decision
    ticket.verdict = ticket.verdict_rule = ""
    ticket.decided_at = ticket.condition = ticket.address_given_at = None
    ticket.undone_at = now
    save(
        ticket,
        [
            "case",
            "decision",
            "goods",
            "verdict",
            "verdict_rule",
            "decided_at",
            "condition",
            "address_given_at",
            "undone_at",
            *forget_tied(ticket),
        ],
    )
    messages.log(
        ticket,
        TicketMessage.Side.STAFF,
        UNDONE_WORDS.format(condition=condition, reason=reason),
        actor=actor,
        now=now,
    )
    clocks.stop(ticket, ClockKind.SEND_BACK, now=now)
    await_decision(ticket, now=now)
    audit.record(
        events.moved("decision.undone", ticket, before, condition=str(condition)), at=now, actor=actor
    )
    return ticket
