"""O14: whom to remind of an unpaid order, when again, and in which words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.rules.closing import closes_at
from orders.states import CLOSED, Status
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import Conflict, DomainError

# O14, in one place: no reminder within this long of the last one to the same order.
REMIND_QUIET_HOURS = 12
# An order that closes this soon is to be chased now.
CHASE_HOURS = 12
# Our reading: who asked within this long before ordering had asked before buying.
ASKED_BEFORE = timedelta(days=30)


class Channel(models.TextChoices):
    """How the buyer was reminded."""

    WANGWANG = "wangwang", _("Wangwang chat")
    SMS = "sms", _("text message")
    PHONE = "phone", _("phone")
    OTHER = "other", _("other")


class Outcome(models.TextChoices):
    """What came of a reminder."""

    NO_ANSWER = "no_answer", _("no answer")
    WILL_PAY = "will_pay", _("will pay")
    UNDECIDED = "undecided", _("still undecided")
    HAS_QUESTION = "question", _("has a question")
    NOT_WANTED = "not_wanted", _("does not want it")


class WhyNot(models.TextChoices):
    """Why somebody did not pay, or did not buy."""

    PRICE = "price", _("too expensive")
    POSTAGE = "postage", _("postage")
    SIZE = "size", _("size or colour not to be had")
    WAIT = "wait", _("too long a wait")
    ELSEWHERE = "elsewhere", _("bought elsewhere")
    ORDERED_ANEW = "anew", _("ordered anew")
    CHANGED_MIND = "mind", _("changed their mind")
    NO_ANSWER = "no_answer", _("no answer")
    OTHER = "other", _("other")


@dataclass(frozen=True)
class ReminderFacts:
    """What decides whether the buyer of an order may be reminded. Amounts in CNY."""

    status: str
    created: datetime
    paid_fee: Decimal
    payment_pending: bool
    tied: bool
    pay_time: datetime | None = None
    end_time: datetime | None = None
    last_at: datetime | None = None


def next_allowed(last_at: datetime) -> datetime:
    """When an order that was last reminded of at ``last_at`` may be reminded of again, inclusive (O14)."""
    return last_at + timedelta(hours=REMIND_QUIET_HOURS)


def why_no_reminder(facts: ReminderFacts, now: datetime) -> DomainError | None:
    """Why no reminder may go out at ``now`` (O14), with when it may where that will be; ``None`` when it may."""
    if facts.status in CLOSED:
        return Conflict(
            "O14", _("This order was closed%(at)s: no reminder goes out.") % {"at": _at(facts.end_time)}
        )
    if facts.status != Status.WAIT_BUYER_PAY:
        return Conflict(
            "O14",
            _("The buyer has paid%(at)s: no reminder goes to who has paid.") % {"at": _at(facts.pay_time)},
        )
    if facts.tied:
        return DomainError(
            "A8", _("This order was placed for an exchange and is not to be paid: it is not chased.")
        )
    if facts.payment_pending:
        return DomainError(
            "O14", _("Taobao is still confirming a payment: wait for it before you remind anybody.")
        )
    if facts.paid_fee > 0:
        return DomainError(
            "O5", _("Part of this order is paid. A supervisor decides whether to wait or to refund.")
        )
    if closes_at(facts.created) <= now:
        return DomainError("O4", _("The 72 hours are over: the order is being closed. No reminder goes out."))
    if facts.last_at is not None and now < (again := next_allowed(facts.last_at)):
        values = {
            "last": _moment(facts.last_at),
            "hours": REMIND_QUIET_HOURS,
            "next": _moment(again),
            "closes": _moment(closes_at(facts.created)),
        }
        if again >= closes_at(facts.created):
            return DomainError(
                "O14",
                _(
                    "Last reminder %(last)s, %(hours)s hours must pass: %(next)s would be after the order closes, "
                    "%(closes)s. Leave the buyer in peace."
                )
                % values,
            )
        return DomainError(
            "O14",
            _("Last reminder %(last)s, %(hours)s hours must pass. The next may be sent from %(next)s.")
            % values,
        )
    return None


def _moment(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def _at(moment: datetime | None) -> str:
    return f" ({_moment(moment)})" if moment else ""


# What is sent to buyers is Chinese, whatever the staff member reads.
ASKED_TEXT = (
    "{nick}您好，您之前问过的{goods}已经拍下啦，应付{amount}元，订单还保留{left}（{closes}前），到时会自动关闭。"
    "还有哪里拿不准直接问我就好；没问题的话，您方便时付款，付款后我们就为您安排。"
)
NOT_ASKED_TEXT = (
    "{nick}您好，您拍下的{goods}还没有付款，应付{amount}元，订单会为您保留{left}（{closes}前）。"
    "尺码、颜色、邮费有疑问都可以问我；如果暂时不需要了，也请跟我说一声，谢谢。"
)


@dataclass(frozen=True)
class ReminderFields:
    """What fills a reminder: the nick, goods in words, the amount to pay (CNY), when the order closes."""

    nick: str
    goods: str
    amount: Decimal
    closes_at: datetime


def reminder_text(fields: ReminderFields, *, asked_before: bool, now: datetime) -> str:
    """The reminder to copy, all its fields filled; empty where a field is missing: nothing unfilled is sent (T3)."""
    if not fields.nick or not fields.goods or fields.closes_at <= now:
        return ""
    template = ASKED_TEXT if asked_before else NOT_ASKED_TEXT
    return template.format(
        nick=fields.nick,
        goods=fields.goods,
        amount=f"{fields.amount:.2f}",
        left=time_left(fields.closes_at - now),
        closes=fields.closes_at.astimezone(SHANGHAI).strftime("%m月%d日%H:%M"),
    )


def time_left(span: timedelta) -> str:
    """A span in Chinese, to the minute, rounded down: never more than there is."""
    minutes = int(span.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"
    return f"{minutes}分钟"
