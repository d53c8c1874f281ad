"""The icons of heroicons, each drawn once: the library builds a drawing anew for each use, and a page has dozens.

It is what ``{% load heroicons %}`` loads: the package itself is no installed app.
"""

from collections.abc import Callable
from functools import lru_cache

from django import template
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

register = template.Library()


def _drawn_once(draw: Callable[..., str]) -> Callable[..., SafeString]:
    @lru_cache(maxsize=512)
    def drawn(name: str, **attributes: object) -> SafeString:
        return mark_safe(draw(name, **attributes))  # noqa: S308 (icons of our own choice)

    return drawn


heroicon_micro = register.simple_tag(_drawn_once(heroicons.heroicon_micro), name="heroicon_micro")
heroicon_mini = register.simple_tag(_drawn_once(heroicons.heroicon_mini), name="heroicon_mini")
heroicon_outline = register.simple_tag(_drawn_once(heroicons.heroicon_outline), name="heroicon_outline")
heroicon_solid = register.simple_tag(_drawn_once(heroicons.heroicon_solid), name="heroicon_solid")
