"""Reading what an order costs by the rules beside what it costs now, and why (O8, S7, S11)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine, OrderTerms
from orders.quotes import facts_of_order, kept_carrier, siblings_of
from orders.rules.dropping import split_lines
from orders.rules.quotes import JOINING_SPAN, Quote, QuoteFacts, Sibling, make_quote
from orders.rules.terms import is_approved, read_terms
from orders.selectors.buyer_words import buyer_words
from orders.states import ParcelStage, Status
from shipping.carriers import CARRIERS
from shipping.provinces import PROVINCES, zone_of
from shipping.rules import JOINING_ZONES, benefit_from, choose_carrier
from shopdesk.base.composed import Composed, Given
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO
from shopdesk.base.permissions import Permission


@dataclass(frozen=True)
class CarrierChoice:
    """A carrier that has a tariff to the order's province; ``code`` is empty for the zone's own (S1)."""

    code: str
    name: str


@dataclass(frozen=True)
class Joined:
    """One of the buyer's other orders that add up with this one: its payable goods, its postage, if it is gone."""

    order: Order
    sibling: Sibling
    given_back: bool
    # How far its parcel is, where a slip was printed: it may be too late to go together.
    stage: str = ""

    @property
    def stage_words(self) -> str | Promise:
        """That in words."""
        return ParcelStage(self.stage).label if self.stage else ""


@dataclass(frozen=True)
class Accumulation:
    """S7: the buyer's other orders of three days to this address, and what joining them brings (CNY)."""

    others: Sequence[Joined]
    goods: Decimal
    threshold: Decimal
    # Until when something ordered anew still adds up with the oldest of the others.
    until: datetime
    alone: Quote
    joined: Quote

    @property
    def missing(self) -> Decimal:
        """What is missing to the threshold; 0 where it is reached."""
        return max(self.threshold - self.goods, ZERO)

    @property
    def saves(self) -> Decimal:
        """What the buyer pays less for being joined, what is owed back included."""
        return self.alone.payment - self.joined.payment + self.joined.post_fee_owed

    @property
    def postage_saved(self) -> Decimal:
        """The part of it that is this order's own postage."""
        return self.alone.post_fee - self.joined.post_fee


@dataclass(frozen=True)
class PriceRow:
    """One row of the money: what it is, as it is, and by the rules (CNY)."""

    label: str | Promise
    now: Decimal
    rules: Decimal | None
    total: bool = False

    @property
    def differs(self) -> bool:
        """Whether the rules say something else."""
        return self.now != self.rules


def price_rows(order: Order, quote: Quote | None) -> list[PriceRow]:
    """An order's money beside a quote, without rows that are nothing on both sides."""
    goods = order.goods_payable + order.discount_fee
    rows = [PriceRow(_("Goods"), goods, quote.goods_total if quote else None)]
    if order.discount_fee or (quote and quote.discount_fee):
        rows.append(PriceRow(_("Discount"), -order.discount_fee, -quote.discount_fee if quote else None))
    rows.append(PriceRow(_("Postage"), order.post_fee, quote.post_fee if quote else None))
    if order.post_fee_credit or (quote and quote.post_fee_credit):
        credit = -quote.post_fee_credit if quote else None
        rows.append(PriceRow(_("Postage of joined orders taken off"), -order.post_fee_credit, credit))
    rows.append(PriceRow(_("Total"), order.payment, quote.payment if quote else None, total=True))
    return rows


@dataclass(frozen=True)
class Pricing:
    """The money box: the price by the rules, or why there is none, and what the order was priced on."""

    order: Order
    quote: Quote | None = None
    refusal: DomainError | None = None
    carrier: str = ""
    carriers: Sequence[CarrierChoice] = ()
    # S8: whether shelf goods are to go ahead of the rest, and whether there is such a choice at all.
    shelf_first: bool = False
    may_go_apart: bool = False
    terms: OrderTerms | None = None
    kept: Quote | None = None
    accumulation: Accumulation | None = None
    # Why nobody, or this person, may change the price now.
    closed: str | Promise | None = None
    may_split: bool = False

    @cached_property
    def rows(self) -> list[PriceRow]:
        """The order's money, beside what the rules say where they do."""
        return price_rows(self.order, self.quote)

    @cached_property
    def explained(self) -> Quote | None:
        """What “why?” opens: the terms of a price that is settled or given (P1), else what the rules say."""
        return self.kept if self.by_terms else self.quote

    @cached_property
    def by_terms(self) -> bool:
        """Whether what explains the price is what it was settled on, and not what the rules say now."""
        return self.quote is None or self.approved

    @cached_property
    def changes(self) -> bool:
        """Whether applying the price by the rules would change the order's money, or in how many parcels it goes."""
        order, quote = self.order, self.quote
        if quote is not None and self.shelf_first != order.shelf_goods_first:
            return True
        return quote is not None and (
            order.goods_payable, order.discount_fee, order.post_fee, order.post_fee_credit, order.payment
        ) != (
            quote.goods_payable + quote.links, quote.discount_fee, quote.post_fee, quote.post_fee_credit,
            quote.payment,
        )  # fmt: skip

    @cached_property
    def approved(self) -> bool:
        """Whether the order stands at a price that a supervisor gave (P1)."""
        return self.kept is not None and is_approved(self.kept) and not self.terms_are_past

    @cached_property
    def terms_are_past(self) -> bool:
        """Whether the order's total is not that of the terms: it was changed outside the desk."""
        return self.kept is not None and self.kept.payment - self.moved != self.order.payment

    @property
    def moved(self) -> Decimal:
        """By how much changes since the payment moved the total (CNY): settled by links, or owed back (O9, O10)."""
        return Decimal(self.terms.quote.get("moved", "0.00")) if self.terms else ZERO

    @property
    def for_buyer(self) -> str:
        """The explanation in plain Chinese, to be sent to the buyer (S11)."""
        return buyer_words(self.explained) if self.explained else ""


