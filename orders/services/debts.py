"""What the shop owes to a buyer (S7, S10, O9, A9): one debt per order and reason, paid out on ``/refunds/``."""

from datetime import datetime
from decimal import Decimal

from orders.models import Order, RefundTask


def owe(order: Order, amount: Decimal, *, rule: str, reason: str, now: datetime) -> RefundTask | None:
    """Change what is owed back by an amount (CNY, negative to owe less); ``None`` where nothing is left.

    A debt that was paid out begins anew, its history stands in the audit. The order is locked by the caller.
    """
    debt = RefundTask.objects.select_for_update().filter(order=order, reason=reason).first()
    if debt is None:
        return RefundTask.objects.create(order=order, reason=reason, rule=rule, amount=amount, opened_at=now)
    if debt.done_at is not None:
        debt.amount, debt.opened_at, debt.done_at, debt.done_by = amount, now, None, None
        debt.rule = rule
        debt.save(update_fields=["amount", "opened_at", "done_at", "done_by", "rule"])
    elif debt.amount + amount > 0:
        debt.amount += amount
        debt.save(update_fields=["amount"])
    else:
        debt.delete()
        return None
    return debt
