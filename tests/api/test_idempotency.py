"""A write that is sent again happens once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from orders.models import Note, Order
from shipping.services import ensure_starting_tariffs
from shopdesk.api.models import KeptAnswer
from shopdesk.api.services.answers import forget_answers
from shopdesk.api.views import ApiView
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry
from shopdesk.base.services import exports
from shopdesk.base.tasks import write_export
from tests.api.callers import Caller
from tests.api.test_access import EXPECTED
from tests.api.writes import WRITES, send
from tests.factories import NOW, make_line, make_order

TID = "4327000000000000777"


@pytest.fixture
def caller(db: None) -> Caller:
    make_line(make_order(tid=TID))
    return Caller("supervisor")


@pytest.mark.django_db
def test_the_first_answer_is_given_again(caller: Caller) -> None:
    first = caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key="a")
    again = caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key="a")

    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Note.objects.count() == 1


@pytest.mark.django_db
def test_another_body_with_the_key_is_refused_and_another_callers_key_is_their_own(caller: Caller) -> None:
    caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key="a")

    other_body = caller.post(f"orders/{TID}/notes/", {"text": "有货"}, Idempotency_Key="a")
    other_caller = Caller("agent").post(f"orders/{TID}/notes/", {"text": "有货"}, Idempotency_Key="a")

    assert other_body.status_code == 409
    assert other_body.json()["code"] == "idempotency"
    assert other_caller.status_code == 201
    assert [note.text for note in Note.objects.order_by("pk")] == ["缺货", "有货"]


@pytest.mark.django_db
def test_a_refusal_is_an_answer_too_and_leaves_nothing_behind(caller: Caller) -> None:
    before = AuditEntry.objects.count()

    first = caller.post(f"orders/{TID}/finish/", {}, Idempotency_Key="a")
    Order.objects.filter(pk=TID).update(status="WAIT_BUYER_CONFIRM_GOODS", pay_time=NOW, consign_time=NOW)
    again = caller.post(f"orders/{TID}/finish/", {}, Idempotency_Key="a")

    assert first.status_code == again.status_code == 409
    assert again.json() == first.json()
    assert AuditEntry.objects.count() == before
    assert Order.objects.get(pk=TID).status == "WAIT_BUYER_CONFIRM_GOODS"


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "x" * 201, "é"])
def test_a_key_that_is_none(key: str, caller: Caller) -> None:
    answer = caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key=key)

    assert answer.status_code == 400
    assert answer.json()["field"] == "Idempotency-Key"
    assert not Note.objects.exists()


@pytest.mark.django_db
def test_a_key_is_kept_for_24_hours(caller: Caller) -> None:
    for hours, notes in ((0, 1), (23, 1), (24, 2)):
        with clock.fixed(NOW + timedelta(hours=hours)):
            caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key="a")

        assert Note.objects.count() == notes
    result = forget_answers(NOW + timedelta(hours=48), False)

    assert result.done == 1
    assert not KeptAnswer.objects.exists()


class Gate:
    """Stops the first call in the middle of its work until another one waits for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runs = 0
        self.running, self.go_on = threading.Event(), threading.Event()
        answered = ApiView._answered

        def stopped(view: ApiView, work: Callable[[], Any]) -> tuple[int, str]:
            self.runs += 1
            self.running.set()
            assert self.go_on.wait(20)
            return answered(view, work)

        monkeypatch.setattr(ApiView, "_answered", stopped)

    def both(self, call: Callable[[], Any]) -> list[Any]:
        """The answers to a call and to the same call while it runs."""
        self.runs = 0
        self.running.clear()
        self.go_on.clear()
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(_closing, call)
            assert self.running.wait(20), first.result(1)
            second = pool.submit(_closing, call)
            try:
                _until_somebody_waits()
            finally:
                self.go_on.set()
            return [first.result(20), second.result(20)]


def _closing(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connection.close()


def _until_somebody_waits(condition: str = "locktype IN ('advisory', 'transactionid')") -> None:
    deadline = time.monotonic() + 15
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(f"SELECT 1 FROM pg_locks WHERE NOT granted AND {condition}")
            if cursor.fetchone():
                return
            time.sleep(0.005)
    raise AssertionError("Nobody waits.")


@pytest.mark.django_db(transaction=True)
def test_every_write_that_is_repeated_while_the_first_still_runs_happens_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The worker writes at once what it is handed.
    monkeypatch.setattr(write_export, "delay", lambda number, origin: exports.work(number))
    with clock.fixed(NOW):
        ensure_starting_tariffs()
        caller = Caller("supervisor")
        assert caller.token is not None
        scenes = {name: write.make(caller.token.account) for name, write in WRITES.items()}
        gate = Gate(monkeypatch)
        for name, write in WRITES.items():
            last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]

            first, second = gate.both(partial(send, caller, name, scenes[name], Idempotency_Key=name))

            said = (name, first.status_code, first.content.decode())
            assert first.status_code == write.status, said
            assert (second.status_code, second.json()) == (first.status_code, first.json()), said
            assert ("Idempotent-Replayed" in first, "Idempotent-Replayed" in second) == (False, True), said
            assert gate.runs == 1, said
            happened = AuditEntry.objects.filter(pk__gt=last, action=write.fact)
            assert happened.count() == 1, (name, list(happened))


def test_no_write_is_forgotten() -> None:
    writing = {name for name, method, *_ in EXPECTED if method == "post"}

    assert set(WRITES) == writing - {"quotes"}  # nothing is written for a quote
