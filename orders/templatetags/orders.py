"""How orders are written on every page: flag, state, countdown, kind of product, phone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from orders.models import Flag, Order, OrderLine, Product
from orders.rules.products import ProductKind, property_words
from orders.rules.supply import Readiness, readiness
from orders.selectors import discretion
from orders.states import CLOSED, CloseReason, Status, Supply
from shopdesk.base import clock
from shopdesk.base.templatetags.icons import heroicon_mini

register = template.Library()
register.filter("masked", discretion.masked)
register.filter("without_phones", discretion.without_phones)

_STATE_CLASS = {
    Status.WAIT_BUYER_PAY: "wait",
    Status.WAIT_SELLER_SEND_GOODS: "paid",
    Status.WAIT_BUYER_CONFIRM_GOODS: "shipped",
    Status.TRADE_FINISHED: "done",
    Status.TRADE_CLOSED: "shut",
    Status.TRADE_CLOSED_BY_TAOBAO: "shut",
}
_FLAG_CLASS = {
    Order.SellerFlag.GREY: "grey",
    Order.SellerFlag.RED: "red",
    Order.SellerFlag.YELLOW: "yellow",
    Order.SellerFlag.GREEN: "green",
    Order.SellerFlag.BLUE: "blue",
    Order.SellerFlag.PINK: "pink",
}
# The kinds that change what an agent says to the buyer, in a word; a standard product needs none.
_KIND = {
    ProductKind.PROXY_PREORDER: ("blue", gettext_lazy("to buy")),
    ProductKind.PROXY_STOCK: ("teal", gettext_lazy("on the shelf")),
    ProductKind.CUSTOM: ("purple", gettext_lazy("made to order")),
    ProductKind.POSTAGE_LINK: ("", gettext_lazy("postage link")),
}
_READINESS_CLASS: dict[str, str] = {
    Readiness.SENT: "purple",
    Readiness.HELD: "teal",
    Supply.ARRIVED: "teal",
    Supply.MADE: "teal",
    Supply.BOUGHT: "blue",
    Supply.MAKING: "blue",
    Supply.UNAVAILABLE: "red",
    Readiness.WAITS: "orange",
}
_OUT = frozenset({Readiness.WAITS, Supply.TO_BUY, Supply.UNAVAILABLE, Supply.TO_MAKE})
DUE_MINUTES = 12 * 60
_MINUTE = timedelta(minutes=1)


def _icon(name: str, size: int) -> SafeString:
    return heroicon_mini(name, size=size, aria_hidden="true")


@register.simple_tag
def flag_badge(order: Order, flag: Flag | None = None) -> SafeString:
    """The flag as icon, colour and word (N1): its label, else the name of the colour; a dash for grey."""
    said = (flag.label, flag.addressee, flag.until) if flag else ("", "", None)
    return flag_badge_in(get_language(), order.seller_flag, *said)


@lru_cache(maxsize=1024)
def flag_badge_in(
    language: str | None, seller_flag: int, label: str, addressee: str, until: datetime | None
) -> SafeString:
    """The same in a language, by what the flag says."""
    colour = Order.SellerFlag(seller_flag)
    return format_html(
        '<span class="flag {}" title="{}">{}<span class="cut">{}</span></span>',
        _FLAG_CLASS[colour],
        _flag_words(colour, label, addressee, until),
        _icon("flag", 13),
        label or (str(colour.label) if colour else "—"),
    )


def _flag_words(colour: Order.SellerFlag, label: str, addressee: str, until: datetime | None) -> str:
    # In full: colour, why, for whom, until when (N3).
    if not colour:
        return _("no flag")
    parts = [_("%(colour)s flag") % {"colour": colour.label}]
    if label:
        parts.append(label)
    if addressee:
        parts.append(_("for: %(whom)s") % {"whom": Flag.Addressee(addressee).label})
    if until:
        parts.append(_("until %(time)s") % {"time": _short(until)})
    return " · ".join(parts)


def state_words(order: Order) -> str:
    """The state in a word or two: one word for both closings, and the reason (O1)."""
    return _state_words(order.status, order.close_reason, order.partly_shipped)


def _state_words(status: str, close_reason: str, partly_shipped: bool) -> str:
    word = str(Status(status).label)
    if status in CLOSED:
        return f"{word} · {CloseReason(close_reason).label}" if close_reason else word
    if status == Status.WAIT_SELLER_SEND_GOODS and partly_shipped:
        return _("Partly shipped")
    return word


@register.simple_tag
def state_badge(order: Order) -> SafeString:
    """The state with its colour."""
    return state_badge_in(get_language(), order.status, order.close_reason, order.partly_shipped)


@lru_cache(maxsize=256)
def state_badge_in(language: str | None, status: str, close_reason: str, partly_shipped: bool) -> SafeString:
    """The same in a language, by the fields of an order."""
    words = _state_words(status, close_reason, partly_shipped)
    return format_html('<span class="state {}">{}</span>', _STATE_CLASS[Status(status)], words)


class ClockWords(NamedTuple):
    """What a clock says in one language: hours, days, when it is over, and in the hover with its time."""

    hours: str
    days: str
    over: str
    title: str

    @property
    def attributes(self) -> str:
        """What the page's script reads, to keep the clock true."""
        return f'data-hours="{escape(self.hours)}" data-days="{escape(self.days)}" data-over="{escape(self.over)}"'


