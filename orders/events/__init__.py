"""What happens to orders, as audit facts: one function per fact (D4)."""

from decimal import Decimal
from typing import Any

from orders.models import ChangeNotice, Flag, Hold, Note, Order, OrderLine, Payment, PlatformTask
from orders.rules.refunds import REFUND_PAID_OUT
from shopdesk.base.audit import Fact

SUBJECT = "order"


def _fact(action: str, tid: str, before: dict[str, Any], after: dict[str, Any]) -> Fact:
    return Fact(action, SUBJECT, tid, before, after)


def moved(action: str, order: Order, status_before: str, **details: Any) -> Fact:
    """The order went from one state to another."""
    return _fact(action, order.tid, {"status": status_before}, {"status": order.status, **details})


def payment_recorded(payment: Payment, *, outcome: str) -> Fact:
    """Money came in; ``outcome`` says what became of it."""
    return _fact(
        "payment.recorded",
        payment.order_id,
        {},
        {
            "payment_no": payment.payment_no,
            "amount": str(payment.amount),
            "paid_at": payment.paid_at.isoformat() if payment.paid_at else None,
            "outcome": outcome,
        },
    )


def payment_named(payment: Payment, before: str) -> Fact:
    """A message told the number of a payment that a file gave without one."""
    return _fact(
        "payment.named", payment.order_id, {"payment_no": before}, {"payment_no": payment.payment_no}
    )


def payment_decided(payment: Payment, status_before: str) -> Fact:
    """A supervisor decided what becomes of a late or partial payment."""
    return _fact(
        "payment.decided",
        payment.order_id,
        {"status": status_before},
        {"status": payment.status, "payment_no": payment.payment_no, "amount": str(payment.amount)},
    )


def noted(note: Note) -> Fact:
    """A note was written; the text stays in the note."""
    return _fact("note.added", note.order_id, {}, {"note": note.pk, "form": note.form})


def flagged(flag: Flag, before: Flag | None) -> Fact:
    """A flag was set."""
    return _fact("flag.set", flag.order_id, _flag(before), _flag(flag))


def flag_cleared(flag: Flag) -> Fact:
    """The flag was taken off: the order is grey."""
    return _fact("flag.cleared", flag.order_id, _flag(flag), {"seller_flag": 0})


def flag_acknowledged(flag: Flag) -> Fact:
    """Somebody whom the flag is for has seen it."""
    return _fact("flag.acknowledged", flag.order_id, {}, {"flag": flag.pk, "label": flag.label})


def _flag(flag: Flag | None) -> dict[str, Any]:
    if flag is None:
        return {"seller_flag": 0}
    return {
        "seller_flag": flag.seller_flag,
        "label": flag.label,
        "addressee": flag.addressee,
        "until": flag.until.isoformat() if flag.until else None,
        "note": flag.note_id,
    }


def hold_placed(hold: Hold) -> Fact:
    """Pieces were kept from the shelf."""
    return _of_hold("hold.placed", hold)


def hold_signed(hold: Hold) -> Fact:
    """The warehouse has put the kept pieces aside."""
    return _of_hold("hold.signed", hold)


def hold_released(hold: Hold) -> Fact:
    """Kept pieces went back to the shelf, or out with the parcel."""
    return _of_hold("hold.released", hold, release=hold.release)


def _of_hold(action: str, hold: Hold, **details: Any) -> Fact:
    """A hold is told of its order; one for no order, of its SKU."""
    kind, key = (SUBJECT, hold.order_id) if hold.order_id else ("sku", str(hold.sku_id))
    return Fact(action, kind, key, {}, {"hold": hold.pk, "sku": hold.sku_id, "num": hold.num, **details})


def phone_revealed(order: Order) -> Fact:
    """Somebody looked at a phone number in full."""
    return _fact("phone.revealed", order.tid, {}, {})


def owner_changed(order: Order, before: int | None) -> Fact:
    """Somebody took the order over."""
    return _fact("order.owner", order.tid, {"owner": before}, {"owner": order.owner_id})


def tied(order: Order) -> Fact:
    """The order was placed for an exchange, and is not to be paid."""
    return _fact("order.tied", order.tid, {"tied": False}, {"tied": True})


def untied(order: Order) -> Fact:
    """The order is one like any other again."""
    return _fact("order.untied", order.tid, {"tied": True}, {"tied": False})


def task_ticked(task: PlatformTask) -> Fact:
    """Something was done on Taobao."""
    return _fact("platform.done", task.order_id, {}, {"kind": task.kind, "amount": _text(task.amount)})


def refund_paid_out(tid: str, amount: Decimal, *, rule: str, reason: str, **what: int) -> Fact:
    """Money owed to a buyer was paid out: ``what`` names the row that it was owed by."""
    return _fact(REFUND_PAID_OUT, tid, {}, {"amount": str(amount), "rule": rule, "reason": reason, **what})


def priced(order: Order, before: dict[str, Any], after: dict[str, Any]) -> Fact:
    """The order got another price, or the same one on new terms."""
    return _fact("order.priced", order.tid, before, after)


def lines_dropped(order: Order, lines: list[OrderLine], reason: str) -> Fact:
    """Lines were taken off an unpaid order."""
    dropped = [{"position": line.position, "product": line.product_id, "num": line.num} for line in lines]
    return _fact("order.lines_dropped", order.tid, {"lines": dropped}, {"reason": reason})


def notice_opened(notice: ChangeNotice) -> Fact:
    """The warehouse is told of a change, and by whom it was made."""
    return _fact(
        "notice.opened",
        notice.order_id,
        {},
        {"notice": notice.pk, "kind": notice.kind, "stage": notice.stage},
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
