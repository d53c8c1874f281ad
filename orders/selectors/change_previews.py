"""What a change would do, before it is saved: by the kept terms and worked out anew, side by side (O9, O10, F4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.models import Buyer
from members.rules import Tier
from members.selectors import tiers_at
from orders.change_quotes import ChangeQuote, quote_address_change, quote_sku_change, standing_of_order
from orders.models import LinkSettlement, Order, OrderLine, RefundTask, Sku
from orders.quotes import facts_of_order
from orders.rules.changes import Terms
from orders.rules.products import SHELF_KINDS
from orders.rules.promises import ship_by
from orders.rules.quotes import Quote, make_quote
from orders.rules.supply import BEGUN, travels
from orders.selectors.changes import PaidLink, open_debt, open_links
from orders.selectors.refunding import RefundScope
from shipping.provinces import PROVINCES, zone_of
from shipping.rules import benefit_from
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO

Made = TypeVar("Made")


@dataclass(frozen=True)
class Side:
    """One of the two ways to price a change: its quote or why there is none, and how it ends for the buyer.

    ``due`` (CNY) is what postage links must pay, ``owed`` what is owed back; ``tier`` and ``threshold`` are the
    buyer's tier and from what goods the postage is free by these terms.
    """

    terms: str
    name: str | Promise
    quote: Quote | None = None
    refusal: DomainError | None = None
    due: Decimal = ZERO
    owed: Decimal = ZERO
    tier: Tier | None = None
    tier_version: str = ""
    threshold: Decimal | None = None


@dataclass(frozen=True)
class ChangePreview:
    """Everything that a change does: money both ways, stage, approval, links that can pay, promises."""

    before: Quote
    sides: Sequence[Side]
    stage: str
    links: Sequence[PaidLink]
    begun: bool = False
    promise_before: datetime | None = None
    promise_after: datetime | None = None
    free: int | None = None
    short: bool = False
    unknown_price: bool = False
    line: OrderLine | None = None
    sku: Sku | None = None

    @property
    def any_due(self) -> bool:
        """Whether either way lets the buyer pay something."""
        return any(side.due for side in self.sides)


def preview_sku(order: Order, line: OrderLine, sku: Sku, *, stage: str, at: datetime) -> ChangePreview:
    """A change of colour or size, checked already (O9)."""
    lines = list(order.lines.select_related("product").order_by("position"))
    debt = open_debt(order, RefundTask.Reason.LOWER_PRICE)

    def side(terms: str) -> Callable[[], ChangeQuote]:
        return lambda: quote_sku_change(order, lines, line, sku, terms=terms, at=at)

    free = sku.stock - sku.held if line.product.kind in SHELF_KINDS else None
    return ChangePreview(
        before=standing_of_order(order, lines).quote,
        sides=_sides(order, side, debt, at),
        stage=stage,
        links=open_links(order),
        begun=line.supply in BEGUN,
        promise_before=_promise(order, lines),
        promise_after=_promise(order, lines),
        free=free,
        short=free is not None and free < line.num,
        unknown_price=sku.price is None,
        line=line,
        sku=sku,
    )


def preview_address(order: Order, *, stage: str, at: datetime) -> ChangePreview:
    """The order to the address that it names in memory, checked already (O10)."""
    lines = list(order.lines.select_related("product").order_by("position"))
    debt = open_debt(order, RefundTask.Reason.LOWER_POSTAGE)

    def side(terms: str) -> Callable[[], ChangeQuote]:
        return lambda: quote_address_change(order, lines, terms=terms, at=at)

    return ChangePreview(
        before=standing_of_order(order, lines).quote,
        sides=_sides(order, side, debt, at),
        stage=stage,
        links=open_links(order),
        promise_before=_promise(order, lines),
        promise_after=_promise(order, lines),
    )


@dataclass(frozen=True)
class RefundPreview:
    """A refund beside what the rules would charge for the rest today; what was charged is what goes back (A9)."""

    scope: RefundScope
    before: Quote
    rest: Side | None
    tier: Tier | None
    tier_after: Tier | None
    promise_before: datetime | None
    promise_after: datetime | None
    # Postage links that paid differences of this order: their money goes back on their own orders.
    settlements: Sequence[LinkSettlement] = ()

    @property
    def parts(self) -> list[tuple[OrderLine, Decimal]]:
        """Each line with what goes back for it."""
        return list(zip(self.scope.lines, self.scope.amounts.lines, strict=True))


def preview_refund(order: Order, scope: RefundScope, *, at: datetime) -> RefundPreview:
    """A refund before shipping, checked already (F4)."""
    lines = sorted([*scope.lines, *scope.stays], key=lambda line: line.position)
    rest = None
    if scope.stays:

        def anew() -> Quote:
            return make_quote(facts_of_order(order, at=at, lines=scope.stays))

        quote, refusal = _try(anew)
        rest = Side(Terms.ANEW, _("the rest, worked out anew"), quote, refusal, threshold=_threshold(order))
    spend, table = _spend(order), tiers_at(at)
    after = max(spend - scope.amounts.goods_fee, ZERO)
    return RefundPreview(
        scope,
        standing_of_order(order, list(order.lines.select_related("product").order_by("position"))).quote,
        rest,
        table.tier_of(spend),
        table.tier_of(after),
        _promise(order, lines),
        _promise(order, scope.stays),
        [] if scope.stays else list(LinkSettlement.objects.filter(order=order).order_by("pk")),
    )


def _sides(
    order: Order, side: Callable[[str], Callable[[], ChangeQuote]], debt: Decimal, at: datetime
) -> list[Side]:
    made, spend = [], _spend(order)
    for terms, moment in ((Terms.KEEP, order.created), (Terms.ANEW, at)):
        change, refusal = _try(side(terms))
        table = tiers_at(moment)
        empty = Side(
            terms,
            terms.label,
            refusal=refusal,
            tier=table.tier_of(spend),
            tier_version=table.version,
            threshold=_threshold(order),
        )
        if change is None:
            made.append(empty)
            continue
        due = max(change.difference - debt, ZERO)
        made.append(replace(empty, quote=change.quote, due=due, owed=change.owed_back))
    return made


def _try(make: Callable[[], Made]) -> tuple[Made | None, DomainError | None]:
    try:
        return make(), None
    except DomainError as refusal:
        return None, refusal


def _spend(order: Order) -> Decimal:
    if order.buyer_id is None:
        return ZERO
    return Buyer.objects.values_list("spend", flat=True).get(pk=order.buyer_id)


def _threshold(order: Order) -> Decimal | None:
    """From what goods (CNY) on the order's postage is free or less (S6); None where it never is."""
    if order.receiver_state not in PROVINCES:
        return None
    return benefit_from(zone_of(order.receiver_state))


def _promise(order: Order, lines: Sequence[OrderLine]) -> datetime | None:
    """By when the last of the lines is to be shipped (O13)."""
    paid = order.pay_time or order.created
    promised = [
        ship_by(paid, line.product.kind, line.product.lead_days)
        for line in lines
        if travels(line.product.kind, virtual=line.product.virtual, refunded=line.refunded_at is not None)
    ]
    return max(promised, default=None)
