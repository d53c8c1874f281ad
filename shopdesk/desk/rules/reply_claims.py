"""T3: what a canned reply may claim, when a claim is true, and by which words a text makes it."""

import re
from collections.abc import Iterable, Mapping

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import EXCHANGES, TicketKind
from afterservice.states import Decision
from orders.states import CLOSED, Status
from shopdesk.desk.rules.reply_facts import ReplyFacts
from shopdesk.desk.rules.reply_fields import fields_of


class Claim(models.TextChoices):
    """What a reply says is so."""

    UNPAID = "unpaid", _("not paid yet")
    PRICED = "priced", _("price worked out")
    PAID = "paid", _("paid")
    IN_STOCK = "in_stock", _("goods ready")
    NOT_SHIPPED = "not_shipped", _("not shipped yet")
    PART_SHIPPED = "part_shipped", _("part shipped")
    SHIPPED = "shipped", _("shipped")
    SIGNED = "signed", _("signed for")
    CLOSED = "closed", _("order closed")
    REFUND_DUE = "refund_due", _("refund on its way")
    REFUNDED = "refunded", _("refunded")
    RETURN_ACCEPTED = "return_accepted", _("return accepted")
    EXCHANGE_ACCEPTED = "exchange_accepted", _("exchange accepted")
    REFUSED = "refused", _("request refused")
    RETURN_RECEIVED = "return_received", _("returned goods received")
    EXCHANGE_SENT = "exchange_sent", _("sent after the sale")


_PAID = (Status.WAIT_SELLER_SEND_GOODS, Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED)
_SHIPPED = (Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED)
_WITHOUT_TICKET = _("This is said on a ticket: open the ticket and send it from there.")


def untrue(claim: str, facts: ReplyFacts) -> str | Promise | None:
    """Why a claim is not true of an order or ticket (T3); nothing where it is."""
    return _of_ticket(claim, facts) if claim in _TICKET_CLAIMS else _of_order(claim, facts)


def _of_order(claim: str, facts: ReplyFacts) -> str | Promise | None:
    status = Status(facts.status)
    paid, shipped = status in _PAID, status in _SHIPPED
    waiting = status == Status.WAIT_SELLER_SEND_GOODS
    gone = _("The order is closed.") if status in CLOSED else _("The order is not paid.")
    if claim == Claim.UNPAID:
        if status == Status.WAIT_BUYER_PAY and facts.closes_at is not None:
            return None
        return (
            _("The order is closed.") if status in CLOSED else _("The order does not wait for payment (O4).")
        )
    if claim == Claim.PRICED:
        return None if facts.priced else _("The price of the order was not worked out here (S11).")
    if claim == Claim.PAID:
        return None if paid else gone
    if claim == Claim.IN_STOCK:
        return None if facts.ready else _("Not all goods of the order are held, arrived or made (O16).")
    if claim == Claim.NOT_SHIPPED:
        if waiting:
            return None
        return _("The order is shipped already.") if shipped else gone
    if claim == Claim.PART_SHIPPED:
        return (
            None if waiting and facts.partly_shipped else _("It is not so that part of the order is shipped.")
        )
    if claim == Claim.SHIPPED:
        if shipped:
            return None
        if waiting:
            return (
                _("Only part of it is shipped.") if facts.partly_shipped else _("The order is not shipped.")
            )
        return gone
    if claim == Claim.SIGNED:
        return None if facts.signed else _("Nobody has signed for it yet (A4).")
    if claim == Claim.CLOSED:
        return None if status in CLOSED else _("The order is not closed.")
    raise AssertionError(claim)


def _of_ticket(claim: str, facts: ReplyFacts) -> str | Promise | None:
    ticket = facts.ticket
    if claim == Claim.REFUNDED:
        done = ticket.refunded if ticket else bool(facts.refunded)
        return None if done else _("Nothing was refunded yet.")
    if claim == Claim.REFUND_DUE:
        due = ticket.refund_due if ticket else bool(facts.refund_due)
        return None if due else _("No refund waits to be paid out.")
    if ticket is None:
        return _WITHOUT_TICKET
    if claim == Claim.REFUSED:
        return None if ticket.decision == Decision.REFUSED else _("The request is not refused.")
    if claim == Claim.RETURN_RECEIVED:
        return None if ticket.received else _("The goods have not come back to us yet.")
    if claim == Claim.EXCHANGE_SENT:
        return None if ticket.sent_tracking else _("Nothing was shipped for this ticket yet.")
    kinds = {TicketKind.RETURN} if claim == Claim.RETURN_ACCEPTED else EXCHANGES
    if ticket.kind not in kinds:
        return _("The ticket asks for something else.")
    return None if ticket.decision == Decision.ACCEPTED else _("The request is not accepted.")


_TICKET_CLAIMS = frozenset(
    {
        Claim.REFUND_DUE,
        Claim.REFUNDED,
        Claim.RETURN_ACCEPTED,
        Claim.EXCHANGE_ACCEPTED,
        Claim.REFUSED,
        Claim.RETURN_RECEIVED,
        Claim.EXCHANGE_SENT,
    }
)

