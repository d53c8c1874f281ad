"""What the made-up shop sells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import NamedTuple

from orders.models import Product, Sku
from orders.rules.products import SHELF_KINDS, ProductKind, is_special_price, kind_of_title
from shopdesk.desk.demo.wares import COLOURS, FABRICS, LINKS, NOUNS, SIZES, SOLD_OUT, STYLES, WARES, Ware

LEAST_STOCK, MOST_STOCK = 0, 24


class Item(NamedTuple):
    """A SKU as it is ordered: with its product and its price (CNY)."""

    product: Product
    sku: Sku
    price: Decimal

    @property
    def is_sold_out(self) -> bool:
        """Whether the shop waits for it: its orders are not held (F5)."""
        return any(
            part in self.product.title and properties == self.sku.sku_properties_name
            for part, properties in SOLD_OUT
        )

    @property
    def is_on_shelf(self) -> bool:
        """Whether it is held for an order from placing on (F5)."""
        return self.product.kind in SHELF_KINDS and not self.product.virtual


@dataclass
class Catalogue:
    """All items by product, and how often each product is bought."""

    items: list[list[Item]]
    _cumulative: list[float] = field(init=False)
    _by_kind: dict[str, list[list[Item]]] = field(init=False)

    def __post_init__(self) -> None:
        total = 0.0
        self._cumulative = []
        self._by_kind = {}
        for rank, items in enumerate(self.items):
            # The best sellers come first; postage links are bought now and then by their nature.
            total += 1 / (rank + 6)
            self._cumulative.append(total)
            self._by_kind.setdefault(items[0].product.kind, []).append(items)

    def pick(self, random: Random, count: int) -> list[Item]:
        """Items as orders hold them, the best sellers most often."""
        products = random.choices(self.items, cum_weights=self._cumulative, k=count)
        return [random.choice(items) for items in products]

    def pick_kind(self, random: Random, kind: str) -> Item:
        """An item of that kind (O12)."""
        return random.choice(random.choice(self._by_kind[kind]))

    def pick_ordinary(self, random: Random, kind: str, *, several: bool) -> Item:
        """An item at no special price; with ``several`` one that comes in another colour or size, too."""
        single = {id(items[0].product) for items in self.items if len(items) == 1}
        while True:
            item = self.pick_kind(random, kind)
            if item.product.special_price or item.product.virtual:
                continue
            if not several or id(item.product) not in single:
                return item

    @property
    def sold_out(self) -> list[Item]:
        """The items that the shop waits for."""
        return [item for items in self.items for item in items if item.is_sold_out]

    def titled(self, part: str) -> list[Item]:
        """The items of the first product with ``part`` in its title."""
        return next(items for items in self.items if part in items[0].product.title)


def make_catalogue(random: Random, products: int) -> Catalogue:
    """That many products with their SKUs, not saved yet: those made by hand, then invented ones."""
    wares = list(WARES[:products]) + _invented(random, products - len(WARES) - len(LINKS))
    # Postage links are bought seldom, and so come late; but not last, where nobody would buy one.
    wares[40:40] = LINKS
    return Catalogue([_items(random, ware, number) for number, ware in enumerate(wares, start=1)])


def save_catalogue(catalogue: Catalogue) -> None:
    """Save the products and SKUs; what the shop has under the same title stays as it is."""
    products = {items[0].product.title: items[0].product for items in catalogue.items}
    known = {product.title: product for product in Product.objects.filter(title__in=list(products))}
    Product.objects.bulk_create(product for title, product in products.items() if title not in known)
    for items in catalogue.items:
        product = known.get(items[0].product.title, items[0].product)
        for item in items:
            item.sku.product = product
            item.product.pk = product.pk
    skus = [item.sku for items in catalogue.items for item in items]
    Sku.objects.bulk_create(skus, batch_size=1000, ignore_conflicts=bool(known))
    if known:
        _adopt_saved_keys(skus)


def _adopt_saved_keys(skus: Sequence[Sku]) -> None:
    saved = Sku.objects.filter(product__in={sku.product_id for sku in skus}).only(
        "pk", "product", "sku_properties_name"
    )
    keys = {(sku.product_id, sku.sku_properties_name): sku.pk for sku in saved}
    for sku in skus:
        sku.pk = keys[sku.product_id, sku.sku_properties_name]


def _items(random: Random, ware: Ware, number: int) -> list[Item]:
    product = Product(
        title=ware.title,
        num_iid=f"{620_000_000_000 + number * 7_919_113}",
        kind=kind_of_title(ware.title).value,
        special_price=is_special_price(ware.title),
        virtual=ware.is_virtual,
        lead_days=ware.lead_days,
    )
    on_shelf = product.kind in SHELF_KINDS and not ware.is_virtual
    items = []
    for colour in ware.colours or ("",):
        for size in ware.sizes or ("",):
            named = [f"颜色分类：{colour}"] if colour else []
            named += [f"尺码：{size}"] if size else []
            is_goods = product.kind != ProductKind.POSTAGE_LINK
            sku = Sku(
                product=product,
                sku_properties_name=";".join(named),
                outer_sku_id=_code(number, colour, size) if is_goods else "",
                shelf=f"{random.choice('ABCDEF')}-{random.randint(1, 12):02d}-{random.randint(1, 5)}"
                if on_shelf
                else "",
                stock=random.randint(LEAST_STOCK, MOST_STOCK) if on_shelf else 0,
                price=ware.price if is_goods else None,
            )
            item = Item(product, sku, ware.price)
            if item.is_sold_out:
                sku.stock = 0
            items.append(item)
    return items


def _code(number: int, colour: str, size: str) -> str:
    parts = [f"MN{number:04d}", COLOURS.get(colour, ""), size.replace("码", "").replace("均", "F")]
    return "-".join(part for part in parts if part)


def _invented(random: Random, count: int) -> list[Ware]:
    wares: dict[str, Ware] = {}
    marks = ("【韩国直送】", "【韩国直送】", "【韩国现货】", "【momonaco made】", "")
    while len(wares) < count:
        noun, least, most, sizes = random.choice(NOUNS)
        title = f"{random.choice(marks)}{random.choice(STYLES)}{random.choice(FABRICS)}{noun}"
        wares[title] = Ware(
            title,
            Decimal(random.randrange(least, most, 10) + 9),
            tuple(random.sample(sorted(COLOURS), k=random.randint(1, 4))),
            SIZES[sizes],
        )
    return list(wares.values())
