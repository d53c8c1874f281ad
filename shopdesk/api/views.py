"""The kinds of call: one that reads, and one that changes. Each names its permission and its scope."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView

from shopdesk.api.access import Access
from shopdesk.api.errors import TooLarge, is_contention
from shopdesk.api.permissions import NamedAccess
from shopdesk.api.services.answers import once
from shopdesk.base import audit
from shopdesk.base.models import AuditEntry, Staff

LARGEST_BODY = 1024 * 1024
LONGEST_KEY = 200


class ApiView(APIView):
    """One address of the API. ``access`` names who may, by method."""

    access: ClassVar[Mapping[str, Access]] = {}
    permission_classes = [NamedAccess]
    largest_body: ClassVar[int] = LARGEST_BODY

    @property
    def staff(self) -> Staff:
        """The account that calls."""
        assert isinstance(self.request.user, Staff)  # noqa: S101 (`NamedAccess` let nobody else pass)
        return self.request.user

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer; what is changed is known to have come through the API."""
        with audit.origin(AuditEntry.Origin.API):
            return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a body that is too large before it is read."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > self.largest_body:
            raise TooLarge
        if (request.method or "").lower() not in self._methods():
            raise exceptions.MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)

    def _methods(self) -> set[str]:
        return {name for name in self.http_method_names if hasattr(self, name)}

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> Any:
        """Say which of the two is missing."""
        if not request.authenticators or request.user.is_authenticated:
            raise exceptions.PermissionDenied(
                _(
                    "This token or account may not make this call. A manager can give it the scope or the role."
                )
            )
        raise exceptions.NotAuthenticated(_("Sign in, or send “Authorization: Token …”."))

    def read(self, serializer: type[BaseSerializer[Any]], data: Any) -> dict[str, Any]:
        """What was sent, checked. Raises ``ValidationError`` (400)."""
        checked = serializer(data=data, context={"request": self.request})
        checked.is_valid(raise_exception=True)
        values: dict[str, Any] = checked.validated_data
        return values

    def seen_version(self, data: Mapping[str, Any]) -> int | None:
        """The version that the caller saw, by ``If-Match`` or by the body (T5)."""
        header = self.request.headers.get("If-Match", "").strip()
        if not header or header == "*":
            return data.get("version")
        number = header.removeprefix("W/").strip('"')
        if not (number.isascii() and number.isdigit() and 0 < len(number) <= 9):
            raise exceptions.ValidationError({"If-Match": [_('If-Match holds a version, such as "3".')]})
        return int(number)

    def write(self, request: Request, work: Callable[[], Response]) -> Response:
        """Do a write, all of it or nothing: once, where it carries an ``Idempotency-Key``."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            with transaction.atomic():
                return work()
        if not key.strip() or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise exceptions.ValidationError(
                {"Idempotency-Key": [_("An Idempotency-Key holds 1 to 200 printable ASCII characters.")]}
            )
        asked = _fingerprint(request)
        status, body, again = once(self.staff, key, asked, lambda: self._answered(work))
        response = Response(json.loads(body), status=status)
        if again:
            response["Idempotent-Replayed"] = "true"
        return response

    def _answered(self, work: Callable[[], Response]) -> tuple[int, str]:
        try:
            with transaction.atomic():
                answer = work()
        except Exception as error:
            if is_contention(error):
                raise  # nothing happened: the key is free for the same again
            # A refusal is an answer too; what it left is undone, the key stays taken.
            answer = self.handle_exception(error)
            if answer.status_code >= 500:
                raise  # what failed on our side is no answer to be kept: asked again, it is tried again
        return answer.status_code, JSONRenderer().render(answer.data).decode()


class ActionView(ApiView):
    """One action behind one address: POST only. ``act`` calls one service and answers what ``answers`` shows."""

    http_method_names = ["post", "options"]
    takes: ClassVar[type[Serializer[Any]]]
    answers: ClassVar[type[BaseSerializer[Any]]]
    status: ClassVar[int] = 200

    def act(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """Do it; answers what ``answers`` shows, or a whole response."""
        raise NotImplementedError

    def post(self, request: Request, **kwargs: Any) -> Response:
        """Read, do, answer."""
        return self.write(request, lambda: self._act(request, kwargs))

    def _act(self, request: Request, kwargs: Mapping[str, Any]) -> Response:
        done = self.act(self.read(self.takes, request.data), **kwargs)
        if isinstance(done, Response):
            return done
        return Response(self.shown(done), status=self.status)

    def shown(self, done: Any) -> Any:
        """What the caller is told."""
        return self.answers(done, context={"staff": self.staff}).data


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        sent: Any = request.data
        for name, values in sorted(sent.lists()):
            for value in values:
                digest.update(f"{name}\n".encode())
                content = value.read() if hasattr(value, "read") else str(value).encode()
                digest.update(hashlib.sha256(content).digest())
                if hasattr(value, "seek"):
                    value.seek(0)
    else:
        # As it means, not as it was spaced.
        digest.update(json.dumps(request.data, sort_keys=True, ensure_ascii=True).encode())
    return digest.hexdigest()