# Words that claim something, with the tags that cover them: one of each is asked for. The longest come first.
_WORDS: tuple[tuple[re.Pattern[str], tuple[Claim, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), claims)
    for pattern, claims in (
        (
            r"部分(?:宝贝|商品)?(?:已经?|先)(?:发货|发出|寄出)|part of (?:it|your order) (?:has|is)",
            (Claim.PART_SHIPPED,),
        ),
        (r"(?:换货|补发|新(?:的|款)?(?:宝贝|商品)?)已经?(?:给您)?(?:发货|发出|寄出)", (Claim.EXCHANGE_SENT,)),
        (
            r"已经?(?:给您|为您|帮您)?(?:发货|发出|寄出|发走)|发货啦|发货了"
            r"|\b(?:has|have|was|were|is|are) (?:already |now )?(?:been )?(?:shipped|dispatched|sent out)",
            (Claim.SHIPPED, Claim.PART_SHIPPED, Claim.EXCHANGE_SENT),
        ),
        (r"已经?签收|\b(?:has|have|was|were) (?:been )?(?:signed for|delivered)", (Claim.SIGNED,)),
        (
            r"已经?(?:付款|支付|拍下付款)|收到(?:您的)?(?:付款|货款)|付款成功"
            r"|\byour payment (?:has|is|was)|\breceived your payment|\b(?:has|have|is|was) (?:been )?paid\b",
            (Claim.PAID,),
        ),
        (
            r"已经?(?:给您|为您|帮您)?(?:退款|退还)|退款已经?(?:到账|成功|原路退回)"
            r"|\b(?:has|have|was|were) (?:been )?refunded|refunded you",
            (Claim.REFUNDED,),
        ),
        (r"退款正在处理|(?:马上|正在)(?:给您|为您)退款|refund is on its way", (Claim.REFUND_DUE,)),
        (r"有现货|有货|\bin stock\b|\bon (?:the|our) shelf\b", (Claim.IN_STOCK,)),
        (
            r"(?:同意|通过)(?:了)?(?:您的)?退货|退货(?:申请)?已经?(?:同意|通过)|return is accepted",
            (Claim.RETURN_ACCEPTED,),
        ),
        (
            r"(?:同意|通过)(?:了)?(?:您的)?换[货码款]|换[货码款](?:申请)?已经?(?:同意|通过)|exchange is accepted",
            (Claim.EXCHANGE_ACCEPTED,),
        ),
        (
            r"退(?:回|货)的?(?:宝贝|商品|包裹)?(?:我们)?已经?(?:收到|签收)|received (?:the|your) return",
            (Claim.RETURN_RECEIVED,),
        ),
        (
            r"已经?(?:给您|为您|帮您)?(?:改价|改好价|修改好?价格)|\bprice (?:has been|is) (?:changed|adjusted)",
            (Claim.PRICED,),
        ),
        (r"订单已经?关闭|order (?:has been|is|was) closed", (Claim.CLOSED,)),
        (
            r"还没有?付款|尚未付款|未付款|not (?:been )?paid|waiting for (?:your )?payment|still unpaid",
            (Claim.UNPAID,),
        ),
        (r"还没有?发货|尚未发货|not (?:been )?shipped", (Claim.NOT_SHIPPED,)),
    )
)
# What a clause says where it holds one of these in front of the words, or right behind them, is no claim.
_OPEN_BEFORE = re.compile(
    r"如果?|若|是否|假如|要是|等到?|待|一旦|没有?$|未$|不$|无$|\b(?:if|once|when|unless|after|until|whether|not)\b",
    re.IGNORECASE,
)
_OPEN_BEHIND = re.compile(r"^(?:的话|后|之后|以后|吗|没|前|请忽略)")
_CLAUSE = re.compile(r"[，。！？；：,.!?;:~～\n]")
# Fields that have a value only where one of these is so: a text that holds them claims it.
_FIELD_CLAIMS: Mapping[str, tuple[Claim, ...]] = {
    "time_left": (Claim.UNPAID,),
    "pay_by": (Claim.UNPAID,),
    "tracking": (Claim.SHIPPED, Claim.PART_SHIPPED),
    "carrier": (Claim.SHIPPED, Claim.PART_SHIPPED),
    "refund": (Claim.REFUNDED, Claim.REFUND_DUE),
    "refusal": (Claim.REFUSED,),
    "return_address": (Claim.RETURN_ACCEPTED, Claim.EXCHANGE_ACCEPTED),
    "sent_tracking": (Claim.EXCHANGE_SENT,),
}


def claims_by_words(text: str) -> list[tuple[str, tuple[Claim, ...]]]:
    """The words and fields by which a text claims something, each with the claims that would cover it.

    A condition or a negation in the same clause claims nothing: “如果您已付款，请忽略”.
    """
    found = []
    taken: list[range] = []
    for pattern, claims in _WORDS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < span.stop and end > span.start for span in taken):
                continue
            taken.append(range(start, end))
            if not _is_open(text, start, end):
                found.append((match[0], claims))
    found += [(f"{{{name}}}", _FIELD_CLAIMS[name]) for name in fields_of(text) if name in _FIELD_CLAIMS]
    return found


def _is_open(text: str, start: int, end: int) -> bool:
    before = _CLAUSE.split(text[:start])[-1]
    return bool(_OPEN_BEFORE.search(before) or _OPEN_BEHIND.match(text[end:]))


def untagged(text: str, claims: Iterable[str]) -> tuple[str, tuple[Claim, ...]] | None:
    """The first words of a text that claim something which no tag says, and the tags that would (T3)."""
    tagged = set(claims)
    return next(((words, said) for words, said in claims_by_words(text) if not tagged & set(said)), None)
