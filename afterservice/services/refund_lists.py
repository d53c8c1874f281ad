"""Taobao's refund list (D2): its rows open tickets and bring them forward, whatever staff did here (D1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.events import decisions as opening_facts
from afterservice.events import platform as facts
from afterservice.models import Clock, Ticket, TicketLine, TicketMessage
from afterservice.rules.clocks import Awaits, ClockKind
from afterservice.rules.kinds import WITHOUT_GOODS, TicketKind, category_of, priority_of
from afterservice.rules.platform_refunds import (
    BUYERS_TURN,
    RefundStatus,
    is_newer,
    is_older,
    is_stepped_in,
    kind_of,
    problem_of,
    status_of,
)
from afterservice.rules.requests import LONGEST_TEXT
from afterservice.selectors.refund_lists import Known, line_of, read_known
from afterservice.services import clocks, messages
from afterservice.services.deciding import accept_by_condition, step_in
from afterservice.services.locks import lock_ticket, save
from afterservice.services.platform_steps import follow, is_over, say, send_back
from afterservice.states import CASE_MOVES, Decision
from orders.imports.errors import Refused
from orders.imports.refund_rows import RefundRow
from orders.imports.takers import Taken
from orders.models import OrderLine
from orders.services.locks import lock_orders
from shipping.carriers import carrier_of
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError

HELP_LENGTH, CARRIER_LENGTH = 64, 24
# In the log of the ticket, in the shop's own words.
ASKED_WORDS = "买家在淘宝申请{kind}{at}：{reason}"
HELP_WORDS = "淘宝客服介入：{help}"
_UNKNOWN_STATUS = _("No state of a refund that Taobao's lists have: write it as the list does.")
_UNKNOWN_KIND = _("Neither this nor what became of the goods says what the buyer asks for.")
_OTHER_ORDER = _("The desk knows this refund number from another order.")
_NO_LINE = _("The order has no goods like these: import its item list, or mend title and code.")


class _RowRefused(Exception):
    def __init__(self, field: str, code: str, reason: str | Promise) -> None:
        super().__init__(code)
        self.field, self.code, self.reason = field, code, reason


class _RowWaits(Exception):
    """It lacks what a new ticket needs."""


@dataclass(frozen=True)
class _Told:
    """A row as the desk reads it. ``None`` is what it does not say."""

    row: RefundRow
    status: RefundStatus | None
    fee: Decimal | None
    help: str | None
    return_no: str
    carrier: str


@dataclass
class _Batch:
    known: Known
    file_name: str
    now: datetime
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    waiting: list[RefundRow] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def take(self, row: RefundRow) -> None:
        """Take one row; a bad one costs nothing but itself."""
        try:
            with transaction.atomic():
                self._take(_read(row))
        except _RowWaits:
            self.waiting.append(row)
        except _RowRefused as refusal:
            self.refused.append(Refused(row.row, refusal.field, refusal.code, refusal.reason))
        except DomainError as refusal:
            self.refused.append(Refused(row.row, "status", refusal.code, str(refusal.message)))
            self.known.tickets.pop(row.refund_no, None)
            self._look_again(row)

    def _take(self, told: _Told) -> None:
        row = told.row
        ticket = self.known.tickets.get(row.refund_no)
        if ticket is not None and ticket.order_id != row.tid:
            raise _RowRefused("tid", "other_order", _OTHER_ORDER)
        is_new = False
        if ticket is None:
            ticket, is_new = self._new(told)
        elif not self._says_more(ticket, told):
            self.unchanged += 1
            return
        else:
            ticket = lock_ticket(ticket.pk)
        changed = self._bring_forward(ticket, told)
        self.known.tickets[row.refund_no] = ticket
        self._keep_due(ticket)
        if is_new:
            self.created += 1
        elif changed:
            self.updated += 1
        else:
            self.unchanged += 1

    def _new(self, told: _Told) -> tuple[Ticket, bool]:
        """The ticket of a number that is new: one that staff opened for the same, else a new one."""
        row = told.row
        if told.status is None:
            raise _RowWaits
        kind = kind_of(row.kind or "", row.goods_status or "", has_return_no=bool(told.return_no))
        if kind is None:
            raise _RowRefused("kind", "kind", _UNKNOWN_KIND)
        line = None if kind in WITHOUT_GOODS else self._line(row)
        ticket = self._nameless(row.tid, kind, line)
        if ticket is not None:
            ticket = lock_ticket(ticket.pk)
            ticket.platform_no = row.refund_no
            ticket.save(update_fields=["platform_no"])
            audit.record(facts.linked(ticket, row.refund_no), at=self.now, actor=None)
            return ticket, False
        return self._open(told, kind, line), True

    def _line(self, row: RefundRow) -> OrderLine:
        if not self.known.lines.get(row.tid):
            raise _RowWaits
        line = line_of(
            self.known,
            row.tid,
            title=row.title or "",
            code=row.code or "",
            num_iid=row.num_iid or "",
            paid=row.paid_fee,
        )
        if line is None:
            raise _RowRefused("title" if row.title is not None else "code", "line", _NO_LINE)
        return line

    def _nameless(self, tid: str, kind: TicketKind, line: OrderLine | None) -> Ticket | None:
        for ticket in self.known.nameless.get(tid, ()):
            about = {part.line_id for part in ticket.lines.all()}
            if ticket.kind == kind and (line is None or line.pk in about):
                self.known.nameless[tid].remove(ticket)
                return ticket
        return None

    def _open(self, told: _Told, kind: TicketKind, line: OrderLine | None) -> Ticket:
        row, now = told.row, self.now
        order = self.known.orders[row.tid]
        problem = problem_of(row.reason or "", row.reason_tag or "")
        ticket = Ticket.objects.create(
            order=order,
            buyer_id=order.buyer_id,
            kind=kind,
            problem=problem,
            category=category_of(problem),
            priority=priority_of(problem),
            opened_at=now,
            owner_id=order.owner_id,
            platform_no=row.refund_no,
        )
        goods = []
        if line is not None:
            TicketLine.objects.create(ticket=ticket, line=line, num=line.num)
            self.known.asked_for[row.tid].add(line.pk)
            goods = [{"position": line.position, "num": line.num}]
        audit.record(opening_facts.opened(ticket, goods, "", ""), at=now, actor=None)
        at = f"（{row.applied_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}）" if row.applied_at else ""
        reason = "；".join(filter(None, (row.reason, row.words))) or "（未填写原因）"
        words = ASKED_WORDS.format(kind=row.kind or "", at=at, reason=reason)[:LONGEST_TEXT]
        side, channel = TicketMessage.Side.FROM_BUYER, TicketMessage.Channel.TAOBAO
        messages.log(ticket, side, words, channel=channel, actor=None, now=now)
        if told.status == RefundStatus.AGREE:
            clocks.start(ticket, ClockKind.ANSWER, now=now)
            clocks.start(ticket, ClockKind.DECIDE, now=now)
        return lock_ticket(ticket.pk)

    def _says_more(self, ticket: Ticket, told: _Told) -> bool:
        """Without a lock: whether there is anything in the row that the ticket does not have."""
        status = told.status or ticket.platform_status
        dues = self._dues(ticket, told)
        if not ticket.return_invoice_no and told.return_no:
            return True
        if is_older(ticket.platform_status, status, dues=dues):
            return False
        due_moves = not is_over(status) and told.row.due_at is not None and dues != 0
        return (
            status != ticket.platform_status
            or due_moves
            or told.fee not in (None, ticket.platform_fee)
            or told.help not in (None, ticket.platform_help)
        )

    def _dues(self, ticket: Ticket, told: _Told) -> int:
        known, due = self.known.due.get(ticket.pk), told.row.due_at
        if due is None:
            return 0
        return 1 if known is None or due > known else -1 if due < known else 0

    def _bring_forward(self, ticket: Ticket, told: _Told) -> bool:
        """Write what is new onto a locked ticket, and let it follow; whether anything was."""
        dues = self._dues(ticket, told)
        status = told.status or ticket.platform_status
        older = is_older(ticket.platform_status, status, dues=dues)
        newer = is_newer(ticket.platform_status, status, dues=dues)
        steps_in = not older and bool(told.help) and told.help != ticket.platform_help
        before, after = self._write(ticket, told, status=status if newer else "", older=older)
        if after:
            audit.record(facts.told(ticket, before, after, self.file_name), at=self.now, actor=None)
        if newer:
            follow(ticket, status, returned_at=told.row.returned_at, ended_at=told.row.ended_at, now=self.now)
        if "return_invoice_no" in after and ticket.decision == Decision.ACCEPTED:
            send_back(ticket, returned_at=told.row.returned_at, now=self.now)
        if steps_in and is_stepped_in(told.help or "") and not is_over(status):
            self._step_in(ticket, told)
        due_moved = False if older else self._due(ticket, told, status)
        if newer and status == RefundStatus.AGREE:
            accept_by_condition(ticket, now=self.now)
        return bool(after) or newer or due_moved

    def _write(
        self, ticket: Ticket, told: _Told, *, status: str, older: bool
    ) -> tuple[dict[str, str | None], dict[str, str | None]]:
        new: dict[str, object] = {"platform_status": status} if status else {}
        if not older:
            if told.fee not in (None, ticket.platform_fee):
                new["platform_fee"] = told.fee
            if told.help not in (None, ticket.platform_help):
                new["platform_help"] = told.help
        if told.return_no and not ticket.return_invoice_no:
            new |= {
                "return_invoice_no": told.return_no,
                "return_carrier": ticket.return_carrier or told.carrier,
            }
        before = {name: _plain(getattr(ticket, name)) for name in new}
        for name, value in new.items():
            setattr(ticket, name, value)
        if "return_invoice_no" in new:
            save(ticket, new)
        elif new:
            # What stands on Taobao contradicts nobody's form here: the version stays.
            ticket.save(update_fields=list(new))
        return before, {name: _plain(value) for name, value in new.items()}

    def _step_in(self, ticket: Ticket, told: _Told) -> None:
        words = HELP_WORDS.format(help=told.help)
        if told.row.due_at is None or CASE_MOVES.target("step_in", ticket.case) is None:
            say(ticket, words, now=self.now)
            return
        step_in(ticket.pk, due_at=told.row.due_at, text=words, actor=None, now=self.now)
        ticket.refresh_from_db()

    def _due(self, ticket: Ticket, told: _Told, status: str) -> bool:
        """Taobao's own due time: a clock of ours, or of the buyer's where it is their turn (A6)."""
        if is_over(status):
            clocks.stop(ticket, ClockKind.PLATFORM, now=self.now)
            return False
        if told.row.due_at is None:
            return False
        awaits = Awaits.BUYER if status in BUYERS_TURN else Awaits.US
        running = Clock.objects.filter(ticket=ticket, kind=ClockKind.PLATFORM, stopped_at__isnull=True)
        same = running.filter(due_at=told.row.due_at, awaits=awaits).exists()
        if same:
            return False
        clocks.stop(ticket, ClockKind.PLATFORM, now=self.now)
        started = clocks.start(ticket, ClockKind.PLATFORM, now=self.now, due_at=told.row.due_at)
        if started.awaits != awaits:
            Clock.objects.filter(pk=started.pk).update(awaits=awaits)
            clocks.keep_in_step([ticket])
        return True

    def _keep_due(self, ticket: Ticket) -> None:
        running = Clock.objects.filter(ticket=ticket, kind=ClockKind.PLATFORM, stopped_at__isnull=True)
        due = running.values_list("due_at", flat=True).first()
        self.known.due.pop(ticket.pk, None)
        if due is not None:
            self.known.due[ticket.pk] = due

    def _look_again(self, row: RefundRow) -> None:
        """What was changed in memory for a row that was refused is not so."""
        fresh = read_known([row.refund_no], [row.tid])
        self.known.tickets.update(fresh.tickets)
        self.known.due.update(fresh.due)
        for name in ("nameless", "asked_for"):
            getattr(self.known, name)[row.tid] = getattr(fresh, name)[row.tid]


def take_refunds(rows: Sequence[RefundRow], *, file_name: str, now: datetime) -> Taken:
    """Take rows of a refund list whose orders are here, inside the transaction of their batch (D1, D2).

    Tickets are opened by Taobao's refund number and go forward only; a row that says nothing new changes nothing. A
    row that lacks what a new ticket needs waits, one that contradicts what is known is refused with its reason.
    """
    known = read_known([row.refund_no for row in rows], [row.tid for row in rows])
    batch = _Batch(known, file_name, now)
    lock_orders({row.tid for row in rows})
    for row in rows:
        batch.take(row)
    return Taken(batch.created, batch.updated, batch.unchanged, batch.waiting, batch.refused)


def _read(row: RefundRow) -> _Told:
    status = status_of(row.status) if row.status else None
    if row.status and status is None:
        raise _RowRefused("status", "status", _UNKNOWN_STATUS)
    words = None if row.platform_help is None else row.platform_help[:HELP_LENGTH]
    carrier = row.return_carrier or ""
    code = carrier_of(carrier) or carrier[:CARRIER_LENGTH]
    return _Told(row, status, row.refund_fee, words, (row.return_no or "")[:64], code)


def _plain(value: object) -> str | None:
    return None if value is None else str(value)
