"""The rows of the ticket list, cell by cell."""

from collections.abc import Sequence
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from afterservice.selectors.ticket_list import TicketRow
from afterservice.templatetags.tickets import due_clock, priority_badge, request_words, stand_badge
from members.rules import TierTable
from members.templatetags.members import tier_badge_in
from orders.templatetags.orders import short_tid
from shopdesk.base.row_shapes import row_shape
from shopdesk.base.templatetags.desk import moment
from shopdesk.base.templatetags.words import address_of

register = template.Library()


@register.simple_tag
def ticket_rows(rows: Sequence[TicketRow], tiers: TierTable | None) -> SafeString:
    """The rows of a page. Tiers are for those who may see prices."""
    language = get_language()
    shape = row_shape("tickets/_list_row.html", language, see_prices=tiers is not None)
    # Words in braces of a text are not found by those who translate.
    supervisor, meaning = _("supervisor"), _("A clock ran out; a supervisor looks after it.")
    escalated = f' <span class="tag red" title="{escape(meaning)}">{escape(supervisor)}</span>'
    nothing = _("no goods")
    no_goods = f'<span class="dim">{escape(nothing)}</span>'
    return mark_safe(  # noqa: S308 (each cell is escaped)
        "".join(shape.format_map(_cells(row, tiers, language, escalated, no_goods)) for row in rows)
    )


def _cells(
    row: TicketRow, tiers: TierTable | None, language: str | None, escalated: str, no_goods: str
) -> dict[str, Any]:
    ticket = row.ticket
    buyer, tid = escape(ticket.buyer_id or ""), escape(ticket.order_id)
    return {
        "pk": ticket.pk,
        "address": address_of("tickets:detail", ticket.pk),
        "number": ticket.number,
        "opened": moment(ticket.opened_at),
        "priority": priority_badge(ticket),
        "request": request_words(ticket),
        "stand": stand_badge(ticket),
        "escalated": escalated if ticket.escalated_at else "",
        "due": due_clock(ticket),
        "order_address": address_of("orders:detail", ticket.order_id),
        "tid": tid,
        "short_tid": short_tid(tid),
        "buyer": buyer,
        "buyer_or_dash": buyer or "—",
        "tier": tier_badge_in(language, ticket.buyer.spend, tiers) if tiers and ticket.buyer else "",
        "goods_in_full": escape(row.goods_in_full),
        "goods": _goods(row) if row.lines else no_goods,
        "owner": escape(ticket.owner.signature) if ticket.owner else "—",
    }


def _goods(row: TicketRow) -> str:
    line, more = row.lines[0], f" +{row.more_lines}" if row.more_lines else ""
    return f'{escape(line.title)} <span class="dim">{escape(line.details)}{more}</span>'
