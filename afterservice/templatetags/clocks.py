"""The clock strip of a ticket: every clock on one line (A6)."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from afterservice.forms.boxes import box, form_of
from afterservice.forms.clocks import PauseForm
from afterservice.models import Clock, Ticket
from afterservice.selectors.clocks import ShownClock, Stand, read_strip
from shopdesk.base import clock as base_clock

register = template.Library()
_DUE_MINUTES = 12 * 60


@register.inclusion_tag("tickets/_clock_strip.html", takes_context=True)
def clock_strip(context: Mapping[str, Any], ticket: Ticket) -> dict[str, Any]:
    """What is awaited, from whom, how long, and what happens at zero; what was late stays red."""
    shown = read_strip(ticket.pk, base_clock.now())
    pausable = [(item.clock.kind, item.clock.get_kind_display()) for item in shown if item.can_pause]
    form = form_of(context, "clocks", PauseForm(initial={"version": ticket.version}))
    return box(context, ticket=ticket, clocks=shown, pausable=pausable, form=form)


@register.simple_tag
def clock_left(shown: ShownClock) -> SafeString:
    """The time left, which the page keeps true; or since when it is late, stands still, or is done."""
    clock = shown.clock
    if shown.stand == Stand.PAUSED:
        return format_html('<span class="clock paused">{}</span>', _left(clock, clock.paused_at))
    if shown.stand in (Stand.DONE, Stand.DONE_LATE):
        css = " due" if shown.stand == Stand.DONE_LATE else ""
        time = _short(clock.stopped_at)
        return format_html(
            '<span class="clock{}">{}</span>', css, _("%(time)s, late") % {"time": time} if css else time
        )
    css = "" if shown.ours else " theirs"
    left = (clock.due_at - base_clock.now()).total_seconds() // 60
    if shown.stand in (Stand.LATE, Stand.SOON) or (shown.ours and left < _DUE_MINUTES):
        css += " due"
    over = _("overdue since %(time)s") % {"time": _short(clock.due_at)}
    return format_html(
        '<span class="clock{}" data-until="{}" data-hours="{}" data-days="{}" data-over="{}" title="{}">{}</span>',
        css,
        clock.due_at.isoformat(),
        _("{h} h {m} min"),
        _("{d} d {h} h"),
        over,
        _("until %(time)s") % {"time": _short(clock.due_at)},
        _left(clock, base_clock.now()) if left >= 0 else over,
    )


def _left(clock: Clock, now: Any) -> str:
    left = max(0, int((clock.due_at - now).total_seconds() // 60))
    words = _("{d} d {h} h") if left >= 1440 else _("{h} h {m} min")
    for name, value in {"d": left // 1440, "h": left % 1440 // 60, "m": f"{left % 60:02d}"}.items():
        words = words.replace(f"{{{name}}}", str(value))
    return words


def _short(moment: Any) -> str:
    return str(moment.astimezone(base_clock.SHANGHAI).strftime("%m-%d %H:%M"))
