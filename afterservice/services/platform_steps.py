"""What happened to a request on Taobao, taken over here (D2): staff worked it there, or Taobao did.

Every function takes a locked ticket. What staff did here stays: a decision of theirs is only overruled by money that
was given back, or by Taobao's ruling; where Taobao says otherwise without it, the log says so and a person looks.
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from afterservice.events import decisions as facts
from afterservice.models import Ticket, TicketLine, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import EXCHANGES, GOODS_COME_BACK, TicketKind
from afterservice.rules.platform_refunds import AGREED, OVER, RefundStatus
from afterservice.selectors.refund_lists import success_of_line
from afterservice.services import clocks, messages
from afterservice.services.deciding.applying import DECIDING_CLOCKS, await_buyer, await_decision
from afterservice.services.deciding.exceptions import lapse_requests
from afterservice.services.exchanging import let_go
from afterservice.services.locks import save
from afterservice.states import (
    CASE_MOVES,
    DECISION_MOVES,
    GOODS_MOVES,
    MONEY_MOVES,
    UNSETTLED_CASES,
    Case,
    Decision,
    Goods,
    Money,
)
from orders.models import OrderLine, Refund
from orders.services import refunds_after
from shopdesk.base import audit
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO

# What the platform decided is no outcome of A3.
RULE = "D2"
# In the log of the ticket, in the shop's own words.
STATE_WORDS = "淘宝退款状态：{state}"
REFUSED_WORDS = "已在淘宝上拒绝"
DIFFERS_WORDS = "淘宝上的处理与这里不一致（{state}），请核对"
PAID_WORDS = "淘宝上实际退款 {paid} 元，这里登记的是 {due} 元，请核对"
REFUND_WORDS = "淘宝上已退款（退款编号 {number}）"
_CHINESE: dict[str, str] = {
    RefundStatus.AGREE: "买家已经申请退款，等待卖家同意",
    RefundStatus.REFUSED: "卖家拒绝退款",
    RefundStatus.RETURN: "卖家已经同意退款，等待买家退货",
    RefundStatus.CONFIRM: "买家已经退货，等待卖家确认收货",
    RefundStatus.CONSIGN: "等待卖家发出换货商品",
    RefundStatus.EXCHANGE_SENT: "卖家已发出换货商品，等待买家确认收货",
    RefundStatus.TRANSFORMED: "换货关闭，转退货退款",
    RefundStatus.CLOSED: "退款关闭",
    RefundStatus.SUCCESS: "退款成功",
}
_UNDECIDED = (Decision.PENDING, Decision.ASKED)
_SETTLED_AS: dict[str, str] = {
    TicketKind.EXCHANGE_SKU: Ticket.Settlement.EXCHANGED,
    TicketKind.EXCHANGE_STYLE: Ticket.Settlement.EXCHANGED,
    TicketKind.REPAIR: Ticket.Settlement.REPAIRED,
    TicketKind.RESEND: Ticket.Settlement.RESENT,
}


def follow(
    ticket: Ticket, status: str, *, returned_at: datetime | None, ended_at: datetime | None, now: datetime
) -> None:
    """Let a ticket follow a state that is new to it."""
    say(ticket, STATE_WORDS.format(state=_CHINESE[status]), now=now)
    if ticket.case not in UNSETTLED_CASES:
        return
    if status == RefundStatus.AGREE:
        _ask_again(ticket, now=now)
    elif status == RefundStatus.REFUSED:
        _refuse(ticket, now=now)
    elif status in AGREED:
        _agree(ticket, status, returned_at=returned_at, now=now)
    elif status == RefundStatus.CLOSED:
        _withdraw(ticket, status, now=now)
    elif status == RefundStatus.SUCCESS:
        _succeed(ticket, ended_at=ended_at, now=now)


def say(ticket: Ticket, text: str, *, now: datetime) -> None:
    """Write into the log what Taobao says."""
    side, channel = TicketMessage.Side.PLATFORM, TicketMessage.Channel.TAOBAO
    messages.log(ticket, side, text, channel=channel, actor=None, now=now)


def send_back(ticket: Ticket, *, returned_at: datetime | None, now: datetime) -> None:
    """The buyer sent the goods of an accepted request back (A5)."""
    if ticket.goods != Goods.AWAITED:
        return
    before = facts.states(ticket)
    ticket.goods = GOODS_MOVES.require("send", ticket.goods)
    ticket.sent_at = returned_at or now
    save(ticket, ["goods", "sent_at"])
    clocks.stop(ticket, ClockKind.SEND_BACK, now=now)
    audit.record(facts.moved("goods.sent_on_taobao", ticket, before), at=now, actor=None)


def is_over(status: str) -> bool:
    """Whether nothing is awaited on Taobao any more."""
    return status in OVER


def _ask_again(ticket: Ticket, *, now: datetime) -> None:
    """The buyer amended what was refused there: it is to be decided anew."""
    if ticket.decision != Decision.REFUSED or ticket.case != Case.DECIDED or ticket.refusal != REFUSED_WORDS:
        return
    before = facts.states(ticket)
    ticket.case = CASE_MOVES.require("amend", ticket.case)
    ticket.decision = DECISION_MOVES.require("amend", ticket.decision)
    ticket.refusal = ""
    save(ticket, ["case", "decision", "refusal"])
    await_decision(ticket, now=now)
    audit.record(facts.moved("decision.asked_again", ticket, before), at=now, actor=None)


def _refuse(ticket: Ticket, *, now: datetime) -> None:
    if ticket.decision == Decision.REFUSED:
        return
    if ticket.decision not in _UNDECIDED:
        say(ticket, DIFFERS_WORDS.format(state=_CHINESE[RefundStatus.REFUSED]), now=now)
        return
    before = facts.states(ticket)
    lapse_requests(ticket, now=now)
    _decide_case(ticket)
    ticket.decision = DECISION_MOVES.require("refuse", ticket.decision)
    ticket.refusal, ticket.verdict, ticket.verdict_rule = REFUSED_WORDS, "", RULE
    _decided(ticket, before, "decision.refused_on_taobao", now=now)
    await_buyer(ticket, now=now)


def _agree(ticket: Ticket, status: str, *, returned_at: datetime | None, now: datetime) -> None:
    if ticket.decision == Decision.REFUSED and ticket.case != Case.PLATFORM:
        say(ticket, DIFFERS_WORDS.format(state=_CHINESE[status]), now=now)
        return
    _accept(ticket, now=now)
    if ticket.kind not in GOODS_COME_BACK or status not in (RefundStatus.RETURN, RefundStatus.CONFIRM):
        return
    if ticket.goods == Goods.NONE:
        before = facts.states(ticket)
        ticket.goods = GOODS_MOVES.require("give_address", ticket.goods)
        ticket.address_given_at = ticket.address_given_at or now
        save(ticket, ["goods", "address_given_at"])
        clocks.start(ticket, ClockKind.SEND_BACK, now=now)
        audit.record(facts.moved("goods.address_on_taobao", ticket, before), at=now, actor=None)
    if status == RefundStatus.CONFIRM:
        send_back(ticket, returned_at=returned_at, now=now)


def _accept(ticket: Ticket, *, now: datetime) -> None:
    if ticket.decision == Decision.ACCEPTED and ticket.case == Case.DECIDED:
        return
    before = facts.states(ticket)
    lapse_requests(ticket, now=now)
    _decide_case(ticket)
    if ticket.decision != Decision.ACCEPTED:
        ticket.verdict, ticket.verdict_rule, ticket.refusal = "", RULE, ""
    ticket.decision = DECISION_MOVES.require("rule_for_buyer", ticket.decision)
    _decided(ticket, before, "decision.accepted_on_taobao", now=now)
    clocks.stop(ticket, *DECIDING_CLOCKS, now=now)


def _decide_case(ticket: Ticket) -> None:
    if ticket.case != Case.DECIDED:
        ticket.case = CASE_MOVES.require("rule" if ticket.case == Case.PLATFORM else "decide", ticket.case)


def _decided(ticket: Ticket, before: dict[str, str], action: str, *, now: datetime) -> None:
    ticket.decided_at, ticket.decided_by = now, None
    ticket.answered_at = ticket.answered_at or now
    save(
        ticket,
        ["case", "decision", "refusal", "verdict", "verdict_rule", "decided_at", "decided_by", "answered_at"],
    )
    audit.record(facts.moved(action, ticket, before, rule=RULE), at=now, actor=None)


def _withdraw(ticket: Ticket, status: str, *, now: datetime) -> None:
    """It was closed there: withdrawn here, unless money or goods have moved (A5)."""
    moved = ticket.money in (Money.DUE, Money.PAID) or ticket.goods not in (Goods.NONE, Goods.AWAITED)
    if moved or ticket.parcel_id is not None:
        say(ticket, DIFFERS_WORDS.format(state=_CHINESE[status]), now=now)
        return
    before = facts.states(ticket)
    lapse_requests(ticket, now=now)
    _let_go(ticket, now=now)
    ticket.case = CASE_MOVES.require("cancel", ticket.case)
    save(ticket, ["case"])
    clocks.stop_all(ticket, now)
    audit.record(facts.moved("ticket.closed_on_taobao", ticket, before), at=now, actor=None)


def _succeed(ticket: Ticket, *, ended_at: datetime | None, now: datetime) -> None:
    """The money went back there: it counts here, and the ticket is settled (A5, A9, D5)."""
    _accept(ticket, now=now)
    before = facts.states(ticket)
    paid = ticket.platform_fee or ZERO
    _count(ticket, paid, now=now)
    if paid and ticket.money != Money.PAID:
        if ticket.money != Money.DUE:
            ticket.money = MONEY_MOVES.require("owe", ticket.money)
        ticket.money = MONEY_MOVES.require("pay", ticket.money)
    ticket.settlement = (
        Ticket.Settlement.REFUNDED if paid else _SETTLED_AS.get(ticket.kind, Ticket.Settlement.DONE)
    )
    ticket.case = CASE_MOVES.require("settle", ticket.case)
    ticket.settled_at = now
    save(ticket, ["case", "money", "refund", "settlement", "settled_at"])
    _let_go(ticket, now=now)
    clocks.stop_all(ticket, now)
    clocks.start(ticket, ClockKind.FOLLOW_UP, now=now, since=ended_at or now)
    audit.record(facts.moved("money.paid_on_taobao", ticket, before, amount=str(paid)), at=now, actor=None)


def _let_go(ticket: Ticket, *, now: datetime) -> None:
    """What was kept for an exchange is free, and the order tied to it an order like any other (A7, A8)."""
    if ticket.kind in EXCHANGES:
        let_go(ticket, actor=None, now=now)


def _count(ticket: Ticket, paid: Decimal, *, now: datetime) -> None:
    """Count the money once: as the refund that is due here, else as far as no other file told it (A9, M1)."""
    due = ticket.refund
    if due is not None and due.status == Refund.Status.DUE:
        if paid != due.total:
            say(ticket, PAID_WORDS.format(paid=paid, due=due.total), now=now)
        refunds_after.seen_paid([due.pk], now=now)
        return
    line_id = TicketLine.objects.filter(ticket=ticket).values_list("line", flat=True).first()
    if due is not None or line_id is None or not paid:
        return
    line = OrderLine.objects.get(pk=line_id)
    missing = min(success_of_line(line.pk) - line.refund_fee, paid)
    if missing <= 0:
        return
    reason = REFUND_WORDS.format(number=ticket.platform_no)
    try:
        with transaction.atomic():
            left = refunds_after.refundable(ticket.order)
            goods = min(missing, left[line.pk])
            refund = refunds_after.refund_shipped(
                ticket.order, {line.pk: goods}, missing - goods, reason=reason, actor=None, now=now
            )
            refunds_after.seen_paid([refund.pk], now=now)
    except DomainError as refusal:
        # Not shipped, or more than was paid: the order list tells it, with the order's own state (F4, O6).
        say(ticket, f"{DIFFERS_WORDS.format(state=_CHINESE[RefundStatus.SUCCESS])} {refusal.code}", now=now)
    else:
        ticket.refund = refund
