"""What closing 100 000 overdue orders costs beside the one statement that could: run by ``scripts/bench_closing``."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

from shopdesk.desk.benchmarks.figures import Figure, judge
from shopdesk.desk.benchmarks.scratch import say, scratch_database

OVERDUE, ROUNDS = 100_000, 3
GOAL_TIMES = 2.0

# Orders of the past become unpaid again, placed 73 hours ago and more.
_MAKE_OVERDUE = """
UPDATE orders_order SET status = 'WAIT_BUYER_PAY', close_reason = '', pay_time = NULL, end_time = NULL, paid_fee = 0,
    payment_pending = FALSE, created = %(now)s - interval '73 hours' - random() * interval '20 hours'
WHERE tid IN (
    SELECT tid FROM orders_order WHERE status IN ('TRADE_FINISHED', 'TRADE_CLOSED_BY_TAOBAO') AND NOT tied
    ORDER BY created LIMIT %(orders)s
)
"""
# The floor: everything at once, without looking at exemptions or passing by what others hold.
_CLOSE_AT_ONCE = """
WITH closed AS (
    UPDATE orders_order
    SET status = 'TRADE_CLOSED_BY_TAOBAO', close_reason = 'timeout', end_time = %(now)s, version = version + 1
    WHERE status = 'WAIT_BUYER_PAY' AND created <= %(now)s - interval '72 hours' AND paid_fee = 0 AND NOT tied
        AND NOT payment_pending
    RETURNING tid
), logged AS (
    INSERT INTO base_auditentry (at, action, subject_kind, subject_id, origin, address, request_id, before, after)
    SELECT %(now)s, 'order.closed', 'order', tid, 'job', NULL, '', jsonb_build_object('status', 'WAIT_BUYER_PAY'),
        jsonb_build_object('status', 'TRADE_CLOSED_BY_TAOBAO', 'reason', 'timeout')
    FROM closed
), listed AS (
    INSERT INTO orders_platformtask (order_id, kind, opened_at)
    SELECT tid, 'close', %(now)s FROM closed
    ON CONFLICT (order_id, kind) WHERE done_at IS NULL DO NOTHING
)
SELECT count(*) FROM closed
"""


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_closing", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders that are there (1 000 000)")
    parser.add_argument("--overdue", type=int, default=OVERDUE, help="of which so many are overdue (100 000)")
    options = parser.parse_args()
    with scratch_database(f"closing_{os.getpid()}", orders=options.orders):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
        django.setup()
        reached = _measure(options.orders, options.overdue)
        from django.db import connections

        connections.close_all()
    return 0 if reached else 1


def _measure(orders: int, overdue: int) -> bool:
    """The job and its floor in turns, so that both meet the same tables."""
    from orders.services.closing import close_unpaid_orders

    ways: dict[str, Callable[[Any], int]] = {
        "the job": lambda now: close_unpaid_orders(now, False).done,
        "one statement": lambda now: _ask(_CLOSE_AT_ONCE, {"now": now}),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(ROUNDS):
        for name, way in ways.items():
            now = _make_overdue(overdue)
            started = time.perf_counter()
            closed = way(now)
            seconds[name].append(time.perf_counter() - started)
            say(f"  {name:<14} {closed:>7} closed {seconds[name][-1]:>7.2f} s")
            if closed < overdue:
                say(f"MISSED   {overdue} were overdue")
                return False
    took, least = (statistics.median(times) for times in seconds.values())
    say(f"  {overdue / took:.0f} orders a second; one statement: {overdue / least:.0f}")
    return judge(Figure(f"closing {overdue} of {orders}", took, "s", floor=least, times=GOAL_TIMES))


def _make_overdue(orders: int) -> Any:
    """Make so many overdue and clean up behind it; answers what time it is."""
    from django.db import connection

    from orders.services.closing import close_unpaid_orders
    from shopdesk.base import clock

    # What is due by itself is not counted.
    close_unpaid_orders(clock.now(), False)
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_OVERDUE, {"now": now, "orders": orders})
        cursor.execute(
            "UPDATE orders_platformtask SET done_at = now() WHERE kind = 'close' AND done_at IS NULL"
        )
        cursor.execute("VACUUM (ANALYZE) orders_order, orders_platformtask")
        cursor.execute("CHECKPOINT")
    return now


def _ask(statement: str, parameters: dict[str, Any]) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
