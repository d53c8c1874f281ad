"""Reading stock, shortages and holds (F5): each page by a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Sum

from orders.models import Hold, OrderLine, Shortage, Sku, StockMovement
from orders.rules.products import SHELF_KINDS
from orders.selectors.waiting import waiting_lines
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

# A title is of one product, and a product has each colour and size once: the two make a place of its own.
SKUS_KEYSET = Keyset("product__title", "sku_properties_name", text=True, soonest_first=True)
MOVEMENTS_KEYSET = Keyset("at", "id", numeric=True)
HOLDS_KEYSET = Keyset("placed_at", "id", numeric=True)
OPEN_KEYSET = Keyset("reported_at", "id", numeric=True)
ENDED_KEYSET = Keyset("ended_at", "id", numeric=True)
WAITING_SHOWN = 50


@dataclass(frozen=True)
class StockRow:
    """A SKU in the stock list."""

    sku: Sku
    waiting: int
    shortage: Shortage | None

    @property
    def free(self) -> int:
        """How many pieces nobody holds."""
        return self.sku.stock - self.sku.held


def read_stock(
    text: str = "", view: str = "", cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[Sku], list[StockRow]]:
    """One page of SKUs, by title, then colour and size: three statements.

    ``view`` is empty for what lies on the shelf, ``free`` for what has free pieces, ``held`` for what is held,
    ``all`` for everything that the shop sells.
    """
    skus = Sku.objects.select_related("product")
    if view == "free":
        skus = skus.filter(stock__gt=F("held"))
    elif view == "held":
        skus = skus.filter(held__gt=0)
    elif view != "all":
        skus = skus.filter(Q(product__kind__in=SHELF_KINDS, product__virtual=False) | Q(stock__gt=0))
    for word in text.split():
        skus = skus.filter(
            Q(product__title__icontains=word)
            | Q(sku_properties_name__icontains=word)
            | Q(outer_sku_id__istartswith=word)
            | Q(shelf__iexact=word)
        )
    page = read_page(skus, SKUS_KEYSET, cursor, size)
    waiting, shortages = _waiting_pieces(page.rows), _shortages_of(page.rows)
    return page, [StockRow(sku, waiting.get(sku.pk, 0), shortages.get(sku.pk)) for sku in page.rows]


@dataclass(frozen=True)
class SkuDetail:
    """A SKU with everything that its page shows."""

    sku: Sku
    holds: Sequence[Hold]
    movements: Page[StockMovement]
    waiting: Sequence[OrderLine]
    shortage: Shortage | None

    @property
    def free(self) -> int:
        """How many pieces nobody holds."""
        return self.sku.stock - self.sku.held

    @property
    def on_shelf(self) -> bool:
        """Whether it is sold from the shelf."""
        return self.sku.product.kind in SHELF_KINDS and not self.sku.product.virtual


def read_sku(sku_id: int, cursor: str = "") -> SkuDetail | None:
    """The page of a SKU by five statements; ``None`` for no such SKU."""
    sku = Sku.objects.select_related("product").filter(pk=sku_id).first()
    if sku is None:
        return None
    movements = StockMovement.objects.filter(sku=sku).select_related("by")
    return SkuDetail(
        sku,
        holds=list(open_holds().filter(sku=sku).order_by("placed_at", "pk")),
        movements=read_page(movements, MOVEMENTS_KEYSET, cursor),
        waiting=list(waiting_lines().filter(sku=sku).select_related("order", "product")[:WAITING_SHOWN]),
        shortage=open_shortages().filter(sku=sku).select_related("reported_by").first(),
    )


def open_holds() -> QuerySet[Hold]:
    """Holds that stand, with who placed and signed them."""
    return Hold.objects.filter(released_at__isnull=True).select_related(
        "order", "line", "placed_by", "signed_by", "sku__product"
    )


def to_be_signed() -> Q:
    """Holds that the warehouse signs: those by hand, and those for what is sent after the sale (F5, A7)."""
    return Q(until__isnull=False) | Q(after_sale=True)


def holds_to_sign() -> QuerySet[Hold]:
    """Holds whose pieces nobody has put aside yet."""
    return Hold.objects.filter(to_be_signed(), released_at__isnull=True, signed_at__isnull=True)


def read_hand_holds(
    *, signed: bool, after_sale: bool = False, cursor: str = "", size: int = PAGE_SIZE
) -> Page[Hold]:
    """One page of the holds that are signed, or only of those for exchanges, newest first: one statement."""
    holds = open_holds().filter(to_be_signed(), signed_at__isnull=not signed)
    if after_sale:
        holds = holds.filter(after_sale=True)
    return read_page(holds, HOLDS_KEYSET, cursor, size)


@dataclass(frozen=True)
class ShortageRow:
    """A shortage and the lines that wait for it."""

    shortage: Shortage
    waiting: Sequence[OrderLine]

    @property
    def pieces(self) -> int:
        """How many pieces are waited for."""
        return sum(line.num for line in self.waiting)


def open_shortages() -> QuerySet[Shortage]:
    """The SKUs that stand in the register of what is out of stock."""
    return Shortage.objects.filter(ended_at__isnull=True)


def read_shortages(
    *, ended: bool, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[Shortage], list[ShortageRow]]:
    """One page of the register, newest first, with the orders that wait: two statements."""
    shortages = Shortage.objects.filter(ended_at__isnull=not ended)
    page = read_page(
        shortages.select_related("sku__product", "reported_by", "ended_by"),
        ENDED_KEYSET if ended else OPEN_KEYSET,
        cursor,
        size,
    )
    lines: dict[int, list[OrderLine]] = {row.sku_id: [] for row in page.rows}
    if not ended:
        for line in waiting_lines().filter(sku__in=list(lines)).select_related("order"):
            lines[line.sku_id or 0].append(line)
    return page, [ShortageRow(row, lines[row.sku_id]) for row in page.rows]


def _waiting_pieces(skus: Sequence[Sku]) -> dict[int, int]:
    lines = waiting_lines().filter(sku__in=[sku.pk for sku in skus]).order_by()
    return {sku: num for sku, num in lines.values_list("sku").annotate(Sum("num")) if sku}


def _shortages_of(skus: Sequence[Sku]) -> dict[int, Shortage]:
    shortages = open_shortages().filter(sku__in=[sku.pk for sku in skus])
    return {shortage.sku_id: shortage for shortage in shortages}
