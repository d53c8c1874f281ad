"""What a flag for 5 000 orders costs, of which 200 are not allowed. Run by ``scripts/bench_bulk``."""

from __future__ import annotations

import argparse
import os
import time
from datetime import timedelta

import django

from shopdesk.desk.benchmarks.figures import Figure, judge
from shopdesk.desk.benchmarks.scratch import manage, say, scratch_database

MATCHING, NOT_ALLOWED, OTHERS = 5000, 200, 20_000
# Seconds, for the preview and the run together.
GOAL = 10.0


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_bulk", description=__doc__)
    parser.add_argument("--others", type=int, default=OTHERS, help="orders that do not match (20000)")
    options = parser.parse_args()
    with scratch_database(f"bulk_{os.getpid()}"):
        manage("make_orders", str(options.others))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
        django.setup()
        reached = _measure()
        from django.db import connections

        connections.close_all()
    return 0 if reached else 1


def _measure() -> bool:
    """Flag them all as the page does it: preview, start, the worker, the report; look at what is on record."""
    from orders.models import BulkRow, Order
    from orders.rules.flags import BLUE, RED
    from orders.selectors.bulk import read_report
    from orders.selectors.filters import OrderFilter
    from orders.services.bulk import running
    from orders.services.flags import FlagRequest
    from shopdesk.base import clock
    from shopdesk.base.models import AuditEntry, Staff

    now = clock.now()
    agent = Staff.objects.create_user(username="bench-agent", role="agent")
    other = Staff.objects.create_user(username="bench-other", role="agent")
    tids = [f"46{number:017d}" for number in range(MATCHING)]
    Order.objects.bulk_create(
        Order(tid=tid, status="WAIT_BUYER_PAY", created=now - timedelta(minutes=number), owner=agent)
        for number, tid in enumerate(tids)
    )
    # A red flag that the warehouse has not read is replaced by nobody but who set it (N3).
    protected = tids[:: MATCHING // NOT_ALLOWED]
    red = FlagRequest(RED, "改地址", "请仓库看", "warehouse", now + timedelta(days=1))
    run = running.prepare("flag", protected, actor=other)
    running.start(run.pk, red, actor=other, hand_to=running.work)

    wanted = OrderFilter(owner=agent.pk)
    start = time.perf_counter()
    run = running.prepare("flag", wanted, actor=agent)
    preview = read_report(run, now=clock.now(), size=NOT_ALLOWED + 1)
    previewed = time.perf_counter() - start
    blue = FlagRequest(BLUE, "等到货", "韩国缺货，等下一批")
    start = time.perf_counter()
    running.start(run.pk, blue, actor=agent, hand_to=running.work)
    run.refresh_from_db()
    report = read_report(run, now=clock.now(), only=BulkRow.State.REFUSED.value, size=NOT_ALLOWED + 1)
    done = time.perf_counter() - start
    say(f"  preview of {preview.total} orders {previewed:>6.2f} s")
    say(f"  flag for {report.done} orders    {done:>6.2f} s")
    entries = AuditEntry.objects.filter(action="flag.set", actor_id=agent.pk)
    flagged = set(entries.values_list("subject_id", flat=True))
    listed = {row.order_id for row in report.page.rows if row.reason and row.code}
    checks = {
        f"the preview names the {NOT_ALLOWED}": {row.order_id for row in preview.page.rows} == set(protected),
        f"{MATCHING - NOT_ALLOWED} done": report.done == MATCHING - NOT_ALLOWED,
        f"{NOT_ALLOWED} listed with their reasons": listed == set(protected),
        "the audit names each that was done, once": (
            entries.count() == len(flagged) == report.done and flagged == set(tids) - set(protected)
        ),
    }
    for words, reached in checks.items():
        say(f"{'reached' if reached else 'MISSED '}  {words}")
    figure = Figure(f"flags for {MATCHING} orders, previewed and set", previewed + done, "s", goal=GOAL)
    return judge(figure) and all(checks.values())


if __name__ == "__main__":
    raise SystemExit(main())
