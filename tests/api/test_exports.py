"""Lists as files by the API (D3): the service and the guard of the page, the file that the page gives."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from shopdesk.api.access import Scope
from shopdesk.base import clock, exports
from shopdesk.base.models import AuditEntry, Export
from shopdesk.base.permissions import Role
from shopdesk.base.tasks import write_export
from tests.api.callers import Caller
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff

pytestmark = pytest.mark.django_db
FILTERS = {"view": "paid", "created_from": "2026-11-01"}


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Noon; the worker writes at once what it is handed."""
    monkeypatch.setattr(write_export, "delay", write_export)
    with clock.fixed(NOW):
        yield


@pytest.fixture
def orders() -> list[str]:
    """A paid order and one that is not."""
    paid, unpaid = make_paid_order("小美", receiver_mobile="13812347620"), make_order("阿花")
    make_line(paid, "大衣")
    make_line(unpaid)
    return [paid.tid, unpaid.tid]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_program_takes_out_what_the_page_gives(
    kind: str, orders: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    caller = Caller("supervisor", Scope.EXPORT)
    with django_capture_on_commit_callbacks() as callbacks:
        asked = caller.post(
            "exports/", {"list": "orders", "filters": FILTERS, "kind": kind}, Idempotency_Key="a"
        )
    address = f"exports/{asked.json()['id']}/"
    assert (asked.status_code, asked.json()["status"], asked.json()["file"]) == (202, "running", None)
    assert caller.get(f"{address}file/").status_code == 404
    assert not AuditEntry.objects.filter(action="list.exported").exists()

    for hand_over in callbacks:  # the worker hears of it when the row is committed, not before
        hand_over()

    export = caller.get(address).json()
    assert export | {"list": "orders", "filters": FILTERS, "status": "done", "rows": 1} == export
    assert (export["error"], export["stands_still"]) == (None, False)
    answer = caller.get(f"{address}file/")
    assert export["file"] == f"/api/v1/{address}file/"
    content = b"".join(answer.streaming_content)
    assert len(content) == export["size"]
    assert answer["Content-Disposition"] == f'attachment; filename="orders-2026-11-22-1200.{kind}"'
    assert answer["Cache-Control"] == "no-store"
    if kind == "csv":
        page = Client()
        page.force_login(make_staff("supervisor"))
        shown = page.post(f"{reverse('export', args=['orders'])}?view=paid&created_from=2026-11-01")
        assert content == b"".join(shown.streaming_content)  # type: ignore[attr-defined]
        assert orders[0].encode() in content
        assert orders[1].encode() not in content
    entry = AuditEntry.objects.filter(action="list.exported").earliest("pk")
    assert caller.token is not None
    assert (entry.origin, entry.actor_id, entry.subject_id) == ("api", caller.token.account_id, "orders")
    assert entry.after == {"kind": kind, "filters": FILTERS, "rows": 1, "export": export["id"]}
    assert caller.get("exports/").json()["results"] == [export]
    other = Caller("supervisor", Scope.EXPORT)
    assert [other.get(path).status_code for path in (address, f"{address}file/")] == [404, 404]
    assert other.get("exports/").json()["results"] == []


def test_a_role_is_shown_and_given_its_own_lists() -> None:
    for role, others in ((Role.SUPERVISOR, {"people"}), (Role.MANAGER, set()), (Role.WAREHOUSE, {"orders"})):
        caller = Caller(role, Scope.EXPORT)

        lists = {row["code"]: row["filters"] for row in caller.get("exports/lists/").json()["results"]}

        staff = make_staff(role)
        assert set(lists) == {one.code for one in exports.registered() if staff.may(one.permission)}
        assert not others & set(lists)
        for code in others:
            refused = caller.post("exports/", {"list": code})
            assert (refused.status_code, refused.json()["code"]) == (403, "D3")
    assert lists["returns"] == ["tab"]
    assert not Export.objects.exists()
    supervisor = {
        row["code"]: row["filters"] for row in Caller("supervisor").get("exports/lists/").json()["results"]
    }
    assert supervisor["bulk-results"] == ["only", "of"]
    assert {"view", "created_to"} < set(supervisor["orders"])


@pytest.mark.parametrize(
    ("status", "field", "body"),
    [
        (400, "list", {}),
        (400, "kind", {"list": "orders", "kind": "pdf"}),
        (400, "filters", {"list": "orders", "filters": "view=paid"}),
        (400, "filters.view", {"list": "orders", "filters": {"view": ["paid"]}}),
        (422, None, {"list": "nothing"}),
        (422, "filters.state", {"list": "orders", "filters": {"state": "paid"}}),
        (422, "filters.of", {"list": "orders", "filters": {"of": "1"}}),
        (422, "filters.of", {"list": "bulk-results"}),
        (422, "filters.of", {"list": "bulk-results", "filters": {"of": "x"}}),
    ],
)
def test_what_cannot_be_taken_out(status: int, field: str | None, body: Any) -> None:
    answer = Caller("supervisor", Scope.EXPORT).post("exports/", body)

    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.content.decode()
    assert not Export.objects.exists()


def test_three_are_written_at_a_time() -> None:
    caller = Caller("warehouse", Scope.EXPORT)
    for _ in range(3):
        assert caller.post("exports/", {"list": "returns"}).status_code == 202

    refused = caller.post("exports/", {"list": "returns"})

    assert (refused.status_code, refused.json()["code"]) == (409, "D3")
    assert Export.objects.count() == 3


def test_what_nobody_could_be_told_of_has_failed_and_can_be_begun_anew(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def unreachable(*arguments: Any) -> None:
        raise OperationalError

    caller = Caller("supervisor", Scope.EXPORT)
    monkeypatch.setattr(write_export, "delay", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        address = f"exports/{caller.post('exports/', {'list': 'returns'}).json()['id']}/"
    for language, word in (("zh-hans", "队列"), ("en", "The queue of the desk")):
        failed = caller.client.get(
            f"/api/v1/{address}", headers=caller.headers | {"Accept-Language": language}
        )
        assert failed.json()["status"] == "failed"
        assert word in failed.json()["error"]

    monkeypatch.setattr(write_export, "delay", write_export)
    with django_capture_on_commit_callbacks(execute=True):
        again = caller.post(f"{address}again/", Idempotency_Key="a")

    assert (again.status_code, again.json()["status"]) == (202, "running")
    assert caller.get(address).json()["status"] == "done"
    refused = caller.post(f"{address}again/")
    assert (refused.status_code, refused.json()["code"]) == (409, "D3")