@lru_cache(maxsize=32)
def _words(language: str | None, over: str, title: str) -> ClockWords:
    return ClockWords(_("{h} h {m} min"), _("{d} d {h} h"), gettext(over), gettext(title))


@register.simple_tag
def countdown(until: datetime | None, style: str = "short") -> SafeString | str:
    """The time left until a moment; the page keeps it true. Red in the last 12 hours."""
    if until is None:
        return ""
    words = _closing(get_language())
    if style == "long":
        at = until.astimezone(clock.SHANGHAI).strftime("%H:%M")
        hours = _("closes in {h} h {m} min, %(time)s") % {"time": at}
        words = words._replace(hours=hours, days=_("closes in {d} d {h} h"))
    return _clock(until, words)


@register.simple_tag
def promise_clock(ship_by: datetime | None, own: datetime | None = None) -> SafeString | str:
    """The time left to ship by a promise (O13); ``own`` is the line's own, where a later one governs it."""
    if ship_by is None:
        return ""
    words = _promised(get_language())
    if own is not None and own < ship_by:
        more = _("goes with goods that were promised for later; by itself: %(time)s") % {"time": _short(own)}
        return _clock(ship_by, words, f" · {more}")
    return _clock(ship_by, words)


def clocks_in(
    language: str | None, closes_at: datetime | None, ship_by: datetime | None, now: datetime
) -> SafeString | str:
    """Both clocks of an order in a language, as the list shows them."""
    clocks: SafeString | str = ""
    if closes_at is not None:
        clocks = _clock_at(closes_at, _minutes(closes_at - now), _closing(language), "")
    if ship_by is not None:
        clocks += _clock_at(ship_by, _minutes(ship_by - now), _promised(language), "")
    return clocks


def _closing(language: str | None) -> ClockWords:
    return _words(language, gettext_noop("closing"), gettext_noop("closes at %(time)s if nobody pays (O4)"))


def _promised(language: str | None) -> ClockWords:
    return _words(language, gettext_noop("late"), gettext_noop("to be shipped by %(time)s (O13)"))


@register.simple_tag
def flag_clock(until: datetime | None) -> SafeString | str:
    """The time left until a flag is overdue (N3)."""
    if until is None:
        return ""
    return _clock(until, _words(get_language(), gettext_noop("overdue"), gettext_noop("until %(time)s")))


def _short(moment: datetime) -> str:
    return moment.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")


def _clock(until: datetime, words: ClockWords, more: str = "") -> SafeString:
    return _clock_at(until, _minutes(until - clock.now()), words, more)


