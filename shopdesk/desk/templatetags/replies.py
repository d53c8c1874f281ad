"""The box of canned replies on the pages of an order and of a ticket (T3)."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse

from shopdesk.base.permissions import Permission
from shopdesk.base.web import staff_of
from shopdesk.desk.models import CannedReply, SentReply
from shopdesk.desk.rules.replies import Stop
from shopdesk.desk.rules.reply_claims import Claim
from shopdesk.desk.selectors.replies import Offers, offers_of_order, offers_of_ticket, stop_words, title_of

register = template.Library()
register.filter("reply_title", title_of)


@register.filter
def stop_reason(stop: Stop) -> str:
    """Why a reply is stopped."""
    return str(stop_words(stop))


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
        picker=reverse("replies-of-order", args=[order.tid]),
        action=reverse("reply-sent-order", args=[order.tid]),
        page=reverse("orders:detail", args=[order.tid]),
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
        picker=reverse("replies-of-ticket", args=[ticket.pk]),
        action=reverse("reply-sent-ticket", args=[ticket.pk]),
        page=reverse("tickets:detail", args=[ticket.pk]),
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
        "more": len(found.offers) - len(fitting),
        "sent": found.sent,
        "picker": picker,
        "action": action,
        "page": page,
        "may_send": context["may"][may_send.value],
        "channels": SentReply.Channel.choices,
    }
