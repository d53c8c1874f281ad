"""What every page needs for its frame. Nothing here asks the database before a template uses it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

THEME_COOKIE = "theme"


class Abilities(Mapping[str, bool]):
    """What the person behind a request may do: ``{% if may.see_prices %}``."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getitem__(self, name: str) -> bool:
        user = getattr(self._request, "user", None)
        return isinstance(user, Staff) and user.is_authenticated and user.may(Permission(name))

    def __iter__(self) -> Iterator[str]:
        return iter(Permission.values)

    def __len__(self) -> int:
        return len(Permission)

    def __contains__(self, name: object) -> bool:
        return name in Permission.values


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
