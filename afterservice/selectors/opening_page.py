"""Reading what the page shows on which a ticket is opened (A1, A4)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from afterservice.models import Ticket
from afterservice.selectors.order_lines import LineSales, known_receipt, lines_of
from afterservice.selectors.ticket_list import tickets_of_orders
from orders.models import Order, OrderLine, Sku
from orders.rules.products import ProductKind


@dataclass(frozen=True)
class OpeningPage:
    """An order as a request about it is written down."""

    order: Order
    lines: Sequence[OrderLine]
    sales: dict[int, LineSales]
    # The SKUs of each product, for an exchange of size or colour.
    targets: dict[int, list[Sku]]
    tickets: Sequence[Ticket]
    # A4: known from an earlier ticket, where the order does not know it.
    received: datetime | None


def read_opening(tid: str, *, now: datetime) -> OpeningPage | None:
    """The page's order with its goods; ``None`` when there is none. A constant number of statements."""
    order = Order.objects.select_related("buyer").filter(pk=tid).first()
    if order is None:
        return None
    lines = [
        line
        for line in OrderLine.objects.filter(order=order)
        .select_related("product", "sku")
        .order_by("position")
        if line.product.kind != ProductKind.POSTAGE_LINK
    ]
    targets: dict[int, list[Sku]] = defaultdict(list)
    skus = Sku.objects.filter(product__in={line.product_id for line in lines})
    for sku in skus.annotate(free=F("stock") - F("held")).order_by("pk"):
        targets[sku.product_id].append(sku)
    return OpeningPage(
        order=order,
        lines=lines,
        sales=lines_of(order, lines, now=now),
        targets=dict(targets),
        tickets=tickets_of_orders([tid]).get(tid, []),
        received=None if order.signed_time else known_receipt(order),
    )
