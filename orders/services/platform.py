"""What must also be done on Taobao (D5)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Order, Payment, PlatformTask
from orders.services import refund_success
from orders.services.locks import lock_orders
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


def open_task(order: Order, kind: str, *, now: datetime, amount: Decimal | None = None) -> None:
    """Put something on the list; where it stands there already, once is enough, with the amounts added up."""
    task, created = PlatformTask.objects.get_or_create(
        order=order, kind=kind, done_at=None, defaults={"opened_at": now, "amount": amount}
    )
    if not created and amount is not None:
        task.amount = (task.amount or Decimal(0)) + amount
        task.save(update_fields=["amount"])


def drop_task(order: Order, kind: str) -> None:
    """Take something off the list that no longer needs doing."""
    PlatformTask.objects.filter(order=order, kind=kind, done_at=None).delete()


def drop_refund_task(order: Order, amount: Decimal) -> None:
    """Take an amount (CNY) that was paid out off the refund on the list; what is left stays on it."""
    task = (
        PlatformTask.objects.select_for_update()
        .filter(order=order, kind=PlatformTask.Kind.REFUND, done_at=None)
        .first()
    )
    if task is None:
        return
    task.amount = (task.amount or Decimal(0)) - amount
    if task.amount > 0:
        task.save(update_fields=["amount"])
    else:
        task.delete()


@transaction.atomic
def tick(task_id: int, *, actor: Staff, now: datetime | None = None) -> PlatformTask:
    """Mark as done on Taobao. Raises ``Forbidden`` (D5) by role, ``Conflict`` (D5) when it was done before."""
    now = now or clock.now()
    if not actor.may(Permission.PLATFORM_TASKS):
        raise Forbidden("D5", _("Your role does not work this list."))
    # The order before the task, as every lock: a refund that was made there moves the order.
    lock_orders(PlatformTask.objects.filter(pk=task_id).values_list("order_id", flat=True))
    task = PlatformTask.objects.select_for_update().filter(pk=task_id).first()
    if task is None or task.done_at is not None:
        raise Conflict("D5", _("Somebody did this already."))
    _finish([task], now=now, actor=actor)
    return task


def seen_done(tasks: Iterable[PlatformTask], *, now: datetime) -> None:
    """An import showed these as done on Taobao."""
    _finish(list(tasks), now=now, actor=None)


def _finish(tasks: list[PlatformTask], *, now: datetime, actor: Staff | None) -> None:
    if not tasks:
        return
    PlatformTask.objects.filter(pk__in=[task.pk for task in tasks]).update(done_at=now, done_by=actor)
    facts = [events.task_ticked(task) for task in tasks]
    # A refund that was made there is paid out here too: nobody pays it a second time.
    refunded = [task.order_id for task in tasks if task.kind == PlatformTask.Kind.REFUND]
    if refunded:
        due = Payment.objects.select_for_update().filter(order__in=refunded, status=Payment.Status.REFUND_DUE)
        payments = list(due.order_by("pk"))
        facts += [
            events.refund_paid_out(
                payment.order_id, payment.amount, rule="O5", reason="payment", payment=payment.pk
            )
            for payment in payments
        ]
        Payment.objects.filter(pk__in=[payment.pk for payment in payments]).update(
            status=Payment.Status.REFUNDED
        )
        refund_success.complete(refunded, actor=actor, now=now)
    audit.record_many(facts, at=now, actor=actor)
