"""The box of canned replies on the pages of an order and of a ticket (T3)."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shopdesk.base.permissions import Permission
from shopdesk.base.templatetags.words import address_of, options
from shopdesk.base.web import staff_of
from shopdesk.desk.models import CannedReply, SentReply
from shopdesk.desk.rules.replies import Filled, Stop
from shopdesk.desk.rules.reply_claims import Claim
from shopdesk.desk.rules.reply_fields import CHINESE
from shopdesk.desk.selectors.replies import Offers, offers_of_order, offers_of_ticket, stop_words, title_of

register = template.Library()
register.filter("reply_title", title_of)


@register.filter
def stop_reason(stop: Stop) -> str:
    """Why a reply is stopped."""
    return str(stop_words(stop))


@register.simple_tag(takes_context=True)
def reply_version(context: Mapping[str, Any], reply: int, language: str, filled: Filled) -> SafeString:
    """A reply in one language: the words, then what stops it, or the buttons to copy them and to log them as sent."""
    text = escape(filled.text)
    code, lines = "zh-Hans" if language == CHINESE else "en", "<br>".join(text.splitlines())
    said = f'<div class="reply-text" lang="{code}"><p>{lines}</p></div>'
    if filled.stops:
        reasons = "".join(f"<li>{escape(stop_reason(stop))}</li>" for stop in filled.stops)
        return mark_safe(f'{said}<ul class="reply-stops">{reasons}</ul>')  # noqa: S308 (each part is escaped)
    words = _buttons(get_language())
    acts = _COPY.format(text=text, **words)
    if context["may_send"]:
        action, token = context["action"], context["csrf_token"]
        acts += _SEND.format(action=action, token=token, reply=reply, language=language, text=text, **words)
    return mark_safe(f'{said}<div class="reply-acts">{acts}</div>')  # noqa: S308 (each part is escaped)


_COPY = '<button type="button" class="btn btn-sm" data-copy="{text}">{copy}</button> '
_SEND = (
    '<form method="post" action="{action}" hx-post="{action}">'
    '<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    '<input type="hidden" name="reply" value="{reply}"><input type="hidden" name="language" value="{language}">'
    '<input type="hidden" name="text" value="{text}">'
    '<select class="form-select" name="channel" aria-label="{how}">{channels}</select> '
    '<button class="btn btn-sm btn-primary">{sent}</button></form>'
)


@lru_cache(maxsize=8)
def _buttons(language: str | None) -> dict[str, SafeString]:
    return {
        "copy": conditional_escape(_("Copy")),
        "sent": conditional_escape(_("Sent")),
        "how": conditional_escape(_("How it was sent")),
        "channels": options(SentReply.Channel.choices),
    }


@register.filter
def claim_labels(reply: CannedReply) -> list[str]:
    """What a reply claims, in words."""
    return [str(Claim(claim).label) for claim in reply.claims]


@register.inclusion_tag("desk/_replies_box.html", takes_context=True)
def replies_of_order(context: Mapping[str, Any], order: Any, lines: Any = None) -> dict[str, Any]:
    """The replies for an order: those that fit first, with the rest one click away; by lines ``with_words``."""
    if not context["may"]["see_replies"]:
        return {"may": context["may"]}
    found = offers_of_order(order, staff=staff_of(context["request"]), lines=lines)
    return _box(
        context,
        found,
        picker=address_of("replies-of-order", order.tid),
        action=address_of("reply-sent-order", order.tid),
        page=address_of("orders:detail", order.tid),
        may_send=Permission.WORK_ORDERS,
    )


@register.inclusion_tag("desk/_replies_box.html", takes_context=True)
def replies_of_ticket(context: Mapping[str, Any], ticket: Any) -> dict[str, Any]:
    """The replies for a ticket."""
    if not context["may"]["see_replies"]:
        return {"may": context["may"]}
    found = offers_of_ticket(ticket, staff=staff_of(context["request"]))
    return _box(
        context,
        found,
        picker=address_of("replies-of-ticket", ticket.pk),
        action=address_of("reply-sent-ticket", ticket.pk),
        page=address_of("tickets:detail", ticket.pk),
        may_send=Permission.WORK_TICKETS,
    )


def _box(
    context: Mapping[str, Any], found: Offers, *, picker: str, action: str, page: str, may_send: Permission
) -> dict[str, Any]:
    asked = context["request"].GET.get("replies") == "all"
    fitting = found.fitting
    return {
        "request": context["request"],
        "may": context["may"],
        "csrf_token": context.get("csrf_token"),
        "refusal": (context.get("refusals") or {}).get("reply"),
        "offers": found.offers if asked else fitting,
        "all_shown": asked,
        "more": len(found.replies) - len(fitting),
        "sent": found.sent,
        "picker": picker,
        "action": action,
        "page": page,
        "may_send": context["may"][may_send.value],
    }
