"""The outbox: written with the change; delivered signed, at least once, under one number."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from orders.services.closing import close_unpaid_orders
from orders.services.payments import PaymentMessage, record_payment
from shopdesk.api import addresses
from shopdesk.api.models import Delivery, OutboxEvent, Webhook
from shopdesk.api.services import deliveries
from shopdesk.api.services.deliveries import deliver_due, forget_deliveries, resend
from shopdesk.base import clock
from tests.api.webhook_scenes import loopback, receiver, webhook_to
from tests.factories import NOW, make_order, make_staff
from tests.orders.test_races import PROJECT, test_database_url

__all__ = ["loopback", "test_database_url"]
test_database_url.__test__ = False  # type: ignore[attr-defined]  # a fixture that another module names so
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("loopback")]
State, Problem = Delivery.State, Delivery.Problem


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Receivers are given up on after a second and a half."""
    monkeypatch.setattr("shopdesk.api.sending.WHOLE_SECONDS", 1.5)
    return


def pay() -> str:
    order = make_order()
    message = PaymentMessage(f"P{order.tid}", order.payment, NOW - timedelta(minutes=5))
    record_payment(order.tid, message, now=NOW)
    return order.tid


def test_an_event_is_written_with_its_change_or_not_at_all() -> None:
    webhook_to("http://127.0.0.1:9/")
    order = make_order()
    message = PaymentMessage("P1", order.payment, NOW - timedelta(minutes=5))

    with transaction.atomic():
        record_payment(order.tid, message, now=NOW)
        assert OutboxEvent.objects.count() == 2
        transaction.set_rollback(True)
    undone = OutboxEvent.objects.count(), Delivery.objects.count()
    record_payment(order.tid, message, now=NOW)

    assert undone == (0, 0)
    assert sorted(OutboxEvent.objects.values_list("name", "subject_id")) == [
        ("order.paid", order.tid),
        ("payment.recorded", order.tid),
    ]


def test_set_based_changes_are_told_to_those_who_asked_and_are_active() -> None:
    closed = webhook_to("http://127.0.0.1:9/a", "order.closed")
    both = webhook_to("http://127.0.0.1:9/b", "order.closed", "ticket.opened")
    webhook_to("http://127.0.0.1:9/c", "ticket.opened")
    Webhook.objects.filter(pk=webhook_to("http://127.0.0.1:9/d", "order.closed").pk).update(active=False)
    late = [make_order(created=NOW - timedelta(hours=73)).tid for _ in range(3)]

    close_unpaid_orders(NOW, False)

    told = OutboxEvent.objects.values_list("name", "subject_id", "at")
    assert sorted(told) == [("order.closed", tid, NOW) for tid in sorted(late)]
    assert sorted(Delivery.objects.values_list("webhook", flat=True)) == sorted([closed.pk, both.pk] * 3)


def test_a_delivery_carries_the_event_signed() -> None:
    with receiver() as shop:
        webhook = webhook_to(shop.url, "order.paid")
        tid = pay()
        assert deliver_due() == 1

    [(headers, body)] = shop.got
    event = OutboxEvent.objects.get()
    assert json.loads(body) == {
        "id": str(event.pk), "event": "order.paid", "at": event.at.isoformat(),
        "subject": "order", "subject_id": tid, "before": {"status": "WAIT_BUYER_PAY"},
        "after": {"status": "WAIT_SELLER_SEND_GOODS", "payment_no": f"P{tid}"},
    }  # fmt: skip
    key = base64.b64decode(webhook.secret.removeprefix("whsec_"))
    signed = f"{event.pk}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == str(event.pk)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["host"] == shop.url.split("/")[2]
    done = Delivery.objects.get()
    assert (done.state, done.response_code, done.problem, done.attempts) == (State.DELIVERED, 200, "", 1)
    assert deliver_due() == 0


def test_a_failing_receiver_is_tried_again_later_and_later_then_given_up_then_sent_again() -> None:
    began = timezone.now() + timedelta(seconds=5)
    with receiver(code=500) as shop:
        webhook_to(shop.url, "order.paid")
        pay()
        Delivery.objects.update(since=began, due_at=began)
        waits, moment = [], began
        while (delivery := Delivery.objects.get()).state == State.WAITING:
            moment = delivery.due_at
            with clock.fixed(moment - timedelta(microseconds=1)):
                assert deliver_due() == 0
            with clock.fixed(moment):
                assert deliver_due() == 1
            waits.append((Delivery.objects.get().due_at - moment).total_seconds())
            Webhook.objects.update(claim=None, claimed_until=None)
        dead = Delivery.objects.get()
        shop.code = 204
        with clock.fixed(moment + timedelta(days=2)):
            assert deliver_due() == 0
            resend(dead.pk, actor=make_staff("manager"))
            assert deliver_due() == 1

    for number, wait in enumerate(waits[:8]):
        assert 10 * 2**number / 2 <= wait <= 10 * 2**number
    assert all(wait <= 3600 for wait in waits)
    assert moment == began + timedelta(hours=24)
    assert (dead.state, dead.response_code, dead.problem) == (State.DEAD, 500, Problem.ANSWER)
    assert len({headers["webhook-id"] for headers, _body in shop.got}) == 1
    assert len({body for _headers, body in shop.got}) == 1
    assert Delivery.objects.get().state == State.DELIVERED


