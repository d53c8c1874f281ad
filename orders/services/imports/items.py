"""Bringing order lines by the rows of an item list (D1): by oid, or else by position in the order."""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from orders.imports.errors import Refused
from orders.imports.rows import ItemRow
from orders.models import Order, OrderLine
from orders.rules.holds import HELD_IN
from orders.services import holds
from orders.services.imports.catalogue import Catalogue
from orders.services.imports.following import follow_lines
from orders.services.imports.locks import lock_imports
from orders.services.imports.waiting import Item, forget_item_rows, item_rows_of, keep_item_rows
from orders.services.parcels.by_platform import follow_sent
from orders.services.parcels.planning import plan
from orders.services.spend import tell_spend
from orders.states import Status
from shopdesk.base.arrays import text_array
from shopdesk.base.bulk import copy_rows, update_rows
from shopdesk.base.money import ZERO, quantize
from shopdesk.base.prepared import prepared_cursor

NEEDED_FOR_NEW = ("title", "price", "num")
MAX_LINE_TOTAL = Decimal("9999999999.99")
MAX_POSITION = 32767
_COPIED = (
    "order_id", "position", "oid", "product_id", "sku_id", "sku_properties_name", "outer_sku_id", "price",
    "num", "discount_fee", "payment", "refund_status", "refund_fee", "order_created",
)  # fmt: skip
# What a later row may still add to a line.
# What is read of a line: an import never writes what it was ordered as (O9).
_READ = (*_COPIED, "ordered_properties_name")
_FILLED = ("oid", "sku_properties_name", "outer_sku_id", "refund_status", "refund_fee")


class Known(NamedTuple):
    """When an order was placed, and its state."""

    created: datetime
    status: str


NONE_FRESH: Mapping[str, Known] = {}


@dataclass
class ItemResult:
    """What became of the item rows of one batch."""

    lines: int = 0
    waiting: int = 0
    refused: list[Refused] = field(default_factory=list)


@transaction.atomic(savepoint=False)
def import_items(
    items: Sequence[Item],
    catalogue: Catalogue,
    *,
    file_name: str,
    now: datetime,
    lock: Callable[[], None] = lock_imports,
    fresh: Mapping[str, Known] = NONE_FRESH,
) -> ItemResult:
    """Write the lines that a batch of item rows tells, each with its position in the order.

    ``lock`` keeps others from telling of their orders at once. Of ``fresh`` orders, which this transaction created
    and nothing was told of before, nothing is read.
    """
    lock()
    result = ItemResult()
    placed = {**_placed({item.row.tid for item in items} - fresh.keys()), **fresh}
    owners = _owners(items)
    waiting = []
    for item in items:
        if item.row.tid in placed:
            continue
        # What could never make a line is told at once, with its row, and not parked.
        refused = _taken(item.row, owners) or _unfit(item.row, item.position)
        if refused is not None:
            result.refused.append(refused)
            continue
        if item.row.oid:
            owners[item.row.oid] = item.row.tid
        waiting.append(item)
    keep_item_rows(waiting, file_name=file_name, now=now)
    result.waiting = len(waiting)
    here = [item for item in items if item.row.tid in placed]
    refused_rows = _write(here, placed, owners, catalogue, now, fresh=fresh)
    result.refused += refused_rows.values()
    result.lines = len(here) - len(refused_rows)
    return result


@transaction.atomic(savepoint=False)
def import_waiting_items(
    tids: Iterable[str], catalogue: Catalogue, *, now: datetime, lock: Callable[[], None] = lock_imports
) -> int:
    """Write the lines that wait for those of these orders that are here; answers how many there were.

    A row that is refused goes on waiting: its file is gone, and nothing may be lost (D1).
    """
    lock()
    waiting = item_rows_of(tids)
    if not waiting:
        return 0
    placed = _placed({item.row.tid for item in waiting.values()})
    here = {key: item for key, item in waiting.items() if item.row.tid in placed}
    items = list(here.values())
    refused = _write(items, placed, _owners(items), catalogue, now, patient=False)
    taken = [key for index, key in enumerate(here) if index not in refused]
    forget_item_rows(taken)
    return len(taken)


