"""A9: what a ticket pays back. The preview and the execution read the same facts and ask the same rule."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.approval_kinds import COMPENSATION, REFUND_ABOVE_LIMIT
from afterservice.events import SUBJECT
from afterservice.events import money as facts
from afterservice.models import Ticket
from afterservice.rules.kinds import EXCHANGES, TicketKind
from afterservice.rules.refunds import Ask, Payback, needs_supervisor, payback
from afterservice.rules.settling import (
    REFUNDED,
    REPAIRED,
    refunds_instead,
    require_goods_back,
    require_way,
    way_of_money,
)
from afterservice.selectors.money_facts import given_before, money_of
from afterservice.services import exchanging
from afterservice.services.goods_steps import begin, require_accepted
from afterservice.services.locks import lock_ticket, save
from afterservice.states import MONEY_MOVES, Money
from orders.services import refunds_after
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Approval, Staff
from shopdesk.base.money import yuan
from shopdesk.base.permissions import Permission
from shopdesk.base.services import approvals

LONGEST_REASON = 200


def preview(ticket: Ticket, ask: Ask) -> Payback:
    """What this comes to, after every check of the execution; nothing is written. Raises as ``pay_back``."""
    require_accepted(ticket)
    if MONEY_MOVES.target("owe", ticket.money) is None:
        raise Conflict("A9", _("This ticket paid already: open another one for what is still due."))
    require_way(ticket.kind, REPAIRED if ask.invoice else REFUNDED)
    paid = payback(ticket.kind, ticket.problem, money_of(ticket), ask)
    if paid.lines:
        require_goods_back(ticket.kind, ticket.goods)
    _require_it_settles(ticket, ask)
    return paid


@transaction.atomic
def pay_back(
    number: int,
    ask: Ask,
    *,
    reason: str,
    seen: Decimal | None,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket | Approval:
    """Pay back what the preview showed (``seen``, CNY in all): a refund to do on Taobao, and what is owed beside it.

    Above the limit, or for compensation, a supervisor is asked instead (A9, P1); one who does it themself asks
    nobody. Raises as ``goods_steps.begin``; ``Conflict`` (A9) where the amount is another one now, or the ticket
    paid already; ``Conflict`` (A5) before the goods are back; ``DomainError`` (A9, A3) for what the buyer does not
    get, (P2) without a reason.
    """
    now = now or clock.now()
    ticket = begin(number, "A9", actor=actor, now=now, version=version)
    reason = _reason(reason)
    paid = preview(ticket, ask)
    if seen is None or paid.total != seen:
        raise Conflict(
            "A9",
            _("It comes to %(now)s now, not to %(seen)s. Look at it again before you pay it back.")
            % {"now": yuan(paid.total), "seen": yuan(seen) if seen is not None else "—"},
        )
    rule = needs_supervisor(paid.total, given_before(ticket), paid.compensation)
    if rule and not actor.may(Permission.DECIDE_APPROVAL):
        return _ask(ticket, ask, paid, rule, reason, actor=actor, now=now)
    return apply(ticket, ask, paid, reason, actor=actor, now=now)


def apply(
    ticket: Ticket,
    ask: Ask,
    paid: Payback,
    reason: str,
    *,
    actor: Staff,
    now: datetime,
    approval: int | None = None,
) -> Ticket:
    """Pay back on a locked ticket what was checked before: the order and the ledger follow when it is out (A9)."""
    ticket.money = MONEY_MOVES.require("owe", ticket.money)
    if approval is None:
        # A supervisor did it themself: what waited for one can only lapse.
        for kind in (REFUND_ABOVE_LIMIT, COMPENSATION):
            approvals.lapse(kind, SUBJECT, str(ticket.pk), now=now)
    if paid.refund:
        ticket.refund = refunds_after.refund_shipped(
            ticket.order, paid.lines, paid.post_fee, reason=reason, actor=actor, now=now
        )
    if paid.owed:
        ticket.owed = paid.owed
        refunds_after.owe_after_sale(ticket.order, paid.owed, actor=actor, now=now)
    instead = refunds_instead(ticket.kind, goods=ask.goods, amounts=bool(paid.lines))
    ticket.settlement = way_of_money(
        ticket.kind, goods=instead, invoice=bool(ask.invoice), settled_as=ticket.settlement
    )
    if instead and ticket.kind in EXCHANGES and ticket.parcel_id is None:
        exchanging.let_go(ticket, actor=actor, now=now)  # A8: a refund instead, nothing goes out any more
    save(ticket, ["money", "refund", "owed", "settlement"])
    figures = _figures(paid) | {"reason": reason}
    audit.record(facts.due(ticket, figures, approval), at=now, actor=actor)
    return ticket


def apply_approved(approval: Approval, actor: Staff, now: datetime) -> None:
    """Pay back as approved, after every check again (P2); it is the refund of who asked."""
    ticket = lock_ticket(int(approval.subject_id), version=approval.subject_version)
    ask = ask_of(approval.after)
    paid = preview(ticket, ask)
    if paid.total != approval.amount:
        raise Conflict(
            "P2", _("The amount is another one than when this was asked. Refuse it, and ask anew.")
        )
    agent = approval.requested_by or actor
    apply(ticket, ask, paid, _reason(approval.reason), actor=agent, now=now, approval=approval.pk)


def not_given(approval: Approval, actor: Staff | None, now: datetime) -> None:
    """A supervisor refused, or the request ended undecided (P2, P3): nothing is due."""
    ticket = lock_ticket(int(approval.subject_id))
    if ticket.money == Money.ASKED:
        ticket.money = MONEY_MOVES.require("refuse", ticket.money)
        save(ticket, ["money"])
        audit.record(facts.not_given(ticket, approval.pk), at=now, actor=actor)


def ask_of(after: Mapping[str, Any]) -> Ask:
    """What was asked, as a request to a supervisor keeps it."""
    return Ask(
        amounts={int(line): Decimal(amount) for line, amount in after["amounts"].items()},
        goods=after["goods"],
        post_fee=None if after["post_fee"] is None else Decimal(after["post_fee"]),
        return_postage=Decimal(after["return_postage"]),
        invoice=Decimal(after["invoice"]),
        compensation=Decimal(after["compensation"]),
    )


def _ask(
    ticket: Ticket, ask: Ask, paid: Payback, rule: str, reason: str, *, actor: Staff, now: datetime
) -> Approval:
    if ticket.money != Money.ASKED:
        ticket.money = MONEY_MOVES.require("ask", ticket.money)
    save(ticket, ["money"])
    before = given_before(ticket)
    approval = approvals.ask(
        COMPENSATION if rule == "P1" else REFUND_ABOVE_LIMIT,
        subject_kind=SUBJECT,
        subject_id=str(ticket.pk),
        subject_version=ticket.version,
        rule=rule,
        reason=reason,
        before={
            "kind": ticket.kind,
            "given": str(before),
            "agreed_by": str(ticket.agreed_by) if ticket.agreed_by else "",
        },
        after={
            "amounts": {str(line): str(amount) for line, amount in ask.amounts.items()},
            "goods": ask.goods,
            "post_fee": None if ask.post_fee is None else str(ask.post_fee),
            "return_postage": str(ask.return_postage),
            "invoice": str(ask.invoice),
            "compensation": str(ask.compensation),
            "refund": str(paid.refund),
            "owed": str(paid.owed),
        },
        amount=paid.total,
        requested_by=actor,
        now=now,
    )
    audit.record(facts.asked(ticket, rule, paid.total), at=now, actor=actor)
    return approval


def _require_it_settles(ticket: Ticket, ask: Ask) -> None:
    """A return is settled by its refund or by goods sent back: money beside them goes along, never before them."""
    way = way_of_money(
        ticket.kind,
        goods=ask.goods or any(ask.amounts.values()),
        invoice=bool(ask.invoice),
        settled_as=ticket.settlement,
    )
    if not way and ticket.kind == TicketKind.RETURN:
        raise DomainError(
            "A5", _("Pay it together with the refund of the goods, when they are back."), field="goods"
        )


def _figures(paid: Payback) -> dict[str, Any]:
    return {
        "lines": {str(line): str(amount) for line, amount in paid.lines.items()},
        "post_fee": str(paid.post_fee),
        "compensation": str(paid.compensation),
        "amount": str(paid.total),
    }


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise DomainError("P2", _("Say why: the reason stands on the refund."), field="reason")
    if len(text) > LONGEST_REASON:
        raise DomainError("P2", _("A reason of a refund holds 200 characters."), field="reason")
    return text
