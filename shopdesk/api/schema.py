"""How the schema describes a call: its scope, its headers, and every way in which it can be refused."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from shopdesk.api.fields import ErrorAnswer

_READ = {
    400: "The request cannot be read: `field` says where.",
    401: "No token, or one that is not known, was revoked, or has expired.",
    403: "The token lacks the scope, or its account the role.",
    404: "There is no such thing.",
    405: "This address does not answer this method.",
    429: "Too many calls this minute; `Retry-After` says for how long.",
}
_WRITE = {
    409: "Somebody changed it meanwhile (T5), its state does not allow it (O1), or the Idempotency-Key is taken; "
    "with the code `busy` nothing was changed, and the same call may be sent again.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A rule of the shop refuses: `code` is its number.",
}
_CLOSINGS = {
    "TRADE_CLOSED": _("Closed after its refund"),
    "TRADE_CLOSED_BY_TAOBAO": _("Closed, never paid"),
}
_IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="Kept for 24 hours: the same key with the same body gives the first answer and does nothing again.",
)  # fmt: skip
_IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER,
    description="The version that the caller saw, such as `\"3\"`; a newer one refuses the change with 409 (T5).",
)  # fmt: skip


class TokenScheme(OpenApiAuthenticationExtension):
    """The token of an integration."""

    target_class = "shopdesk.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Where it is sent."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token …`, as a manager made it on the page of integrations.",
        }


class DeskSchema(AutoSchema):
    """Adds what all calls have in common."""

    def get_override_parameters(self) -> list[Any]:
        """The headers of a write."""
        given = list(super().get_override_parameters())
        if self.method in ("GET", "HEAD"):
            query = getattr(self.view, "query", None)
            return [*given, query] if query is not None else given
        if not getattr(self.view, "writes", True):
            return given
        versioned = getattr(self.view, "versioned", True)
        return [*given, _IDEMPOTENCY, *([_IF_MATCH] if versioned else [])]

    def get_operation_id(self) -> str:
        """By its address: ``orders_list``, ``orders_read``, ``orders_create``, ``orders_close``."""
        words = [word for word in self.path.removeprefix("/api/v1/").split("/") if word and word[0] != "{"]
        name = "_".join(words).replace("-", "_")
        is_list = hasattr(self.view, "query")
        if self.method == "POST":
            return f"{name}_create" if is_list else name
        return f"{name}_list" if is_list else f"{name}_read"

    def get_description(self) -> str:  # type: ignore[override]
        """The docstring of the method or of the class, and who may."""
        text = super().get_description() or ""
        access = getattr(self.view, "access", {}).get(self.method.lower())
        if access is None:
            return text
        scopes = " or ".join(f"`{scope.value}`" for scope in (access.scope, access.or_scope) if scope)
        return f"{text}\n\nScope {scopes}; the account needs: {access.permission.value}.".strip()

    def get_request_serializer(self) -> Any:
        """What an action takes."""
        return getattr(self.view, "takes", None) if self.method == "POST" else None

    def get_response_serializers(self) -> Any:
        """What an action answers, and every refusal."""
        own = getattr(self.view, "answers", None) if self.method == "POST" else None
        given = (
            own if isinstance(own, dict) else {self._status(): own} if own is not None else self._declared()
        )
        refusals = dict(_READ) | (dict(_WRITE) if self.method == "POST" else {})
        refusals |= getattr(self.view, "refusals", {})
        errors = {code: OpenApiResponse(ErrorAnswer, description=text) for code, text in refusals.items()}
        return {**errors, **given}

    def _status(self) -> int:
        return int(getattr(self.view, "status", 200))

    def _declared(self) -> dict[Any, Any]:
        return dict(getattr(self.view, "told", {200: None}))


def only_calls(endpoints: list[Any]) -> list[Any]:
    """Leave out what is no call of version 1."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


def tell_closings_apart(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Screens have one word for both closings, and the reason beside it; programs have the state alone (O1)."""
    _tell_apart(result)
    return result


def _tell_apart(part: Any) -> None:
    """Wherever states are named: in bodies, and in the parameters of addresses."""
    if isinstance(part, dict):
        if isinstance(words := part.get("description"), str):
            for state, meaning in _CLOSINGS.items():
                words = re.sub(f"`{state}` - .*", f"`{state}` - {meaning}", words)
            part["description"] = words
        for inner in part.values():
            _tell_apart(inner)
    elif isinstance(part, list):
        for inner in part:
            _tell_apart(inner)
