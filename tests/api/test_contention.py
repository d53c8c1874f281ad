"""A write that the database undoes for the sake of another one is told so, and may be sent again."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from orders.models import Note, Order
from shopdesk.api.models import KeptAnswer
from tests.api.callers import Caller
from tests.api.test_idempotency import _closing, _until_somebody_waits
from tests.factories import NOW, make_line, make_order

TID = "4327000000000000777"
KEY = "a"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def caller(transactional_db: None) -> Caller:
    make_line(make_order(tid=TID))
    return Caller("supervisor")


def _note(caller: Caller, *, patience: str | None = None) -> Any:
    if patience:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])
    return caller.post(f"orders/{TID}/notes/", {"text": "缺货"}, Idempotency_Key=KEY)


def _told_to_send_it_again(answer: Any) -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, "busy"), answer.content.decode()
    assert answer["Retry-After"] == "1"
    assert not Note.objects.exists()


def _is_done_when_sent_again(caller: Caller) -> None:
    again = _note(caller)
    assert again.status_code == 201, again.content.decode()
    assert "Idempotent-Replayed" not in again
    assert Note.objects.count() == 1


def test_two_that_wait_for_each_other(caller: Caller) -> None:
    assert caller.token is not None
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        # Ours has the order, the call has its key and waits for the order; then we wait for the key.
        Order.objects.select_for_update().get(pk=TID)
        call: Future[Any] = pool.submit(_closing, lambda: _note(caller))
        _until_somebody_waits("pg_backend_pid() = ANY (pg_blocking_pids(pid))")
        kept = {"caller": caller.token.account, "asked": "", "at": NOW}
        KeptAnswer.objects.create(key=KEY, **kept)
        transaction.set_rollback(True)
        answer = call.result(20)

    _told_to_send_it_again(answer)
    _is_done_when_sent_again(caller)


def test_one_that_waits_too_long(caller: Caller) -> None:
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Order.objects.select_for_update().get(pk=TID)
        answer = pool.submit(_closing, lambda: _note(caller, patience="50ms")).result(20)

    _told_to_send_it_again(answer)
    _is_done_when_sent_again(caller)
