"""Payments of an order of 505.00, as the platform tells of them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from orders.models import Flag, Order, Payment
from orders.services.payments import PaymentMessage, record_payment
from tests.factories import NOW

DUE = Decimal("505.00")
SECOND = timedelta(seconds=1)


def pay(order: Order, amount: str = "505.00", **fields: Any) -> Payment:
    """A message that so much was paid, now unless said otherwise."""
    message = PaymentMessage(
        fields.pop("payment_no", "2026112200001"),
        Decimal(amount),
        fields.pop("paid_at", NOW),
        **{"method": fields.pop("method")} if "method" in fields else {},
    )
    return record_payment(order.tid, message, now=fields.pop("now", NOW), **fields)


def open_flag(order: Order) -> Flag | None:
    """The flag that stands on the order."""
    return Flag.objects.filter(order=order, ended_at__isnull=True).first()
