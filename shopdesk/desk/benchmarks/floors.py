"""The floor of a page: what the least view could do behind the same middleware, session and sign-in.

It runs the page's one indexed statement and joins what it finds to a page of the same size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import View

from shopdesk.base.permissions import Permission

ADDRESS = "/floor/"


@dataclass(frozen=True)
class Least:
    """The statement of a page, and how many bytes the page has."""

    sql: str
    parameters: Any
    size: int


class FloorView(View):
    """The least page; what it shows is set by who measures it."""

    permission = Permission.SEE_ORDERS
    least = Least("SELECT 1", None, 0)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask, join, answer."""
        with connection.cursor() as cursor:
            cursor.execute(self.least.sql, self.least.parameters)
            rows = cursor.fetchall()
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        return HttpResponse(body.ljust(self.least.size))


urlpatterns = [path(ADDRESS.removeprefix("/"), FloorView.as_view()), path("", include("shopdesk.urls"))]
