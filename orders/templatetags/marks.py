"""How a person's own marks and the tags of buyers are written on every page (N6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from members.models import Buyer, BuyerTag
from members.selectors import BuyerTags, tags_for
from orders.models import Order
from orders.selectors.marks import Marks, own_marks_of
from shopdesk.base import clock
from shopdesk.base.models import Staff
from shopdesk.base.templatetags.icons import heroicon_mini

register = template.Library()


@register.simple_tag(takes_context=True)
def marks_of_order(context: Mapping[str, Any], order: Order) -> Marks:
    """What one order is marked with by whoever looks: one statement."""
    return own_marks_of(order, _staff(context), clock.now())


@register.simple_tag
def tags_of_buyer(buyer: Buyer) -> BuyerTags:
    """The tags on a buyer, and those that can be put on: one statement."""
    return tags_for(buyer.nick)


@register.simple_tag
def tag_badge(tag: BuyerTag) -> SafeString:
    """A tag: colour and word, its meaning on hover."""
    return tag_drawn(tag.colour, tag.meaning, tag.name)


def tag_drawn(colour: str, meaning: str, name: str) -> SafeString:
    """The same, by what the tag says."""
    return format_html('<span class="tag {}" title="{}">{}</span>', colour, meaning, name)


@register.simple_tag
def buyer_tags(tags: Sequence[BuyerTag]) -> SafeString:
    """All tags of a buyer."""
    return format_html_join(" ", "{}", ((tag_badge(tag),) for tag in tags))


def own_marks(marks: Marks) -> SafeString:
    """Star and snooze in a row of the list: icon and word."""
    parts = []
    if marks.starred:
        parts.append(
            format_html(
                '<span class="own-mark starred" title="{0}">{1}<span class="visually-hidden">{0}</span></span>',
                _("Starred"),
                _icon("star"),
            )
        )
    if marks.until is not None:
        at = marks.until.astimezone(clock.SHANGHAI).strftime("%m-%d %H:%M")
        told = _("back since %(time)s") if marks.due else _("put off until %(time)s")
        parts.append(
            format_html(
                '<span class="own-mark{}" title="{}">{}{}</span>',
                " due" if marks.due else "",
                told % {"time": at},
                _icon("bell-alert" if marks.due else "bell-snooze"),
                _("back") if marks.due else at,
            )
        )
    return format_html_join(" ", "{}", ((part,) for part in parts))


@register.simple_tag
def snooze_times() -> list[tuple[str, str]]:
    """What people put off to, one click each: in an hour, in three, this evening, tomorrow morning."""
    now = clock.now().astimezone(clock.SHANGHAI).replace(second=0, microsecond=0)
    today = now.replace(hour=0, minute=0)
    wanted: list[tuple[datetime, str]] = [
        (now + timedelta(hours=1), _("in 1 h")),
        (now + timedelta(hours=3), _("in 3 h")),
        (datetime.combine(today, time(20), tzinfo=clock.SHANGHAI), _("20:00")),
        (
            datetime.combine(today + timedelta(days=1), time(8, 30), tzinfo=clock.SHANGHAI),
            _("tomorrow 08:30"),
        ),
        (datetime.combine(today + timedelta(days=3), time(8, 30), tzinfo=clock.SHANGHAI), _("in 3 days")),
    ]
    return [(f"{at:%Y-%m-%dT%H:%M}", label) for at, label in wanted if at > now]


def _staff(context: Mapping[str, Any]) -> Staff:
    user: Staff = context["request"].user
    return user


def _icon(name: str) -> SafeString:
    return heroicon_mini(name, size=13, aria_hidden="true")
