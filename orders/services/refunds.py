"""Paying back what the shop owes (S7, S10, O5, F4): ticked once, by whom, on record."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Order, Payment, Refund, RefundTask
from orders.services import refund_success
from orders.services.locks import lock_order
from orders.services.platform import drop_refund_task
from orders.states import CLOSED, Status
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


@transaction.atomic
def pay_out_task(task_id: int, *, actor: Staff, now: datetime | None = None) -> RefundTask:
    """Mark what is owed back as paid out (S7, S10, A9).

    Raises ``Forbidden`` (D5) by role, ``Conflict`` (S10) when it was paid out before, (S7) while the order is not
    paid: without its payment nothing was joined.
    """
    _require_role(actor)
    now = now or clock.now()
    found = RefundTask.objects.filter(pk=task_id).values_list("order_id", flat=True).first()
    order = lock_order(found) if found else None
    task = RefundTask.objects.select_for_update().filter(pk=task_id).first()
    if order is None or task is None or task.done_at is not None:
        raise _done_already()
    joined = task.reason != RefundTask.Reason.AFTER_SALE
    if joined and (order.status == Status.WAIT_BUYER_PAY or order.status in CLOSED):
        raise Conflict("S7", _("The joined order is not paid: this is owed only once it is."))
    task.done_at, task.done_by = now, actor
    task.save(update_fields=["done_at", "done_by"])
    fact = events.refund_paid_out(
        task.order_id, task.amount, rule=task.rule, reason=task.reason, task=task.pk
    )
    audit.record(fact, at=now, actor=actor)
    return task


@transaction.atomic
def pay_out_payment(payment_id: int, *, actor: Staff, now: datetime | None = None) -> Payment:
    """Mark a payment that a supervisor gave back as refunded (O5).

    The refund on the list “to do on Taobao” is the same money: it shrinks, and goes when nothing is left.
    Raises ``Forbidden`` (D5) by role, ``Conflict`` (O5) when it was refunded before.
    """
    _require_role(actor)
    now = now or clock.now()
    found = Payment.objects.filter(pk=payment_id).values_list("order_id", flat=True).first()
    order: Order | None = lock_order(found) if found else None
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if order is None or payment is None or payment.status != Payment.Status.REFUND_DUE:
        raise _done_already()
    payment.status = Payment.Status.REFUNDED
    payment.save(update_fields=["status"])
    drop_refund_task(order, payment.amount)
    fact = events.refund_paid_out(order.tid, payment.amount, rule="O5", reason="payment", payment=payment.pk)
    audit.record(fact, at=now, actor=actor)
    return payment


@transaction.atomic
def pay_out_refund(refund_id: int, *, actor: Staff, now: datetime | None = None) -> Refund:
    """Mark a refund of goods that is due as paid out (F4, O6): it counts in spend, and a full one closes the order.

    The refund on the list “to do on Taobao” is the same money: it shrinks, and goes when nothing is left.
    Raises ``Forbidden`` (D5) by role, ``Conflict`` (S10) when it was paid out before or its parcel is in the way.
    """
    _require_role(actor)
    now = now or clock.now()
    found = Refund.objects.filter(pk=refund_id).values_list("order_id", flat=True).first()
    order = lock_order(found) if found else None
    done = refund_success.complete([order.pk], actor=actor, now=now, only=[refund_id]) if order else []
    if order is None or not done:
        raise _done_already()
    drop_refund_task(order, done[0].total)
    return done[0]


def _done_already() -> Conflict:
    return Conflict("S10", _("Somebody paid this out already."))


def _require_role(actor: Staff) -> None:
    if not actor.may(Permission.PLATFORM_TASKS):
        raise Forbidden("D5", _("Your role does not work this list."))
