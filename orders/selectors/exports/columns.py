"""Columns that several lists have."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.rules.products import property_words
from shopdesk.base.exports import Column, Value
from shopdesk.base.phones import masked


def goods_cell(lines: Iterable[Any]) -> str:
    """All lines in one cell: title, colour and size, how many."""
    return goods_words((line.product.title, line.sku_properties_name, line.num) for line in lines)


def goods_words(goods: Iterable[tuple[str, str, int]]) -> str:
    """The same of titles, properties and numbers."""
    return "；".join(
        [
            " ".join([part for part in (title, property_words(properties), f"×{num}") if part])
            for title, properties, num in goods
        ]
    )


def phone_column(order_of: Callable[[Any], Any]) -> Column:
    """The receiver's phone, always masked: who needs it whole reveals it on the order's page, and that is logged."""

    def value(row: Any) -> Value:
        order = order_of(row)
        number = order.receiver_mobile or order.receiver_phone
        return masked(number) if number else ""

    return Column(_("Phone"), value)


def name_of(person: Any) -> str:
    """Who did it; nothing where nobody did."""
    return str(person) if person is not None else ""
