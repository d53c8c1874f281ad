"""Lines that wait for their goods: for a piece on the shelf (F5), or from Korea and the workshop (O16)."""

from django.db.models import Exists, F, OuterRef, QuerySet

from orders.models import Hold, Order, OrderLine, ParcelLine
from orders.rules.holds import HELD_IN
from orders.rules.products import SHELF_KINDS, ProductKind
from orders.selectors.readiness import unready_lines
from orders.states import ParcelStage

_FIRST_SERVED = (F("order__pay_time").asc(nulls_last=True), "order__created", "order", "position")
_SENT = ParcelLine.objects.filter(live=True, parcel__stage=ParcelStage.SHIPPED)


def not_sent(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """Those lines that nobody sent yet, as far as the desk can tell.

    Of an order that the platform alone shows as partly shipped nobody here knows which lines went: none is taken
    for waiting by itself.
    """
    lines = lines.filter(~Exists(_SENT.filter(line=OuterRef("pk"))))
    # Asked of each order beside the line: as two conditions joined by OR, all lines there are would be read.
    unknown = Order.objects.filter(tid=OuterRef("order"), partly_shipped=True)
    return lines.filter(~Exists(unknown.filter(~Exists(_SENT.filter(order=OuterRef("tid"))))))


def waiting_for_shelf() -> QuerySet[OrderLine]:
    """Shelf lines of open orders that are not held (F5), in the order in which they are served.

    Paid orders come first, the oldest payment first, then unpaid ones as they were placed.
    """
    held = Hold.objects.filter(line=OuterRef("pk"), released_at__isnull=True)
    lines = OrderLine.objects.filter(
        order__status__in=HELD_IN,
        order__tied=False,  # A8: what an exchange takes is held for its ticket
        product__kind__in=SHELF_KINDS,
        product__virtual=False,
        refunded_at__isnull=True,
        sku__isnull=False,
    )
    return not_sent(lines.filter(~Exists(held))).order_by(*_FIRST_SERVED)


def waiting_lines() -> QuerySet[OrderLine]:
    """All lines of open orders whose goods are not here: not held, not arrived, not made (F5, O16)."""
    lines = unready_lines().filter(
        order__status__in=HELD_IN,
        order__tied=False,
        product__virtual=False,
        refunded_at__isnull=True,
        sku__isnull=False,
    )
    return not_sent(lines.exclude(product__kind=ProductKind.POSTAGE_LINK)).order_by(*_FIRST_SERVED)
