"""What the desk's red flags and logs say of clocks, in the shop's own words: they go to Taobao with the order."""

from collections.abc import Mapping
from datetime import datetime

from afterservice.rules.clocks import ClockKind
from shopdesk.base.clock import SHANGHAI

LATE_LABEL = "售后超时"
PLATFORM_LABEL = "平台时限"
# A6, *repair*: offered to the buyer when the time is over.
RETURN_OFFERED = "维修超过时限仍未完成：可向客户提出退货退款，由客户选择，请主管跟进"
# By ``Ticket.Close``: what the log says where the clock closed it.
CLOSED_BECAUSE: Mapping[str, str] = {
    "not_sent_back": "超过时限未寄回退货并填写单号，系统自动关闭；客户可重新申请",
    "no_answer": "回访后超过时限没有答复，系统自动结束",
    "refused": "拒绝后客户没有再提出，系统自动结束",
}

_LATE: Mapping[str, str] = {
    ClockKind.ANSWER: "回复客户",
    ClockKind.DECIDE: "处理申请",
    ClockKind.SEND_BACK: "由客户寄回",
    ClockKind.INSPECT: "验货",
    ClockKind.REPAIR: "修好",
    ClockKind.AGREE_VISIT: "约定上门时间",
    ClockKind.VISIT: "上门",
    ClockKind.VISIT_REPAIR: "上门修好",
    ClockKind.CONFIRM: "由客户确认换货",
    ClockKind.FOLLOW_UP: "得到回访答复",
    ClockKind.PLATFORM: "在淘宝上处理",
}


def late_words(number: str, kind: str, due_at: datetime) -> str:
    """A clock ran out, and a supervisor looks after it."""
    offer = "，可提出退货退款" if kind in (ClockKind.REPAIR, ClockKind.VISIT_REPAIR) else ""
    return f"售后{number}：应在{_at(due_at)}前{_LATE[kind]}，已超时{offer}，请主管跟进"


def platform_words(number: str, due_at: datetime, now: datetime) -> str:
    """Taobao's own time runs out soon."""
    left = int((due_at - now).total_seconds() // 3600)
    return f"售后{number}：淘宝处理时限{_at(due_at)}，还剩约{left}小时，请尽快处理"


def _at(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local:%H:%M}"