def _minutes(left: timedelta) -> int:
    return left // _MINUTE


@lru_cache(maxsize=4096)
def _clock_at(until: datetime, left: int, words: ClockWords, more: str) -> SafeString:
    """With so many minutes left."""
    if left < 0:
        text = words.over
    else:
        numbers = {"d": left // 1440, "h": left % 1440 // 60, "m": f"{left % 60:02d}"}
        text = (words.days if left >= 1440 else words.hours).format(**numbers)
    due = " due" if left < DUE_MINUTES else ""
    title = escape(words.title % {"time": _short(until)} + more)
    return mark_safe(  # noqa: S308 (escaped)
        f'<span class="clock{due}" data-until="{until.isoformat()}" {words.attributes} title="{title}">'
        f"{escape(text)}</span>"
    )


@register.simple_tag
def kind_badge(product: Product) -> SafeString | str:
    """What kind of product it is (O12), where that matters to the buyer's wait or the price."""
    return _kind_badge(get_language(), product.kind, product.special_price)


@lru_cache(maxsize=64)
def _kind_badge(language: str | None, kind: str, special_price: bool) -> SafeString:
    parts = []
    if kind in _KIND:
        css, word = _KIND[ProductKind(kind)]
        title = ProductKind(kind).label
        parts.append(format_html('<span class="tag {}" title="{}">{}</span>', css, title, word))
    if special_price:
        parts.append(format_html('<span class="tag orange">{}</span>', _("special price")))
    return format_html_join(" ", "{}", ((part,) for part in parts))


@register.simple_tag
def readiness_badge(line: Any, paid: bool) -> SafeString | str:
    """How far the goods of a line are, by colour and word (F5, O16); when what is out is expected."""
    if line.product.virtual or line.refunded_at is not None:
        return ""
    code = readiness(line.product.kind, line.supply, held=line.held, sent=line.sent, paid=paid)
    if not code:
        return ""
    badge = _readiness_badge(get_language(), code)
    if line.short and code in _OUT:
        told = _("out of stock")
        if line.expected_on:
            told = _("expected %(day)s") % {"day": line.expected_on.strftime("%m-%d")}
        badge = format_html('{} <span class="small nowrap red">{}</span>', badge, told)
    return badge


@lru_cache(maxsize=64)
def _readiness_badge(language: str | None, code: str) -> SafeString:
    words = dict(Supply.choices) | dict(Readiness.choices)
    return format_html('<span class="tag {}">{}</span>', _READINESS_CLASS.get(code, ""), words[code])


@register.filter
def of_line(by_line: Mapping[int, Any], line: OrderLine) -> Any:
    """What stands for a line in a mapping by lines."""
    return by_line.get(line.pk)


@register.filter
def cents(amount: Any) -> int:
    """An amount (CNY) as a whole number of cents, for sums made by the page."""
    return int(amount * 100)


@register.filter
def properties(text: str) -> str:
    """Colour and size as ``white / 37``, without the names that Taobao puts in front of each."""
    return property_words(text)


@register.filter
def short_tid(tid: str) -> str:
    """An order number short enough for a row: ``4326…31677``; the whole stands in the hover."""
    return tid if len(tid) <= 12 else f"{tid[:4]}…{tid[-5:]}"


@register.simple_tag
def happening_icon(name: str) -> SafeString:
    """The icon of a line of the timeline."""
    return _icon(name, 14)


@register.simple_tag
def flag_colour(code: int) -> SafeString:
    """A colour to choose, by icon and word (N1)."""
    colour = Order.SellerFlag(code)
    return format_html(
        '<span class="flag {}">{}{}</span>', _FLAG_CLASS[colour], _icon("flag", 13), str(colour.label)
    )


@register.filter
def local_input(moment: Any) -> str:
    """A time as ``<input type="datetime-local">`` takes it; what was typed stays as it was typed."""
    if isinstance(moment, datetime):
        return moment.astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    return moment or ""
