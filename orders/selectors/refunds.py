"""Reading what the shop owes to buyers, and what was paid out (S7, S10, O5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order, Payment, Refund, RefundTask
from orders.rules.refunds import AFTER_SALE, BEFORE_SHIPPING, REFUND_PAID_OUT
from orders.states import CLOSED, Status
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page
from shopdesk.base.models import AuditEntry

OWED_SHOWN = 100
PAID_OUT_KEYSET = Keyset("at", "id", numeric=True)
PAYMENT, TASK, REFUND = "payment", "task", "refund"
PAYMENT_REASON = _("a payment that a supervisor gave back")
REFUND_REASON, AFTER_SALE_REASON = _("goods refunded before shipping"), _("goods refunded after the sale")


@dataclass(frozen=True)
class Owed:
    """One debt: how much (CNY), to the buyer of which order, by which rule, why, since when."""

    kind: str
    pk: int
    order: Order
    amount: Decimal
    rule: str
    reason: str | Promise
    since: datetime

    @property
    def due(self) -> bool:
        """Whether it can be paid out: what joining leaves over is owed once the joined order is paid (S7)."""
        return self.kind != TASK or self.order.status != Status.WAIT_BUYER_PAY


def open_refund_tasks() -> QuerySet[RefundTask]:
    """What is owed back; an order that was closed was not joined after all and is owed no postage (S7).

    What is owed after the sale stays owed: a compensation does not end with the refund of the goods (A9).
    """
    return RefundTask.objects.filter(done_at__isnull=True).exclude(
        ~Q(reason=RefundTask.Reason.AFTER_SALE), order__status__in=CLOSED
    )


def payments_due() -> QuerySet[Payment]:
    """Payments that are to be refunded."""
    return Payment.objects.filter(status=Payment.Status.REFUND_DUE)


def refunds_due() -> QuerySet[Refund]:
    """Refunds of goods whose parcel is out of the way: the money is to be given back (F4)."""
    return Refund.objects.filter(status=Refund.Status.DUE)


def read_owed(most: int = OWED_SHOWN) -> tuple[list[Owed], bool]:
    """The oldest debts, and whether there are more than these: three statements."""
    tasks = open_refund_tasks().select_related("order").order_by("opened_at", "pk")
    payments = payments_due().select_related("order").order_by("heard_at", "pk")
    refunds = refunds_due().select_related("order").order_by("due_at", "pk")
    owed = [as_owed(row) for rows in (tasks, payments, refunds) for row in rows[: most + 1]]
    owed.sort(key=lambda debt: (debt.since, debt.kind, debt.pk))
    return owed[:most], len(owed) > most


def as_owed(row: RefundTask | Payment | Refund) -> Owed:
    """A debt of any of the three tables."""
    if isinstance(row, RefundTask):
        return Owed(TASK, row.pk, row.order, row.amount, row.rule, row.get_reason_display(), row.opened_at)
    if isinstance(row, Refund):
        rule, reason = ("A9", AFTER_SALE_REASON) if row.after_sale else ("O6", REFUND_REASON)
        return Owed(REFUND, row.pk, row.order, row.total, rule, reason, row.due_at or row.asked_at)
    return Owed(PAYMENT, row.pk, row.order, row.amount, "O5", PAYMENT_REASON, row.heard_at)


@dataclass(frozen=True)
class PaidOut:
    """A debt that was paid out, by whom and when."""

    entry: AuditEntry
    order: Order | None
    amount: Decimal
    reason: str | Promise


def read_paid_out(cursor: str = "", size: int = PAGE_SIZE) -> tuple[Page[AuditEntry], Sequence[PaidOut]]:
    """One page of what was paid out, newest first, from the audit: two statements."""
    entries = AuditEntry.objects.filter(action=REFUND_PAID_OUT).select_related("actor")
    page = read_page(entries, PAID_OUT_KEYSET, cursor, size)
    orders = Order.objects.in_bulk([entry.subject_id for entry in page.rows])
    reasons: dict[str, str | Promise] = {
        PAYMENT: PAYMENT_REASON,
        BEFORE_SHIPPING: _("refunded before shipping"),
        AFTER_SALE: _("refunded after the sale"),
        **dict(RefundTask.Reason.choices),
    }
    return page, [
        PaidOut(
            entry,
            orders.get(entry.subject_id),
            Decimal(entry.after["amount"]),
            reasons.get(entry.after["reason"], ""),
        )
        for entry in page.rows
    ]
