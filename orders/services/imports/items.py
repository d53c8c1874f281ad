"""Bringing order lines by the rows of an item list (D1): by oid, or else by position in the order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from orders.imports.rows import ItemRow
from orders.models import Order, OrderLine, Product, Sku
from orders.rules.products import is_special_price, kind_of_title
from orders.services.imports.locks import lock_imports
from orders.services.imports.orders import Refused
from orders.services.imports.waiting import keep_item_rows, take_item_rows
from orders.services.spend import tell_spend
from shopdesk.base.bulk import copy_rows, update_rows
from shopdesk.base.money import ZERO, quantize

NEEDED_FOR_NEW = ("title", "price", "num")
_COPIED = (
    "order_id", "position", "oid", "product_id", "sku_id", "sku_properties_name", "outer_sku_id", "price",
    "num", "discount_fee", "payment", "refund_status", "refund_fee", "order_created",
)  # fmt: skip
# What a later row may still add to a line.
_FILLED = ("oid", "sku_properties_name", "outer_sku_id", "refund_status", "refund_fee")


@dataclass
class ItemResult:
    """What became of the item rows of one batch."""

    lines: int = 0
    waiting: int = 0
    refused: list[Refused] = field(default_factory=list)


class Catalogue:
    """Products by title and SKUs by product and properties, made when first met; kept for one import."""

    def __init__(self) -> None:
        self._products: dict[str, int] = {}
        self._skus: dict[tuple[int, str], int] = {}

    def learn(self, rows: Sequence[tuple[ItemRow, int]]) -> None:
        """Make sure that the products and SKUs of all rows are known."""
        titles = {row.title: row for row, _ in rows if row.title and row.title not in self._products}
        if titles:
            Product.objects.bulk_create(
                [
                    Product(
                        title=title,
                        num_iid=row.num_iid or "",
                        kind=kind_of_title(title),
                        special_price=is_special_price(title),
                    )
                    for title, row in titles.items()
                ],
                ignore_conflicts=True,
            )
            known = Product.objects.filter(title__in=list(titles)).values_list("title", "pk")
            self._products.update(known)
        wanted = {
            (self._products[row.title], row.sku_properties_name or ""): row
            for row, _ in rows
            if row.title and (self._products[row.title], row.sku_properties_name or "") not in self._skus
        }
        if wanted:
            Sku.objects.bulk_create(
                [
                    Sku(product_id=product, sku_properties_name=name, outer_sku_id=row.outer_sku_id or "")
                    for (product, name), row in wanted.items()
                ],
                ignore_conflicts=True,
            )
            for pk, product, name in Sku.objects.filter(
                product__in={product for product, _ in wanted}
            ).values_list("pk", "product_id", "sku_properties_name"):
                self._skus[product, name] = pk

    def product(self, title: str) -> int:
        """The id of a learned product."""
        return self._products[title]

    def sku(self, title: str, properties: str) -> int:
        """The id of a learned SKU."""
        return self._skus[self._products[title], properties]


@transaction.atomic
def import_items(
    rows: Sequence[tuple[ItemRow, int]], catalogue: Catalogue, *, file_name: str, now: datetime
) -> ItemResult:
    """Write the lines that a batch of item rows tells, each with its position in the order."""
    lock_imports()
    result = ItemResult()
    placed = _placed({row.tid for row, _ in rows})
    waiting = [(row, position) for row, position in rows if row.tid not in placed]
    keep_item_rows(waiting, file_name=file_name, now=now)
    result.waiting = len(waiting)
    _write([(row, position) for row, position in rows if row.tid in placed], placed, catalogue, result)
    return result


@transaction.atomic
def import_waiting_items(tids: Sequence[str], catalogue: Catalogue) -> int:
    """Write the lines that waited for these orders; answers how many there were."""
    lock_imports()
    rows = take_item_rows(tids)
    result = ItemResult()
    _write(rows, _placed(set(tids)), catalogue, result)
    return result.lines


def _placed(tids: set[str]) -> dict[str, datetime]:
    orders = Order.objects.filter(pk__in=tids).order_by("tid").select_for_update()
    return dict(orders.values_list("tid", "created"))


def _write(
    rows: Sequence[tuple[ItemRow, int]],
    placed: dict[str, datetime],
    catalogue: Catalogue,
    result: ItemResult,
) -> None:
    catalogue.learn(rows)
    lines = _Lines({row.tid for row, _ in rows})
    for row, position in rows:
        line = lines.find(row, position)
        if line is not None:
            lines.fill(line, row)
            result.lines += 1
            continue
        missing = next((name for name in NEEDED_FOR_NEW if getattr(row, name) in (None, "")), None)
        if missing is not None:
            result.refused.append(Refused(row.row, missing, "missing"))
            continue
        lines.add(_new_line(row, lines.free_position(row.tid, position), placed[row.tid], catalogue))
        result.lines += 1
    lines.write()
    tell_spend({row.tid for row, _ in rows})


class _Lines:
    """The lines of some orders: as they were, and as rows add to them."""

    def __init__(self, tids: set[str]) -> None:
        self.by_oid: dict[tuple[str, str], dict[str, Any]] = {}
        self.by_position: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self.new: list[dict[str, Any]] = []
        self.changed: dict[int, dict[str, Any]] = {}
        for line in OrderLine.objects.filter(order__in=tids).values("id", *_COPIED):
            self._index(line)

    def _index(self, line: dict[str, Any]) -> None:
        self.by_position[line["order_id"]][line["position"]] = line
        if line["oid"]:
            self.by_oid[line["order_id"], line["oid"]] = line

    def find(self, row: ItemRow, position: int) -> dict[str, Any] | None:
        """The line that a row is about."""
        if row.oid and (line := self.by_oid.get((row.tid, row.oid))):
            return line
        line = self.by_position[row.tid].get(position)
        if line is None or (row.oid and line["oid"]):
            return None  # the line at this place has an oid of its own
        return line

    def free_position(self, tid: str, position: int) -> int:
        """``position``, or the next after all where another line stands there."""
        taken = self.by_position[tid]
        return position if position not in taken else max(taken) + 1

    def add(self, line: dict[str, Any]) -> None:
        """A line that was not known."""
        self.new.append(line)
        self._index(line)

    def fill(self, line: dict[str, Any], row: ItemRow) -> None:
        """Fill blanks; a refund can only grow, and its state goes with it."""
        refund = row.refund_fee or ZERO
        said: dict[str, Any] = {
            "oid": row.oid,
            "sku_properties_name": row.sku_properties_name,
            "outer_sku_id": row.outer_sku_id,
            "refund_status": row.refund_status,
        }
        changes: dict[str, Any] = {name: value for name, value in said.items() if value and not line[name]}
        if refund > line["refund_fee"]:
            changes |= {"refund_fee": refund, "refund_status": row.refund_status or line["refund_status"]}
        if changes:
            line.update(changes)
            self._index(line)
            if "id" in line:
                self.changed[line["id"]] = line

    def write(self) -> None:
        """Write what rows added, with two statements at most."""
        if self.new:
            copy_rows(OrderLine, _COPIED, ([line[name] for name in _COPIED] for line in self.new))
        if self.changed:
            update_rows(
                OrderLine,
                "id",
                _FILLED,
                ([pk, *(line[name] for name in _FILLED)] for pk, line in sorted(self.changed.items())),
            )


def _new_line(row: ItemRow, position: int, placed: datetime, catalogue: Catalogue) -> dict[str, Any]:
    assert row.title  # noqa: S101 (the caller looked for all three)
    assert row.price is not None  # noqa: S101
    assert row.num  # noqa: S101
    properties = row.sku_properties_name or ""
    full = quantize(row.price * row.num)
    payment = full if row.goods_payable is None else row.goods_payable
    return {
        "order_id": row.tid,
        "position": position,
        "oid": row.oid or "",
        "product_id": catalogue.product(row.title),
        "sku_id": catalogue.sku(row.title, properties),
        "sku_properties_name": properties,
        "outer_sku_id": row.outer_sku_id or "",
        "price": row.price,
        "num": row.num,
        "discount_fee": max(full - payment, Decimal(0)),
        "payment": payment,
        "refund_status": row.refund_status or "",
        "refund_fee": row.refund_fee or ZERO,
        "order_created": placed,
    }
