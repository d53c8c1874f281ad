"""What a change of a paid order does to its money: by the terms that it was sold on, or worked out anew (O9, O10).

An order's own figures stay those of Taobao, which charges no paid order anew. What a change moves is kept with
its new terms: ``moved`` is by how much all changes since the payment raised (or lowered) the total.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine, OrderTerms, Sku
from orders.quotes import facts_of_order
from orders.rules.changes import Terms
from orders.rules.products import ProductKind, property_words
from orders.rules.quotes import LineQuote, Quote, QuoteFacts, QuoteLine, make_quote
from orders.rules.terms import is_approved, read_terms
from shipping.provinces import PROVINCES, zone_of
from shipping.rules import may_go
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO, quantize

CHARGED = _("Goods as they were charged")


@dataclass(frozen=True)
class Standing:
    """What an order has come to cost: its quote with all changes so far, and by how much they moved it (CNY).

    ``by_rules``: the desk priced it, and nobody gave it another price.
    """

    quote: Quote
    moved: Decimal
    asked_carrier: str
    by_rules: bool = False


@dataclass(frozen=True)
class ChangeQuote:
    """An order's money after a change: ``difference`` (CNY) is what the buyer pays on top, or is owed back.

    ``goods`` is the part of it that is for goods.
    """

    terms: str
    quote: Quote
    difference: Decimal
    goods: Decimal
    moved: Decimal
    asked_carrier: str

    @property
    def owed_back(self) -> Decimal:
        """What is owed back (CNY)."""
        return max(-self.difference, ZERO)


def standing_of_order(order: Order, lines: Sequence[OrderLine]) -> Standing:
    """What an order costs now, with one statement: its last terms, or its figures where those say otherwise."""
    terms = OrderTerms.objects.filter(order=order).order_by("-priced_at", "-id").first()
    asked = str(terms.quote.get("asked_carrier") or "") if terms else ""
    if terms is not None:
        kept, moved = read_terms(terms.quote), Decimal(terms.quote.get("moved", "0.00"))
        if kept.payment - moved == order.payment and len(kept.lines) == len(lines):
            return Standing(kept, moved, asked, by_rules=not is_approved(kept))
    links = sum((line.payment for line in lines if line.product.kind == ProductKind.POSTAGE_LINK), ZERO)
    return Standing(
        Quote(
            goods_total=order.goods_payable + order.discount_fee,
            discount_fee=order.discount_fee,
            goods_payable=order.goods_payable - links,
            links=links,
            post_fee=order.post_fee,
            post_fee_credit=order.post_fee_credit,
            parcels=1,
            lines=[LineQuote(line.payment, line.discount_fee, line.product.kind) for line in lines],
        ),
        ZERO,
        asked,
    )


def quote_sku_change(
    order: Order, lines: Sequence[OrderLine], line: OrderLine, sku: Sku, *, terms: str, at: datetime
) -> ChangeQuote:
    """An order with another colour or size on one line (O9). A price that nobody knows yet is the same price.

    Kept terms: the line's own price changes, at the discount that it was charged with; postage stays. Anew: as
    the rules price the whole order today. Raises whatever the quote refuses.
    """
    standing = standing_of_order(order, lines)
    price = line.price if sku.price is None else sku.price
    if terms == Terms.ANEW:
        changed = [_priced(other, price) if other.pk == line.pk else other for other in lines]
        facts = facts_of_order(order, at=at, lines=changed, carrier=standing.asked_carrier or None)
        return _against(standing, make_quote(facts), terms)
    full = quantize((price - line.price) * line.num)
    charged = line.payment + line.discount_fee
    paid = quantize(full * line.payment / charged) if charged else full
    now = standing.quote
    quote = replace(
        now,
        goods_total=now.goods_total + full,
        discount_fee=now.discount_fee + full - paid,
        goods_payable=now.goods_payable + paid,
        lines=[
            replace(part, payment=part.payment + paid, discount_fee=part.discount_fee + full - paid)
            if other.pk == line.pk
            else part
            for other, part in zip(lines, now.lines, strict=True)
        ],
        steps=list(now.steps),
    )
    quote.explain(
        "O9",
        _("%(old)s → %(new)s: %(num)s × (%(after)s − %(before)s)"),
        paid,
        old=property_words(line.sku_properties_name) or "—",
        new=property_words(sku.sku_properties_name) or "—",
        num=line.num,
        before=line.price,
        after=price,
    )
    return _against(standing, quote, terms)


def quote_address_change(
    order: Order, lines: Sequence[OrderLine], *, terms: str, at: datetime
) -> ChangeQuote:
    """The postage of an order to the address that it now names in memory (O10); its goods cost what they did.

    Kept terms: by the tariff of the order's day; anew: by today's. Another address joins with no other order
    (S7) and has no free shipping for life (S9). Where only the receiver's name or phone is another one, nothing
    changes. Raises whatever the quote refuses, S2 for an unknown province.
    """
    before = Order.objects.get(pk=order.pk)
    if (before.receiver_address, before.receiver_state) == (order.receiver_address, order.receiver_state):
        standing = standing_of_order(order, lines)
        return _against(standing, standing.quote, terms)
    return _quote_postage(before, order, lines, terms=terms, at=at, rule="O10")


def quote_parcels_change(order: Order, lines: Sequence[OrderLine]) -> ChangeQuote:
    """The postage of an order whose shelf goods now go first, or no longer (S8), by the terms of its day."""
    before = copy(order)
    before.shelf_goods_first = not order.shelf_goods_first
    return _quote_postage(before, order, lines, terms=Terms.KEEP, at=order.created, rule="S8")


def _quote_postage(
    before: Order, after: Order, lines: Sequence[OrderLine], *, terms: str, at: datetime, rule: str
) -> ChangeQuote:
    standing = standing_of_order(after, lines)
    carrier = _carrier_to(after, standing.asked_carrier)
    moment = after.created if terms == Terms.KEEP else at
    facts = facts_of_order(after, at=moment, lines=lines, siblings=(), carrier=carrier)
    quote = make_quote(_as_charged(facts, standing.quote))
    quote.goods_total, quote.discount_fee = standing.quote.goods_total, standing.quote.discount_fee
    quote.lines = list(standing.quote.lines)
    quote.steps = [step for step in quote.steps if step.rule not in ("M2", "O12")]
    _put_first(quote, rule, CHARGED, quote.goods_payable + quote.links)
    if terms == Terms.KEEP and not standing.by_rules:
        _keep_gap(quote, standing, _gap(before, lines, standing), rule)
    return _against(standing, quote, terms, carrier or "")


def _gap(before: Order, lines: Sequence[OrderLine], standing: Standing) -> Decimal:
    """By how much the postage charged differs from what the rules said (CNY): a price that somebody gave stays."""
    facts = facts_of_order(before, lines=lines, siblings=(), carrier=standing.asked_carrier or None)
    try:
        old = make_quote(_as_charged(facts, standing.quote))
    except DomainError:
        return ZERO  # nobody can say what it should have been
    charged = standing.quote.post_fee - standing.quote.post_fee_credit
    return charged - (old.post_fee - old.post_fee_credit)


def _keep_gap(quote: Quote, standing: Standing, gap: Decimal, rule: str) -> None:
    kept = max(gap, -quote.post_fee)
    if not kept:
        return
    quote.post_fee += kept
    quote.explain(
        rule,
        _("The postage charged was %(charged)s where the rules said %(rules)s: that stays"),
        kept,
        charged=standing.quote.post_fee - standing.quote.post_fee_credit,
        rules=standing.quote.post_fee - standing.quote.post_fee_credit - gap,
    )


def _as_charged(facts: QuoteFacts, charged: Quote) -> QuoteFacts:
    """The facts with each line at what it was charged, which no discount touches again."""
    lines = tuple(
        QuoteLine(line.title, part.payment, 1, line.kind, special_price=True)
        for line, part in zip(facts.lines, charged.lines, strict=True)
    )
    return replace(facts, lines=lines)


def _put_first(quote: Quote, rule: str, text: str | Promise, amount: Decimal) -> None:
    quote.explain(rule, text, amount)
    quote.steps.insert(0, quote.steps.pop())


def _carrier_to(order: Order, asked: str) -> str | None:
    """The carrier that was asked for, where it goes to the order's province too (S5)."""
    if not asked or order.receiver_state not in PROVINCES:
        return None
    return asked if may_go(asked, zone_of(order.receiver_state)) else None


def _priced(line: OrderLine, price: Decimal) -> OrderLine:
    changed = copy(line)
    changed.price = price
    return changed


def _against(standing: Standing, quote: Quote, terms: str, carrier: str | None = None) -> ChangeQuote:
    difference = quote.payment - standing.quote.payment
    asked = standing.asked_carrier if carrier is None else carrier
    goods = quote.goods_payable - standing.quote.goods_payable
    return ChangeQuote(terms, quote, difference, goods, standing.moved + difference, asked)
