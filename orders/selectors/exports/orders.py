"""The order list, the results of an action on many orders, and products, as files."""

from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.models import BulkRun, Order
from orders.rules.products import ProductKind
from orders.selectors.bulk import read_report
from orders.selectors.exports.columns import goods_words, phone_column
from orders.selectors.filters import PARAMETERS, OrderFilter
from orders.selectors.lists import take_orders
from orders.selectors.products import read_products
from shopdesk.base.errors import DomainError
from shopdesk.base.exports import BATCH, Asked, Column, ExportList, Filters, Rows, parameters, walk
from shopdesk.base.permissions import Permission
from shopdesk.base.templatetags.words import called


def _orders(asked: Asked) -> Iterator[Rows]:
    wanted = OrderFilter.read(asked.query)

    def read(cursor: str) -> tuple[str | None, Rows]:
        nonlocal wanted
        page = take_orders(wanted, staff=asked.staff, now=asked.now, cursor=cursor, size=BATCH)
        # Further pages go by the key that the first one found something with.
        wanted = replace(wanted, by=page.key) if wanted.q else wanted
        return page.older, page.rows

    return walk(read)


ORDERS = ExportList(
    "orders",
    _("Orders"),
    "orders:list",
    Permission.EXPORT,
    (
        Column(_("Order"), lambda row: row.listed.tid),
        Column(_("Placed"), lambda row: row.listed.created),
        Column(_("Paid"), lambda row: row.pay_time),
        Column(_("Flag"), lambda row: called(Order, "seller_flag", row.listed.seller_flag)),
        Column(_("Label"), lambda row: row.listed.flag_label),
        Column(_("Buyer"), lambda row: row.listed.buyer),
        Column(_("Goods"), lambda row: goods_words(line[1:] for line in row.listed.goods)),
        Column(_("Pieces"), lambda row: row.num),
        Column(_("Payable"), lambda row: row.listed.payment, money=True),
        Column(_("Postage"), lambda row: row.post_fee, money=True),
        Column(_("State"), lambda row: called(Order, "status", row.listed.status)),
        Column(_("To be shipped by"), lambda row: row.listed.ship_by),
        Column(_("Buyer's message"), lambda row: row.listed.buyer_message, spoken=True),
        Column(_("Latest note"), lambda row: row.said, spoken=True),
        Column(_("Province"), lambda row: row.listed.province),
        phone_column(lambda row: row),
        Column(_("Tracking number"), lambda row: row.invoice_no),
        Column(_("Owner"), lambda row: row.listed.owner),
    ),
    _orders,
    Filters(PARAMETERS, lambda address: OrderFilter.read(address).parameters),
)


def _results(asked: Asked) -> Iterator[Rows]:
    # Only who started an action sees it.
    run = BulkRun.objects.filter(pk=asked.subject, created_by=asked.staff).first()
    if run is None:
        raise DomainError("D3", _("There is no such list."))

    def read(cursor: str) -> tuple[str | None, Rows]:
        only = asked.query.get("only", "")
        page = read_report(run, now=asked.now, only=only, cursor=cursor, size=BATCH).page
        return page.older, page.rows

    return walk(read)


BULK_RESULTS = ExportList(
    "bulk-results",
    _("Results of an action on many orders"),
    "orders:bulk-run",
    Permission.EXPORT_WAREHOUSE,
    (
        Column(_("Order"), lambda row: row.order_id),
        Column(_("Buyer"), lambda row: row.order.buyer_id or ""),
        Column(_("State"), lambda row: row.order.get_status_display()),
        Column(_("Result"), lambda row: row.get_state_display()),
        Column(_("Why not"), lambda row: gettext(row.reason) if row.reason else ""),
        Column(_("Rule"), lambda row: row.code),
    ),
    _results,
    parameters("only"),
    has_subject=True,
)


def _products(asked: Asked) -> Iterator[Rows]:
    kind = asked.query.get("kind", "")
    kind = kind if kind in ProductKind.values else ""

    def read(cursor: str) -> tuple[str | None, Rows]:
        page, rows = read_products(asked.query.get("q", ""), kind, cursor, BATCH)
        return page.older, rows

    return walk(read)


PRODUCTS = ExportList(
    "products",
    _("Products"),
    "products:list",
    Permission.EXPORT,
    (
        Column(_("Product"), lambda row: row.product.title),
        Column(_("Kind"), lambda row: row.product.get_kind_display()),
        Column(_("Special price"), lambda row: _("yes") if row.product.special_price else ""),
        Column(_("Virtual"), lambda row: _("yes") if row.product.virtual else ""),
        Column(_("Days to make or buy"), lambda row: row.product.lead_days),
        Column(_("Colours and sizes"), lambda row: row.skus),
        Column(_("Stock"), lambda row: row.stock),
        Column(_("Free"), lambda row: row.free),
    ),
    _products,
    parameters("q", "kind"),
)
LISTS = (ORDERS, BULK_RESULTS, PRODUCTS)
