"""Reading the money box of a ticket's page, and the preview of what is paid back (A9). Only for who sees prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from afterservice.approval_kinds import COMPENSATION, REFUND_ABOVE_LIMIT
from afterservice.models import Ticket, TicketLine
from afterservice.rules.kinds import EXCHANGES, TicketKind
from afterservice.rules.refunds import (
    REFUND_LIMIT,
    WHOLE,
    Payback,
    needs_supervisor,
    shop_is_at_fault,
)
from afterservice.selectors.money_facts import given_before, money_of
from afterservice.states import MONEY_MOVES, Case, Decision
from orders.models import RefundTask
from shopdesk.base.models import Approval, Staff
from shopdesk.base.money import ZERO
from shopdesk.base.permissions import Permission

SUBJECT_KIND = "ticket"


@dataclass(frozen=True)
class LineRow:
    """A line in the form: what its pieces were charged, and what is left of that (CNY)."""

    line: TicketLine
    charged: Decimal
    left: Decimal
    # What another style costs less (A8).
    cheaper: Decimal


@dataclass(frozen=True)
class PaybackPreview:
    """What paying back comes to, and who has to agree."""

    paid: Payback
    lines: Sequence[tuple[TicketLine, Decimal]]
    # All that the order's tickets gave back before (CNY).
    before: Decimal
    limit: Decimal
    # The rule by which a supervisor is asked first; "" where nobody is.
    asks: str


@dataclass(frozen=True)
class MoneyBox:
    """The money of a ticket."""

    rows: Sequence[LineRow]
    post_fee_left: Decimal
    before: Decimal
    limit: Decimal
    open: bool
    whole: bool
    # Money is what such a ticket is about; where goods go out instead, paying back is the exception.
    expected: bool
    at_fault: bool
    by_invoice: bool
    # What another style costs less, all lines together (A8).
    cheaper: Decimal
    pending: Approval | None
    # What is owed beside refunds on the order and not paid out (CNY).
    debt: Decimal


def read_money_box(ticket: Ticket) -> MoneyBox:
    """The box of a ticket, by a fixed number of statements."""
    is_open = (
        ticket.case == Case.DECIDED
        and ticket.decision == Decision.ACCEPTED
        and MONEY_MOVES.target("owe", ticket.money) is not None
    )
    facts = money_of(ticket) if is_open else None
    lines = {line.line_id: line for line in _lines(ticket)} if is_open else {}
    rows = [
        LineRow(lines[money.line], money.charged, money.left, money.cheaper)
        for money in (facts.lines if facts else ())
    ]
    pending = Approval.objects.filter(
        kind__in=(REFUND_ABOVE_LIMIT, COMPENSATION),
        subject_kind=SUBJECT_KIND,
        subject_id=str(ticket.pk),
        subject_version=ticket.version,
        status=Approval.Status.PENDING,
    ).select_related("requested_by")
    return MoneyBox(
        rows=rows,
        post_fee_left=facts.post_fee_left if facts else ZERO,
        before=given_before(ticket) if is_open else ZERO,
        limit=REFUND_LIMIT,
        open=is_open,
        whole=ticket.kind in WHOLE,
        expected=ticket.kind not in {*EXCHANGES, TicketKind.REPAIR, TicketKind.RESEND},
        at_fault=shop_is_at_fault(ticket.problem),
        by_invoice=ticket.kind == TicketKind.REPAIR and ticket.repair_place == Ticket.RepairPlace.BUYER,
        cheaper=sum((row.cheaper for row in rows), ZERO),
        pending=pending.first() if is_open else None,
        debt=_debt(ticket) if ticket.owed else ZERO,
    )


def preview_of(ticket: Ticket, paid: Payback, *, staff: Staff) -> PaybackPreview:
    """A payback for people: its lines with their goods, and whether a supervisor is asked."""
    lines = {line.line_id: line for line in _lines(ticket)}
    before = given_before(ticket)
    rule = needs_supervisor(paid.total, before, paid.compensation)
    return PaybackPreview(
        paid=paid,
        lines=[(lines[line], amount) for line, amount in paid.lines.items()],
        before=before,
        limit=REFUND_LIMIT,
        asks="" if staff.may(Permission.DECIDE_APPROVAL) else rule,
    )


def _lines(ticket: Ticket) -> Sequence[TicketLine]:
    return list(ticket.lines.select_related("line__product").order_by("line__position"))


def _debt(ticket: Ticket) -> Decimal:
    debts = RefundTask.objects.filter(
        order=ticket.order_id, reason=RefundTask.Reason.AFTER_SALE, done_at__isnull=True
    )
    return debts.values_list("amount", flat=True).first() or ZERO
