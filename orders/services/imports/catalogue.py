"""The products and SKUs that order lines name: found, or made when first met."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.imports.rows import ItemRow
from orders.models import Product, Sku
from orders.rules.products import is_special_price, kind_of_title

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
        self._skus: dict[tuple[int, str], int] = {}
        # Of this import's lines: when each SKU was last ordered, and at what price (CNY).
        self._newest: dict[int, tuple[datetime, Decimal]] = {}

    def learn(self, rows: Sequence[ItemRow]) -> None:
        """Make sure that the products and SKUs of all rows are known.

        What is missing is made in the order of its names: who makes the same at once waits, and neither for ever.
        """
        titles = {row.title: row for row in rows if row.title and row.title not in self._products}
        if titles and (missing := self._find_products(titles)):
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
            self._find_products(missing)
        wanted = {
            (self._products[row.title], row.sku_properties_name or ""): row for row in rows if row.title
        }
        unknown = wanted.keys() - self._skus.keys()
        if unknown and (unmade := self._find_skus(unknown)):
            Sku.objects.bulk_create(
                [
                    Sku(
                        product_id=product,
                        sku_properties_name=name,
                        outer_sku_id=wanted[product, name].outer_sku_id or "",
                    )
                    for product, name in unmade
                ],
                ignore_conflicts=True,
            )
            self._find_skus(unmade)

    def _find_products(self, titles: Iterable[str]) -> list[str]:
        """Look products up; answers the titles of which there is none, sorted."""
        found = Product.objects.filter(title__in=list(titles)).values_list("title", "pk")
        self._products.update(found)
        return sorted(title for title in titles if title not in self._products)

    def _find_skus(self, names: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
        """Look SKUs up, by product and properties; answers those of which there is none, sorted."""
        products = {product for product, _name in names}
        for pk, product, name in Sku.objects.filter(product__in=products).values_list(
            "pk", "product_id", "sku_properties_name"
        ):
            self._skus[product, name] = pk
        return sorted(set(names) - self._skus.keys())

    def learn_prices(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """What each SKU cost when it was last ordered, of these new lines and of all that are known."""
        changed = set()
        for line in lines:
            sku, placed, price = line["sku_id"], line["order_created"], line["price"]
            known = self._newest.get(sku)
            if known is None or placed >= known[0]:
                if known is None or price != known[1]:
                    changed.add(sku)
                self._newest[sku] = (placed, price)
        if changed:
            placed_at, prices = zip(*(self._newest[sku] for sku in changed), strict=True)
            with connection.cursor() as cursor:
                cursor.execute(_LEARN_PRICES, [list(changed), list(placed_at), list(prices)])

    def product(self, title: str) -> int:
        """The id of a learned product."""
        return self._products[title]

    def sku(self, title: str, properties: str) -> int:
        """The id of a learned SKU."""
        return self._skus[self._products[title], properties]
