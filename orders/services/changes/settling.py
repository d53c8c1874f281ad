"""Settling what a change costs: by postage links that the buyer paid, or owed back (O9, O10, O12)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orders.change_quotes import ChangeQuote
from orders.events import changes as facts
from orders.models import Order, OrderTerms
from orders.rules.quotes import Quote
from orders.rules.terms import APPROVAL_RULE, as_terms
from orders.selectors.changes import open_debt
from orders.services.debts import owe
from orders.services.links import pay_by_links
from shopdesk.base import audit
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO


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
        owe(order, change.owed_back, rule=rule, reason=reason, now=now)
        audit.record(facts.difference_owed(order, change.owed_back, rule=rule), at=now, actor=actor)
        return change.owed_back
    taken = min(change.difference, open_debt(order, reason))
    if taken:
        owe(order, -taken, rule=rule, reason=reason, now=now)
    due = change.difference - taken
    if due:
        pay_by_links(order, due, links, rule=rule, actor=actor, now=now)
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
