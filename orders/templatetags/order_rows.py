"""The rows of the order list, cell by cell: what fifty rows have in common is worked out once, not fifty times."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from members.rules import TierTable
from members.templatetags.members import tier_badge
from orders.models import OrderLine
from orders.rules.products import property_words
from orders.selectors.lists import OrderRow
from orders.selectors.marks import Marks
from orders.templatetags.marks import buyer_tags, own_marks
from orders.templatetags.orders import cents, countdown, flag_badge, promise_clock, short_tid, state_badge
from orders.templatetags.products import product_link
from shopdesk.base.money import yuan
from shopdesk.base.templatetags.desk import moment

register = template.Library()


@register.simple_tag
def order_cells(
    rows: Sequence[OrderRow], marks: Mapping[str, Marks], tiers: TierTable | None
) -> list[dict[str, Any]]:
    """What stands in each row."""
    unlisted = mark_safe(f'<span class="dim">{escape(_("item list not imported yet"))}</span>')  # noqa: S308 (escaped)
    return [_cells(row, marks[row.order.tid], tiers, unlisted) for row in rows]


def _cells(row: OrderRow, marks: Marks, tiers: TierTable | None, unlisted: SafeString) -> dict[str, Any]:
    order = row.order
    return {
        "tid": order.tid,
        "address": _address(order.tid),
        "short": short_tid(order.tid),
        "placed": moment(order.created),
        "due": marks.due,
        "marks": own_marks(marks),
        "flag": flag_badge(order, row.flag),
        "buyer": order.buyer_id or "",
        "tier": tier_badge(order.buyer, tiers) if tiers else "",
        "tags": buyer_tags(marks.tags) if marks.tags else "",
        "goods": _goods(row.lines[0], row.more_lines) if row.lines else unlisted,
        "goods_in_full": row.goods_in_full,
        "cents": cents(order.payment),
        "payment": yuan(order.payment),
        "state": state_badge(order),
        "tied": order.tied,
        "closes": countdown(order.closes_at),
        "ship_by": promise_clock(row.ship_by),
        "message": order.buyer_message,
        "said": row.said,
        "said_in_full": row.said_in_full,
        "province": order.receiver_state,
        "owner": order.owner.signature if order.owner else "—",
    }


def _goods(line: OrderLine, more: int) -> SafeString:
    words = property_words(line.sku_properties_name)
    properties = f' <span class="dim">{escape(words)}</span>' if words else ""
    others = f" +{more}" if more else ""
    return product_link(line.product) + mark_safe(  # noqa: S308 (escaped)
        f'{properties} <span class="dim">×{line.num}{others}</span>'
    )


@lru_cache(maxsize=4096)
def _address(tid: str) -> str:
    return reverse("orders:detail", args=[tid])
