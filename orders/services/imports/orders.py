"""Bringing orders forward by the rows of an order list (D1)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import override

from members.services import meet_buyers
from orders import events
from orders.imports.errors import Refused
from orders.imports.rows import OrderRow
from orders.models import Hold, Note, Order, Payment, PlatformTask
from orders.rules.finishing import confirmed_by_buyer
from orders.rules.imports import Merge, Outcome, merge
from orders.rules.missed import MISSED_LABEL
from orders.rules.promises import LATE_LABEL
from orders.rules.spend import COUNTING
from orders.services import holds
from orders.services.finishing import receive
from orders.services.imports.following import follow_orders, sent_elsewhere
from orders.services.imports.locks import lock_imports
from orders.services.imports.waiting import forget_order_rows, keep_order_rows, order_rows_of
from orders.services.joining import flag_shortfalls
from orders.services.parcels.by_platform import follow_sent, tell_partly_sent
from orders.services.parcels.planning import plan
from orders.services.parcels.reconciling import follow_platform
from orders.services.payments import PaymentMessage, flag_part_paid, record_payment
from orders.services.platform import seen_done
from orders.services.red_flags import lower_red_flags
from orders.services.spend import tell_spend
from orders.services.tied_money import flag_tied_money
from orders.services.waiting_payments import record_waiting
from orders.states import CLOSED, ORDER_MOVES, Status
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.bulk import copy_rows, update_rows
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff

# What a row may say about an order; the row and the order name it alike.
FIELDS = (
    "status", "partly_shipped", "payment_pending", "goods_payable", "post_fee", "payment", "paid_fee",
    "refund_fee", "created", "pay_time", "consign_time", "end_time", "buyer_message", "seller_memo",
    "memo_tag", "receiver_name", "receiver_state", "receiver_address", "receiver_zip", "receiver_mobile",
    "receiver_phone", "logistics_company", "invoice_no", "num", "buyer_nick",
)  # fmt: skip
STORED = ("close_reason", *FIELDS)
_what_it_says = attrgetter(*FIELDS)
_what_is_stored = itemgetter(*STORED)
SENT = frozenset({Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED})
MOVE_ACTIONS = {
    "pay": "order.paid",
    "close_unpaid": "order.closed",
    "close_refunded": "order.closed",
    "ship": "order.shipped",
    "finish": "order.finished",
}
_PAYMENT_COLUMNS = ("order_id", "payment_no", "amount", "status", "method", "paid_at", "heard_at")
# Which field of a row a refused payment blames.
_COLUMN_OF = {"paid_at": "pay_time", "amount": "paid_fee"}
_PAYMENT_NO_LENGTH = 64
_BLANK: dict[str, Any] = {
    field.name: field.get_default() for field in Order._meta.concrete_fields if field.name in STORED
} | {"buyer_nick": None}


@dataclass
class BatchResult:
    """What became of the rows of one batch."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    created: list[str] = field(default_factory=list)


def facts_of(row: OrderRow) -> dict[str, Any]:
    """What a row says: nothing for a column that the file lacks, or a cell that is empty."""
    said = zip(FIELDS, _what_it_says(row), strict=True)
    return {name: value for name, value in said if value or (value is not None and value != "")}


@transaction.atomic(savepoint=False)
def import_orders(
    rows: Sequence[OrderRow],
    *,
    file_name: str,
    now: datetime,
    actor: Staff | None = None,
    lock: Callable[[], None] = lock_imports,
    unheard: bool = False,
) -> BatchResult:
    """Create or bring forward the orders of a batch of rows, in one transaction.

    ``actor`` is who told of them, where it was no file; ``lock`` keeps others from telling of them at once. What is
    ``unheard`` of, as the caller saw under the lock, is not read.
    """
    lock()
    batch = _Batch(rows, now, actor, unheard=unheard)
    for row in rows:
        batch.take(row, facts_of(row))
    batch.write()
    keep_order_rows(batch.waiting, file_name=file_name, now=now)
    for row in batch.late:
        batch.late_payment(row)
    record_waiting([] if unheard else batch.result.created, now=now)
    return batch.result


