"""D1: what a row of an export does to what the desk knows already, as a decision on plain values.

An import goes forward only. A row of a higher state is newer: all that it says is taken. A row of the same or
a lower state may be older, which no export tells: it fills blanks, and raises what can only grow.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orders.states import CLOSED, ORDER_MOVES, RANK, CloseReason, Status

Facts = Mapping[str, Any]

# Without these a row cannot make a new order (D1).
NEEDED_FOR_NEW = ("status", "created", "payment")
PAID_STATES = frozenset(
    {
        Status.WAIT_SELLER_SEND_GOODS,
        Status.WAIT_BUYER_CONFIRM_GOODS,
        Status.TRADE_FINISHED,
        Status.TRADE_CLOSED,
    }
)
_NEVER_PAID = frozenset({Status.WAIT_BUYER_PAY, Status.TRADE_CLOSED_BY_TAOBAO})
# What can only grow, so that the larger of two values is the newer.
_GROWING = ("refund_fee", "num")
_IMPORT_MOVES = ("pay", "close_unpaid", "ship", "finish", "close_refunded")


class Outcome(enum.StrEnum):
    """What becomes of a row (D1)."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    # The desk closed the order, the platform says that it was paid: O5 decides.
    LATE_PAYMENT = "late_payment"
    # Paid here, never paid in the file.
    CONTRADICTION = "contradiction"
    # Finished here and refunded in the file, or the other way round.
    OTHER_END = "other_end"


@dataclass(frozen=True)
class Merge:
    """The outcome, the fields that change, and the moves of O1 that lead to the row's state."""

    outcome: Outcome
    changes: dict[str, Any] = field(default_factory=dict)
    moves: tuple[str, ...] = ()


def merge(known: Facts | None, row: Facts) -> Merge:
    """What a row does (D1). ``row`` holds only what the file says: no key for a missing column or empty cell."""
    if known is None:
        return _create(row)
    status = row.get("status")
    if known["status"] == Status.TRADE_CLOSED_BY_TAOBAO and status in PAID_STATES:
        return Merge(Outcome.LATE_PAYMENT)
    if known["status"] in PAID_STATES and status == Status.TRADE_CLOSED_BY_TAOBAO:
        return Merge(Outcome.CONTRADICTION)
    if status is not None and status != known["status"] and RANK[status] == RANK[known["status"]]:
        return Merge(Outcome.OTHER_END)  # only final states rank alike
    if status is None or RANK[status] <= RANK[known["status"]]:
        return _fill(known, row)
    moves = path(known["status"], status)
    if moves is None:  # no state is so, as the moves stand
        return Merge(Outcome.CONTRADICTION)
    return _advance(known, row, moves)


def path(start: str, end: str) -> tuple[str, ...] | None:
    """The shortest moves of O1 from one state to another as an import may make them; ``None`` without any."""
    reached: dict[str, tuple[str, ...]] = {start: ()}
    frontier = [start]
    while frontier:
        state = frontier.pop(0)
        if state == end:
            return reached[state]
        for move in _IMPORT_MOVES:
            target = ORDER_MOVES.target(move, state)
            if target is not None and target not in reached:
                reached[target] = (*reached[state], move)
                frontier.append(target)
    return None


def _create(row: Facts) -> Merge:
    if any(row.get(name) is None for name in NEEDED_FOR_NEW):
        return Merge(Outcome.WAITING)
    changes = dict(row)
    changes.setdefault("goods_payable", max(row["payment"] - row.get("post_fee", Decimal(0)), Decimal(0)))
    return Merge(Outcome.CREATED, _in_keeping(changes, row["status"]))


def _advance(known: Facts, row: Facts, moves: tuple[str, ...]) -> Merge:
    status = row["status"]
    wanted = _in_keeping(dict(row), status)
    if status != Status.WAIT_SELLER_SEND_GOODS:
        wanted.setdefault("partly_shipped", False)
    wanted["payment_pending"] = False
    for name in (*_GROWING, "paid_fee"):
        if name in wanted:
            wanted[name] = max(wanted[name], known.get(name) or 0)
    return Merge(Outcome.UPDATED, _difference(known, wanted), moves)


def _fill(known: Facts, row: Facts) -> Merge:
    wanted = {
        name: value for name, value in row.items() if name != "status" and _is_blank(known.get(name), name)
    }
    for name in _GROWING:
        if name in row and row[name] > (known.get(name) or 0):
            wanted[name] = row[name]
    if row.get("partly_shipped") and known["status"] == row.get("status"):
        wanted["partly_shipped"] = True
    else:
        wanted.pop("partly_shipped", None)
    wanted.pop("payment_pending", None)
    wanted.pop("close_reason", None)
    if known["status"] in _NEVER_PAID:
        wanted.pop("pay_time", None)
        wanted.pop("paid_fee", None)
    if known["status"] == row.get("status") == Status.WAIT_BUYER_PAY:
        paid = row.get("paid_fee") or Decimal(0)
        if (known.get("paid_fee") or 0) < paid < known["payment"]:
            wanted["paid_fee"] = paid
    changes = _difference(known, wanted)
    return Merge(Outcome.UPDATED if changes else Outcome.UNCHANGED, changes)


def _in_keeping(facts: dict[str, Any], status: str) -> dict[str, Any]:
    """Drop what cannot be true in a state, and name the reason of a closing."""
    if status in _NEVER_PAID:
        facts.pop("pay_time", None)
    if status == Status.TRADE_CLOSED_BY_TAOBAO:
        facts.pop("paid_fee", None)
    if status in CLOSED:
        never_paid = status == Status.TRADE_CLOSED_BY_TAOBAO
        facts["close_reason"] = CloseReason.UNPAID if never_paid else CloseReason.REFUND
    if status == Status.TRADE_FINISHED or status in CLOSED:
        return facts
    facts.pop("end_time", None)
    return facts


def _difference(known: Facts, wanted: Facts) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if known.get(name) != value}


def _is_blank(value: Any, name: str) -> bool:
    # Postage of 0.00 is a fact, not a blank.
    return value is None or value == "" or (value == 0 and name not in ("post_fee", "partly_shipped"))
