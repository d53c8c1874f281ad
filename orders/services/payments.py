"""Money that comes in (O5, O11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.approval_kinds import LATE_PAYMENT
from orders.models import Flag, Order, OrderLine, Payment, PlatformTask
from orders.rules.payments import Outcome, PaymentDecision, check_international_card, decide_payment
from orders.services import holds
from orders.services.flags import FlagRequest, raise_flag
from orders.services.joining import flag_shortfalls
from orders.services.locks import lock_order
from orders.services.parcels.planning import plan
from orders.services.platform import drop_task
from orders.services.spend import tell_spend
from orders.services.tied_money import flag_tied_money
from orders.states import CLOSED, ORDER_MOVES
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO, quantize, yuan
from shopdesk.base.permissions import Permission
from shopdesk.base.services import approvals

FLAG_HOURS = 24
LATE_MONEY_LABEL = "关闭后付款"
# A payment cannot be later than now; clocks of two machines may differ by a little.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class PaymentMessage:
    """What the platform tells: which payment, how much (CNY), when the buyer paid, how."""

    payment_no: str
    amount: Decimal
    paid_at: datetime
    method: str = Payment.Method.UNKNOWN


@transaction.atomic
def record_payment(
    tid: str, message: PaymentMessage, *, actor: Staff | None = None, now: datetime | None = None
) -> Payment:
    """Record a payment once, with what it does to the order (O5).

    A message that comes twice answers the payment as it was recorded, and one that tells the number of a payment
    which a file gave without one names it. Raises ``DomainError`` (O5, O11) for a
    payment that cannot be, ``Conflict`` (O5) for a known number with another amount, ``Forbidden`` by role.
    """
    now = now or clock.now()
    if actor is not None and not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O5", _("Your role does not record payments."))
    order = lock_order(tid)
    known = Payment.objects.filter(order=order, payment_no=message.payment_no).first()
    if known is not None:
        if known.amount != message.amount:
            raise Conflict(
                "O5",
                _("Payment %(number)s is recorded with %(amount)s already.")
                % {"number": message.payment_no, "amount": yuan(known.amount)},
            )
        return known
    check_payment(message, now)
    _check_method(order, message)
    if (unnamed := _named_by(order, message, actor, now)) is not None:
        return unnamed
    decision = decide_payment(
        status=order.status,
        due=order.payment,
        paid_before=order.paid_fee,
        amount=message.amount,
        paid_at=message.paid_at,
        closed_at=order.end_time,
    )
    applied = decision.outcome in (Outcome.PAID, Outcome.PART_PAID, Outcome.REOPENED)
    payment = Payment.objects.create(
        order=order,
        payment_no=message.payment_no,
        amount=message.amount,
        method=message.method,
        status=Payment.Status.APPLIED if applied else Payment.Status.UNAPPLIED,
        paid_at=message.paid_at,
        heard_at=now,
    )
    audit.record(events.payment_recorded(payment, outcome=decision.outcome), at=now, actor=actor)
    _ACT[decision.outcome](order, payment, decision, now)
    if order.tied and order.status not in CLOSED:
        flag_tied_money(order, now=now)
    return payment


def apply_to_paid(order: Order, payment: Payment, *, move: str, actor: Staff | None, now: datetime) -> None:
    """Take the money for the order and make the move “pay” or “reopen”. The order is locked by the caller."""
    before, closed_at = order.status, order.end_time
    order.status = ORDER_MOVES.require(move, before)
    order.close_reason, order.end_time = "", None
    order.paid_fee = quantize(order.paid_fee + payment.amount)
    order.pay_time = payment.paid_at
    order.payment_pending = False
    order.version += 1
    order.save(
        update_fields=[
            "status", "close_reason", "end_time", "paid_fee", "pay_time", "payment_pending", "version"
        ]
    )  # fmt: skip
    action = "order.paid" if move == "pay" else "order.reopened"
    audit.record(events.moved(action, order, before, payment_no=payment.payment_no), at=now, actor=actor)
    tell_spend([order.tid])
    plan([order.tid], now=now)
    if move == "pay":
        holds.take([order.tid], now=now)
    else:
        flag_shortfalls([order.tid], now=now)  # its credit may have gone to another meanwhile
        drop_task(order, PlatformTask.Kind.CLOSE)
        if not holds.retake(order, now=now, closed_at=closed_at):
            _flag(
                order, "重开缺货", "付款晚到，订单已重开，原先留的货已不够，请核对库存后联系买家",
                Flag.Addressee.AGENT, now,
            )  # fmt: skip


def _paid(order: Order, payment: Payment, decision: PaymentDecision, now: datetime) -> None:
    apply_to_paid(order, payment, move="pay", actor=None, now=now)
    flag_overpaid(order, now)


def flag_overpaid(order: Order, now: datetime) -> None:
    """Flag an order red for a supervisor when more was paid than is due (O5). The order is locked."""
    if order.paid_fee > order.payment:
        over = order.paid_fee - order.payment
        text = f"应付{order.payment}，实付{order.paid_fee}，多付{over}，请主管处理"
        _flag(order, "多付", text, Flag.Addressee.SUPERVISOR, now)


def _part_paid(order: Order, payment: Payment, decision: PaymentDecision, now: datetime) -> None:
    order.paid_fee = quantize(order.paid_fee + payment.amount)
    order.version += 1
    order.save(update_fields=["paid_fee", "version"])
    flag_part_paid(order, now)


def flag_part_paid(order: Order, now: datetime) -> None:
    """Flag an order red for a supervisor when less was paid than is due (O5). The order is locked."""
    short = order.payment - order.paid_fee
    text = f"应付{order.payment}，只付{order.paid_fee}，还差{short}"
    _flag(order, "少付", text, Flag.Addressee.SUPERVISOR, now)


def _reopened(order: Order, payment: Payment, decision: PaymentDecision, now: datetime) -> None:
    apply_to_paid(order, payment, move="reopen", actor=None, now=now)
    flag_overpaid(order, now)


def _unapplied_closed(order: Order, payment: Payment, decision: PaymentDecision, now: datetime) -> None:
    order.version += 1
    order.save(update_fields=["version"])
    _flag(
        order, LATE_MONEY_LABEL, f"订单关闭后收到付款{payment.amount}，未入账，请主管决定重开或退款",
        Flag.Addressee.SUPERVISOR, now,
    )  # fmt: skip
    ask_about_late_money(order, now=now)


def ask_about_late_money(order: Order, *, now: datetime) -> None:
    """Ask a supervisor: reopen or refund, for all unapplied money together (O5, P1). The order is locked.

    A request that waits already is bound to an older version and less money: it lapses.
    """
    unapplied = Payment.objects.filter(order=order, status=Payment.Status.UNAPPLIED).order_by("paid_at", "pk")
    amounts = {payment.payment_no: payment.amount for payment in unapplied}
    if not amounts:
        return
    approvals.lapse(LATE_PAYMENT, events.SUBJECT, order.tid, now=now)
    approvals.ask(
        LATE_PAYMENT,
        subject_kind=events.SUBJECT,
        subject_id=order.tid,
        subject_version=order.version,
        rule="O5",
        reason="订单关闭后收到付款",
        amount=sum(amounts.values(), ZERO),
        before={"status": order.status, "payment": str(order.payment)},
        after={"payments": {number: str(amount) for number, amount in amounts.items()}},
        now=now,
    )


def _unapplied_extra(order: Order, payment: Payment, decision: PaymentDecision, now: datetime) -> None:
    order.version += 1
    order.save(update_fields=["version"])
    _flag(
        order,
        "多付",
        f"已付款的订单又收到{payment.amount}，未入账，请主管处理",
        Flag.Addressee.SUPERVISOR,
        now,
    )


_ACT = {
    Outcome.PAID: _paid,
    Outcome.PART_PAID: _part_paid,
    Outcome.REOPENED: _reopened,
    Outcome.UNAPPLIED_CLOSED: _unapplied_closed,
    Outcome.UNAPPLIED_EXTRA: _unapplied_extra,
}


def _flag(order: Order, label: str, text: str, addressee: str, now: datetime) -> None:
    until = now + clock.hours(FLAG_HOURS)
    request = FlagRequest(Order.SellerFlag.RED, label=label, text=text, addressee=addressee, until=until)
    raise_flag(order, request, actor=None, now=now)


def _named_by(order: Order, message: PaymentMessage, actor: Staff | None, now: datetime) -> Payment | None:
    """The payment of the same amount that a file gave without a number, now with the number of the message (O5).

    A file that tells no payment number has it kept under the order's: the message is the same money, not more.
    """
    unnamed = Payment.objects.filter(
        order=order,
        payment_no=order.tid,
        method=Payment.Method.UNKNOWN,
        status=Payment.Status.APPLIED,
        amount=message.amount,
    ).first()
    if unnamed is not None:
        unnamed.payment_no, unnamed.method = message.payment_no, message.method
        unnamed.save(update_fields=["payment_no", "method"])
        audit.record(events.payment_named(unnamed, order.tid), at=now, actor=actor)
    return unnamed


def check_payment(message: PaymentMessage, now: datetime) -> None:
    """Raise ``DomainError`` (O5) for a payment that can be no order's."""
    if message.amount <= 0 or message.amount != quantize(message.amount):
        raise DomainError("O5", _("A payment is more than 0.00, in yuan and cents."), field="amount")
    if message.paid_at > now + CLOCK_TOLERANCE:
        raise DomainError(
            "O5", _("This payment lies in the future. Check when the buyer paid."), field="paid_at"
        )


def _check_method(order: Order, message: PaymentMessage) -> None:
    if message.method == Payment.Method.INTERNATIONAL_CARD:
        virtual = OrderLine.objects.filter(order=order, product__virtual=True).exists()
        check_international_card(message.amount, virtual=virtual)
