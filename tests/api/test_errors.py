"""Every refusal has one shape, in the caller's language."""

from typing import Any

import pytest
from django.test import Client

from tests.api.callers import Caller
from tests.factories import make_line, make_order, make_staff

pytestmark = pytest.mark.django_db
TID = "4327000000000000777"


def _raw(caller: Caller, path: str, body: bytes, kind: str = "application/json") -> Any:
    return caller.client.post(f"/api/v1/{path}", body, content_type=kind, headers=caller.headers)


@pytest.fixture
def caller(db: None) -> Caller:
    make_line(make_order(tid=TID))
    return Caller("supervisor")


def test_a_message_is_in_the_language_of_its_call_whatever_was_said_before(caller: Caller) -> None:
    long = {"tid": "x" * 33, "buyer_nick": "x" * 65}
    words = []
    for language in ("en", "zh-hans", "en"):
        caller.headers["Accept-Language"] = language
        told = [caller.post("orders/", {**long, "tid": tid}).json()["message"] for tid in ("1", "x" * 33)]
        words.append(told)

    assert words[0] == words[2]
    assert all(english != chinese for english, chinese in zip(*words[:2], strict=True))


@pytest.mark.parametrize(
    ("status", "code", "ask"),
    [
        (400, "malformed", lambda c: _raw(c, "orders/", b'{"tid": ')),
        (400, "malformed", lambda c: _raw(c, "orders/", b"[" * 100_000)),
        (400, "malformed", lambda c: _raw(c, "orders/", b"[1]")),
        (400, "malformed", lambda c: _raw(c, "orders/", b'{"tid": "1", "payment": NaN}')),
        (400, "malformed", lambda c: c.post("orders/", {"tid": "1", "buyer_nick": "\ud800"})),
        (400, "malformed", lambda c: c.post("quotes/", {"buyer_nick": "\x00", "lines": []})),
        (400, "malformed", lambda c: c.get("orders/", limit="201")),
        (400, "malformed", lambda c: c.get("orders/", cursor="nonsense")),
        (400, "malformed", lambda c: c.get("orders/", buyer_nick="\x00")),
        (404, "not_found", lambda c: c.get("orders/1/")),
        (404, "not_found", lambda c: c.get("nothing/")),
        (404, "not_found", lambda c: c.post("tickets/T999999999999999999/accept/")),
        (404, "not_found", lambda c: c.get("members/%00/")),
        (405, "method_not_allowed", lambda c: c.post(f"orders/{TID}/")),
        (405, "method_not_allowed", lambda c: c.get(f"orders/{TID}/close/")),
        (413, "too_large", lambda c: _raw(c, "orders/", b" " * (1024 * 1024 + 1))),
        (415, "unsupported_media_type", lambda c: _raw(c, "orders/", b"tid=1", "application/x-www-form-urlencoded")),
        (409, "T5", lambda c: c.post(f"orders/{TID}/notes/", {"text": "x"}, If_Match='"7"')),
        (400, "malformed", lambda c: c.post(f"orders/{TID}/notes/", {"text": "x"}, If_Match='"x"')),
        (422, "S2", lambda c: c.post("quotes/", {"lines": [{"title": "鞋", "price": "1.00"}]})),
    ],
)  # fmt: skip
def test_the_shape_of_a_refusal(status: int, code: str, ask: Any, caller: Caller) -> None:
    answer = ask(caller)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"code", "message", "field"}
    assert body["code"] == code
    assert body["message"]


def test_the_field_says_where(caller: Caller) -> None:
    lines = [{"title": "鞋", "price": "1.00", "num": 1}, {"title": "鞋", "price": 1.5, "num": 1}]

    body = caller.post("orders/", {"tid": "1", "orders": lines}).json()

    assert body["field"] == "orders[1].price"


def test_a_refusal_speaks_the_callers_language(caller: Caller) -> None:
    caller.headers["Accept-Language"] = "zh-hans"

    assert caller.get("orders/1/").json()["message"] == "没有这个订单。"


def test_a_session_needs_its_form_token(caller: Caller) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff("supervisor"))

    read = client.get("/api/v1/orders/")
    refused = client.post(f"/api/v1/orders/{TID}/notes/", "{}", content_type="application/json")

    assert read.status_code == 200
    assert refused.status_code == 403
    assert refused.json()["code"] == "forbidden"
