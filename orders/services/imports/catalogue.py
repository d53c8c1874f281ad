"""The products and SKUs that order lines name: found, or made when first met."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from orders.imports.rows import ItemRow
from orders.models import Product, Sku
from orders.rules.products import ProductKind, is_special_price, kind_of_title
from shopdesk.base.arrays import text_array
from shopdesk.base.prepared import prepared_cursor

_FIND = """
SELECT product.title, product.id, product.kind, sku.sku_properties_name, sku.id, sku.price
FROM orders_product AS product LEFT JOIN orders_sku AS sku ON sku.product_id = product.id
WHERE product.title = ANY (%s)
"""
# The index by SKU answers only where the price is another one.
_LEARN_PRICES = """
UPDATE orders_sku AS sku SET price = told.price
FROM unnest(%s::bigint[], %s::timestamptz[], %s::numeric[]) AS told (id, placed, price)
WHERE sku.id = told.id AND sku.price IS DISTINCT FROM told.price AND NOT EXISTS (
    SELECT 1 FROM orders_orderline AS line WHERE line.sku_id = sku.id AND line.order_created > told.placed
)
"""


class Catalogue:
    """Products by title and SKUs by product and properties, made when first met; kept for one import."""

    def __init__(self) -> None:
        self._products: dict[str, int] = {}
        self._links: set[int] = set()
        self._skus: dict[tuple[int, str], int] = {}
        # What each SKU found for the present rows cost (CNY), and None for one without a price.
        self._prices: dict[int, Decimal | None] = {}
        # Of this import's lines: when each SKU was last ordered, and at what price (CNY).
        self._newest: dict[int, tuple[datetime, Decimal]] = {}

    def learn(self, rows: Sequence[ItemRow]) -> None:
        """Make sure that the products and SKUs of all rows are known.

        What is missing is made in the order of its names: who makes the same at once waits, and neither for ever.
        """
        named = {(row.title, row.sku_properties_name or ""): row for row in rows if row.title}
        titles = {title: row for (title, _properties), row in named.items()}
        self._prices = {}  # what was read for rows before these may have changed since
        self._find({title for title, properties in named if not self._knows(title, properties)})
        if missing := sorted(titles.keys() - self._products.keys()):
            Product.objects.bulk_create(
                [
                    Product(
                        title=title,
                        num_iid=titles[title].num_iid or "",
                        kind=kind_of_title(title),
                        special_price=is_special_price(title),
                    )
                    for title in missing
                ],
                ignore_conflicts=True,
            )
            self._find(missing)
        unmade = {
            (self._products[title], properties): row
            for (title, properties), row in named.items()
            if not self._knows(title, properties)
        }
        if unmade:
            Sku.objects.bulk_create(
                [
                    Sku(
                        product_id=product,
                        sku_properties_name=properties,
                        outer_sku_id=unmade[product, properties].outer_sku_id or "",
                    )
                    for product, properties in sorted(unmade)
                ],
                ignore_conflicts=True,
            )
            self._find({row.title for row in unmade.values() if row.title})

    def _knows(self, title: str, properties: str) -> bool:
        return title in self._products and (self._products[title], properties) in self._skus

    def _find(self, titles: Collection[str]) -> None:
        """Look products up by their titles, and their SKUs with them."""
        if not titles:
            return
        with prepared_cursor() as cursor:
            cursor.execute(_FIND, [text_array(titles)])
            for title, product, kind, properties, sku, price in cursor.fetchall():
                self._products[title] = product
                if kind == ProductKind.POSTAGE_LINK:
                    self._links.add(product)
                if sku is not None:
                    self._skus[product, properties] = sku
                    self._prices[sku] = price

    def learn_prices(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """What each SKU cost when it was last ordered, of these new lines and of all that are known."""
        changed = set()
        for line in lines:
            sku, placed, price = line["sku_id"], line["order_created"], line["price"]
            known = self._newest.get(sku)
            if known is None or placed >= known[0]:
                if price != (self._prices.get(sku) if known is None else known[1]):
                    changed.add(sku)
                self._newest[sku] = (placed, price)
        if changed:
            placed_at, prices = zip(*(self._newest[sku] for sku in changed), strict=True)
            with prepared_cursor() as cursor:
                told = (map(str, changed), map(datetime.isoformat, placed_at), map(str, prices))
                cursor.execute(_LEARN_PRICES, [text_array(values) for values in told])

    def is_link(self, product: int) -> bool:
        """Whether a learned product is a postage link (S9)."""
        return product in self._links

    def product(self, title: str) -> int:
        """The id of a learned product."""
        return self._products[title]

    def sku(self, title: str, properties: str) -> int:
        """The id of a learned SKU."""
        return self._skus[self._products[title], properties]
