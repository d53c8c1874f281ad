"""Chasing payment in the demo shop, done by the services: reminders, what they brought in, both registers (O14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from orders.models import Order, Payment
from orders.rules.chasing import Outcome, WhyNot
from orders.selectors.chasing import kept_orders
from orders.services.chasing import (
    OutcomeRequest,
    ReasonRequest,
    ReminderRequest,
    find_reason,
    note_outcome,
    remind,
)
from orders.services.enquiries import EnquiryRequest, write_enquiry
from orders.services.payments import PaymentMessage, record_payment
from orders.states import Status
from shopdesk.base import audit
from shopdesk.base.models import AuditEntry
from shopdesk.desk.demo.cast import Cast
from shopdesk.desk.demo.drafts import Draft
from shopdesk.desk.demo.lives import Life
from shopdesk.desk.demo.makers import Workshop

HOUR = timedelta(hours=1)
# Nick, hours since the order was placed, since the reminder, since the payment.
BROUGHT_IN = (
    ("想了两天的桃子", 118, 100, 97),
    ("等发工资的栗子", 90, 66, 61),
    ("忘了付款的可可", 70, 55, 54.5),
    ("纠结尺码的阿紫", 47, 30, 28),
    ("问了又问的小鹿", 44, 26, 20),
    ("下班再付的豆豆", 23, 9, 6),
    ("等老公点头的瓜瓜", 12, 5, 3.5),
)
# Nick, hours since they asked, what, why not, in words. Two of them ordered after all.
ENQUIRIES = (
    ("随便看看的西瓜", 3, "【韩国直送】大衣有没有S码？", WhyNot.SIZE, "只要S码，韩国也断货"),
    ("问了又问的小鹿", 45, "靴子偏大还是偏小？", WhyNot.OTHER, "要回去量脚"),
    ("比价中的柚子", 20, "和别家比贵了三十，能便宜吗？", WhyNot.PRICE, "别家同款便宜"),
    ("赶时间的芒果", 28, "周五之前能到成都吗？", WhyNot.WAIT, "直送要等7-15天，来不及"),
    ("新疆的葡萄", 50, "到乌鲁木齐邮费多少？", WhyNot.POSTAGE, "嫌邮费贵"),
    ("夜里来问的星星", 62, "这条裙子会不会起球？", "", ""),
    ("纠结尺码的阿紫", 49, "160、52公斤穿什么码？", WhyNot.OTHER, ""),
    ("海外的小船", 75, "能寄到温哥华吗？", WhyNot.POSTAGE, "EMS太贵"),
    ("老客介绍的云朵", 99, "momonaco made的衬衫能改袖长吗？", WhyNot.OTHER, "不能改，客户放弃"),
    ("已经买了的甜橙", 120, "还有没有米色？", WhyNot.ELSEWHERE, "等不及在别家买了"),
)
OPEN_REMINDERS, CLOSED_WITH_REASON = 7, 14
WORDS = {
    WhyNot.PRICE: "嫌贵，说等活动",
    WhyNot.POSTAGE: "差一点不够包邮",
    WhyNot.WAIT: "等不了那么久",
    WhyNot.ORDERED_ANEW: "拍错颜色，重新拍了",
    WhyNot.NO_ANSWER: "旺旺一直不在线",
}


def chase_payments(workshop: Workshop, cast: Cast) -> Callable[[], None]:
    """Make the orders that chasing brought in, and answer what is to be done once all is written."""
    drafts = [
        workshop.make(
            cast.person(nick, "浙江"), workshop.now - age * HOUR, life=Life(), is_noted=False, message=""
        )
        for nick, age, *_rest in BROUGHT_IN
    ]

    def chase() -> None:
        with audit.origin(AuditEntry.Origin.PAGE):
            _write_enquiries(workshop)
            for number, (draft, (_nick, _age, reminded, paid)) in enumerate(
                zip(drafts, BROUGHT_IN, strict=True)
            ):
                _bring_in(workshop, draft, number, reminded, paid)
            _remind_some(workshop)
            _find_reasons(workshop)

    return chase


def _bring_in(workshop: Workshop, draft: Draft, number: int, reminded: float, paid: float) -> None:
    tid, now = draft.order.tid, workshop.now
    agent = workshop.crew.agents[number % 2]
    sent = remind(tid, ReminderRequest("wangwang"), actor=agent, now=now - timedelta(hours=reminded))
    said = Outcome.WILL_PAY if number % 3 else Outcome.UNDECIDED
    note_outcome(sent.pk, OutcomeRequest(said), actor=agent, now=sent.at + HOUR / 4)
    paid_at = now - timedelta(hours=paid)
    payment = PaymentMessage(
        f"{paid_at:%Y%m%d}22007{tid[4:]}", Decimal(draft.order.payment), paid_at, Payment.Method.ALIPAY
    )
    with audit.origin(AuditEntry.Origin.IMPORT):
        record_payment(tid, payment, now=paid_at + timedelta(seconds=20))


def _remind_some(workshop: Workshop) -> None:
    """Of those that are unpaid today: some long enough ago to be reminded again, some within the quiet hours."""
    now, agents = workshop.now, workshop.crew.agents
    waiting = kept_orders(now).filter(created__lte=now - 16 * HOUR, buyer__isnull=False)
    for number, order in enumerate(waiting.order_by("created", "tid")[: 2 * OPEN_REMINDERS : 2]):
        agent = agents[number % 2]
        ago = 14 if number % 2 else 3
        sent = remind(
            order.tid,
            ReminderRequest("phone" if number == 4 else "wangwang"),
            actor=agent,
            now=now - ago * HOUR,
        )
        if number % 3:
            said = (Outcome.NO_ANSWER, Outcome.WILL_PAY)[number % 2]
            note_outcome(sent.pk, OutcomeRequest(said), actor=agent, now=sent.at + HOUR / 2)


def _find_reasons(workshop: Workshop) -> None:
    """Why some of the orders that closed unpaid did; of the others nobody knows yet."""
    closed = Order.objects.filter(status=Status.TRADE_CLOSED_BY_TAOBAO, tied=False, end_time__lt=workshop.now)
    reasons = list(WORDS.items())
    for number, order in enumerate(closed.order_by("-created", "-tid")[: 2 * CLOSED_WITH_REASON : 2]):
        reason, words = reasons[number % len(reasons)]
        found_at = min(workshop.now, (order.end_time or workshop.now) + 5 * HOUR)
        request = ReasonRequest(reason, words if number % 2 else "")
        find_reason(order.tid, request, actor=workshop.crew.agents[number % 2], now=found_at)


def _write_enquiries(workshop: Workshop) -> None:
    for number, (nick, ago, question, why_not, words) in enumerate(ENQUIRIES):
        asked_at = workshop.now - ago * HOUR
        request = EnquiryRequest(nick, question, asked_at, why_not, words)
        write_enquiry(request, actor=workshop.crew.agents[number % 2], now=asked_at + HOUR / 3)
