"""M2, S2–S11: what a customer pays, with its reasons, as a decision on plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.rules import TierTable, bracket_parts, discount_on, share
from orders.rules.parcels import goes_in_two
from orders.rules.products import SHELF_KINDS, ProductKind
from orders.states import Status
from shipping.carriers import CARRIERS
from shipping.provinces import Zone, zone_of
from shipping.rules import (
    JOINING_ZONES,
    TWO_FREE_FROM,
    Tariff,
    benefit_from,
    buyer_pays_extra_weight,
    choose_carrier,
    is_free,
    postage,
    rebate,
)
from shopdesk.base.errors import DomainError
from shopdesk.base.money import CENT, ZERO, quantize

# S7: orders placed within this span, before or after, add up.
JOINING_SPAN = timedelta(hours=3 * 24)
JOINING_STATES = frozenset({Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS})


@dataclass(frozen=True)
class QuoteLine:
    """A line to be priced: unit price (CNY), pieces, its kind (O12), kg of one piece where known."""

    title: str
    price: Decimal
    num: int
    kind: str
    special_price: bool = False
    weight_kg: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        """The line at full price (CNY)."""
        return quantize(self.price * self.num)

    @property
    def is_link(self) -> bool:
        """Whether it is a way to pay a difference: no goods (O12)."""
        return self.kind == ProductKind.POSTAGE_LINK

    @property
    def is_regular(self) -> bool:
        """Whether the member discount applies (M2)."""
        return not self.special_price and not self.is_link


@dataclass(frozen=True)
class Sibling:
    """Another order of the buyer to the same address: payable goods and postage paid but not credited (CNY)."""

    goods_payable: Decimal
    post_fee: Decimal
    status: str
    created: datetime


@dataclass(frozen=True)
class QuoteFacts:
    """All that a price depends on."""

    at: datetime
    prior_spend: Decimal
    province: str | None
    lines: tuple[QuoteLine, ...]
    tiers: TierTable
    # The tariff of a carrier to a province at ``at``; None where there is none.
    tariff_of: Callable[[str, str], Tariff | None]
    carrier: str | None = None
    weight_kg: Decimal | None = None
    shelf_goods_first: bool = False
    # S5: it goes to a forwarder, all at once.
    forwarder: bool = False
    # P1: a supervisor gave the second of two parcels (S8) free of charge.
    second_parcel_free: bool = False
    lifetime_free_shipping: bool = False
    siblings: tuple[Sibling, ...] = ()


@dataclass(frozen=True)
class Step:
    """One reason: the rule, a sentence as a template with its values, the amount it adds or takes (CNY)."""

    rule: str
    text: str | Promise
    values: dict[str, object]
    amount: Decimal

    def __str__(self) -> str:
        return str(self.text) % self.values


@dataclass(frozen=True)
class LineQuote:
    """What one line costs (CNY)."""

    payment: Decimal
    discount_fee: Decimal
    kind: str


@dataclass
class Quote:
    """What a customer pays (CNY), and every step that led there (S11)."""

    goods_total: Decimal = ZERO
    discount_fee: Decimal = ZERO
    goods_payable: Decimal = ZERO
    links: Decimal = ZERO
    post_fee: Decimal = ZERO
    post_fee_credit: Decimal = ZERO
    post_fee_owed: Decimal = ZERO
    parcels: int = 0
    lines: list[LineQuote] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    tariff_version: str = ""
    tier_version: str = ""

    @property
    def payment(self) -> Decimal:
        """The total to be paid."""
        return self.goods_payable + self.links + self.post_fee - self.post_fee_credit

    def as_json(self) -> dict[str, Any]:
        """The quote in the shape of the API: money as strings, steps in the language of the caller."""
        return {
            "goods_total": f"{self.goods_total:.2f}",
            "discount_fee": f"{self.discount_fee:.2f}",
            "goods_payable": f"{self.goods_payable:.2f}",
            "post_fee": f"{self.post_fee:.2f}",
            "post_fee_credit": f"{self.post_fee_credit:.2f}",
            "payment": f"{self.payment:.2f}",
            "parcels": self.parcels,
            "post_fee_owed": f"{self.post_fee_owed:.2f}",
            "lines": [
                {
                    "payment": f"{line.payment:.2f}",
                    "discount_fee": f"{line.discount_fee:.2f}",
                    "kind": str(line.kind),
                }
                for line in self.lines
            ],
            "steps": [
                {"rule": step.rule, "text": str(step), "amount": f"{step.amount:.2f}"} for step in self.steps
            ],
            "tariff_version": self.tariff_version,
            "tier_version": self.tier_version,
        }

    def explain(self, rule: str, text: str | Promise, amount: Decimal, **values: object) -> None:
        """Add a step."""
        self.steps.append(Step(rule, text, values, amount))


def make_quote(facts: QuoteFacts) -> Quote:
    """Price an order (M2, S2–S11).

    Raises ``DomainError``: S2 when the province is not known, S5 when the carrier does not go there, S3 when
    there is no tariff, O12 for lines that cannot be.
    """
    quote = Quote(tier_version=facts.tiers.version)
    _price_goods(facts, quote)
    if all(line.is_link for line in facts.lines):
        return quote
    _price_postage(facts, quote)
    return quote


def _price_goods(facts: QuoteFacts, quote: Quote) -> None:
    if not facts.lines:
        raise DomainError("O12", _("There is nothing to price: give at least one line."), field="lines")
    regular = [line for line in facts.lines if line.is_regular]
    regular_amount = sum((line.amount for line in regular), ZERO)
    discount = discount_on(facts.prior_spend, regular_amount, facts.tiers)
    shares = iter(share(discount, [line.amount for line in regular]))
    for line in facts.lines:
        off = next(shares) if line.is_regular else ZERO
        quote.lines.append(LineQuote(line.amount - off, off, line.kind))
    quote.goods_total = sum((line.amount for line in facts.lines), ZERO)
    quote.links = sum((line.amount for line in facts.lines if line.is_link), ZERO)
    quote.discount_fee = discount
    quote.goods_payable = quote.goods_total - quote.links - discount
    for part in bracket_parts(facts.prior_spend, regular_amount, facts.tiers):
        quote.explain(
            "M2",
            _("Spent %(spend)s so far: %(goods)s of the regular goods at %(percent)s %% (%(tier)s)")
            if part.tier
            else _("Spent %(spend)s so far: %(goods)s of the regular goods at full price"),
            part.charged - part.amount,
            spend=quantize(facts.prior_spend),
            goods=quantize(part.amount),
            percent=f"{part.rate * 100:f}".rstrip("0").rstrip("."),
            tier=part.tier.name if part.tier else "",
        )
    special = sum((line.amount for line in facts.lines if line.special_price and not line.is_link), ZERO)
    if special:
        quote.explain("M2", _("Special-price goods at full price"), special)
    if quote.links:
        quote.explain("O12", _("Postage links: no goods, no discount, no postage"), quote.links)


def _price_postage(facts: QuoteFacts, quote: Quote) -> None:
    if facts.province is None:
        raise DomainError(
            "S2",
            _(
                "The province cannot be read from the address. Ask the buyer and choose it: there is no default fee."
            ),
            field="receiver_state",
        )
    zone = zone_of(facts.province)
    carrier = choose_carrier(zone, facts.carrier)
    tariff = _tariff(facts, carrier)
    default = _tariff(facts, choose_carrier(zone, None))
    quote.tariff_version = tariff.version
    parcels = _parcels(facts, quote.goods_payable)
    quote.parcels = len(parcels)
    fees = [postage(tariff, zone, weight) for weight in parcels]
    defaults = [postage(default, zone, weight) for weight in parcels]
    for weight, fee in zip(parcels, fees, strict=True):
        _explain_fee(quote, tariff, zone, weight, fee)
    if facts.second_parcel_free:
        fees[1:], defaults[1:] = [ZERO] * len(fees[1:]), [ZERO] * len(defaults[1:])
    joined = _joined(facts, zone)
    quote.post_fee = _after_benefits(facts, quote, zone, fees, defaults, joined)
    _credit(facts, quote, zone, joined)


def _tariff(facts: QuoteFacts, carrier: str) -> Tariff:
    assert facts.province is not None  # noqa: S101 (the caller refused that)
    tariff = facts.tariff_of(carrier, facts.province)
    if tariff is None:
        raise DomainError(
            "S3",
            _("There is no tariff of %(carrier)s to %(province)s. Enter it, or choose another carrier.")
            % {"carrier": carrier, "province": facts.province},
            field="carrier",
        )
    return tariff


def _parcels(facts: QuoteFacts, goods_payable: Decimal) -> list[Decimal | None]:
    """The weight of each parcel (kg), None where it is not known (S8)."""
    goods = [line for line in facts.lines if not line.is_link]
    shelf = [line for line in goods if line.kind in SHELF_KINDS]
    later = [line for line in goods if line.kind not in SHELF_KINDS]
    if goes_in_two(
        goods_payable,
        shelf_goods_first=facts.shelf_goods_first,
        forwarder=facts.forwarder,
        has_shelf=bool(shelf),
        has_later=bool(later),
    ):
        return [_weight(shelf), _weight(later)]
    return [facts.weight_kg if facts.weight_kg is not None else _weight(goods)]


def _weight(lines: list[QuoteLine]) -> Decimal | None:
    total = Decimal(0)
    for line in lines:
        if line.weight_kg is None:
            return None
        total += line.weight_kg * line.num
    return total


def _explain_fee(quote: Quote, tariff: Tariff, zone: Zone, weight: Decimal | None, fee: Decimal) -> None:
    steps = tariff.steps(weight)
    values: dict[str, object] = {
        "carrier": CARRIERS[tariff.carrier].name if tariff.carrier in CARRIERS else tariff.carrier,
        "province": tariff.province,
        "first_kg": f"{tariff.first_kg.normalize():f}",
        "first_fee": quantize(tariff.first_fee),
        "version": tariff.version,
        "weight": "" if weight is None else f"{weight.normalize():f}",
        "steps": steps,
        "extra_fee": quantize(tariff.extra_fee),
    }
    if not steps:
        text = _(
            "Postage by %(carrier)s to %(province)s: first %(first_kg)s kg %(first_fee)s (tariff %(version)s)"
        )
        quote.explain("S3", text, fee, **values)
    elif buyer_pays_extra_weight(tariff.carrier, zone):
        text = _(
            "Postage by %(carrier)s to %(province)s, %(weight)s kg: %(first_fee)s + %(steps)s × %(extra_fee)s "
            "(tariff %(version)s)"
        )
        quote.explain("S3", text, fee, **values)
        quote.explain("S4", _("The extra weight is the buyer's"), ZERO)
    else:
        text = _(
            "Postage by %(carrier)s to %(province)s: first %(first_kg)s kg %(first_fee)s (tariff %(version)s)"
        )
        quote.explain("S3", text, fee, **values)
        quote.explain("S4", _("The shop pays the extra weight"), ZERO)


def _joined(facts: QuoteFacts, zone: Zone) -> tuple[Sibling, ...]:
    """The buyer's other orders that add up with this one (S7)."""
    if zone not in JOINING_ZONES:
        return ()
    return tuple(
        sibling
        for sibling in facts.siblings
        if sibling.status in JOINING_STATES and abs(sibling.created - facts.at) <= JOINING_SPAN
    )


