"""3 web, 3 workers and one beat against one scratch database, all at the same things; then the audit is asked."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import django
import redis

from shopdesk import embedded
from shopdesk.desk.benchmarks.scratch import PROJECT, manage, say, scratch_database
from shopdesk.desk.chaos import processes
from shopdesk.desk.chaos.twice import DUE, TWICE, count, twice

WEB = WORKERS = 3
STARTS = 6  # so often each job is queued at once, beside beat's own starts
BROKER_NUMBER = "9"  # a database of the broker that the shop does not use


def main() -> int:
    """Returns 0 when nothing happened twice."""
    parser = argparse.ArgumentParser(prog="scripts/try_scale_out", description=__doc__)
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--notes", type=int, default=60, help="notes that all web processes are sent at once")
    options = parser.parse_args()
    use_own_broker()
    with scratch_database("scale_out"):
        manage("make_orders", str(options.orders))
        django.setup()
        started = start()
        try:
            return try_it(options.notes)
        finally:
            processes.end(started, seconds=60)


def use_own_broker() -> None:
    """Queue where no worker of the shop listens."""
    address = (os.environ.get("REDIS_URL") or embedded.redis_url()).partition("?")[0]
    if address.startswith("unix://"):
        address += f"?db={BROKER_NUMBER}"
    else:
        address = urlunsplit(urlsplit(address)._replace(path=f"/{BROKER_NUMBER}"))
    os.environ["REDIS_URL"] = address
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.flushdb()


PORTS: list[int] = []
NOTES = "orders_note WHERE text LIKE 'scale %'"
MUST_BE_NONE = TWICE | {
    "orders due that were not closed": DUE,
    "notes written twice": twice("order_id", NOTES),
}


def start() -> list[subprocess.Popen[bytes]]:
    """Every process of its own, as on machines of their own."""
    PORTS.extend(processes.free_port() for _number in range(WEB))
    schedule = PROJECT / "var" / "beat-schedule-scale-out"
    commands = [processes.web_command(port) for port in PORTS]
    commands += [processes.worker_command(f"scale-{number}") for number in range(WORKERS)]
    return [processes.begin(command) for command in (*commands, processes.beat_command(schedule))]


def try_it(notes: int) -> int:
    """Queue, ask, wait, look."""
    from django.db import connection

    from orders.models import Order
    from shopdesk.api.access import Scope
    from shopdesk.api.services.tokens import NewToken, make_token
    from shopdesk.base import jobs
    from shopdesk.base.models import JobRun, Staff
    from shopdesk.base.tasks import run_job

    processes.wait_for_web(PORTS)
    # What make_orders leaves unpaid is due at once.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_order SET created = created - interval '73 hours' WHERE status = 'WAIT_BUYER_PAY'"
        )
        due = cursor.rowcount
    manager = Staff.objects.create_user("scale-manager", password=None, role="manager", signature="店长")
    _token, key = make_token(
        NewToken("scale", "agent", tuple(Scope.values), calls_a_minute=100_000), actor=manager
    )
    tids = list(Order.objects.exclude(status="WAIT_BUYER_PAY").values_list("tid", flat=True)[:notes])
    began = time.perf_counter()
    names = [job.name for job in jobs.registered()]
    for _time in range(STARTS):
        for name in names:
            run_job.delay(name)
    say(
        f"{due} orders due; {len(names)} jobs queued {STARTS} times each; "
        f"{len(tids)} notes sent to {WEB} web processes at once"
    )
    with ThreadPoolExecutor(WEB * 4) as pool:
        answers = list(pool.map(lambda ask: note(*ask), [(port, tid, key) for tid in tids for port in PORTS]))
    while busy() and time.perf_counter() - began < 600:
        time.sleep(1)
    seconds = time.perf_counter() - began

    found = {what: count(statement) for what, statement in MUST_BE_NONE.items()} | {
        "notes missing": len(tids) - count(f"SELECT count(DISTINCT order_id) FROM {NOTES}"),
        "runs with an error": JobRun.objects.exclude(error="").count(),
        "runs without an end": JobRun.objects.filter(ended_at__isnull=True).count(),
        "answers that were errors": sum(status >= 500 for status in answers),
    }
    closed = count(
        "SELECT count(*) FROM base_auditentry WHERE subject_kind = 'order' AND action LIKE 'order.closed%%'"
    )
    say(
        f"{JobRun.objects.count()} runs by {WORKERS} workers, {len(answers)} calls, "
        f"{closed} orders closed, in {seconds:.0f} s"
    )
    for what, number in found.items():
        say(f"{number:>6}  {what}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database()), (SELECT count(*) FROM orders_order)")
        size, orders = cursor.fetchone()
    say(f"size of the database: {size / 1e6:.0f} MB with {orders} orders")
    return 1 if any(found.values()) or not closed else 0


def busy() -> bool:
    """Whether anything is queued, or taken and not finished."""
    from shopdesk.base.models import JobRun

    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        waiting = broker.llen("celery") + broker.hlen("unacked")
    return bool(waiting) or JobRun.objects.filter(ended_at__isnull=True).exists()


def note(port: int, tid: str, key: str) -> int:
    """The same note, by the same key, to one of the web processes."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {
        "Authorization": f"Token {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"scale-{tid}",
    }
    caller.request("POST", f"/api/v1/orders/{tid}/notes/", json.dumps({"text": f"scale {tid}"}), headers)
    status = caller.getresponse().status
    caller.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
