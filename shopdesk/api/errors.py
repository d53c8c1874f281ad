"""Every refusal in one shape: ``{"code", "message", "field"}``, in the caller's language."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg import errors
from rest_framework import exceptions
from rest_framework.response import Response

from shopdesk.base.errors import DomainError
from shopdesk.base.outages import UNAVAILABLE, outage_of

MALFORMED = "malformed"
logger = structlog.get_logger(__name__)
_CODES: Mapping[type[exceptions.APIException], str] = {
    exceptions.ParseError: MALFORMED,
    exceptions.ValidationError: MALFORMED,
    exceptions.NotAuthenticated: "unauthenticated",
    exceptions.AuthenticationFailed: "unauthenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "too_many_requests",
}


class TooLarge(exceptions.APIException):
    """413: the body is larger than this call takes."""

    status_code = 413
    default_detail = _("The body is too large.")
    default_code = "too_large"


class Busy(exceptions.APIException):
    """409: two writes waited for each other, or one waited too long, and the database undid this one."""

    status_code = 409
    default_detail = _("Somebody else works on the same thing just now. Nothing was changed: send it again.")
    default_code = "busy"
    wait = 1


_CONTENTION = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)


def is_contention(error: Exception) -> bool:
    """Whether the database undid a transaction for the sake of another one: the same again will do."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, _CONTENTION)


def answer_refusal(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to whatever a call raised; ``None`` for what is nobody's refusal but our own fault."""
    if isinstance(error, DomainError):
        code = error.code or (MALFORMED if error.status < 500 else UNAVAILABLE)
        return _answer(error.status, code, str(error.message), error.field)
    if is_contention(error):
        error = Busy()
    elif outage := outage_of(error):
        logger.error("a call could not be answered", exc_info=error)
        headers = {"Retry-After": str(outage.retry_after)}
        return _answer(outage.status, UNAVAILABLE, str(outage.told_programs), None, headers)
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is nothing at this address."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    code = _CODES.get(type(error)) or str(error.default_code)
    field, message = first_complaint(error.detail)
    return _answer(error.status_code, code, message, field, headers)


def first_complaint(detail: Any, place: str = "") -> tuple[str | None, str]:
    """The first thing that is wrong, and where: ``("orders[0].price", "…")``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if inner:
                if name == "non_field_errors":
                    where = place
                elif isinstance(name, int):
                    where = f"{place}[{name}]"
                else:
                    where = f"{place}.{name}" if place else str(name)
                return first_complaint(inner, where)
    if isinstance(detail, list):
        for number, inner in enumerate(detail):
            if inner:
                nested = isinstance(inner, Mapping | list)
                return first_complaint(inner, f"{place}[{number}]" if nested else place)
    return place or None, str(detail) if detail else gettext("This cannot be read.")


def _answer(
    status: int, code: str, message: str, field: str | None, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        {"code": code, "message": message, "field": field}, status=status, headers=dict(headers or {})
    )
