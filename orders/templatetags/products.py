"""How a product leads to its card from any line (T6)."""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from orders.models import Product
from shopdesk.base.templatetags.words import address_of

register = template.Library()


@register.simple_tag
def product_link(product: Product, words: str = "") -> SafeString:
    """The title as a link: with htmx it opens the card beside the page, without it the card's own page."""
    return product_link_in(get_language(), product.pk, product.title, words)


@lru_cache(maxsize=2048)
def product_link_in(language: str | None, pk: int, title: str, words: str = "") -> SafeString:
    """The same in a language, for the product of a number."""
    return format_html(
        '<a class="product-link" href="{}" hx-get="{}" hx-target="#product-card" hx-swap="innerHTML"'
        # Of its own, since the page's forms hand down theirs.
        ' hx-disabled-elt="this" title="{}">{}</a>',
        address_of("products:detail", pk),
        address_of("products:card", pk),
        _("Product card: %(title)s") % {"title": title},
        words or title,
    )
