"""How prices, their reasons and the three days of S7 are written."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shopdesk.base import clock, money

register = template.Library()
DUE = clock.hours(12)


@register.filter
def signed_yuan(amount: Decimal) -> str:
    """What a step adds or takes (CNY): ``+¥6.00``, ``−¥12.40``; nothing where it does neither."""
    amount = money.quantize(amount)
    return f"+{money.yuan(amount)}" if amount > 0 else money.yuan(amount) if amount else ""


@register.simple_tag
def joining_clock(until: datetime) -> SafeString:
    """How long something ordered anew still adds up (S7); the page keeps it true."""
    left = until - clock.now()
    hours, days, over = _("{h} h {m} min left"), _("{d} d {h} h left"), _("too late for another order")
    minutes = int(left.total_seconds() // 60)
    text = over if minutes < 0 else days if minutes >= 1440 else hours
    words = {"d": minutes // 1440, "h": minutes % 1440 // 60, "m": f"{minutes % 60:02d}"}
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", str(value))
    return format_html(
        '<span class="clock theirs{}" data-until="{}" data-hours="{}" data-days="{}" data-over="{}" title="{}">{}'
        "</span>",
        " due" if left < DUE else "",
        until.isoformat(),
        hours,
        days,
        over,
        _("What the buyer orders until %(time)s still adds up with all of these (S7)")
        % {"time": until.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")},
        text,
    )
