"""Each call × scope × role; what is refused leaves everything as it was."""

from typing import Any

import pytest
from django.urls import get_resolver

from orders.models import ChangeNotice
from shopdesk.api.access import Scope
from shopdesk.base.models import Approval
from shopdesk.base.permissions import Role
from tests.afterservice.scenes import make_ticket
from tests.api.callers import Caller
from tests.factories import NOW, make_line, make_order
from tests.orders.parcel_scenes import printed, ready_order
from tests.test_permissions import _patterns, snapshot, undone

A, S, W, M = Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE, Role.MANAGER
READ, WRITE = Scope.ORDERS_READ, Scope.ORDERS_WRITE
GOODS, TICKETS, APPROVALS = Scope.WAREHOUSE, Scope.TICKETS, Scope.APPROVALS
ALL = {A, S, W, M}

# Who may, written from the contract and not from the code: name, method, address, roles, scopes.
EXPECTED: list[tuple[str, str, str, set[str], set[str]]] = [
    ("orders", "get", "orders/", ALL, {READ}),
    ("orders", "post", "orders/", {A, S}, {WRITE}),
    ("order", "get", "orders/{tid}/", ALL, {READ}),
    *((f"order-{name}", "post", f"orders/{{tid}}/{name}/", {A, S}, {WRITE}) for name in (
        "payments", "close", "drop-lines", "price", "change-sku", "change-address", "refund", "finish",
    )),
    *((f"order-{name}", "post", f"orders/{{tid}}/{name}/", {A, S, W}, {WRITE}) for name in ("flag", "notes")),
    ("parcels", "get", "orders/{tid}/parcels/", ALL, {GOODS}),
    *((f"parcel-{name}", "post", f"orders/{{packed}}/parcels/{{parcel}}/{name}/", {S, W}, {GOODS}) for name in (
        "print", "pack", "ship", "pull",
    )),
    ("notices", "get", "change-notices/", {S, W}, {GOODS}),
    ("notice-acknowledge", "post", "change-notices/{notice}/acknowledge/", {S, W}, {GOODS}),
    ("quotes", "post", "quotes/", {A, S, M}, {READ}),
    ("member", "get", "members/{nick}/", {A, S, M}, {READ}),
    ("tickets", "get", "tickets/", ALL, {TICKETS, GOODS}),
    ("tickets", "post", "tickets/", {A, S}, {TICKETS}),
    ("ticket", "get", "tickets/T{ticket}/", ALL, {TICKETS, GOODS}),
    *((f"ticket-{name}", "post", f"tickets/{{ticket}}/{name}/", {A, S}, {TICKETS}) for name in (
        "answer", "accept", "refuse", "resale", "hold", "postage", "links", "give-address",
        "return-shipped", "settle", "follow-up", "cancel", "messages", "evidence",
    )),
    *((f"ticket-{name}", "post", f"tickets/{{ticket}}/{name}/", {S, W}, {TICKETS, GOODS}) for name in (
        "receive", "inspect",
    )),
    ("approvals", "get", "approvals/", {A, S, W}, {APPROVALS}),
    *((f"approval-{name}", "post", f"approvals/{{approval}}/{name}/", {S}, {APPROVALS}) for name in (
        "approve", "refuse",
    )),
    ("approval-withdraw", "post", "approvals/{approval}/withdraw/", {A, S, W}, {APPROVALS}),
]  # fmt: skip
NO_CALLS = {"schema", "docs", "none"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(db: None) -> dict[str, Any]:
    """One subject of every kind."""
    order = make_order()
    make_line(order)
    parcel = printed(ready_order())
    approval = Approval.objects.create(
        kind="special_price", subject_kind="order", subject_id=order.tid, subject_version=1, rule="O8",
        reason="x", requested_at=NOW,
    )  # fmt: skip
    return {
        "tid": order.tid,
        "packed": parcel.order_id,
        "parcel": parcel.pk,
        "notice": ChangeNotice.objects.create(order=order, kind="sku", made_at=NOW).pk,
        "nick": order.buyer_id,
        "ticket": make_ticket().pk,
        "approval": approval.pk,
    }


@pytest.mark.parametrize("role", list(Role))
def test_every_call_for_every_role_and_scope(role: str, names: dict[str, Any]) -> None:
    callers = {scope: Caller(role, scope) for scope in Scope}
    nobody = Caller()
    for caller in callers.values():
        caller.get("orders/")  # the use of a token is noted now, not among what is compared
    before = snapshot()
    for name, method, address, roles, scopes in EXPECTED:
        path = address.format(**names)
        for scope, caller in callers.items():
            with undone(f"{name} {scope}", method):
                answer = getattr(caller, method)(path)

                if role in roles and scope in scopes:
                    assert answer.status_code not in (401, 404, 405, 500), answer.status_code
                    # The rule may still refuse: nobody takes back what somebody else asked (P3).
                    assert answer.status_code != 403 or answer.json()["code"] == "P3"
                    continue
                assert answer.status_code == 403
                assert answer.json()["code"] == "forbidden"
                if scope in (
                    Scope.EXPORT,
                    *scopes,
                ):  # too little of either: once each, since looking takes its time
                    assert snapshot() == before
        assert getattr(nobody, method)(path).status_code == 401
    assert snapshot() == before


def test_no_call_is_forgotten() -> None:
    [api] = [one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "api"]

    assert {pattern.name for pattern in _patterns(api.url_patterns)} - NO_CALLS == {
        name for name, *_ in EXPECTED
    }


def test_every_call_names_its_access_for_each_of_its_methods() -> None:
    [api] = [one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "api"]
    for pattern in _patterns(api.url_patterns):
        view = pattern.callback.view_class
        if pattern.name not in NO_CALLS:
            methods = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
            assert set(view.access) == methods, pattern.name