@dataclass(frozen=True)
class DropPreview:
    """O7: the order without some lines: what would stay, what would go, and the price of the rest."""

    order: Order
    kept: Sequence[OrderLine]
    dropped: Sequence[OrderLine]
    quote: Quote
    loses_approval: bool

    @property
    def rows(self) -> list[PriceRow]:
        """The money now, and without the dropped lines."""
        return price_rows(self.order, self.quote)


_TERMS = Composed(
    lambda: (
        OrderTerms.objects.filter(order=Given("tid"))
        .select_related("priced_by")
        .order_by("-priced_at", "-id")[:1]
    ),
    pages=["order"],
)


def read_pricing(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    staff: Staff,
    carrier: str | None = None,
    shelf_first: bool = False,
) -> Pricing:
    """The money box of an order, by a fixed number of statements; a refusal of the quote is part of it.

    ``carrier`` is the one to be tried, empty for the zone's own, with ``shelf_first`` (S8); without it, what the
    terms were made for (S1).
    """
    terms = _TERMS.first(tid=order.pk)
    kept = read_terms(terms.quote) if terms else None
    if order.status != Status.WAIT_BUYER_PAY:
        return Pricing(order, terms=terms, kept=kept)
    if carrier is None:
        carrier = terms.quote.get("asked_carrier", "") if terms else ""
        shelf_first = order.shelf_goods_first
    carrier = carrier if carrier in CARRIERS else ""
    siblings = siblings_of(order)
    facts = facts_of_order(
        order, lines=lines, siblings=siblings, carrier=carrier or None, shelf_first=shelf_first
    )
    quote, refusal = _quote(facts)
    return Pricing(
        order,
        quote=quote,
        refusal=refusal,
        carrier=carrier,
        carriers=_carriers(facts),
        shelf_first=shelf_first,
        may_go_apart=_may_go_apart(facts),
        terms=terms,
        kept=kept,
        accumulation=_accumulation(facts, quote, siblings) if quote else None,
        closed=_closed(order, staff),
        may_split=_may_split(facts),
    )


def preview_drop(order: Order, lines: Sequence[OrderLine], positions: Collection[int]) -> DropPreview:
    """What dropping some lines would do (O7). Raises ``DomainError`` as the service does."""
    kept, dropped = split_lines(lines, positions)
    terms = OrderTerms.objects.filter(order=order).order_by("-priced_at", "-id").first()
    quote = make_quote(facts_of_order(order, lines=kept, carrier=kept_carrier(order)))
    approved = Pricing(order, terms=terms, kept=read_terms(terms.quote) if terms else None).approved
    return DropPreview(order, kept, dropped, quote, approved)


def _quote(facts: QuoteFacts) -> tuple[Quote | None, DomainError | None]:
    try:
        return make_quote(facts), None
    except DomainError as refusal:
        return None, refusal


def _closed(order: Order, staff: Staff) -> str | Promise | None:
    if not staff.may(Permission.WORK_ORDERS):
        return _("Your role does not change prices.")
    if order.paid_fee > 0:
        return _("Part of this order is paid: its price stays.")
    return None


def _carriers(facts: QuoteFacts) -> list[CarrierChoice]:
    if facts.province not in PROVINCES:
        return []
    zone = zone_of(facts.province)
    default = choose_carrier(zone, None)
    choices = [CarrierChoice("", CARRIERS[default].name)]
    for code, carrier in CARRIERS.items():
        if code != default and facts.tariff_of(code, facts.province) and _goes(facts, code):
            choices.append(CarrierChoice(code, carrier.name))
    return choices


def _goes(facts: QuoteFacts, carrier: str) -> bool:
    try:
        choose_carrier(zone_of(facts.province or ""), carrier)
    except DomainError:
        return False
    return True


def _may_go_apart(facts: QuoteFacts) -> bool:
    apart, _refusal = _quote(replace(facts, shelf_goods_first=True))
    together, _refusal = _quote(replace(facts, shelf_goods_first=False))
    return apart is not None and together is not None and apart.parcels > together.parcels


def _may_split(facts: QuoteFacts) -> bool:
    paying, _refusal = _quote(replace(facts, shelf_goods_first=True))
    if paying is None or paying.parcels < 2:
        return False
    free, _refusal = _quote(replace(facts, shelf_goods_first=True, second_parcel_free=True))
    return free is not None and free.payment != paying.payment


def _accumulation(
    facts: QuoteFacts, quote: Quote, siblings: Sequence[tuple[Order, Sibling]]
) -> Accumulation | None:
    if not siblings or facts.province is None or (zone := zone_of(facts.province)) not in JOINING_ZONES:
        return None
    threshold = benefit_from(zone)
    alone, _refusal = _quote(replace(facts, siblings=()))
    if threshold is None or alone is None:
        return None
    others = [
        Joined(
            order,
            sibling,
            given_back=order.post_fee > 0 and sibling.post_fee == 0,
            stage=order.slip_stage or "",  # type: ignore[attr-defined]
        )
        for order, sibling in siblings
    ]
    return Accumulation(
        others=others,
        goods=quote.goods_payable + sum((sibling.goods_payable for _order, sibling in siblings), ZERO),
        threshold=threshold,
        until=min(sibling.created for _order, sibling in siblings) + JOINING_SPAN,
        alone=alone,
        joined=quote,
    )
