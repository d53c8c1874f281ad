"""How the rows of a register are written (A11): one tag a row, for a page has hundreds of cells."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from afterservice.selectors.registers import Column, Row
from shopdesk.base.money import yuan
from shopdesk.base.templatetags.desk import moment
from shopdesk.base.templatetags.words import address_of

register = template.Library()
_NONE = mark_safe('<span class="dim">—</span>')


@register.simple_tag
def register_cells(row: Row, columns: Sequence[Column]) -> SafeString:
    """The cells of a row, in the order of the columns."""
    return format_html_join("", "{}", ((_cell(row, column),) for column in columns))


def _cell(row: Row, column: Column) -> SafeString:
    value: Any = column.value(row)
    if column.money:
        return format_html('<td class="num">{}</td>', _NONE if value is None else yuan(value))
    return _CELLS.get(column.role, _words)(row, value)


def _words(_row: Row, value: Any) -> SafeString:
    return format_html("<td>{}</td>", value or _NONE)


def _number(_row: Row, value: Any) -> SafeString:
    return format_html('<td class="num">{}</td>', "—" if value is None else value)


def _time(_row: Row, value: Any) -> SafeString:
    return format_html('<td class="nowrap">{}</td>', moment(value))


def _ticket(row: Row, value: Any) -> SafeString:
    address = address_of("tickets:detail", row.ticket.pk)
    return format_html('<td class="nowrap"><a href="{}">{}</a></td>', address, value)


def _order(_row: Row, value: Any) -> SafeString:
    address = address_of("orders:detail", value)
    return format_html('<td class="nowrap"><a href="{}">{}</a></td>', address, value)


_CELLS: Mapping[str, Callable[[Row, Any], SafeString]] = {
    "ticket": _ticket,
    "tid": _order,
    "number": _number,
    "moment": _time,
    "bought": _time,
}
