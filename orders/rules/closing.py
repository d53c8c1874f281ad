"""O4: how long an unpaid order is kept."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from orders.states import Status

# O4, in one place: an unpaid order is kept this long from the time it was placed.
UNPAID_KEPT = timedelta(hours=72)


class Closable(Protocol):
    """What tells whether an order is about to be closed: of the order itself, or as a list read it."""

    @property
    def created(self) -> datetime: ...
    @property
    def status(self) -> str: ...
    @property
    def payment_pending(self) -> bool: ...
    @property
    def paid_fee(self) -> Decimal: ...
    @property
    def tied(self) -> bool: ...


def closes_at(created: datetime) -> datetime:
    """When an order placed at ``created`` is closed if nobody pays (O4): at 72 h 00 m 00 s, inclusive."""
    return created + UNPAID_KEPT


def closing_moment(order: Closable) -> datetime | None:
    """When an order is closed if nobody pays (O4); nothing where it is not about to be (O5, A8)."""
    if order.status != Status.WAIT_BUYER_PAY or order.payment_pending or order.paid_fee or order.tied:
        return None
    return closes_at(order.created)


def placed_before(now: datetime) -> datetime:
    """Unpaid orders placed at or before this moment are due for closing at ``now`` (O4)."""
    return now - UNPAID_KEPT
