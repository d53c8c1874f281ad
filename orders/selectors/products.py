"""Reading products: the list, and the card that tells an agent everything in one look (T6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from orders.models import Product, ProductSize, Shortage, Sku
from orders.rules.products import ProductKind, kind_of_title
from orders.rules.promises import promise
from orders.rules.sizes import SizeRow
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.search import SearchGrams, grams

PRODUCTS_KEYSET = Keyset("title", "num_iid", text=True, soonest_first=True)
SEARCH_LENGTH = 100
CHANGES_SHOWN = 20
SKUS_SHOWN = 120


@dataclass(frozen=True)
class ProductRow:
    """A product as the list shows it: with its pieces on the shelf, and how many of them nobody holds."""

    product: Product
    skus: int = 0
    stock: int = 0
    free: int = 0


def products(text: str = "", kind: str = "") -> QuerySet[Product]:
    """Products whose title holds every word of a text, of one kind."""
    found: QuerySet[Product] = Product.objects.all()
    for word in text.replace("\x00", "")[:SEARCH_LENGTH].split():
        found = found.alias(grams=SearchGrams("title")).filter(
            grams__contains=grams(word),  # type: ignore[misc]
            title__icontains=word,
        )
    return found.filter(kind=kind) if kind in ProductKind.values else found


def read_products(
    text: str, kind: str, cursor: str, size: int = PAGE_SIZE
) -> tuple[Page[Product], list[ProductRow]]:
    """One page of products by title: two statements."""
    page = read_page(products(text, kind), PRODUCTS_KEYSET, cursor, size)
    skus: dict[int, list[Sku]] = {}
    for sku in Sku.objects.filter(product__in=[product.pk for product in page.rows]):
        skus.setdefault(sku.product_id, []).append(sku)
    rows = []
    for product in page.rows:
        own = skus.get(product.pk, [])
        stock, held = sum(sku.stock for sku in own), sum(sku.held for sku in own)
        rows.append(ProductRow(product, len(own), stock, stock - held))
    return page, rows


@dataclass(frozen=True)
class SkuRow:
    """A colour and size on the card; ``shortage`` where it is registered as out of stock (F5)."""

    sku: Sku
    shortage: Shortage | None

    @property
    def free(self) -> int:
        """How many pieces nobody holds."""
        return self.sku.stock - self.sku.held


@dataclass(frozen=True)
class ProductCard:
    """A product in one look (T6)."""

    product: Product
    skus: Sequence[SkuRow]
    chart: Sequence[SizeRow]
    more_skus: bool = False

    @property
    def kind_of_title(self) -> ProductKind:
        """What the title says that it is (O12)."""
        return kind_of_title(self.product.title)

    @property
    def kind_is_edited(self) -> bool:
        """Whether the manager set another kind than the title names (O12)."""
        return self.product.kind != self.kind_of_title

    @property
    def is_goods(self) -> bool:
        """Whether anything of it is shipped."""
        return self.product.kind != ProductKind.POSTAGE_LINK and not self.product.virtual

    @property
    def promised_hours(self) -> int:
        """How long after payment it may take (O13), in hours."""
        return int(promise(self.product.kind, self.product.lead_days).total_seconds() // 3600)

    @property
    def free(self) -> int:
        """How many pieces nobody holds, of all colours and sizes."""
        return sum(row.free for row in self.skus)


def read_card(product_id: int) -> ProductCard | None:
    """The card by four statements; ``None`` for no such product."""
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        return None
    skus = list(Sku.objects.filter(product=product).order_by("sku_properties_name")[: SKUS_SHOWN + 1])
    short = {
        shortage.sku_id: shortage
        for shortage in Shortage.objects.filter(sku__product=product, ended_at__isnull=True)
    }
    return ProductCard(
        product,
        [SkuRow(sku, short.get(sku.pk)) for sku in skus[:SKUS_SHOWN]],
        [row.as_row() for row in ProductSize.objects.filter(product=product).order_by("position")],
        more_skus=len(skus) > SKUS_SHOWN,
    )


@dataclass(frozen=True)
class ProductChange:
    """A change of a product, from the audit (D4)."""

    at: datetime
    who: str
    changed: Sequence[tuple[str, str, str]] = field(default_factory=list)


def read_changes(product_id: int) -> list[ProductChange]:
    """Who changed what of a product, newest first: two statements."""
    entries = list(
        AuditEntry.objects.filter(
            Q(subject_kind="product", subject_id=str(product_id), action="product.changed")
        ).order_by("-at", "-pk")[:CHANGES_SHOWN]
    )
    people = {
        person.pk: str(person)
        for person in Staff.objects.filter(pk__in=[entry.actor_id for entry in entries])
    }
    return [
        ProductChange(
            entry.at,
            people.get(entry.actor_id or 0, ""),
            [
                (_title(name), _said(name, entry.before.get(name)), _said(name, now))
                for name, now in entry.after.items()
            ],
        )
        for entry in entries
    ]


def _title(name: str) -> str:
    """What people call a field of the audit."""
    return gettext("Size chart") if name == "chart" else str(Product._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _said(name: str, value: object) -> str:
    if name == "kind":
        return str(dict(ProductKind.choices).get(str(value), value))
    if isinstance(value, bool):
        return "✓" if value else "–"
    return "—" if value in (None, "") else str(value)
