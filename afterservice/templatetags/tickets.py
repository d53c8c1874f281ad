"""How tickets are written on every page: priority, states in words, what is due next and by whom."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any, TypeVar

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from afterservice.models import Ticket
from afterservice.rules.clocks import Awaits
from afterservice.rules.kinds import (
    GOODS_COME_BACK,
    Category,
    Priority,
    Problem,
    TicketKind,
    ticket_number,
)
from afterservice.rules.platform_refunds import RefundStatus
from afterservice.rules.verdicts import Outcome, Verdict
from afterservice.selectors.order_lines import LineSales, is_after_sale, lines_of
from afterservice.selectors.ticket_list import TicketMark, ticket_marks, tickets_of_orders
from afterservice.states import OPEN_CASES, UNSETTLED_CASES, Case, Decision, Goods, Money
from orders.models import Order, OrderLine
from shopdesk.base import clock
from shopdesk.base.templatetags.words import address_of

register = template.Library()
Drawn = TypeVar("Drawn")

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
_OUTCOME = {
    Outcome.ALLOWED: "teal",
    Outcome.NEEDS_RECEIPT: "orange",
    Outcome.NEEDS_EVIDENCE: "orange",
    Outcome.SUPERVISOR: "purple",
    Outcome.OUTSIDE: "red",
    Outcome.NOT_NOW: "red",
}
# The kinds in a word, for a column of a list.
SHORT = {
    TicketKind.RETURN: gettext_lazy("return"),
    TicketKind.REFUND_ONLY: gettext_lazy("refund only"),
    TicketKind.EXCHANGE_SKU: gettext_lazy("other size"),
    TicketKind.EXCHANGE_STYLE: gettext_lazy("other style"),
    TicketKind.REPAIR: gettext_lazy("repair"),
    TicketKind.RESEND: gettext_lazy("resend"),
    TicketKind.POSTAGE_REFUND: gettext_lazy("postage"),
    TicketKind.BAD_REVIEW: gettext_lazy("bad review"),
    TicketKind.DISPUTE: gettext_lazy("dispute"),
    TicketKind.COMPENSATION: gettext_lazy("compensation"),
    TicketKind.PRICE_PROTECTION: gettext_lazy("price gap"),
}


def drawn_once(draw: Callable[..., Drawn]) -> Callable[..., Drawn]:
    """Draw the same thing once in each language: a list has fifty of each.

    What is given to ``draw`` tells what it draws; equal words of different machines are different things.
    """

    @lru_cache(maxsize=512, typed=True)
    def in_language(_language: str | None, *of: Any) -> Drawn:
        return draw(*of)

    @wraps(draw)
    def drawn(*of: Any) -> Drawn:
        return in_language(get_language(), *of)

    return drawn


@drawn_once
def _case(state: Case) -> SafeString:
    return _state(_CASE[state], state.label)


@drawn_once
def _decision(state: Decision) -> SafeString:
    return _state(_DECISION[state], state.label)


@drawn_once
def _goods(state: Goods) -> SafeString:
    return _state(_GOODS[state], state.label)


@drawn_once
def _money(state: Money) -> SafeString:
    return _state(_MONEY[state], state.label)


def _state(css: str, word: str | Promise) -> SafeString:
    return format_html('<span class="state {}">{}</span>', css, word)


@register.simple_tag
def request_words(ticket: Ticket) -> SafeString:
    """Its kind and its problem in words (A1, A2), cut where the column is too narrow and whole on hover."""
    return _request(TicketKind(ticket.kind), Problem(ticket.problem))


@drawn_once
def _request(kind: TicketKind, problem: Problem) -> SafeString:
    return format_html(
        '<span title="{kind} · {problem}">{kind} <span class="dim">{problem}</span></span>',
        kind=kind.label,
        problem=problem.label,
    )


@register.simple_tag
def case_badge(ticket: Ticket) -> SafeString:
    """How far the case is, in colour and word (A5)."""
    return _case(Case(ticket.case))


@register.simple_tag
def stand_badge(ticket: Ticket) -> SafeString:
    """Where a ticket stands in one word: of its four machines, the one that is moving (A5)."""
    if ticket.case not in UNSETTLED_CASES or ticket.case == Case.PLATFORM:
        return case_badge(ticket)
    if ticket.case != Case.DECIDED:
        return _decision(Decision.ASKED) if ticket.decision == Decision.ASKED else case_badge(ticket)
    if ticket.decision == Decision.ACCEPTED:
        if ticket.kind in GOODS_COME_BACK and ticket.goods != Goods.NONE:
            return _goods(Goods(ticket.goods))
        if ticket.money != Money.NONE:
            return _money(Money(ticket.money))
    return _decision(Decision(ticket.decision))


@register.simple_tag
def machines(ticket: Ticket) -> SafeString:
    """The states of all four machines in words (A5); goods only where goods travel."""
    parts = [
        (_("Case"), case_badge(ticket)),
        (_("Decision"), _decision(Decision(ticket.decision))),
    ]
    if ticket.kind in GOODS_COME_BACK or ticket.goods != Goods.NONE:
        parts.append((_("Goods"), _goods(Goods(ticket.goods))))
    parts.append((_("Money"), _money(Money(ticket.money))))
    return format_html(
        '<dl class="machines">{}</dl>', format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", parts)
    )


@register.simple_tag
def priority_badge(ticket: Ticket) -> SafeString:
    """How soon it is to be worked on (A2)."""
    return _priority(Priority(ticket.priority), Category(ticket.category), Problem(ticket.problem))


@drawn_once
def _priority(priority: Priority, category: Category, problem: Problem) -> SafeString:
    return format_html(
        '<span class="tag {}" title="{}">{}</span>',
        _PRIORITY[priority],
        _("%(category)s: %(problem)s") % {"category": category.label, "problem": problem.label},
        priority.label,
    )


@dataclass(frozen=True)
class _ClockFace:
    """All of a clock of a list that does not tell its time: the words, and the beginning of its tag."""

    hours: str
    days: str
    over: str
    until: str
    begins: SafeString


@drawn_once
def _clock_face(ours: bool, soon: bool) -> _ClockFace:
    hours, days, over = _("{h} h {m} min"), _("{d} d {h} h"), _("overdue")
    whom = _("due by us") if ours else _("waits for the buyer")
    css = (" due" if soon else "") if ours else " theirs"
    return _ClockFace(
        hours,
        days,
        over,
        _("%(whom)s, until %(time)s") % {"whom": whom, "time": "{time}"},
        format_html(
            '<span class="clock{}" data-hours="{}" data-days="{}" data-over="{}"', css, hours, days, over
        ),
    )


@register.simple_tag
def due_clock(ticket: Ticket) -> SafeString | str:
    """What is due next: a filled clock where it is due by us, a dashed one where it is the buyer's (A6)."""
    until = ticket.next_due_at
    if until is None:
        if ticket.case not in OPEN_CASES:
            return ""
        return format_html(
            '<span class="clock" title="{}">{}</span>',
            _("No clock runs: it is ours to move on."),
            _("no clock"),
        )
    left = int((until - clock.now()).total_seconds() // 60)
    return _running(until, ticket.awaits == Awaits.US, left)


@drawn_once
def _running(until: datetime, ours: bool, left: int) -> SafeString:
    """A clock with so many minutes left; each page that is read in that minute draws the same."""
    face = _clock_face(ours, left < _DUE_MINUTES)
    text = face.over if left < 0 else face.days if left >= 1440 else face.hours
    if left >= 0:
        for name, value in {"d": left // 1440, "h": left % 1440 // 60, "m": f"{left % 60:02d}"}.items():
            text = text.replace(f"{{{name}}}", str(value))
    at = until.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")
    return format_html(
        '{} data-until="{}" title="{}">{}</span>',
        face.begins,
        until.isoformat(),
        face.until.format(time=at),
        text,
    )


@register.filter
def refund_state(code: str) -> str:
    """Taobao's state of a refund in words (D2); what is no code of it stays as the list wrote it."""
    return str(RefundStatus(code).label) if code in RefundStatus.values else code


@register.filter
def pieces(lines: Iterable[Any]) -> int:
    """How many pieces a ticket is about."""
    return sum(line.num for line in lines)


@register.simple_tag
def after_sales_badges(rows: Iterable[Any]) -> dict[str, SafeString]:
    """What the list shows of the tickets of its orders, by order; nothing for one without: one statement."""
    now = clock.now()
    marks = ticket_marks([row.tid for row in rows])
    return {tid: _after_sales_badge(tickets, now) for tid, tickets in marks.items()}


def _after_sales_badge(tickets: Sequence[TicketMark], now: datetime) -> SafeString:
    """The newest open ticket of an order by kind, with how it stands in the hover; else that there was one."""
    ticket = next((ticket for ticket in tickets if ticket.case in OPEN_CASES), tickets[0])
    overdue = ticket.awaits == Awaits.US and ticket.next_due_at is not None and ticket.next_due_at <= now
    hot = overdue or ticket.escalated_at is not None
    css = ("red" if hot else "orange") if ticket.case in OPEN_CASES else ""
    title = " · ".join(
        [
            ticket_number(ticket.pk),
            str(Case(ticket.case).label),
            str(Decision(ticket.decision).label),
            str(Problem(ticket.problem).label),
        ]
    )
    more = f" +{len(tickets) - 1}" if len(tickets) > 1 else ""
    return format_html(
        '<a class="tag {}" href="{}" title="{}"><span class="cut">{}</span>{}</a>',
        css,
        address_of("tickets:detail", ticket.pk),
        title,
        SHORT[TicketKind(ticket.kind)],
        more,
    )


@register.simple_tag
def after_sales_lines(order: Order, lines: Iterable[OrderLine]) -> dict[int, LineSales]:
    """What can be asked for about each line of a shipped order, and its tickets, by line; else nothing."""
    return lines_of(order, list(lines), now=clock.now()) if is_after_sale(order) else {}


@register.inclusion_tag("tickets/_of_order.html", takes_context=True)
def tickets_of_order(context: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """The tickets of an order, and the way to open one (A1)."""
    may = context["may"]
    return {
        "order": order,
        "tickets": tickets_of_orders([order.tid]).get(order.tid, []),
        "may_open": may["work_tickets"] and is_after_sale(order),
        "open_address": address_of("tickets:open", order.tid),
    }


@register.simple_tag
def verdict_words(said: Verdict) -> SafeString:
    """What the rules say: the answer, by which rule, why, what an exception needs, who pays the way (A3)."""
    more = []
    if said.exception_needs is not None and not said.allowed:
        more.append(_("Needed: %(what)s") % {"what": said.exception_needs})
    if said.postage:
        more.append(_("Postage paid by: %(whom)s") % {"whom": said.postage.label})
    return format_html(
        '<p class="verdict"><span class="tag {}">{}</span><span class="rule">{}</span> {}</p>{}',
        _OUTCOME[said.outcome],
        said.outcome.label,
        said.rule,
        said.reason,
        format_html_join("", '<p class="verdict-more">{}</p>', ((words,) for words in more)),
    )
