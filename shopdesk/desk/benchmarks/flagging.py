"""What the job of clocks costs for 100 000 tickets beside one statement that could: ``scripts/bench_flagging``."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

from shopdesk.desk.benchmarks.figures import Figure, judge
from shopdesk.desk.benchmarks.scratch import say, scratch_database

TICKETS, ROUNDS = 100_000, 3
HOUR = timedelta(hours=1)
# An answer is owed within 24 hours, and its clock warns 4 before (A6): these were asked 21 hours ago.
ASKED = 21 * HOUR

# The floor: everything at once, without looking at exemptions or passing by what others hold.
_WARN_AT_ONCE = """
WITH due AS (
    SELECT c.id, c.kind, c.due_at, c.ticket_id, t.order_id
    FROM afterservice_clock c JOIN afterservice_ticket t ON t.id = c.ticket_id
    WHERE c.warned_at IS NULL AND c.warn_at <= %(now)s AND c.due_at > %(now)s
        AND c.stopped_at IS NULL AND c.expired_at IS NULL AND c.paused_at IS NULL
), warned AS (
    UPDATE afterservice_clock c SET warned_at = %(now)s FROM due WHERE c.id = due.id
), logged AS (
    INSERT INTO base_auditentry (at, action, subject_kind, subject_id, origin, address, request_id, before, after)
    SELECT %(now)s, 'clock.warned', 'ticket', ticket_id::text, 'job', NULL::inet, '', '{}'::jsonb,
        jsonb_build_object('clock', kind, 'due_at', due_at)
    FROM due
    UNION ALL
    SELECT %(now)s, 'after_sale.warned', 'order', order_id, 'job', NULL::inet, '', '{}'::jsonb,
        jsonb_build_object('ticket', ticket_id, 'clock', kind, 'due_at', due_at)
    FROM due
)
SELECT count(*) FROM due
"""
_TAKE_BACK = "UPDATE afterservice_clock SET warned_at = NULL WHERE warned_at IS NOT NULL"


def main() -> int:
    """Returns the exit status: 1 when not every ticket was warned of once."""
    parser = argparse.ArgumentParser(prog="scripts/bench_flagging", description=__doc__)
    parser.add_argument("--tickets", type=int, default=TICKETS, help="tickets whose clock warns (100 000)")
    options = parser.parse_args()
    with scratch_database(f"flagging_{os.getpid()}"):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
        django.setup()
        reached = _measure(options.tickets)
        from django.db import connections

        connections.close_all()
    return 0 if reached else 1


def _measure(tickets: int) -> bool:
    """The job and its floor in turns, so that both meet the same tables."""
    from afterservice.rules.clocks import ClockKind
    from afterservice.services.deadlines import flag_return_deadlines
    from shopdesk.base import clock
    from shopdesk.desk.benchmarks.ticket_rows import Wanted, make_tickets

    now = clock.now()
    say(f"Making {tickets} open tickets …")
    make_tickets([Wanted(ClockKind.ANSWER, now - ASKED)] * tickets)
    ways: dict[str, Callable[[], int]] = {
        "the job": lambda: flag_return_deadlines(now, False).done,
        "one statement": lambda: int(_ask(_WARN_AT_ONCE, {"now": now})),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(ROUNDS):
        for name, way in ways.items():
            _take_back()
            started = time.perf_counter()
            warned = way()
            seconds[name].append(time.perf_counter() - started)
            say(f"  {name:<14} {warned:>7} warned of {seconds[name][-1]:>7.2f} s")
            if warned != tickets:
                say(f"MISSED   {tickets} were due")
                return False
    took, least = (statistics.median(times) for times in seconds.values())
    say(f"  {tickets / took:.0f} tickets a second; one statement: {tickets / least:.0f}")
    return judge(Figure(f"flagging {tickets} tickets", took, "s", floor=least))


def _take_back() -> None:
    """As before the first warning."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK)
        cursor.execute("VACUUM (ANALYZE) afterservice_clock, afterservice_ticket")
        cursor.execute("CHECKPOINT")


def _ask(statement: str, parameters: dict[str, Any]) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


if __name__ == "__main__":
    sys.exit(main())