def _after_benefits(
    facts: QuoteFacts,
    quote: Quote,
    zone: Zone,
    fees: list[Decimal],
    defaults: list[Decimal],
    joined: tuple[Sibling, ...],
) -> Decimal:
    total = sum(fees, ZERO)
    if facts.lifetime_free_shipping:
        off = sum((min(fee, given) for fee, given in zip(fees, defaults, strict=True)), ZERO)
        quote.explain("S9", _("Free shipping for life, every parcel"), -off)
        return total - off
    if taken := min(rebate(zone, quote.goods_payable), total):
        quote.explain(
            "S6", _("Remote, goods of %(goods)s: 10 off the postage"), -taken, goods=quote.goods_payable
        )
        return total - taken
    others = sum((sibling.goods_payable for sibling in joined), ZERO)
    goods = quote.goods_payable + others
    if not is_free(zone, goods):
        _explain_no_benefit(quote, zone, goods)
        if len(fees) > 1 and not facts.second_parcel_free:
            quote.explain("S8", _("Shelf goods go first, in a parcel of their own: both parcels pay"), ZERO)
        return total
    both = quote.goods_payable >= TWO_FREE_FROM
    free = len(fees) if both else 1
    off = sum((min(fee, given) for fee, given in zip(fees[:free], defaults[:free], strict=True)), ZERO)
    if joined:
        text = _("With the buyer's other orders of three days the goods are %(goods)s: the postage is free")
        quote.explain("S7", text, -off, goods=goods)
    else:
        quote.explain("S6", _("Goods of %(goods)s: the postage is free"), -off, goods=goods)
    if len(fees) > 1 and not facts.second_parcel_free:
        text = (
            _("Goods of 3000 or more: shelf goods go first, and both parcels are free")
            if both
            else _("Free shipping is free once: the second parcel costs a normal postage")
        )
        quote.explain("S8", text, ZERO if both else fees[1])
    return total - off


