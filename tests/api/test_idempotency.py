"""A write that is sent again happens once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from orders.models import Note, Order, Payment
from shopdesk.api.models import KeptAnswer
from shopdesk.api.services.answers import forget_answers
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry
from tests.api.callers import Caller
from tests.factories import NOW, make_line, make_order, make_paid_order

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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["notes/", "payments/"])
def test_while_the_first_is_still_running(path: str) -> None:
    order = make_order(tid=TID) if path == "payments/" else make_paid_order(tid=TID)
    make_line(order)
    caller = Caller("supervisor")
    body = {
        "notes/": {"text": "缺货"},
        "payments/": {"payment_no": "p1", "amount": "505.00", "paid_at": order.created.isoformat()},
    }[path]
    answers = _at_once(lambda: caller.post(f"orders/{TID}/{path}", body, Idempotency_Key="a"), 4)

    assert sorted({answer.status_code for answer in answers}) == [201]
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 3
    assert (Note.objects.count() if path == "notes/" else Payment.objects.count()) == 1


def _at_once(call: Callable[[], Any], times: int) -> list[Any]:
    barrier, answers = threading.Barrier(times), []

    def run() -> None:
        try:
            barrier.wait(timeout=10)
            answers.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(answers) == times
    return answers
