"""What stands around every request."""

import ipaddress
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django_structlog.middlewares import RequestMiddleware

from shopdesk.base import audit
from shopdesk.base.checks import is_call, is_guarded
from shopdesk.base.health import healthz, readyz
from shopdesk.base.metrics import metrics
from shopdesk.base.models import AuditEntry
from shopdesk.base.outages import is_of_database
from shopdesk.base.permissions import Permission

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ClientAddressMiddleware:
    """Says who calls. Behind a proxy, that is the hop which the proxy itself wrote down: the last one.

    What else ``X-Forwarded-For`` says anybody can write, so nobody further in gets to see it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if settings.BEHIND_PROXY and (address := _address(forwarded.rpartition(",")[2].strip())):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def _address(text: str) -> str:
    try:
        # PostgreSQL's inet knows no zones such as fe80::1%eth0.
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return ""


class ContentPolicyMiddleware(CSPMiddleware):
    """Sends the content security policy, written out once: no answer has one of its own but what says so itself.

    Written anew it takes as long as four statements of the database.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy; Django's own pages for debugging go without it."""
        if settings.DEBUG:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _content_policy())
        return response


@cache
def _content_policy() -> str:
    return build_policy()


class RequestLogMiddleware(RequestMiddleware):
    """Logs each request without its query: phones and names are searched for there."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """The address that ``ClientAddressMiddleware`` vouches for, not a header that anybody can write."""
        structlog.contextvars.bind_contextvars(ip=request.META.get("REMOTE_ADDR"))

    def _process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Where the database went away, nobody asks it once more who that was: the answer would wait twice."""
        if is_of_database(exception) and not hasattr(request, "_cached_user"):
            request.user = AnonymousUser()
        super()._process_exception(request, exception)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Method and path."""
        return f"{request.method} {request.path}"


class HealthMiddleware:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics`` before host checks, sessions and sign-in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return healthz(request)
        if request.path == "/readyz":
            return readyz(request)
        if request.path == "/metrics":
            return metrics(request)
        return self.get_response(request)


class StaffLocaleMiddleware(LocaleMiddleware):
    """The language that the staff member chose; else the cookie's; else what the browser asks for."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language for this request."""
        super().process_request(request)
        if chosen := getattr(request.user, "language", ""):
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language()


class OriginMiddleware:
    """Lets the audit know that a change comes from a page, from where, and by which request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        address = request.META.get("REMOTE_ADDR") or None
        with audit.origin(AuditEntry.Origin.PAGE, address=address, request_id=str(request_id)):
            return self.get_response(request)


class PermissionMiddleware:
    """Default-deny: a view is answered only to somebody who has the one permission that it names."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Refuse the view, ask for a sign-in, or let it pass."""
        view_class = getattr(view, "view_class", None)
        if getattr(view, "is_public", False) or getattr(view_class, "is_public", False):
            return None
        if is_call(view):
            return None  # a token is no session: the call looks at it, refused unless its `access` says otherwise
        if not request.user.is_authenticated:
            return _ask_to_sign_in(request)
        permission = getattr(view_class, "permission", None) or getattr(view, "permission", None)
        if permission is None and request.path.startswith("/admin/"):
            permission = Permission.ADMINISTER
        if permission is None or not is_guarded(view) or not request.user.may(permission):
            raise PermissionDenied
        if request.user.password_is_temporary and not getattr(view_class, "with_temporary_password", False):
            return _send_to(request, "password")
        if request.user.must_set_up_sign_in and not getattr(view_class, "without_second_factor", False):
            return _send_to(request, "my-sign-in")
        return None


def _send_to(request: HttpRequest, page: str) -> HttpResponseBase:
    """Whoever has a temporary password, or must have a second factor, sees to that before anything else (T1)."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=403, headers={"HX-Redirect": reverse(page)})
    return redirect(page)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if getattr(request, "htmx", False):
        # A swapped part cannot hold the sign-in page: htmx loads it as a whole.
        return HttpResponse(
            status=401,
            headers={"HX-Redirect": redirect_to_login(request.headers.get("HX-Current-URL", "/")).url},
        )
    # A form that came too late leads back to its page, which still holds what was typed.
    return redirect_to_login(_page_of(request) if request.method == "POST" else request.get_full_path())


def _page_of(request: HttpRequest) -> str:
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return "/"
    return urlunsplit(("", "", came_from.path or "/", came_from.query, ""))