def _explain_no_benefit(quote: Quote, zone: Zone, goods: Decimal) -> None:
    threshold = benefit_from(zone)
    if threshold is None:
        quote.explain("S6", _("No free shipping to this region"), ZERO)
        return
    quote.explain(
        "S6",
        _("Goods of %(goods)s: %(missing)s more would reach %(threshold)s"),
        ZERO,
        goods=goods,
        missing=threshold - goods,
        threshold=quantize(threshold),
    )


def _credit(facts: QuoteFacts, quote: Quote, zone: Zone, joined: tuple[Sibling, ...]) -> None:
    """S7: postage paid on the joined orders comes off this one's total; what is left over is owed back."""
    goods = quote.goods_payable + sum((sibling.goods_payable for sibling in joined), ZERO)
    paid = sum(
        (sibling.post_fee for sibling in joined if sibling.status == Status.WAIT_SELLER_SEND_GOODS), ZERO
    )
    if not paid or not is_free(zone, goods):
        return
    quote.post_fee_credit = max(min(paid, quote.payment - CENT), ZERO)
    quote.post_fee_owed = paid - quote.post_fee_credit
    quote.explain("S7", _("Postage paid on the joined orders"), -quote.post_fee_credit)
    if quote.post_fee_owed:
        quote.explain("S7", _("The rest of the postage paid is owed back"), quote.post_fee_owed)