def _placed(tids: set[str]) -> dict[str, Known]:
    """Lock those of the orders that are known."""
    if not tids:
        return {}
    orders = Order.objects.filter(pk__in=tids).order_by("tid").select_for_update()
    told = orders.values_list("tid", "created", "status")
    return {tid: Known(created, status) for tid, created, status in told}


def _owners(items: Iterable[Item]) -> dict[str, str]:
    """The orders on which the sub-order numbers of these rows stand already."""
    oids = {item.row.oid for item in items if item.row.oid}
    if not oids:
        return {}
    with prepared_cursor() as cursor:
        # The index holds no blanks, and is used only where the statement says so too.
        cursor.execute(
            "SELECT oid, order_id FROM orders_orderline WHERE oid = ANY (%s) AND oid <> ''",
            [text_array(oids)],
        )
        return dict(cursor.fetchall())


def _taken(row: ItemRow, owners: Mapping[str, str]) -> Refused | None:
    """Why a row cannot be: a sub-order number belongs to one order only."""
    if row.oid and owners.get(row.oid, row.tid) != row.tid:
        return Refused(row.row, "oid", "oid_taken")
    return None


def _unfit(row: ItemRow, position: int) -> Refused | None:
    """Why no line can be made of a row, if so."""
    for name in NEEDED_FOR_NEW:
        if getattr(row, name) in (None, ""):
            return Refused(row.row, name, "missing")
    if row.price is not None and row.num and quantize(row.price * row.num) > MAX_LINE_TOTAL:
        return Refused(row.row, "price", "line_total")
    if position > MAX_POSITION:
        return Refused(row.row, "tid", "too_many_lines")
    return None


def _write(
    items: Sequence[Item],
    placed: Mapping[str, Known],
    owners: dict[str, str],
    catalogue: Catalogue,
    now: datetime,
    *,
    patient: bool = True,
    fresh: Mapping[str, Known] = NONE_FRESH,
) -> dict[int, Refused]:
    """Write the lines that rows of known orders tell, and hold for them; answers the refused ones by their index.

    ``patient`` is that of ``holds.take``: the orders of the same transaction may have let go of other SKUs.
    """
    refused: dict[int, Refused] = {}
    catalogue.learn([item.row for item in items])
    lines = _Lines({item.row.tid for item in items} - fresh.keys(), catalogue)
    for index, item in enumerate(items):
        row = item.row
        refusal = _taken(row, owners)
        if refusal is None:
            line = lines.find(item)
            if line is not None:
                lines.fill(line, row)
            else:
                position = lines.free_position(row.tid, item.position)
                refusal = _unfit(row, position)
                if refusal is None:
                    lines.add(_new_line(row, position, placed[row.tid].created, catalogue))
        if refusal is not None:
            refused[index] = refusal
        elif row.oid:
            owners[row.oid] = row.tid
    lines.write()
    catalogue.learn_prices(lines.new)
    written = (*lines.new, *lines.changed.values())
    touched = {line["order_id"] for line in written}
    states = {tid: placed[tid].status for tid in touched | fresh.keys()}
    # What an order counts was told when it came: of its lines, only postage links and refunds take from it (M1).
    taking = {
        line["order_id"] for line in written if line["refund_fee"] or catalogue.is_link(line["product_id"])
    }
    tell_spend(tid for tid in taking if states[tid] != Status.WAIT_BUYER_PAY)
    follow_lines(lines.refunded, lines.shown_changed, now=now)
    if lines.refunded:  # what was refunded may be closed by now
        states = _states(touched)
    waiting = {tid: status for tid, status in states.items() if status in HELD_IN}
    sent = {tid for tid, status in states.items() if status == Status.WAIT_BUYER_CONFIRM_GOODS}
    follow_sent(sent & {line["order_id"] for line in lines.new}, now=now)
    plan((tid for tid, status in waiting.items() if status == Status.WAIT_SELLER_SEND_GOODS), now=now)
    holds.take(waiting, now=now, patient=patient)
    return refused


