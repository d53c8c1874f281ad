"""The rows of the warehouse's board, cell by cell."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from orders.models import Parcel
from orders.rules.products import property_words
from orders.selectors.extra_goods import Goods
from orders.selectors.warehouse import Board, ParcelRow, Tab
from orders.templatetags.orders import short_tid
from shopdesk.base.row_shapes import row_shape
from shopdesk.base.templatetags.desk import moment
from shopdesk.base.templatetags.icons import heroicon_micro
from shopdesk.base.templatetags.words import address_of, in_words

register = template.Library()


@register.simple_tag
def board_rows(board: Board) -> SafeString:
    """The rows of a tab. Parcels to print or to pack can be ticked; those to pack with the version that was seen."""
    language, shipped = get_language(), board.tab == Tab.SHIPPED
    ticked = board.tab in (Tab.TO_PRINT, Tab.PRINTED)
    shape = row_shape("warehouse/_board_row.html", language, ticked=ticked, shipped=shipped)
    # Words in braces of a text are not found by those who translate.
    choose, changed = escape(_("Choose P%(number)s")), _changed(language)
    drawn = []
    for row in board.rows:
        cells = _cells(row, choose, changed, shipped=shipped)
        if board.tab == Tab.PRINTED:
            cells["choice"] = f"{row.parcel.pk}-{row.parcel.version}"
        drawn.append(shape.format_map(cells))
    return mark_safe("".join(drawn))  # noqa: S308 (each cell is escaped)


@lru_cache(maxsize=8)
def _changed(language: str | None) -> str:
    icon, word = heroicon_micro("hand-raised", size=12, aria_hidden="true"), _("changed")
    return f' <span class="tag red">{icon}{escape(word)}</span>'


def _cells(row: ParcelRow, choose: str, changed: str, *, shipped: bool) -> dict[str, Any]:
    parcel = row.parcel
    whole, bought = parcel.part == Parcel.Part.WHOLE, parcel.purpose == Parcel.Purpose.ORDER
    number = escape(parcel.invoice_no)
    due = " due" if row.late else ""
    return {
        "row_class": ' class="stopped"' if parcel.noticed else "",
        "choice": parcel.pk,
        "choose": choose % {"number": parcel.pk},
        "address": address_of("warehouse:parcel", parcel.pk),
        "pk": parcel.pk,
        "part": "" if whole else f' <span class="tag teal">{escape(in_words(parcel, "part"))}</span>',
        "purpose": ""
        if bought
        else f' <span class="tag purple">{escape(in_words(parcel, "purpose"))}</span>',
        "changed": changed if parcel.noticed else "",
        "orders": ", ".join([_order(tid) for tid in row.tids]),
        "buyer": escape(parcel.buyer_id or "") or "—",
        "pieces": row.pieces,
        "goods": _goods(row.lines) if row.lines else "",
        "province": escape(parcel.order.receiver_state) or "—",
        "carrier": (escape(row.carrier) or "—") + (f' <span class="dim">{number}</span>' if number else ""),
        "time": moment(parcel.shipped_at)
        if shipped
        else f'<span class="clock{due}">{moment(parcel.ship_by)}</span>',
    }


def _order(tid: str) -> str:
    whole = escape(tid)
    return f'<a class="tid" href="{address_of("orders:detail", tid)}" title="{whole}">{short_tid(whole)}</a>'


def _goods(lines: Sequence[Goods]) -> str:
    line, more = lines[0], len(lines) - 1
    title, words = escape(line.product.title), escape(property_words(line.sku_properties_name))
    pieces = f" ×{line.num}" if line.num > 1 else ""
    others = f' <span class="tag">+{more}</span>' if more else ""
    return f'<span title="{title}">{title}</span> <span class="dim">{words}{pieces}</span>{others}'
