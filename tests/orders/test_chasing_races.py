"""O14: a payment and reminders that meet; two reminders at once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from orders.models import Reminder
from orders.services.chasing import ReminderRequest, remind
from orders.services.locks import lock_order
from orders.services.payments import PaymentMessage, record_payment
from shopdesk.base.errors import DomainError
from tests.factories import NOW, make_order, make_staff
from tests.orders.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def test_a_payment_that_came_first_stops_the_reminder_that_waited_for_it() -> None:
    agent, order = make_staff("agent"), make_order()
    said: list[str] = []

    def pay() -> None:
        with transaction.atomic():
            lock_order(order.tid)
            # The reminder has begun: it found the order unpaid a moment ago and waits for the lock.
            for _ in range(2000):
                if waiting_for_locks():
                    break
            record_payment(order.tid, PaymentMessage("p", Decimal("505.00"), NOW), now=NOW)

    def chase() -> None:
        for _ in range(2000):  # the payment holds the order
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM orders_order WHERE tid = %s FOR UPDATE SKIP LOCKED", [order.tid]
                )
                if cursor.fetchone() is None:
                    break
        try:
            remind(order.tid, ReminderRequest("wangwang"), actor=agent, now=NOW + timedelta(seconds=1))
        except DomainError as refusal:
            said.append(str(refusal.message))

    together(pay, chase)

    assert said == ["The buyer has paid (11-22 12:00): no reminder goes to who has paid."]
    assert not Reminder.objects.exists()


def test_of_two_reminders_at_once_one_goes_out() -> None:
    agents, order = [make_staff("agent"), make_staff("agent")], make_order()
    refused: list[str] = []

    def chase(number: int) -> None:
        try:
            remind(order.tid, ReminderRequest("sms"), actor=agents[number], now=NOW)
        except DomainError as refusal:
            refused.append(refusal.code)

    together(lambda: chase(0), lambda: chase(1))

    assert (Reminder.objects.count(), refused) == (1, ["O14"])
