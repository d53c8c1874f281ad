"""Reading buyers, their ledger and their orders (M1–M5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from members.models import Buyer, BuyerTag, LifetimeShipping, SpendEntry
from members.rules import TierTable
from members.selectors import Standing, standing_in, tags_of
from orders.models import Order
from orders.rules.spend import COUNTING
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page
from shopdesk.base.money import ZERO
from shopdesk.base.search import SearchGrams, grams

BUYERS_KEYSET = Keyset("spend", "nick", money=True, key_ascends=True)
LEDGER_KEYSET = Keyset("at", "id", numeric=True)
LIFETIME_KEYSET = Keyset("proposed_at", "id", numeric=True)
SEARCH_LENGTH = 64
LATEST_ORDERS = 5
MONTHS_SHOWN = 36
NO_TIER = "0"


@dataclass(frozen=True)
class MemberRow:
    """A buyer as the list shows it; ``orders`` are those that count (M1)."""

    buyer: Buyer
    standing: Standing
    orders: int = 0
    last_order: datetime | None = None
    free_for_life: bool = False
    tags: Sequence[BuyerTag] = ()


def buyers(text: str = "", tier: str = "", table: TierTable | None = None) -> QuerySet[Buyer]:
    """Buyers whose nick holds a text, of one tier: ``tier`` is its place in the table, "0" for none."""
    found: QuerySet[Buyer] = Buyer.objects.all()
    if text := text.replace("\x00", "").strip()[:SEARCH_LENGTH]:
        found = found.annotate(grams=SearchGrams("nick")).filter(
            grams__contains=grams(text),  # type: ignore[misc]
            nick__icontains=text,
        )
    if tier and table is not None:
        found = found.filter(in_tier(int(tier), table))
    return found


def in_tier(place: int, table: TierTable) -> Q:
    """The spends that the tier at a place of the table covers; place 0 is below the first."""
    bounds = [tier.threshold for tier in table.tiers]
    within = Q(spend__gte=bounds[place - 1]) if place else Q()
    return within & Q(spend__lt=bounds[place]) if place < len(bounds) else within


def read_members(
    found: QuerySet[Buyer], table: TierTable, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[Buyer], list[MemberRow]]:
    """One page of buyers by spend: a statement each for buyers, their orders, free shipping for life, and tags."""
    page = read_page(found, BUYERS_KEYSET, cursor, size)
    nicks = [buyer.nick for buyer in page.rows]
    counted = {
        nick: (count, last)
        for nick, count, last in Order.objects.filter(buyer__in=nicks)
        .order_by()
        .values("buyer")
        .annotate(count=Count("pk", filter=Q(status__in=COUNTING)), last=Max("created"))
        .values_list("buyer", "count", "last")
    }
    free = set(_confirmed().filter(buyer__in=nicks).values_list("buyer", flat=True))
    tags = tags_of(nicks)
    rows = []
    for buyer in page.rows:
        count, last = counted.get(buyer.nick, (0, None))
        standing = standing_in(buyer.spend, table)
        rows.append(MemberRow(buyer, standing, count, last, buyer.nick in free, tags.get(buyer.nick, ())))
    return page, rows


def _confirmed() -> QuerySet[LifetimeShipping]:
    return LifetimeShipping.objects.filter(status=LifetimeShipping.Status.CONFIRMED)


def tier_counts(table: TierTable) -> Mapping[str, QuerySet[Buyer]]:
    """What is to be counted for the tabs: all, each tier, none."""
    wanted = {"": Buyer.objects.all()}
    places = [str(place) for place in range(len(table.tiers), -1, -1)]
    return wanted | {place: Buyer.objects.filter(in_tier(int(place), table)) for place in places}


def read_lifetime(cursor: str = "", size: int = PAGE_SIZE) -> Page[LifetimeShipping]:
    """One page of free shipping for life, newest first: one statement."""
    return read_page(LifetimeShipping.objects.select_related("buyer"), LIFETIME_KEYSET, cursor, size)


@dataclass(frozen=True)
class LedgerRow:
    """One row of a ledger and the spend (CNY) after it; ``has_order`` where its number is an order of ours."""

    entry: SpendEntry
    spend_after: Decimal
    has_order: bool


def read_ledger(buyer: Buyer, cursor: str = "") -> tuple[Page[SpendEntry], list[LedgerRow]]:
    """One page of a buyer's ledger, newest first, with the running spend: three statements."""
    own = SpendEntry.objects.filter(buyer=buyer)
    page = read_page(own, LEDGER_KEYSET, cursor, size=25)
    if not page.rows:
        return page, []
    first = page.rows[0]
    upto = own.filter(Q(at__lt=first.at) | Q(at=first.at, pk__lte=first.pk))
    spend = upto.aggregate(total=Sum("amount"))["total"] or ZERO
    known = set(Order.objects.filter(pk__in=[entry.tid for entry in page.rows]).values_list("pk", flat=True))
    rows = []
    for entry in page.rows:
        rows.append(LedgerRow(entry, spend, entry.tid in known))
        spend -= entry.amount
    return page, rows


@dataclass(frozen=True)
class Month:
    """What a buyer spent in a month (CNY), and the spend at its end."""

    month: str
    amount: Decimal
    spend: Decimal


def spend_by_month(buyer: Buyer) -> list[Month]:
    """The spend of the last months that have any, oldest first: one statement."""
    sums = (
        SpendEntry.objects.filter(buyer=buyer)
        .annotate(month=TruncMonth("at", tzinfo=SHANGHAI))
        .values("month")
        .annotate(amount=Sum("amount"))
        .order_by("month")
        .values_list("month", "amount")
    )
    months, spend = [], ZERO
    for month, amount in sums:
        spend += amount
        months.append(Month(month.strftime("%Y-%m"), amount, spend))
    return months[-MONTHS_SHOWN:]


def latest_orders(buyer: Buyer) -> Sequence[Order]:
    """The buyer's last orders, newest first: one statement."""
    return list(Order.objects.filter(buyer=buyer).order_by("-created", "-tid")[:LATEST_ORDERS])


def lifetime_of(buyer: Buyer) -> Sequence[LifetimeShipping]:
    """Every proposal of free shipping for life of a buyer, newest first: one statement."""
    return list(LifetimeShipping.objects.filter(buyer=buyer).order_by("-proposed_at", "-pk"))
