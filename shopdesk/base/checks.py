"""System checks of the kernel."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from shopdesk.base.permissions import Role


@register()
def every_view_names_its_permission(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Default-deny, told before the first request: a view that names no permission is an error."""
    return [
        Error(
            f"The view behind “{route}” names no permission.",
            hint="Give its class `permission = Permission.…`, or mark it with `public`.",
            id="base.E001",
        )
        for route, view in routes(get_resolver().url_patterns)
        if not is_guarded(view)
    ]


@register()
def roles_of_the_second_factor_exist(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A misspelt role would leave an account with its password alone, and nobody would know."""
    return [
        Error(
            f"SECOND_FACTOR_ROLES names {name!r}, which is no role.",
            hint=f"Roles: {', '.join(Role)}.",
            id="base.E002",
        )
        for name in settings.SECOND_FACTOR_ROLES
        if name not in Role.values
    ]


def is_guarded(view: Any) -> bool:
    """Whether a view says who may see it, or is guarded by the admin site."""
    view_class = getattr(view, "view_class", None)
    return (
        getattr(view, "is_public", False)
        or getattr(view_class, "is_public", False)
        or getattr(view_class, "permission", None) is not None
        or getattr(view, "permission", None) is not None
        or is_call(view)
        or hasattr(view, "admin_site")
        or hasattr(view, "model_admin")
    )


def is_call(view: Any) -> bool:
    """Whether a view is a call of the API: it names who may by method, and guards itself (``shopdesk.api.views``)."""
    return bool(getattr(getattr(view, "view_class", None), "access", None))


def routes(patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every route below ``patterns`` with its view."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from routes(pattern.url_patterns, route)
        else:
            yield route, pattern.callback
