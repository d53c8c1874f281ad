"""Stock, holds, shortages, buying and making as files."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from orders.models import OrderLine
from orders.rules.products import property_words
from orders.selectors.buying import bought, by_sku, made, read_runs, to_make
from orders.selectors.exports.columns import name_of
from orders.selectors.stock import read_hand_holds, read_shortages, read_stock
from shopdesk.base.exports import BATCH, Asked, Column, ExportList, Rows, parameters, walk
from shopdesk.base.permissions import Permission

STOCK_VIEWS = ("free", "held", "all")
LONGEST_SEARCH = 100


def _stock(asked: Asked) -> Iterator[Rows]:
    text, view = asked.query.get("q", "")[:LONGEST_SEARCH].strip(), asked.query.get("view", "")
    view = view if view in STOCK_VIEWS else ""

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_stock(text, view, cursor, BATCH)
        return page.older, rows

    return walk(read)


STOCK = ExportList(
    "stock",
    _("Stock"),
    "stock:list",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Product"), lambda row: row.sku.product.title),
        Column(_("Colour / size"), lambda row: property_words(row.sku.sku_properties_name)),
        Column(_("Code"), lambda row: row.sku.outer_sku_id),
        Column(_("Shelf"), lambda row: row.sku.shelf),
        Column(_("Stock"), lambda row: row.sku.stock),
        Column(_("Held"), lambda row: row.sku.held),
        Column(_("Free"), lambda row: row.free),
        Column(_("Wanted"), lambda row: row.waiting),
        Column(_("Out of stock since"), lambda row: row.shortage.reported_at if row.shortage else None),
        Column(_("Expected on"), lambda row: row.shortage.expected_on if row.shortage else None),
    ),
    _stock,
    parameters("q", "view"),
)


def _holds(asked: Asked) -> Iterator[Rows]:
    signed, after_sale = asked.query.get("tab") == "signed", asked.query.get("only") == "exchange"

    def read(cursor: str) -> tuple[str | None, Rows]:
        page = read_hand_holds(signed=signed, after_sale=after_sale, cursor=cursor, size=BATCH)
        return page.older, page.rows

    return walk(read)


HOLDS = ExportList(
    "holds",
    _("Holds by hand"),
    "stock:holds",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Product"), lambda hold: hold.sku.product.title),
        Column(_("Colour / size"), lambda hold: property_words(hold.sku.sku_properties_name)),
        Column(_("Shelf"), lambda hold: hold.sku.shelf),
        Column(_("Pieces"), lambda hold: hold.num),
        Column(_("Why"), lambda hold: hold.reason, spoken=True),
        Column(_("Order"), lambda hold: hold.order_id or ""),
        Column(_("Placed"), lambda hold: hold.placed_at),
        Column(_("By"), lambda hold: name_of(hold.placed_by)),
        Column(_("Until"), lambda hold: hold.until),
        Column(_("Signed"), lambda hold: hold.signed_at),
        Column(_("Signed by"), lambda hold: name_of(hold.signed_by)),
    ),
    _holds,
    parameters("tab", "only"),
)


def _shortages(asked: Asked) -> Iterator[Rows]:
    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_shortages(ended=asked.query.get("tab") == "ended", cursor=cursor, size=BATCH)
        return page.older, rows

    return walk(read)


SHORTAGES = ExportList(
    "shortages",
    _("Out of stock"),
    "stock:shortages",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Product"), lambda row: row.shortage.sku.product.title),
        Column(_("Colour / size"), lambda row: property_words(row.shortage.sku.sku_properties_name)),
        Column(_("Code"), lambda row: row.shortage.sku.outer_sku_id),
        Column(_("Expected on"), lambda row: row.shortage.expected_on),
        Column(_("Remark"), lambda row: row.shortage.remark, spoken=True),
        Column(_("Reported"), lambda row: row.shortage.reported_at),
        Column(_("By"), lambda row: name_of(row.shortage.reported_by)),
        Column(_("Pieces waited for"), lambda row: row.pieces),
        Column(_("Orders that wait"), lambda row: "；".join(line.order_id for line in row.waiting)),
        Column(_("Ended"), lambda row: row.shortage.ended_at),
    ),
    _shortages,
    parameters("tab"),
)


def _runs(asked: Asked) -> Iterator[Rows]:
    def read(cursor: str) -> tuple[str | None, Rows]:
        page = read_runs(cursor, BATCH)
        return page.older, page.rows

    return walk(read)


BUYING_RUNS = ExportList(
    "buying-runs",
    _("Buying runs"),
    "stock:runs",
    Permission.EXPORT,
    (
        Column(_("Run"), lambda run: run.pk),
        Column(_("Opened"), lambda run: run.opened_at),
        Column(_("By"), lambda run: name_of(run.opened_by)),
        Column(_("Lines"), lambda run: run.line_count),
        Column(_("Pieces"), lambda run: run.pieces or 0),
        Column(_("Undecided"), lambda run: run.undecided_count),
        Column(_("Bought"), lambda run: run.bought_count),
        Column(_("Unavailable"), lambda run: run.unavailable_count),
    ),
    _runs,
)


def _lines_by_sku(lines: "list[OrderLine]") -> Iterator[Rows]:
    yield [line for group in by_sku(lines) for line in group.lines]


def _arrivals(asked: Asked) -> Iterator[Rows]:
    return _lines_by_sku(list(bought().select_related("sku", "product", "order")))


def _making(asked: Asked) -> Iterator[Rows]:
    lines = made() if asked.query.get("tab") == "made" else to_make()
    return _lines_by_sku(list(lines.select_related("sku", "product", "order")))


SUPPLY_COLUMNS = (
    Column(_("Product"), lambda line: line.product.title),
    Column(_("Colour / size"), lambda line: property_words(line.sku.sku_properties_name)),
    Column(_("Code"), lambda line: line.sku.outer_sku_id),
    Column(_("Pieces"), lambda line: line.num),
    Column(_("Order"), lambda line: line.order_id),
    Column(_("Buyer"), lambda line: line.order.buyer_id or ""),
    Column(_("Paid"), lambda line: line.order.pay_time),
    Column(_("Supply"), lambda line: line.get_supply_display() if line.supply else ""),
)
ARRIVALS = ExportList(
    "arrivals",
    _("On the way here"),
    "stock:arrivals",
    Permission.EXPORT_WAREHOUSE,
    SUPPLY_COLUMNS,
    _arrivals,
)
MAKING = ExportList(
    "making",
    _("To make, or made"),
    "stock:making",
    Permission.EXPORT_WAREHOUSE,
    SUPPLY_COLUMNS,
    _making,
    parameters("tab"),
)
LISTS = (STOCK, HOLDS, SHORTAGES, BUYING_RUNS, ARRIVALS, MAKING)