def _states(tids: Collection[str]) -> dict[str, str]:
    return dict(Order.objects.filter(pk__in=tids).values_list("tid", "status")) if tids else {}


def _lines_of(tids: Collection[str]) -> Iterable[dict[str, Any]]:
    found = OrderLine.objects.filter(order__in=tids).order_by("order", "position")
    yield from found.values("id", *_READ)


class _Lines:
    """The lines of some orders: as they were, and as rows add to them."""

    def __init__(self, tids: set[str], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.by_oid: dict[tuple[str, str], dict[str, Any]] = {}
        self.by_position: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self.alike: dict[tuple[str, int, str], list[dict[str, Any]]] = defaultdict(list)
        self.new: list[dict[str, Any]] = []
        self.changed: dict[int, dict[str, Any]] = {}
        # What the file showed as refunded beyond what was known (CNY), and whose new colour or size it names.
        self.refunded: dict[int, Decimal] = defaultdict(lambda: ZERO)
        self.shown_changed: set[str] = set()
        for line in _lines_of(tids) if tids else ():
            self._index(line)
            self._group(line)

    def _group(self, line: dict[str, Any]) -> None:
        for name in _names(line):
            alike = self.alike[line["order_id"], line["product_id"], name]
            insort(alike, line, key=lambda known: known["position"])

    def _index(self, line: dict[str, Any]) -> None:
        self.by_position[line["order_id"]][line["position"]] = line
        if line["oid"]:
            self.by_oid[line["order_id"], line["oid"]] = line

    def find(self, item: Item) -> dict[str, Any] | None:
        """The line that a row is about: by its oid, else by its place and what it names.

        A row with an oid is never about a line that has another one.
        """
        row = item.row
        if row.oid and (line := self.by_oid.get((row.tid, row.oid))):
            return line
        alike: Sequence[dict[str, Any]] = ()
        if row.title:
            alike = self.alike[row.tid, self.catalogue.product(row.title), row.sku_properties_name or ""]
        here = self.by_position[row.tid].get(item.position)
        if row.oid:
            if here is not None and not here["oid"] and self._agrees(here, row):
                return here
            return next((line for line in alike if not line["oid"]), None)
        # The first of two identical rows is the first of two identical lines.
        if len(alike) >= item.nth:
            return alike[item.nth - 1]
        return here if here is not None and here not in alike and self._agrees(here, row) else None

    def _agrees(self, line: dict[str, Any], row: ItemRow) -> bool:
        """Whether a line may be what a row names; what either leaves blank is no contradiction."""
        if row.title and line["product_id"] != self.catalogue.product(row.title):
            return False
        names = _names(line)
        return "" in names or not row.sku_properties_name or row.sku_properties_name in names

    def free_position(self, tid: str, position: int) -> int:
        """``position``, or the next after all where another line stands there."""
        taken = self.by_position[tid]
        return position if position not in taken else max(taken) + 1

    def add(self, line: dict[str, Any]) -> None:
        """A line that was not known."""
        self.new.append(line)
        self._index(line)
        self._group(line)

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
        if line.get("ordered_properties_name") and row.sku_properties_name != line["sku_properties_name"]:
            changes.pop("outer_sku_id", None)  # the code of what was ordered is not that of what it is now
        if row.sku_properties_name == line["sku_properties_name"] and line.get("ordered_properties_name"):
            self.shown_changed.add(line["order_id"])
        if refund > line["refund_fee"]:
            if "id" in line:
                self.refunded[line["id"]] += refund - line["refund_fee"]
            changes |= {"refund_fee": refund, "refund_status": row.refund_status or line["refund_status"]}
        if changes:
            if "sku_properties_name" in changes:
                self.alike[line["order_id"], line["product_id"], ""].remove(line)
            line.update(changes)
            self._index(line)
            if "sku_properties_name" in changes:
                self._group(line)
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


def _names(line: Mapping[str, Any]) -> set[str]:
    """What a file may call a line's colour and size: as it was ordered, and as staff changed it (O9)."""
    return {line["sku_properties_name"], line.get("ordered_properties_name") or line["sku_properties_name"]}


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
