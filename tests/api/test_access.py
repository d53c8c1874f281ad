"""Each call × scope × role; what is refused leaves everything as it was."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver

from shipping.services import ensure_starting_tariffs
from shopdesk.api.access import Scope
from shopdesk.base import clock
from shopdesk.base.permissions import Role
from tests.afterservice.scenes import make_ticket
from tests.api.callers import Caller
from tests.api.writes import WRITES, Asked, address, send
from tests.factories import NOW, make_staff
from tests.orders.parcel_scenes import ready_order
from tests.test_permissions import _patterns, undone, writes

A, S, W, M = Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE, Role.MANAGER
READ, WRITE = Scope.ORDERS_READ, Scope.ORDERS_WRITE
GOODS, TICKETS, APPROVALS, EXPORT = Scope.WAREHOUSE, Scope.TICKETS, Scope.APPROVALS, Scope.EXPORT
ALL = {A, S, W, M}

# Who may, written from the contract and not from the code: name, method, roles, scopes.
EXPECTED: list[tuple[str, str, set[str], set[str]]] = [
    ("orders", "get", ALL, {READ}),
    ("orders", "post", {A, S}, {WRITE}),
    ("order", "get", ALL, {READ}),
    *((f"order-{name}", "post", {A, S}, {WRITE}) for name in (
        "payments", "close", "drop-lines", "price", "change-sku", "change-address", "refund", "finish",
    )),
    *((f"order-{name}", "post", {A, S, W}, {WRITE}) for name in ("flag", "notes")),
    ("parcels", "get", ALL, {GOODS}),
    *((f"parcel-{name}", "post", {S, W}, {GOODS}) for name in (
        "print", "pack", "ship", "pull",
    )),
    ("notices", "get", {S, W}, {GOODS}),
    ("notice-acknowledge", "post", {S, W}, {GOODS}),
    ("quotes", "post", {A, S, M}, {READ}),
    ("member", "get", {A, S, M}, {READ}),
    ("tickets", "get", ALL, {TICKETS, GOODS}),
    ("tickets", "post", {A, S}, {TICKETS}),
    ("ticket", "get", ALL, {TICKETS, GOODS}),
    *((f"ticket-{name}", "post", {A, S}, {TICKETS}) for name in (
        "answer", "accept", "refuse", "resale", "hold", "postage", "links", "give-address",
        "return-shipped", "settle", "follow-up", "cancel", "messages", "evidence",
    )),
    *((f"ticket-{name}", "post", {S, W}, {TICKETS, GOODS}) for name in (
        "receive", "inspect",
    )),
    ("approvals", "get", {A, S, W}, {APPROVALS}),
    *((f"approval-{name}", "post", {S}, {APPROVALS}) for name in (
        "approve", "refuse",
    )),
    ("approval-withdraw", "post", {A, S, W}, {APPROVALS}),
    ("exports", "post", {S, W, M}, {EXPORT}),
    ("export-again", "post", {S, W, M}, {EXPORT}),
    *((name, "get", {S, W, M}, {EXPORT}) for name in (
        "exports", "export-lists", "export", "export-file",
    )),
]  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")
NO_CALLS = {"schema", "docs", "none"}
# Only who asked for an export sees it; here it is somebody else's.
OWN = {"export", "export-file", "export-again"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(db: None) -> Iterator[dict[tuple[str, str], Asked]]:
    """For each call something that it can be done to, and a body that does it."""
    with clock.fixed(NOW):
        ensure_starting_tariffs()
        order = ready_order()
        reads: dict[str, dict[str, Any]] = {
            "order": {"tid": order.tid},
            "parcels": {"tid": order.tid},
            "member": {"nick": order.buyer_id},
            "ticket": {"number": make_ticket().pk},
        }
        writes = {name: write.make(make_staff("agent")) for name, write in WRITES.items()}
        reads |= dict.fromkeys(("export", "export-file"), writes["export-again"][0])
        line = {"title": "鞋", "price": "1.00"}
        writes["quotes"] = {}, {"lines": [line], "receiver_state": "上海"}
        yield {
            ("get", name): (reads.get(name, {}), {}) for name, method, *_ in EXPECTED if method == "get"
        } | {("post", name): asked for name, asked in writes.items()}


@pytest.mark.parametrize("role", list(Role))
def test_every_call_for_every_role_and_scope(role: str, asked: dict[tuple[str, str], Asked]) -> None:
    callers = {scope: Caller(role, scope) for scope in Scope}
    nobody = Caller()
    for caller in callers.values():
        caller.get("orders/")  # the use of a token is noted now, not among what is compared
    before = writes()

    for name, method, roles, scopes in EXPECTED:
        for scope, caller in {**callers, "": nobody}.items():
            if role in roles and scope in scopes:
                continue
            answer = _call(caller, method, name, asked[method, name])

            assert answer.status_code == (403 if scope else 401), (name, scope)
            assert answer.json()["code"] == ("forbidden" if scope else "unauthenticated")
    assert writes() == before, "Something that was refused changed something."

    for name, method, roles, scopes in EXPECTED:
        for scope in scopes if role in roles else ():
            with undone(f"{name} {scope}", method):
                answer = _call(callers[Scope(scope)], method, name, asked[method, name])

                if name == "approval-withdraw":  # nobody takes back what somebody else asked (P3)
                    assert (answer.status_code, answer.json()["code"]) == (403, "P3")
                elif name in OWN:
                    assert answer.status_code == 404
                else:
                    assert answer.status_code in (200, 201, 202), answer.content.decode()


def _call(caller: Caller, method: str, name: str, asked: Asked) -> Any:
    return caller.get(address(name, asked[0])) if method == "get" else send(caller, name, asked)


def test_no_call_is_forgotten() -> None:
    [api] = [one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "api"]
    here, named = set(), set()
    for pattern in _patterns(api.url_patterns):
        if pattern.name in NO_CALLS:
            continue
        view = pattern.callback.view_class
        here |= {(pattern.name, method) for method in METHODS if hasattr(view, method)}
        named |= {(pattern.name, method) for method in view.access}

    assert here == {(name, method) for name, method, *_ in EXPECTED}
    assert here == named
