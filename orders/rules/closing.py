"""O4: how long an unpaid order is kept."""

from datetime import datetime, timedelta
from decimal import Decimal

from orders.states import Status

# O4, in one place: an unpaid order is kept this long from the time it was placed.
UNPAID_KEPT = timedelta(hours=72)


def closes_at(created: datetime) -> datetime:
    """When an order placed at ``created`` is closed if nobody pays (O4): at 72 h 00 m 00 s, inclusive."""
    return created + UNPAID_KEPT


def closing_moment(
    created: datetime, status: str, *, payment_pending: bool, paid_fee: Decimal, tied: bool
) -> datetime | None:
    """When an order is closed if nobody pays (O4); nothing where it is not about to be (O5, A8)."""
    if status != Status.WAIT_BUYER_PAY or payment_pending or paid_fee or tied:
        return None
    return closes_at(created)


def placed_before(now: datetime) -> datetime:
    """Unpaid orders placed at or before this moment are due for closing at ``now`` (O4)."""
    return now - UNPAID_KEPT
