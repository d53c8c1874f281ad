"""The rows of the order list, cell by cell."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.rules import TierTable
from members.templatetags.members import tier_badge_in
from orders.rules.products import property_words
from orders.selectors.listed import ListedLine, ListedOrder
from orders.selectors.marks import Marks, PutOff
from orders.templatetags.marks import own_marks, tag_drawn
from orders.templatetags.orders import clocks_in, flag_badge_in, short_tid, state_badge_in
from orders.templatetags.products import product_link_in
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.money import yuan
from shopdesk.base.row_shapes import row_shape
from shopdesk.base.templatetags.desk import moment
from shopdesk.base.templatetags.words import address_of

register = template.Library()


@register.simple_tag
def order_rows(
    rows: Sequence[ListedOrder],
    after_sales: Mapping[str, SafeString],
    off: PutOff,
    tiers: TierTable | None,
    see_prices: bool,
) -> SafeString:
    """The rows of a page. Prices and tiers are for those who may see them."""
    language = get_language()
    row = _drawer(_Reader(language, off.now.astimezone(SHANGHAI).year, see_prices, tiers))
    drawn = []
    for order in rows:
        until = off.until.get(order.tid)
        before, after = row(order, Marks(order.starred, until, until is not None and until <= off.now))
        clocks = clocks_in(language, order.closes_at, order.ship_by, off.now)
        drawn.append(f"{before}{clocks} {after_sales.get(order.tid, '')}{after}")
    return mark_safe("".join(drawn))  # noqa: S308 (each cell is escaped)


class _Reader(NamedTuple):
    """Whom rows are drawn for: rows differ by language, year, whether prices are seen, and tiers."""

    language: str | None
    year: int
    see_prices: bool
    tiers: TierTable | None


@lru_cache(maxsize=8)
def _drawer(reader: _Reader) -> Callable[[ListedOrder, Marks], tuple[str, str]]:
    """What draws a row before and after its clocks, which alone change as time goes on."""
    shape = row_shape("orders/_list_row.html", reader.language, see_prices=reader.see_prices).split(
        "{clocks}"
    )

    # The same orders stand in one list after the other, mostly unchanged, and the newest are looked at by everybody.
    @lru_cache(maxsize=1000)
    def row(order: ListedOrder, marks: Marks) -> tuple[str, str]:
        cells = _cells(order, marks, reader)
        before, after = (part.format_map(cells) for part in shape)
        return before, after

    return row


@lru_cache(maxsize=8)
def _pieces(language: str | None) -> dict[str, str]:
    """What several rows say, in one language."""
    # Words in braces of a text are not found by those who translate.
    unlisted, from_buyer = _("item list not imported yet"), _("from the buyer")
    tied, meaning = _("for an exchange"), _("not to be paid, and not closed at 72 hours (A8)")
    return {
        "unlisted": f'<span class="dim">{escape(unlisted)}</span>',
        "from_buyer": f'<span class="said-by-buyer" title="{escape(from_buyer)}">',
        "tied": f'<span class="tag purple" title="{escape(meaning)}">{escape(tied)}</span> ',
    }


def _cells(order: ListedOrder, marks: Marks, reader: _Reader) -> dict[str, Any]:
    tid, language = escape(order.tid), reader.language
    pieces = _pieces(language)
    lines = order.goods
    said = order.said(see_prices=reader.see_prices)
    return {
        "tid": tid,
        "row_class": ' class="came-back"' if marks.due else "",
        "address": address_of("orders:detail", order.tid),
        "short": short_tid(tid),
        "placed": moment(order.created),
        "marks": own_marks(marks),
        "flag": flag_badge_in(
            language, order.seller_flag, order.flag_label, order.flag_addressee, order.flag_until
        ),
        "buyer": escape(order.buyer),
        "buyer_or_dash": escape(order.buyer) or "—",
        "tier": tier_badge_in(language, order.spend, reader.tiers) if reader.tiers and order.buyer else "",
        "tags": " ".join([tag_drawn(*tag) for tag in json.loads(order.tags)]),
        "goods": _goods(language, lines) if lines else pieces["unlisted"],
        "goods_in_full": escape("\n".join([line.in_full for line in lines])),
        "cents": int(order.payment * 100),
        "payment": yuan(order.payment),
        "state": state_badge_in(language, order.status, order.close_reason, order.partly_shipped),
        "tied": pieces["tied"] if order.tied else "",
        "said_in_full": escape("\n".join([text for text in (order.buyer_message, said) if text])),
        "message": _message(order.buyer_message, pieces["from_buyer"], more=bool(said)),
        "said": escape(said),
        "province": escape(order.province),
        "owner": escape(order.owner) or "—",
    }


def _message(text: str, from_buyer: str, *, more: bool) -> str:
    if not text:
        return ""
    return f"{from_buyer}{escape(text)}</span>{' · ' if more else ''}"


def _goods(language: str | None, lines: Sequence[ListedLine]) -> str:
    line, more = lines[0], len(lines) - 1
    words = property_words(line.sku_properties_name)
    properties = f' <span class="dim">{escape(words)}</span>' if words else ""
    others = f" +{more}" if more else ""
    link = product_link_in(language, line.product, line.title)
    return f'{link}{properties} <span class="dim">×{line.num}{others}</span>'
