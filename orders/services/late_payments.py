"""What a supervisor decides about money that came late or only in part (O5, P1)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Order, Payment, PlatformTask
from orders.services.closing import PART_PAID_LABEL, close_unpaid
from orders.services.flags import lower_flag
from orders.services.locks import lock_order
from orders.services.payments import (
    LATE_MONEY_LABEL,
    apply_to_paid,
    ask_about_late_money,
    flag_overpaid,
)
from orders.services.platform import open_task
from orders.states import CLOSED
from shopdesk.base import audit
from shopdesk.base.errors import Conflict
from shopdesk.base.models import Approval, Staff
from shopdesk.base.money import ZERO


def version_of(tid: str) -> int | None:
    """Lock the order and answer its version; ``None`` when there is none."""
    order = Order.objects.select_for_update().filter(pk=tid).first()
    return order.version if order else None


def reopen(approval: Approval, actor: Staff, now: datetime) -> None:
    """Reopen the closed order with the late money (O5). Raises ``Conflict`` where that cannot be any more."""
    order = lock_order(approval.subject_id)
    unapplied = list(
        Payment.objects.filter(order=order, status=Payment.Status.UNAPPLIED).order_by("paid_at", "pk")
    )
    total = sum((payment.amount for payment in unapplied), ZERO)
    if not unapplied or order.paid_fee + total < order.payment:
        raise Conflict("O5", _("The late money does not cover this order. Refuse, and it is refunded."))
    for number, payment in enumerate(unapplied, start=1):
        before = payment.status
        payment.status = Payment.Status.APPLIED
        payment.save(update_fields=["status"])
        audit.record(events.payment_decided(payment, before), at=now, actor=actor)
        if number < len(unapplied):
            order.paid_fee += payment.amount
        else:
            lower_flag(order, LATE_MONEY_LABEL, now=now)
            apply_to_paid(order, payment, move="reopen", actor=actor, now=now)
    flag_overpaid(order, now)


def refund_late(approval: Approval, actor: Staff, now: datetime) -> None:
    """Leave the order closed and owe the buyer the late money (O5): a refund to do on Taobao (D5)."""
    order = lock_order(approval.subject_id)
    _owe_back(order, Payment.Status.UNAPPLIED, actor, now)
    lower_flag(order, LATE_MONEY_LABEL, now=now)


def ask_again(tid: str, now: datetime) -> None:
    """A request lapsed because the order changed: ask anew as long as money lies there unapplied (O5)."""
    order = lock_order(tid)
    if order.status in CLOSED:
        ask_about_late_money(order, now=now)


def keep_waiting(approval: Approval, actor: Staff, now: datetime) -> None:
    """Keep a part-paid order open (O5); the desk asks again after another 72 hours."""
    lower_flag(lock_order(approval.subject_id), PART_PAID_LABEL, now=now)


def close_and_refund(approval: Approval, actor: Staff, now: datetime) -> None:
    """Close a part-paid order and owe the buyer what was paid (O5)."""
    order = lock_order(approval.subject_id)
    _owe_back(order, Payment.Status.APPLIED, actor, now)
    lower_flag(order, PART_PAID_LABEL, now=now)
    order.paid_fee = ZERO
    close_unpaid(order, actor=actor, now=now)


def _owe_back(order: Order, status: str, actor: Staff, now: datetime) -> None:
    payments = list(Payment.objects.filter(order=order, status=status))
    total = sum((payment.amount for payment in payments), ZERO)
    for payment in payments:
        before, payment.status = payment.status, Payment.Status.REFUND_DUE
        payment.save(update_fields=["status"])
        audit.record(events.payment_decided(payment, before), at=now, actor=actor)
    if total:
        open_task(order, PlatformTask.Kind.REFUND, amount=total, now=now)