def test_redirects_are_not_followed_and_dead_ends_are_told_apart(quick: None) -> None:
    with receiver() as inside, receiver(code=302, headers={"Location": inside.url}) as shop:
        webhook_to(shop.url, "order.paid")
        webhook_to("http://127.0.0.1:9/", "order.paid")
        webhook_to(shop.url.replace("http://", "https://"), "order.paid")
        pay()
        deliver_due()

    assert not inside.got
    problems = Delivery.objects.order_by("webhook").values_list("problem", "response_code")
    assert list(problems) == [(Problem.REDIRECT, 302), (Problem.CONNECTION, None), (Problem.TLS, None)]


def test_a_slow_receiver_holds_up_nobody_and_gets_one_at_a_time(quick: None) -> None:
    with receiver(seconds=5) as slow, receiver(seconds=0.05) as shop:
        webhook_to(slow.url, "order.paid")
        webhook_to(shop.url, "order.paid")
        for _ in range(6):
            pay()
        began = time.monotonic()
        deliver_due()
        took = time.monotonic() - began

        assert len(shop.got) == 6
        assert shop.most_at_once == 1
        assert len(slow.got) == 1
        assert deliver_due() == 0, "who does not answer is left alone for a while"
        assert took < 5
    other = Delivery.objects.filter(webhook__url=slow.url).order_by("-attempts").first()
    assert other is not None
    assert (other.state, other.problem, other.attempts) == (State.WAITING, Problem.TIMEOUT, 1)


def test_no_lock_is_held_while_a_receiver_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as shop:
        webhook_to(shop.url, "order.paid")
        pay()
        sent = deliveries._send

        def send(*given: Any) -> Any:
            assert not connection.in_atomic_block
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                    " WHERE locktype = 'transactionid' AND granted AND datname = current_database()"
                )
                assert cursor.fetchone() == (0,)
            return sent(*given)

        monkeypatch.setattr(deliveries, "_send", send)
        assert deliver_due() == 1
    assert Delivery.objects.get().state == State.DELIVERED


def test_what_a_killed_worker_had_in_hand_is_delivered_with_the_same_number(test_database_url: str) -> None:
    code = "import django; django.setup(); from shopdesk.api.services.deliveries import deliver_due; deliver_due()"
    with receiver(seconds=8) as shop:
        webhook_to(shop.url, "order.paid")
        pay()
        worker = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=PROJECT,
            env=os.environ
            | {
                "DATABASE_URL": test_database_url,
                "SECRET_KEY": settings.SECRET_KEY,
                "DJANGO_SETTINGS_MODULE": "shopdesk.settings",
                "WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8",
                "REDIS_URL": settings.REDIS_URL,
            },
        )
        deadline = time.monotonic() + 60
        while not shop.got and time.monotonic() < deadline:
            assert worker.poll() is None
            time.sleep(0.05)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert Delivery.objects.get().state == State.WAITING
        shop.seconds = 0
        deliveries.cache.delete(deliveries.TURN)  # it runs out by itself after 15 seconds

        assert deliver_due() == 0, "the claim of the killed worker still holds"
        with clock.fixed(timezone.now() + deliveries.LEASE):
            assert deliver_due() == 1

    first, second = (headers["webhook-id"] for headers, _body in shop.got)
    assert first == second == str(OutboxEvent.objects.get().pk)
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == (State.DELIVERED, 2)


def test_a_name_that_leads_elsewhere_at_delivery_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[addresses.Address]:
        asked.append(host)
        return [addresses.ip_address("93.184.216.34" if len(asked) == 1 else "127.0.0.1")]

    with receiver() as shop:
        settings.WEBHOOK_PRIVATE_NETWORKS = []
        monkeypatch.setattr(addresses, "resolve", resolve)
        webhook_to(shop.url.replace("http://127.0.0.1", "https://rebinding.example"), "order.paid")
        pay()
        deliver_due()

    assert asked == ["rebinding.example"] * 2
    assert not shop.got
    assert Delivery.objects.get().problem == Problem.FORBIDDEN


def test_old_deliveries_are_forgotten_but_not_what_still_waits() -> None:
    webhook_to("http://127.0.0.1:9/", "order.paid")
    tids = [pay() for _ in range(3)]
    long_ago = NOW - timedelta(days=31)
    OutboxEvent.objects.update(at=long_ago)
    Delivery.objects.update(created_at=long_ago)
    for tid, state in zip(tids, (State.DELIVERED, State.DEAD, State.WAITING), strict=True):
        Delivery.objects.filter(event__subject_id=tid).update(state=state)

    dry, done = forget_deliveries(NOW, True).done, forget_deliveries(NOW, False).done

    assert dry == 2
    assert done == 2
    assert list(OutboxEvent.objects.values_list("subject_id", flat=True)) == [tids[2]]
    assert Delivery.objects.count() == 1
