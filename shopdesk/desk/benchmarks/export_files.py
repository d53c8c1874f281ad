"""What the export of many orders costs: seconds, rows a second, and peak memory. Run by ``scripts/bench_exports``."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from typing import Any

import django
import psycopg
from psycopg import sql

from shopdesk.desk.benchmarks.figures import Figure, judge
from shopdesk.desk.benchmarks.scratch import PROJECT, say, scratch_database

SMALL, LARGE = 10_000, 100_000
KINDS = ("csv", "xlsx")
# Ten times the rows may take so much more memory (MB): what the interpreter gathers, not the rows.
GOAL_MORE_MEMORY = 16.0
# The floor: the same orders with their goods, as the database itself writes them to a file.
_COPY = """
COPY (
    SELECT o.*, (
        SELECT string_agg(concat_ws(' ', p.title, l.sku_properties_name, l.num), '; ' ORDER BY l.position)
        FROM orders_orderline l JOIN orders_product p ON p.id = l.product_id WHERE l.order_id = o.tid
    )
    FROM orders_order o ORDER BY o.created DESC, o.tid DESC LIMIT {}
) TO STDOUT (FORMAT csv)
"""


def main() -> int:
    """Returns the exit status: 1 when a goal was missed. ``--measure`` is how it calls itself, once a file."""
    parser = argparse.ArgumentParser(prog="scripts/bench_exports", description=__doc__)
    parser.add_argument("--orders", type=int, default=LARGE, help="orders in the large export (100 000)")
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "ROWS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        kind, rows = options.measure
        say(json.dumps(_measure(kind, int(rows))))
        return 0
    with scratch_database(f"exports_{os.getpid()}", orders=options.orders):
        return 0 if _report(options.orders) else 1


def _report(orders: int) -> bool:
    reached = True
    for kind in KINDS:
        memory = []
        for rows in (SMALL, orders):
            # A process of its own for each file: a process never tells of less memory than it once had.
            command = [
                sys.executable,
                "-m",
                "shopdesk.desk.benchmarks.export_files",
                "--measure",
                kind,
                str(rows),
            ]
            done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            memory.append(found["peak"])
            seconds = found["seconds"]
            say(
                f"  {kind:<4} {found['rows']:>7} rows {found['seconds']:>7.1f} s"
                f" {found['rows'] / found['seconds']:>7.0f} rows/s  peak {found['peak']:>6.1f} MB"
                f" (before it {found['before']:.1f} MB)  file {found['size'] / 1e6:.1f} MB"
            )
        floor = _copy(orders)
        reached &= judge(Figure(f"exporting {orders} orders as {kind}", seconds, "s", floor=floor))
        more = memory[1] - memory[0]
        reached &= judge(Figure(f"{kind}: memory more than for {SMALL}", more, "MB", goal=GOAL_MORE_MEMORY))
    return reached


def _copy(orders: int) -> float:
    """Seconds that the database itself takes for the file."""
    started = time.perf_counter()
    with (
        psycopg.connect(os.environ["DATABASE_URL"]) as connection,
        connection.cursor().copy(sql.SQL(_COPY).format(sql.Literal(orders))) as rows,
    ):
        for _piece in rows:
            pass
    return time.perf_counter() - started


def _peak() -> float:
    """The most memory that this process had at once, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure(kind: str, rows: int) -> dict[str, Any]:
    """Take out the newest days that hold so many orders, as the worker does it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    django.setup()
    from orders.models import Order
    from shopdesk.base import clock
    from shopdesk.base.models import Staff
    from shopdesk.base.services.exports import take, work

    supervisor = Staff.objects.filter(role="supervisor").order_by("pk").first()
    if supervisor is None:
        supervisor, _new = Staff.objects.get_or_create(
            username="bench-exports", defaults={"role": "supervisor", "signature": "bench"}
        )
    address = {}
    if Order.objects.count() > rows:
        placed = Order.objects.order_by("-created").values_list("created", flat=True)[rows]
        address = {"created_from": placed.astimezone(clock.SHANGHAI).date().isoformat()}
    taken = take("orders", address, kind=kind, actor=supervisor, hand_to=lambda number: None)
    before, start = _peak(), time.perf_counter()
    work(taken.export.pk)
    seconds = time.perf_counter() - start
    export = taken.export
    export.refresh_from_db()
    if export.rows is None:
        raise SystemExit(export.error)
    export.file.delete(save=False)
    return {
        "rows": export.rows,
        "seconds": seconds,
        "before": before,
        "peak": _peak(),
        "size": export.size,
    }


if __name__ == "__main__":
    raise SystemExit(main())
