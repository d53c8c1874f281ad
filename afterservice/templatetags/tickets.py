"""How tickets are written on every page: priority, states in words, what is due next and by whom."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from afterservice.models import Ticket
from afterservice.rules.clocks import Awaits
from afterservice.rules.kinds import GOODS_COME_BACK, Priority
from afterservice.states import UNSETTLED_CASES, Case, Decision, Goods, Money
from shopdesk.base import clock

register = template.Library()

_PRIORITY = {Priority.HIGH: "red", Priority.MEDIUM: "orange", Priority.LOW: ""}
_CASE = {
    Case.OPENED: "wait",
    Case.ANSWERED: "wait",
    Case.DECIDED: "paid",
    Case.PLATFORM: "alarm",
    Case.SETTLED: "done",
    Case.CLOSED: "shut",
    Case.CANCELLED: "shut",
}
_DECISION = {
    Decision.PENDING: "wait",
    Decision.ASKED: "shipped",
    Decision.ACCEPTED: "done",
    Decision.REFUSED: "alarm",
}
_GOODS = {
    Goods.NONE: "shut",
    Goods.AWAITED: "wait",
    Goods.SENT: "shipped",
    Goods.RECEIVED: "paid",
    Goods.PASSED: "done",
    Goods.FAILED: "alarm",
    Goods.TAKEN: "done",
    Goods.SENT_BACK: "paid",
}
_MONEY = {Money.NONE: "shut", Money.ASKED: "shipped", Money.DUE: "paid", Money.PAID: "done"}
_DUE_MINUTES = 12 * 60


def _state(css: str, word: str) -> SafeString:
    return format_html('<span class="state {}">{}</span>', css, word)


@register.simple_tag
def case_badge(ticket: Ticket) -> SafeString:
    """How far the case is, in colour and word (A5)."""
    return _state(_CASE[Case(ticket.case)], ticket.get_case_display())


@register.simple_tag
def stand_badge(ticket: Ticket) -> SafeString:
    """Where a ticket stands in one word: of its four machines, the one that is moving (A5)."""
    if ticket.case not in UNSETTLED_CASES or ticket.case == Case.PLATFORM:
        return case_badge(ticket)
    if ticket.case != Case.DECIDED:
        if ticket.decision == Decision.ASKED:
            return _state(_DECISION[Decision.ASKED], ticket.get_decision_display())
        return case_badge(ticket)
    if ticket.decision == Decision.ACCEPTED:
        if ticket.kind in GOODS_COME_BACK and ticket.goods != Goods.NONE:
            return _state(_GOODS[Goods(ticket.goods)], ticket.get_goods_display())
        if ticket.money != Money.NONE:
            return _state(_MONEY[Money(ticket.money)], ticket.get_money_display())
    return _state(_DECISION[Decision(ticket.decision)], ticket.get_decision_display())


@register.simple_tag
def machines(ticket: Ticket) -> SafeString:
    """The states of all four machines in words (A5); goods only where goods travel."""
    parts = [
        (_("Case"), case_badge(ticket)),
        (_("Decision"), _state(_DECISION[Decision(ticket.decision)], ticket.get_decision_display())),
    ]
    if ticket.kind in GOODS_COME_BACK or ticket.goods != Goods.NONE:
        parts.append((_("Goods"), _state(_GOODS[Goods(ticket.goods)], ticket.get_goods_display())))
    parts.append((_("Money"), _state(_MONEY[Money(ticket.money)], ticket.get_money_display())))
    return format_html(
        '<dl class="machines">{}</dl>', format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", parts)
    )


@register.simple_tag
def priority_badge(ticket: Ticket) -> SafeString:
    """How soon it is to be worked on (A2)."""
    return format_html(
        '<span class="tag {}" title="{}">{}</span>',
        _PRIORITY[Priority(ticket.priority)],
        _("%(category)s: %(problem)s")
        % {"category": ticket.get_category_display(), "problem": ticket.get_problem_display()},
        ticket.get_priority_display(),
    )


@register.simple_tag
def due_clock(ticket: Ticket) -> SafeString | str:
    """What is due next: a filled clock where it is due by us, a dashed one where it is the buyer's (A6)."""
    until = ticket.next_due_at
    if until is None:
        return ""
    left = int((until - clock.now()).total_seconds() // 60)
    hours, days, over = _("{h} h {m} min"), _("{d} d {h} h"), _("overdue")
    text = over if left < 0 else days if left >= 1440 else hours
    if left >= 0:
        for name, value in {"d": left // 1440, "h": left % 1440 // 60, "m": f"{left % 60:02d}"}.items():
            text = text.replace(f"{{{name}}}", str(value))
    ours = ticket.awaits == Awaits.US
    whom = _("due by us") if ours else _("waits for the buyer")
    css = (" due" if left < _DUE_MINUTES else "") if ours else " theirs"
    return format_html(
        '<span class="clock{}" data-until="{}" data-hours="{}" data-days="{}" data-over="{}" title="{}">{}</span>',
        css,
        until.isoformat(),
        hours,
        days,
        over,
        _("%(whom)s, until %(time)s")
        % {"whom": whom, "time": until.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")},
        text,
    )


@register.filter
def pieces(lines: Iterable[Any]) -> int:
    """How many pieces a ticket is about."""
    return sum(line.num for line in lines)
