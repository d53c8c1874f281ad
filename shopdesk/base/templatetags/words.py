"""What is drawn alike on every page: what choices are called, where a form goes.

These tags stand in every template; ``url`` takes the place of Django's.
"""

from functools import lru_cache
from typing import Any

from django import template
from django.db.models import Model
from django.middleware.csrf import CSRF_TOKEN_LENGTH
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode, URLNode
from django.template.defaulttags import url as do_url
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


@register.filter
def in_words(row: Model, field: str) -> str:
    """What a row's choice is called: as ``get_…_display`` says it, which compares all choices each time."""
    # Who is signed in comes wrapped, and is of its class all the same.
    return called(row.__class__, field, getattr(row, field))


def called(model: type[Model], field: str, code: Any) -> str:
    """The same for a code of the field."""
    return _in_words(get_language(), model, field, code)


@lru_cache(maxsize=2048)
def _in_words(language: str | None, model: type[Model], field: str, code: Any) -> str:
    choices: Any = model._meta.get_field(field)
    return str(dict(choices.flatchoices).get(code, code))


@register.filter
def options(choices: Any, chosen: Any = None) -> SafeString:
    """Choices as the options of a ``<select>``, with the chosen one selected; nothing chosen is the empty one."""
    chosen = "" if chosen is None else chosen
    return mark_safe(  # noqa: S308 (each part is escaped)
        "".join(
            f'<option value="{conditional_escape(code)}"{" selected" if code == chosen else ""}>'
            f"{conditional_escape(name)}</option>"
            for code, name in choices
        )
    )


@lru_cache(maxsize=4096)
def address_of(name: str, *arguments: Any) -> str:
    """The address of a page by its name, as ``reverse`` finds it, which goes through patterns each time."""
    return reverse(name, args=arguments)


class AddressNode(URLNode):
    """An address that is looked for once."""

    def render(self, context: template.Context) -> str:
        """The address of the page."""
        if self.asvar or self.kwargs:
            return super().render(context)
        arguments = [argument.resolve(context) for argument in self.args]
        return _escaped_address(self.view_name.resolve(context), *arguments)


@lru_cache(maxsize=4096)
def _escaped_address(name: str, *arguments: Any) -> str:
    return conditional_escape(address_of(name, *arguments))


@register.tag("url")
def url(parser: Parser, token: Token) -> template.Node:
    """Django's own, which looks for the address each time that it is drawn. No page has several instances here."""
    node = do_url(parser, token)
    return AddressNode(node.view_name, node.args, node.kwargs, node.asvar)


class TokenNode(CsrfTokenNode):
    """The token of a form. Django escapes it anew for each of a page's dozen forms, and it is letters and digits."""

    def render(self, context: template.Context) -> str:
        """The hidden field."""
        token = str(context.get("csrf_token") or "")
        if len(token) != CSRF_TOKEN_LENGTH or not token.isalnum():
            return super().render(context)
        return f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'


@register.tag("csrf_token")
def csrf_token(parser: Parser, token: Token) -> template.Node:
    """Django's own, with less to do."""
    return TokenNode()


@register.simple_tag
def posts_to(name: str, *arguments: Any) -> SafeString:
    """Where a form sends what is typed, with htmx and without."""
    address = _escaped_address(name, *arguments)
    return mark_safe(f'method="post" action="{address}" hx-post="{address}"')  # noqa: S308 (escaped)
