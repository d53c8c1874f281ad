"""Programs that call the API."""

import json
from typing import Any

from django.test import Client

from shopdesk.api.access import Scope
from shopdesk.api.models import ApiToken
from shopdesk.api.services.tokens import NewToken, make_token
from tests.factories import make_staff

ALL = tuple(Scope.values)


class Caller:
    """A program with a token of its own, or with none."""

    def __init__(self, role: str = "", *scopes: str, language: str = "en", **wanted: Any) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = {"Accept-Language": language}
        self.token: ApiToken | None = None
        if role:
            new = NewToken("shop", role, scopes or ALL, **{"calls_a_minute": 100_000, **wanted})
            self.token, key = make_token(new, actor=make_staff("manager"))
            self.headers["Authorization"] = f"Token {key}"

    def get(self, path: str, **query: Any) -> Any:
        """GET under /api/v1/."""
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST JSON under /api/v1/; headers as ``Idempotency_Key``."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            f"/api/v1/{path}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers=self.headers | more,
        )

    def upload(self, path: str, fields: Any, **headers: str) -> Any:
        """POST a form with files under /api/v1/."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1/{path}", fields, headers=self.headers | more)
