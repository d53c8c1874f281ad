"""Reading tiers, spend and free shipping for life."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from members.models import Buyer, BuyerTag, LifetimeShipping, SpendEntry, TaggedBuyer, TierVersion
from members.rules import STARTING_TIERS, Tier, TierTable
from shopdesk.base.composed import Composed, Given
from shopdesk.base.money import ZERO


@dataclass(frozen=True)
class Standing:
    """Where a buyer stands: the tier that the spend (CNY) reaches, and what is missing to the next (M4).

    ``lifetime_address`` is the one address with free shipping for life (M5), "" where there is none.
    """

    spend: Decimal
    tier: Tier | None
    next_tier: Tier | None
    lifetime_address: str = ""

    @property
    def missing(self) -> Decimal:
        """What is missing to the next tier (CNY); nothing at the highest."""
        return self.next_tier.threshold - self.spend if self.next_tier else ZERO


_TIERS = Composed(
    lambda: (
        TierVersion.objects.filter(
            pk=Subquery(
                TierVersion.objects.filter(valid_from__lte=Given("at"))
                .order_by("-valid_from")
                .values("pk")[:1]
            )
        )
        .order_by("rows__threshold")
        .values_list("pk", "rows__threshold", "rows__rate", "rows__name")
    ),
    pages=["order", "orders", "tickets", "unpaid order"],
)


def tiers_at(at: datetime) -> TierTable:
    """The table of tiers that is valid at a moment (M4), with one statement."""
    rows = _TIERS(at=at)
    if not rows:
        return STARTING_TIERS
    # A table may have no row: then nobody gets a discount.
    tiers = tuple(Tier(threshold, rate, name) for _, threshold, rate, name in rows if threshold is not None)
    return TierTable(version=str(rows[0][0]), tiers=tiers)


def standing_in(spend: Decimal, table: TierTable, lifetime_address: str = "") -> Standing:
    """Where a spend (CNY) stands in a table of tiers (M4)."""
    return Standing(spend, table.tier_of(spend), table.next_after(spend), lifetime_address)


def standing_of(buyer: Buyer, at: datetime) -> Standing:
    """Where a buyer stands at a moment, with two statements."""
    return standing_in(buyer.spend, tiers_at(at), lifetime_address_of(buyer.pk))


_LIFETIME = Composed(
    lambda: LifetimeShipping.objects.filter(
        buyer=Given("nick"), status=LifetimeShipping.Status.CONFIRMED
    ).values_list("address", flat=True)[:1],
    pages=["buyer"],
)


def lifetime_address_of(nick: str) -> str:
    """The one address that a buyer's parcels go to free for life, "" where there is none (M5)."""
    return _LIFETIME.first(nick=nick) or ""


def is_free_for_life(nick: str | None, address: str) -> bool:
    """Whether a buyer's parcels to this very address go free for life: any other address pays (M5)."""
    if not nick or not address:
        return False
    return lifetime_address_of(nick) == address


def highest_spends(start: datetime, end: datetime, count: int) -> list[tuple[str, Decimal]]:
    """The buyers with the highest spend (CNY) between two moments by the ledger, highest first (M5).

    A starting balance is no spend of any year. Of equal spends the nick decides, so that it is always the same.
    """
    sums = (
        SpendEntry.objects.filter(at__gte=start, at__lt=end)
        .exclude(kind=SpendEntry.Kind.OPENING)
        .values("buyer")
        .annotate(spend=Sum("amount"))
        .filter(spend__gt=0)
        .order_by("-spend", "buyer")
    )
    return list(sums.values_list("buyer", "spend")[:count])


def tags_of(nicks: Collection[str]) -> dict[str, Sequence[BuyerTag]]:
    """The tags on some buyers, by nick, in the order that they were put on: one statement (N6)."""
    found: dict[str, list[BuyerTag]] = {}
    marks = TaggedBuyer.objects.filter(buyer__in=nicks).select_related("tag").order_by("put_at", "pk")
    for mark in marks:
        found.setdefault(mark.buyer_id, []).append(mark.tag)
    return dict(found)


@dataclass(frozen=True)
class BuyerTags:
    """The tags on a buyer, in the order that they were put on, and the others in use."""

    on: Sequence[BuyerTag]
    others: Sequence[BuyerTag]


_WITH_MARK = Composed(
    lambda: _in_order().annotate(
        mark=Subquery(TaggedBuyer.objects.filter(tag=OuterRef("pk"), buyer=Given("nick")).values("pk")),
        put_at=Subquery(TaggedBuyer.objects.filter(tag=OuterRef("pk"), buyer=Given("nick")).values("put_at")),
    ),
    pages=["buyer"],
)


def tags_for(nick: str) -> BuyerTags:
    """The tags on one buyer, and those that can be put on: one statement (N6)."""
    tags: list[Any] = _WITH_MARK(nick=nick)
    on = sorted((tag for tag in tags if tag.mark is not None), key=lambda tag: (tag.put_at, tag.mark))
    return BuyerTags(on, [tag for tag in tags if tag.mark is None and tag.retired_at is None])


def _in_order() -> QuerySet[BuyerTag]:
    return BuyerTag.objects.order_by(F("retired_at").asc(nulls_first=True), "name")


def legend() -> Sequence[BuyerTag]:
    """Every tag of the shop, those in use first, then by name: one statement (N6)."""
    return list(_in_order())
