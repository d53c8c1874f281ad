"""Amounts in CNY: ``Decimal`` with two places, rounded half up once, at the end of each amount."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def quantize(amount: Decimal) -> Decimal:
    """Round an amount (CNY) half up to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def yuan(amount: Decimal) -> str:
    """Write an amount as the pages do: ``¥1,204.50``, with a true minus sign before the currency."""
    sign = "−" if amount < 0 else ""
    return f"{sign}¥{abs(amount):,.2f}"
