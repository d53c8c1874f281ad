"""O5, O11: what becomes of money that comes in, as a decision on plain values."""

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from orders.states import CLOSED, Status
from shopdesk.base.errors import DomainError


class Outcome(enum.StrEnum):
    """What a payment does to its order (O5)."""

    PAID = "paid"
    PART_PAID = "part_paid"
    REOPENED = "reopened"
    UNAPPLIED_CLOSED = "unapplied_closed"
    UNAPPLIED_EXTRA = "unapplied_extra"


@dataclass(frozen=True)
class PaymentDecision:
    """The outcome, and how far the money is off what was due (CNY, negative when too little)."""

    outcome: Outcome
    difference: Decimal


def decide_payment(
    *,
    status: str,
    due: Decimal,
    paid_before: Decimal,
    amount: Decimal,
    paid_at: datetime,
    closed_at: datetime | None,
) -> PaymentDecision:
    """What a payment of ``amount`` does to an order in ``status`` (O5).

    The time that counts is ``paid_at``, when the buyer paid. Only a payment that covers what is due and was
    made before the closing reopens a closed order.
    """
    difference = paid_before + amount - due
    if status == Status.WAIT_BUYER_PAY:
        return PaymentDecision(Outcome.PART_PAID if difference < 0 else Outcome.PAID, difference)
    if status in CLOSED:
        in_time = closed_at is not None and paid_at < closed_at
        if status == Status.TRADE_CLOSED_BY_TAOBAO and in_time and difference >= 0:
            return PaymentDecision(Outcome.REOPENED, difference)
        return PaymentDecision(Outcome.UNAPPLIED_CLOSED, difference)
    return PaymentDecision(Outcome.UNAPPLIED_EXTRA, amount)


INTERNATIONAL_CARD_LEAST = Decimal("1.00")


def check_international_card(amount: Decimal, *, virtual: bool) -> None:
    """Raises ``DomainError`` (O11): not for virtual goods, not below 1.00 CNY."""
    if virtual:
        raise DomainError("O11", _("Virtual goods cannot be paid by an international card."), field="method")
    if amount < INTERNATIONAL_CARD_LEAST:
        raise DomainError("O11", _("An international card pays 1.00 or more."), field="amount")
