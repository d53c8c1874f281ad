"""O13: by when a line is to be shipped, from its payment."""

from datetime import datetime, timedelta
from decimal import Decimal

from orders.rules.products import SHELF_KINDS, ProductKind
from shopdesk.base.money import ZERO

# What the desk's red flag on a late order says; shipping settles it.
LATE_LABEL = "发货超时"
SHELF_PROMISE = timedelta(hours=48)
# Where a product that is bought or made to order has no lead_days of its own.
LEAD_DAYS = 15
# A proxy order not shipped by then has its postage owed back.
POSTAGE_OWED_AFTER = timedelta(days=15)
PROXY_KINDS = frozenset({ProductKind.PROXY_PREORDER, ProductKind.PROXY_STOCK})


def promise(kind: str, lead_days: int | None) -> timedelta:
    """How long after payment a line of this kind may take: 48 hours from the shelf, else its lead days."""
    if kind in SHELF_KINDS:
        return SHELF_PROMISE
    return timedelta(days=LEAD_DAYS if lead_days is None else lead_days)


def ship_by(paid_at: datetime, kind: str, lead_days: int | None) -> datetime:
    """When a line that was paid then is late."""
    return paid_at + promise(kind, lead_days)


def postage_owed(paid: Decimal, credited: Decimal, returned: Decimal) -> Decimal:
    """What is owed back of an order's postage (CNY): what was paid, less credited and returned (S10)."""
    return max(paid - credited - returned, ZERO)
