"""Refunds of goods that were shipped, and what else is owed after the sale (A9, D5).

The goods themselves are another matter: those that came back go on the shelf by ``returns.put_back``.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import changes as facts
from orders.models import Order, OrderLine, PlatformTask, Refund, RefundLine, RefundTask
from orders.rules.changes import require_sent
from orders.selectors.refunding_after import Refundable, read_refundable
from orders.services import refund_success
from orders.services.changes.locking import require_role
from orders.services.debts import owe
from orders.services.imports.following import finish_refunds
from orders.services.locks import lock_order
from orders.services.platform import drop_refund_task, open_task
from orders.services.reasons import require_reason
from shopdesk.base import audit
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO, quantize, yuan

LONGEST_REASON = 200


def refundable(order: Order) -> Refundable:
    """What is left to refund of an order (CNY): ``refundable(order)[line_id]``, ``.post_fee``, ``.total`` (A9)."""
    return read_refundable(order)


@transaction.atomic
def refund_shipped(
    order: Order,
    amounts: Mapping[int, Decimal],
    post_fee: Decimal = ZERO,
    *,
    reason: str,
    actor: Staff | None,
    now: datetime,
) -> Refund:
    """Refund amounts (CNY, by line id) of shipped goods, and postage: due at once, to be made on Taobao (A9, D5).

    It is done when it is ticked there or an import shows it: line, order and ledger follow, and a shipped order all
    of whose lines are refunded in full closes (O6). The order is locked by the caller. Raises ``Forbidden`` (A9) by
    role, ``Conflict`` (A9) for an order that is neither shipped nor finished and has no shipped line,
    ``DomainError`` (A9) for no money, for more than is left of a line, of the postage or of the order, (P2) without
    a reason.
    """
    if actor is not None:
        require_role("A9", actor)
    locked = lock_order(order.pk)
    left = read_refundable(locked)
    require_sent(locked.status, any_sent=bool(left.lines))
    parts = {pk: quantize(amount) for pk, amount in sorted(amounts.items()) if amount}
    post_fee = quantize(post_fee)
    _check(parts, post_fee, left)
    refund = Refund.objects.create(
        order=locked,
        status=Refund.Status.DUE,
        after_sale=True,
        goods_fee=sum(parts.values(), ZERO),
        post_fee=post_fee,
        reason=_reason(reason),
        asked_by=actor,
        asked_at=now,
        due_at=now,
    )
    RefundLine.objects.bulk_create(
        RefundLine(refund=refund, line_id=pk, amount=amount) for pk, amount in parts.items()
    )
    _touch(order, locked)
    open_task(locked, PlatformTask.Kind.REFUND, now=now, amount=refund.total)
    audit.record(facts.refund_after_sale(refund), at=now, actor=actor)
    return refund


@transaction.atomic
def withdraw_after_sale(order: Order, refund_id: int, *, actor: Staff, now: datetime) -> Refund:
    """Take a refund of shipped goods back that is not paid out; it is not to be made on Taobao any more.

    The order is locked by the caller. Raises ``Forbidden`` (A9) by role, ``Conflict`` (A9) where it was paid out or
    taken back already.
    """
    require_role("A9", actor)
    locked = lock_order(order.pk)
    due = Refund.objects.select_for_update().filter(order=locked, after_sale=True, status=Refund.Status.DUE)
    refund = due.filter(pk=refund_id).first()
    if refund is None:
        raise Conflict("A9", _("This refund was paid out or taken back already."))
    refund.status = Refund.Status.WITHDRAWN
    refund.save(update_fields=["status"])
    _touch(order, locked)
    drop_refund_task(locked, refund.total)
    audit.record(facts.refund_withdrawn(refund), at=now, actor=actor)
    return refund


@transaction.atomic
def seen_paid(refund_ids: Collection[int], *, now: datetime) -> list[Refund]:
    """A file shows that these refunds succeeded on Taobao: count them as done, and tick them there (D5).

    Those that were done or taken back before are left alone. Their orders are locked by the caller.
    """
    return finish_refunds(list(refund_ids), refund_success.Shown(), now)


@transaction.atomic
def owe_after_sale(order: Order, amount: Decimal, *, actor: Staff | None, now: datetime) -> RefundTask:
    """Owe the buyer more (CNY) after the sale: a compensation, return postage, an invoice (A9, A6).

    What is owed for an order adds up until it is paid out; then a debt begins anew. The order is locked by the
    caller. Raises ``Forbidden`` (A9) by role, ``DomainError`` (A9) for no amount.
    """
    if actor is not None:
        require_role("A9", actor)
    amount = quantize(amount)
    if amount <= 0:
        raise DomainError("A9", _("Say how much is owed: more than 0.00."), field="amount")
    locked = lock_order(order.pk)
    task = owe(locked, amount, rule="A9", reason=RefundTask.Reason.AFTER_SALE, now=now)
    assert task is not None  # noqa: S101 (more is owed than before)
    _touch(order, locked)
    audit.record(facts.owed_after_sale(locked, amount, task.amount), at=now, actor=actor)
    return task


def _check(parts: Mapping[int, Decimal], post_fee: Decimal, left: Refundable) -> None:
    if any(amount < 0 for amount in parts.values()) or post_fee < 0:
        raise DomainError("A9", _("An amount to refund is 0.00 or more."), field="amount")
    total = sum(parts.values(), ZERO) + post_fee
    if not total:
        raise DomainError("A9", _("There is nothing to refund: enter an amount."), field="amount")
    for pk, amount in parts.items():
        if amount > left[pk]:
            raise DomainError("A9", _too_much(amount, left[pk], _line_words(pk)), field="amount")
    if post_fee > left.post_fee:
        raise DomainError("A9", _too_much(post_fee, left.post_fee, _("the postage")), field="post_fee")
    if total > left.total:
        raise DomainError("A9", _too_much(total, left.total, _("the order")), field="amount")


def _too_much(amount: Decimal, left: Decimal, what: object) -> str:
    return _("%(left)s is left to refund of %(what)s, %(amount)s is more than was paid.") % {
        "left": yuan(left),
        "what": what,
        "amount": yuan(amount),
    }


def _line_words(line_id: int) -> str:
    title = OrderLine.objects.filter(pk=line_id).values_list("product__title", flat=True).first()
    return f"“{title}”" if title else "—"


def _reason(text: str) -> str:
    reason = require_reason(text)
    if len(reason) > LONGEST_REASON:
        raise DomainError("P2", _("A reason of a refund holds 200 characters."), field="reason")
    return reason


def _touch(order: Order, locked: Order) -> None:
    """The order's version grows; the caller's row, which is the same, follows."""
    locked.version += 1
    locked.save(update_fields=["version"])
    order.version = locked.version