class _Batch:
    """The orders that a batch of rows is about: as they were, and as the rows leave them."""

    def __init__(
        self, rows: Sequence[OrderRow], now: datetime, actor: Staff | None = None, *, unheard: bool = False
    ) -> None:
        self.now = now
        self.actor = actor
        self.result = BatchResult()
        tids = {row.tid for row in rows}
        self.known = {} if unheard else _facts_of_orders(tids)
        self.state = {tid: dict(facts) for tid, facts in self.known.items()}
        self.payment_numbers: dict[str, str] = {}
        self.facts: list[Fact] = []
        self.touched: set[str] = set()
        self.waiting: list[tuple[OrderRow, dict[str, Any]]] = []
        self.late: list[OrderRow] = []
        self.shown_closed: set[str] = set()
        self.shown_sent: set[str] = set()
        self.shown_memos: dict[str, str] = {}
        self.parked = {} if unheard else order_rows_of(tids - self.known.keys())
        self.sent_elsewhere = sent_elsewhere(self.known) if self.known else set()
        self.shown_addresses: dict[str, str] = {}

    def take(self, row: OrderRow, facts: dict[str, Any]) -> None:
        """Decide on one row, with the rows before it already taken."""
        if row.tid in self.sent_elsewhere:
            facts = {name: value for name, value in facts.items() if not name.startswith("receiver_")}
            self.shown_addresses[row.tid] = row.receiver_address or ""
        decision = merge(self.state.get(row.tid), facts)
        if decision.outcome in (Outcome.CONTRADICTION, Outcome.OTHER_END):
            self.result.refused.append(Refused(row.row, "status", decision.outcome.value))
            return
        if decision.outcome == Outcome.LATE_PAYMENT:
            self.late.append(row)
            return
        self.result.outcomes[decision.outcome] += 1
        if facts.get("status") in CLOSED:
            self.shown_closed.add(row.tid)
        elif facts.get("status") in SENT:
            self.shown_sent.add(row.tid)
        if row.seller_memo:
            self.shown_memos[row.tid] = row.seller_memo
        if decision.outcome == Outcome.WAITING:
            self.waiting.append((row, facts))
        elif decision.outcome != Outcome.UNCHANGED:
            self._apply(row.tid, decision)
            if row.payment_no:
                self.payment_numbers[row.tid] = row.payment_no
            if decision.outcome == Outcome.CREATED:
                for parked in self.parked.get(row.tid, ()):
                    self._apply(row.tid, merge(self.state[row.tid], parked))

    def _apply(self, tid: str, decision: Merge) -> None:
        before = self.state.get(tid)
        if before is None:
            self.state[tid] = {"tid": tid, **_BLANK, **decision.changes}
            self.result.created.append(tid)
            after = {"status": decision.changes["status"], "payment": str(decision.changes["payment"])}
            self.facts.append(Fact("order.created", events.SUBJECT, tid, {}, after))
            return
        if not decision.changes:
            return
        status = before["status"]
        for move in decision.moves:
            target = ORDER_MOVES.require(move, status)
            self.facts.append(
                Fact(MOVE_ACTIONS[move], events.SUBJECT, tid, {"status": status}, {"status": target})
            )
            status = target
        filled = sorted(decision.changes.keys() - {"status"})
        if filled and tid in self.known:
            self.facts.append(Fact("order.imported", events.SUBJECT, tid, {}, {"fields": filled}))
        before.update(decision.changes)
        self.touched.add(tid)

    def write(self) -> None:
        """Write what the rows left, with a constant number of statements."""
        created = set(self.result.created)
        changed = self.touched - created
        self._write_buyers(created | changed)
        copy_rows(
            Order,
            ("tid", "version", "discount_fee", "seller_flag", *STORED),
            ((tid, 1, 0, 0, *_what_is_stored(self.state[tid])) for tid in self.result.created),
        )
        if changed:
            update_rows(
                Order,
                "tid",
                STORED,
                ((tid, *_what_is_stored(self.state[tid])) for tid in sorted(changed)),
                also="version = target.version + 1",
            )
        self._write_payments(created | changed)
        forget_order_rows(created & self.parked.keys())
        audit.record_many(self.facts, at=self.now, actor=self.actor)
        tell_spend(changed | {tid for tid in created if self.state[tid]["status"] in COUNTING})
        self._plan_parcels(created | changed)
        if changed:
            self._follow_moves(changed)
        self._tell_partly_sent(created | changed)
        self._tick_tasks()
        if self.known:
            follow_orders(self._refunded(changed), self.shown_addresses, now=self.now)
        self._flag_part_paid(created | changed)
        self._flag_tied_money(changed)

    def _plan_parcels(self, tids: Iterable[str]) -> None:
        """F1: what is to be sent has its parcel, and what the platform sent or closed has none any more."""
        waiting = Status.WAIT_SELLER_SEND_GOODS
        states = {tid: {self.state[tid]["status"], self.known.get(tid, _BLANK)["status"]} for tid in tids}
        plan((tid for tid, seen in states.items() if waiting in seen), now=self.now)

    def _write_buyers(self, tids: Iterable[str]) -> None:
        first_seen: dict[str, datetime] = {}
        for tid in tids:
            state = self.state[tid]
            if nick := state["buyer_nick"]:
                first_seen[nick] = min(first_seen.get(nick, state["created"]), state["created"])
        meet_buyers(first_seen)

    def _write_payments(self, tids: Iterable[str]) -> None:
        """Write what was paid since, so that the payments of an order add up to what it says is paid."""
        more = {tid: amount for tid in sorted(tids) if (amount := self._paid_since(tid)) > 0}
        taken: dict[str, set[str]] = defaultdict(set)
        if not more:
            return
        payments = Payment.objects.filter(order__in=more.keys() & self.known.keys())
        for tid, number in payments.values_list("order_id", "payment_no"):
            taken[tid].add(number)
        new: list[tuple[Any, ...]] = []
        for tid, amount in more.items():
            state = self.state[tid]
            refunded = state["status"] == Status.TRADE_CLOSED
            number = _free_number(self.payment_numbers.get(tid) or tid, taken[tid])
            status = Payment.Status.REFUNDED if refunded else Payment.Status.APPLIED
            new.append((tid, number, amount, status, Payment.Method.UNKNOWN, state["pay_time"], self.now))
        copy_rows(Payment, _PAYMENT_COLUMNS, new)

    def _paid_since(self, tid: str) -> Decimal:
        before = self.known.get(tid)
        paid: Decimal = self.state[tid]["paid_fee"] - (before["paid_fee"] if before else 0)
        return paid

    def _flag_part_paid(self, tids: Iterable[str]) -> None:
        """O5: too little money is never silently accepted."""
        short = [
            tid
            for tid in tids
            if _is_part_paid(self.state[tid]) and not _is_part_paid(self.known.get(tid, _BLANK))
        ]
        if short:
            for order in Order.objects.filter(pk__in=short).order_by("tid").select_for_update():
                flag_part_paid(order, self.now)

    def _flag_tied_money(self, changed: set[str]) -> None:
        """A8: an order placed for an exchange is not to be paid; money for it is never silently accepted."""
        paid = [tid for tid in changed if self._paid_since(tid) > 0]
        tied = (
            Order.objects.filter(pk__in=paid, tied=True).order_by("tid").select_for_update() if paid else ()
        )
        for order in tied:
            flag_tied_money(order, now=self.now)

    def _follow_moves(self, changed: set[str]) -> None:
        closed = [tid for tid in changed if self._moved_to(tid, *CLOSED)]
        sent = [tid for tid in changed if self._moved_to(tid, *SENT)]
        holds.end_of_orders(
            dict.fromkeys(closed, Hold.Release.CLOSED) | dict.fromkeys(sent, Hold.Release.CONSUMED),
            now=self.now,
        )
        follow_platform(sent=sent, closed=closed, now=self.now)
        follow_sent([tid for tid in changed if self._on_its_way(tid)], now=self.now)
        if closed or sent:
            lower_red_flags((*closed, *sent), MISSED_LABEL, LATE_LABEL, now=self.now)
        flag_shortfalls(closed, now=self.now)
        confirmed = {
            tid: self.state[tid]["end_time"] for tid in changed if self._moved_to(tid, Status.TRADE_FINISHED)
        }
        shipped = {tid: self.state[tid]["consign_time"] for tid in confirmed}
        received = {tid: at for tid, at in confirmed.items() if confirmed_by_buyer(shipped[tid], at)}
        if received:
            receive(received, now=self.now)

    def _on_its_way(self, tid: str) -> bool:
        """Whether the file told that an order is on its way, or under which number (F7)."""
        state, known = self.state[tid], self.known[tid]
        on_its_way = state["status"] == Status.WAIT_BUYER_CONFIRM_GOODS
        return on_its_way and any(state[name] != known[name] for name in ("status", "invoice_no"))

    def _tell_partly_sent(self, tids: Iterable[str]) -> None:
        """O1: of what the platform alone sent in part, nobody here knows which goods went."""
        name = "partly_shipped"
        partly = [tid for tid in tids if self.state[tid][name] and not self.known.get(tid, _BLANK)[name]]
        if partly:
            tell_partly_sent(partly, now=self.now)

    def _refunded(self, changed: set[str]) -> dict[str, Decimal]:
        """What the file shows as refunded beyond what was known (CNY); a closing is shown with nothing more."""
        more = {tid: self.state[tid]["refund_fee"] - self.known[tid]["refund_fee"] for tid in changed}
        return {tid: fee for tid, fee in more.items() if fee > 0 or self._moved_to(tid, Status.TRADE_CLOSED)}

    def _moved_to(self, tid: str, *states: str) -> bool:
        status = self.state[tid]["status"]
        return status in states and self.known[tid]["status"] != status

    def _tick_tasks(self) -> None:
        """D5: what the file shows as done on Taobao leaves the list."""
        shown = self.shown_closed | self.shown_sent | self.shown_memos.keys()
        if not shown & self.known.keys():
            return
        tasks = PlatformTask.objects.filter(
            order__in=shown & self.known.keys(),
            kind__in=(PlatformTask.Kind.CLOSE, PlatformTask.Kind.SHIPMENT, PlatformTask.Kind.MEMO),
            done_at__isnull=True,
        )
        by_kind: dict[str, list[PlatformTask]] = defaultdict(list)
        for task in tasks:
            by_kind[task.kind].append(task)
        done = [task for task in by_kind[PlatformTask.Kind.CLOSE] if task.order_id in self.shown_closed]
        done += [task for task in by_kind[PlatformTask.Kind.SHIPMENT] if task.order_id in self.shown_sent]
        copied = _orders_whose_notes_stand_in(
            {
                task.order_id: self.shown_memos.get(task.order_id, "")
                for task in by_kind[PlatformTask.Kind.MEMO]
            }
        )
        done += [task for task in by_kind[PlatformTask.Kind.MEMO] if task.order_id in copied]
        seen_done(done, now=self.now)

    def late_payment(self, row: OrderRow) -> None:
        """The platform says that an order closed here was paid: O5 decides, and the row goes on from there."""
        tid = row.tid
        if row.pay_time is None or not row.paid_fee:
            missing = "pay_time" if row.pay_time is None else "paid_fee"
            self.result.refused.append(Refused(row.row, missing, "late_payment"))
            return
        # A file says what was paid in all; only what no message told before is new (O5).
        heard = dict(Payment.objects.filter(order=tid).values_list("payment_no", "amount"))
        amount = row.paid_fee - sum(heard.values())
        if amount > 0:
            number = _free_number(row.payment_no or tid, heard)
            try:
                with override("en"):  # a reason is kept in English and translated when it is shown
                    record_payment(tid, PaymentMessage(number, amount, row.pay_time), now=self.now)
            except DomainError as refusal:
                blamed = _COLUMN_OF.get(refusal.field or "", "paid_fee")
                self.result.refused.append(Refused(row.row, blamed, "late_payment", refusal.message))
                return
        follow_up = _Batch([row], self.now)
        if follow_up.known[tid]["status"] != Status.TRADE_CLOSED_BY_TAOBAO:
            follow_up.take(row, facts_of(row))
            follow_up.write()
        self.result.outcomes[Outcome.UPDATED if amount > 0 else Outcome.UNCHANGED] += 1


def _facts_of_orders(tids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Lock the orders that are known and answer what is stored of them."""
    locked = Order.objects.select_for_update().filter(pk__in=set(tids)).order_by("tid")
    rows = locked.annotate(buyer_nick=F("buyer_id")).values("tid", *STORED)
    return {facts["tid"]: facts for facts in rows}


def _is_part_paid(facts: Mapping[str, Any]) -> bool:
    return facts["status"] == Status.WAIT_BUYER_PAY and bool(0 < facts["paid_fee"] < facts["payment"])


def _free_number(number: str, taken: Collection[str]) -> str:
    """A payment number that the order does not have yet."""
    free, count = number, 1
    while free in taken:
        count += 1
        suffix = f"-{count}"
        free = f"{number[: _PAYMENT_NO_LENGTH - len(suffix)]}{suffix}"
    return free


def _orders_whose_notes_stand_in(memos: dict[str, str]) -> set[str]:
    """The orders all of whose notes can be read in the memo that the platform shows."""
    missing: set[str] = set()
    for note in Note.objects.filter(order__in=memos).only("order_id", "text", "signature", "at"):
        if str(note) not in memos[note.order_id]:
            missing.add(note.order_id)
    return memos.keys() - missing
