"""A6 under load: workers at once, and one that is killed by the system in the middle of its work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.services import clocks
from afterservice.services.deadlines import flag_return_deadlines
from orders.models import Note
from shopdesk.base.errors import Conflict
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import AuditEntry
from shopdesk.desk.benchmarks.ticket_rows import Wanted, make_tickets
from tests.afterservice.clock_scenes import clock_of, make_ticket
from tests.factories import NOW, make_staff
from tests.orders.test_races import PROJECT, test_database_url, together

__all__ = ["test_database_url"]  # the fixture

pytestmark = pytest.mark.django_db(transaction=True)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
K = ClockKind


def each_ran_out_once(count: int) -> bool:
    told = Counter(AuditEntry.objects.filter(action="clock.expired").values_list("subject_id", flat=True))
    return (
        len(told) == Note.objects.count() == count
        and set(told.values()) == {1}
        and Ticket.objects.filter(escalated_at=NOW).count() == count
    )


def test_four_workers_at_once_do_each_thing_once() -> None:
    make_tickets([Wanted(K.ANSWER, NOW - DAY)] * 60)
    results: list[JobResult] = []

    together(*[lambda: results.append(flag_return_deadlines(NOW, False))] * 4)
    results.append(flag_return_deadlines(NOW, False))  # what one held, another passed over

    assert sum(result.done for result in results) == 60
    assert sum(result.failed for result in results) == 0
    assert each_ran_out_once(60)


def test_a_worker_killed_by_the_system_is_completed_by_the_next(test_database_url: str) -> None:
    count = 2500
    make_tickets([Wanted(K.ANSWER, NOW - DAY)] * count)
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "run_job", "flag_return_deadlines", "--now", NOW.isoformat()],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": test_database_url, "SECRET_KEY": settings.SECRET_KEY},
        stdout=subprocess.DEVNULL,
    )
    done = Clock.objects.filter(expired_at__isnull=False)
    deadline = time.monotonic() + 90
    while done.count() < 500 and time.monotonic() < deadline:
        assert worker.poll() is None, "the worker ended before it could be killed"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert 500 <= done.count() < count

    # The killed connection's open batch is rolled back by the server when it notices.
    while done.count() < count and time.monotonic() < deadline:
        # Whole batches stand, with all that belongs to them; also one whose commit outlived the kill.
        assert AuditEntry.objects.filter(action="clock.expired").count() % 500 == 0
        flag_return_deadlines(NOW, False)

    assert each_ran_out_once(count)


def test_staff_who_answer_at_the_last_moment_and_the_job_agree() -> None:
    tickets = [make_ticket(running=(K.ANSWER,), now=NOW - DAY) for _number in range(20)]
    agent = make_staff("agent")

    def pause() -> None:
        for ticket in tickets:
            with suppress(Conflict):
                clocks.pause(ticket.pk, K.ANSWER, reason="等图", actor=agent, now=NOW - SECOND)

    together(pause, lambda: flag_return_deadlines(NOW, False))
    flag_return_deadlines(NOW, False)

    for ticket in tickets:
        clock = clock_of(ticket)
        # Either it stood still in time, or it ran out; never both, and the order says which.
        assert (clock.paused_at is None) == (clock.expired_at is not None)
        assert Note.objects.filter(order=ticket.order_id).exists() == (clock.expired_at is not None)


def test_a_clock_that_somebody_holds_is_warned_of_by_the_next_run() -> None:
    held, free = (make_ticket(running=(K.ANSWER,), now=NOW - DAY + 3 * HOUR) for _number in range(2))
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Clock.objects.select_for_update().get(ticket=held)
            holding.set()
            assert done.wait(30)

    def warn() -> None:
        assert holding.wait(30)
        assert flag_return_deadlines(NOW, False).subjects == [free.number]
        done.set()

    together(hold, warn)

    assert flag_return_deadlines(NOW, False).subjects == [held.number]
    warned = AuditEntry.objects.filter(action__in=("clock.warned", "after_sale.warned"))
    assert sorted(warned.values_list("subject_id", flat=True)) == sorted(
        [str(held.pk), held.order_id, str(free.pk), free.order_id]
    )
