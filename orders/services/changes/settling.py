"""Settling what a change costs: by postage links that the buyer paid, or owed back (O9, O10, O12)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orders.change_quotes import ChangeQuote
from orders.events import changes as facts
from orders.models import Flag, LinkSettlement, Order, OrderTerms, RefundTask
from orders.rules.changes import require_settled
from orders.rules.quotes import Quote
from orders.rules.terms import APPROVAL_RULE, as_terms
from orders.selectors.changes import as_links, link_orders, open_debt
from orders.services.flags import FlagRequest, raise_flag
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO

FLAG_HOURS = 24
OVERPAID_LABEL = "差价多付"


def settle(
    order: Order,
    change: ChangeQuote,
    links: Sequence[str],
    *,
    rule: str,
    reason: str,
    actor: Staff | None,
    now: datetime,
) -> Decimal:
    """Settle a difference: what is still owed back is taken first, then the links pay, each once.

    Answers by how much the debt of ``reason`` grew (CNY, negative where it shrank). A lower price is owed back.
    The order and its buyer's links are locked by the caller. Raises ``DomainError`` (by ``rule``) for links that
    are none of this buyer's, are used up, or do not pay enough. What they paid too much is flagged red (O5).
    """
    if change.difference < 0:
        _owe(order, change.owed_back, rule=rule, reason=reason, now=now)
        audit.record(facts.difference_owed(order, change.owed_back, rule=rule), at=now, actor=actor)
        return change.owed_back
    taken = min(change.difference, open_debt(order, reason))
    if taken:
        _owe(order, -taken, rule=rule, reason=reason, now=now)
    due = change.difference - taken
    if due:
        _pay(order, due, links, rule=rule, actor=actor, now=now)
    return -taken


def waive(change: ChangeQuote, *, approval: int, who: Staff) -> ChangeQuote:
    """The change with its difference given by a supervisor (P1): off the postage, then off what was credited."""
    quote = change.quote
    off = min(change.difference, quote.post_fee)
    given = replace(
        quote,
        post_fee=quote.post_fee - off,
        post_fee_credit=quote.post_fee_credit + change.difference - off,
        steps=list(quote.steps),
    )
    given.explain(
        APPROVAL_RULE,
        _("Postage waived by %(who)s (request %(approval)s)"),
        -change.difference,
        approval=approval,
        who=str(who),
    )
    return replace(change, quote=given, difference=ZERO, moved=change.moved - change.difference)


def keep_terms(order: Order, change: ChangeQuote, *, actor: Staff | None, now: datetime) -> None:
    """Keep the quote of a change as the order's terms (S11), with what all changes moved so far."""
    quote: Quote = change.quote
    OrderTerms.objects.create(
        order=order,
        quote=as_terms(quote, asked_carrier=change.asked_carrier) | {"moved": f"{change.moved:.2f}"},
        tariff_version=quote.tariff_version,
        tier_version=quote.tier_version,
        priced_at=now,
        priced_by=actor,
    )


def _owe(order: Order, amount: Decimal, *, rule: str, reason: str, now: datetime) -> None:
    """Change what is owed back: a debt that was paid out begins anew, its history stands in the audit."""
    debt = RefundTask.objects.select_for_update().filter(order=order, reason=reason).first()
    if debt is None:
        RefundTask.objects.create(order=order, reason=reason, rule=rule, amount=amount, opened_at=now)
    elif debt.done_at is not None:
        debt.amount, debt.opened_at, debt.done_at, debt.done_by = amount, now, None, None
        debt.save(update_fields=["amount", "opened_at", "done_at", "done_by"])
    elif debt.amount + amount > 0:
        debt.amount += amount
        debt.save(update_fields=["amount"])
    else:
        debt.delete()


def _pay(
    order: Order, due: Decimal, links: Sequence[str], *, rule: str, actor: Staff | None, now: datetime
) -> None:
    found = {link.order.pk: link for link in as_links(link_orders(order).filter(pk__in=links))}
    if missing := sorted(set(links) - found.keys()):
        raise DomainError(
            rule,
            _("Order %(tid)s is no paid postage link of this buyer, or it settled something already.")
            % {"tid": missing[0]},
            field="links",
        )
    paid = sum((link.amount for link in found.values()), ZERO)
    require_settled(rule, due, paid)
    left = due
    for tid in sorted(found):
        part = min(left, found[tid].amount)
        if not part:
            raise DomainError(
                rule,
                _("Order %(tid)s is not needed: the other links pay the difference.") % {"tid": tid},
                field="links",
            )
        settlement = LinkSettlement.objects.create(
            paid_by=found[tid].order, order=order, amount=part, rule=rule, at=now, by=actor
        )
        audit.record(facts.difference_settled(settlement), at=now, actor=actor)
        left -= part
        if over := found[tid].amount - part:
            _flag_overpaid(found[tid].order, order, part, over, now=now)


def _flag_overpaid(link: Order, order: Order, due: Decimal, over: Decimal, *, now: datetime) -> None:
    """O5: too much is never silently accepted."""
    request = FlagRequest(
        Order.SellerFlag.RED,
        label=OVERPAID_LABEL,
        text=f"订单{order.pk}差价{due}，此链接多付{over}，请主管处理",
        addressee=Flag.Addressee.SUPERVISOR,
        until=now + clock.hours(FLAG_HOURS),
    )
    raise_flag(link, request, actor=None, now=now)
