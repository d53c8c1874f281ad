"""What the log keeps of a request, and whose address it is taken to be."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from structlog.testing import LogCapture

from orders.services.flags import FlagRequest
from shopdesk.base.middleware import ClientAddressMiddleware, RequestLogMiddleware
from shopdesk.base.models import AuditEntry
from tests.factories import make_order

ClientOf = Callable[..., Client]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> LogCapture:
    """What django-structlog logs, with all that is bound to it."""
    capture = LogCapture()
    logger = structlog.wrap_logger(None, [structlog.contextvars.merge_contextvars, capture])
    monkeypatch.setattr("django_structlog.middlewares.request.logger", logger)
    return capture


@pytest.mark.django_db
def test_the_log_holds_no_query(client_of: ClientOf, log: LogCapture) -> None:
    client_of("agent").get("/orders/", {"q": "13712345678", "by": "phone"})

    assert [entry["event"] for entry in log.entries] == ["request_started", "request_finished"]
    assert {entry["request"] for entry in log.entries} == {"GET /orders/"}
    assert "13712345678" not in str(log.entries)


def test_nor_where_a_request_fails(rf: RequestFactory, log: LogCapture) -> None:
    request = rf.get("/orders/", {"q": "13712345678"})
    middleware = RequestLogMiddleware(lambda request: HttpResponse())
    middleware._process_exception(request, ValueError("x"))

    assert [entry["request"] for entry in log.entries] == ["GET /orders/"]
    assert "13712345678" not in str(log.entries)


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "address"),
    [
        (False, "203.0.113.9", "10.0.0.1"),
        (False, None, "10.0.0.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (True, "1.1.1.1,2001:db8::1", "2001:db8::1"),
        (True, "fe80::1%eth0", "fe80::1"),
        (True, "203.0.113.9, nonsense", "10.0.0.1"),
        (True, "", "10.0.0.1"),
        (True, None, "10.0.0.1"),
    ],
)
def test_the_address_is_the_proxys_word_or_the_callers_own(
    rf: RequestFactory, settings: Any, behind_proxy: bool, forwarded: str | None, address: str
) -> None:
    settings.BEHIND_PROXY = behind_proxy
    seen: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    ClientAddressMiddleware(answer)(rf.get("/", headers=headers, REMOTE_ADDR="10.0.0.1"))

    assert seen[0].META["REMOTE_ADDR"] == address
    assert "HTTP_X_FORWARDED_FOR" not in seen[0].META
    assert "X-Forwarded-For" not in seen[0].headers


@pytest.mark.django_db
@pytest.mark.parametrize(("behind_proxy", "address"), [(False, "127.0.0.1"), (True, "203.0.113.9")])
def test_log_and_audit_take_the_same_address(
    client_of: ClientOf, log: LogCapture, settings: Any, behind_proxy: bool, address: str
) -> None:
    settings.BEHIND_PROXY = behind_proxy
    order = make_order()
    forged = {"X-Forwarded-For": "1.1.1.1, 203.0.113.9", "X-Real-IP": "2.2.2.2", "Forwarded": "3.3.3.3"}

    flag = {"seller_flag": FlagRequest(4).seller_flag, "label": "已留"}
    client_of("agent").post(f"/orders/{order.tid}/flag/", flag, headers=forged)

    assert {entry["ip"] for entry in log.entries} == {address}
    assert AuditEntry.objects.get(action="flag.set").address == address
