"""What buyers were promised, on the page of an order (T2)."""

from collections.abc import Mapping
from typing import Any

from django import template

from orders.models import Order
from orders.selectors.discretion import without_phones
from shopdesk.base import clock
from shopdesk.desk.selectors.promises import promises_of

register = template.Library()


@register.inclusion_tag("team/_of_order.html", takes_context=True)
def promises_of_order(context: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """The promises of an order, with the buttons to end them and the place for making one: one statement."""
    promises = promises_of(order.tid)
    if not context["may"]["reveal_phone"]:
        for promise in promises:
            promise.text, promise.word = without_phones(promise.text), without_phones(promise.word)
    return {
        "order": order,
        "promises": promises,
        "now": clock.now(),
        "may_promise": context["may"]["work_orders"],
        "csrf_token": context.get("csrf_token"),
        "request": context.get("request"),
    }
