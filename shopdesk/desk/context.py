"""What every page needs for its frame. Nothing here asks the database before a template uses it."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

THEME_COOKIE = "theme"


_NAMES = frozenset(Permission.values)


class Abilities(Mapping[str, bool]):
    """What the person behind a request may do: ``{% if may.see_prices %}``."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _allowed(self) -> Collection[str]:
        user = getattr(self._request, "user", None)
        if not isinstance(user, Staff) or not user.is_authenticated:
            return ()
        return {permission.value for permission in Permission if user.may(permission)}

    def __getitem__(self, name: str) -> bool:
        if name not in self:
            raise KeyError(name)
        return name in self._allowed

    def __iter__(self) -> Iterator[str]:
        return iter(Permission.values)

    def __len__(self) -> int:
        return len(Permission)

    def __contains__(self, name: object) -> bool:
        return name in _NAMES


def theme_of(request: HttpRequest) -> str:
    """The look that the person chose; for somebody not signed in, the one that this browser saw last."""
    user = getattr(request, "user", None)
    if isinstance(user, Staff) and user.is_authenticated:
        return user.theme
    return remembered_theme(request)


def remembered_theme(request: HttpRequest) -> str:
    """The look that this browser saw last, without asking who is there."""
    remembered = request.COOKIES.get(THEME_COOKIE, "")
    return remembered if remembered in Staff.Theme.values else Staff.Theme.AUTO


def shell(request: HttpRequest) -> dict[str, Any]:
    """``may``, ``theme`` and the choices of the user menu."""
    return {
        "may": Abilities(request),
        "theme": SimpleLazyObject(lambda: theme_of(request)),
        "remembered_theme": remembered_theme(request),
        "theme_choices": Staff.Theme.choices,
    }
