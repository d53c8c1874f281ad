"""Payments that are told by webhook, before their order as well as after it (O5)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Flag, Order, Payment, WaitingPayment
from orders.services.flags import FlagRequest, raise_flag
from orders.services.imports.locks import lock_imports
from orders.services.payments import FLAG_HOURS, PaymentMessage, check_payment, record_payment
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.money import yuan


def take_payment(tid: str, message: PaymentMessage, *, now: datetime | None = None) -> Payment | None:
    """Record a payment once; ``None``: its order is not here yet, and the payment waits for it.

    Raises as ``record_payment`` does. In whatever order payments and orders come, each is recorded once.
    """
    now = now or clock.now()
    if Order.objects.filter(pk=tid).exists():
        return record_payment(tid, message, now=now)
    with transaction.atomic():
        # Orders come under this lock: one that is being written now is waited for, and seen below; one that comes
        # later finds the payment.
        lock_imports()
        if not Order.objects.filter(pk=tid).exists():
            _keep(tid, message, now)
            return None
    return record_payment(tid, message, now=now)


def record_waiting(tids: Collection[str], *, now: datetime) -> None:
    """Record what waited for orders that just came, as the buyer paid it. Call it under the lock of imports.

    What a rule refuses is kept and flagged red for a supervisor: money is never silently dropped.
    """
    if not tids:
        return
    for waiting in WaitingPayment.objects.filter(tid__in=tids).order_by("tid", "paid_at", "pk"):
        message = PaymentMessage(waiting.payment_no, waiting.amount, waiting.paid_at, waiting.method)
        try:
            record_payment(waiting.tid, message, now=now)
        except DomainError as refusal:
            waiting.refusal = refusal.code
            waiting.save(update_fields=["refusal"])
            _flag_refused(waiting, now)
        else:
            waiting.delete()


def _keep(tid: str, message: PaymentMessage, now: datetime) -> None:
    check_payment(message, now)
    kept, is_new = WaitingPayment.objects.get_or_create(
        tid=tid,
        payment_no=message.payment_no,
        defaults={
            "amount": message.amount,
            "method": message.method,
            "paid_at": message.paid_at,
            "since": now,
        },
    )
    if not is_new and kept.amount != message.amount:
        raise Conflict(
            "O5",
            _("Payment %(number)s is recorded with %(amount)s already.")
            % {"number": message.payment_no, "amount": yuan(kept.amount)},
        )


def _flag_refused(waiting: WaitingPayment, now: datetime) -> None:
    order = Order.objects.select_for_update().get(pk=waiting.tid)
    text = f"先到的付款{waiting.amount}（{waiting.payment_no}）未能入账（{waiting.refusal}），请主管处理"
    request = FlagRequest(
        Order.SellerFlag.RED,
        label="付款未入账",
        text=text,
        addressee=Flag.Addressee.SUPERVISOR,
        until=now + clock.hours(FLAG_HOURS),
    )
    raise_flag(order, request, actor=None, now=now)
