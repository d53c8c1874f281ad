"""How long an import takes, and whether its memory stays flat: run by ``scripts/bench_import``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

from shopdesk.desk.benchmarks.copied import copy_in, copy_out
from shopdesk.desk.benchmarks.figures import Figure, judge
from shopdesk.desk.benchmarks.scratch import command_line, say, scratch_database

SIZES = (10_000, 100_000)
# 100 000 orders with 150 000 items within a minute, on two cores.
GOAL_ORDERS, GOAL_SECONDS = 100_000, 60
# What is kept open or counted may grow a little; the rows may not stay.
GOAL_GROWTH_MEGABYTES = 30
# Times what COPY takes to put the same rows into the same tables, their indexes and triggers at work.
GOAL_TIMES = 5.0


@dataclass(frozen=True)
class Run:
    """One import in a process of its own: how long, how much memory at most, what it reported."""

    seconds: float
    peak_megabytes: float
    report: dict[str, Any]


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_import", description=__doc__)
    parser.add_argument("orders", nargs="*", type=int, default=SIZES, help="how many orders, for each run")
    sizes: list[int] = list(parser.parse_args().orders)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    say(f"{'orders':>8} {'items':>8} {'import':>7} {'seconds':>8} {'rows/s':>7} {'peak MB':>8}  report")
    firsts: dict[int, Run] = {}
    floors: dict[int, float] = {}
    clean = True
    with tempfile.TemporaryDirectory() as folder:
        for orders in sizes:
            rows = Path(folder) / f"rows-{orders}"
            with scratch_database(f"import_{os.getpid()}"):
                django.setup()
                from shopdesk.base import clock
                from shopdesk.desk.benchmarks.exports import write_exports

                order_list, item_list, items = write_exports(Path(folder), orders, clock.now())
                firsts[orders] = _import(order_list, item_list)
                _print(orders, items, "first", firsts[orders])
                copy_out(rows)
                again = _import(order_list, item_list)
                _print(orders, items, "second", again)
            with scratch_database(f"import_floor_{os.getpid()}"):
                floors[orders] = copy_in(rows)
                say(f"{orders:>8} {items:>8} {'COPY':>7} {floors[orders]:>8.1f}")
            clean &= firsts[orders].report["created"] == orders and not firsts[orders].report["rejected"]
            clean &= again.report["unchanged"] == orders
            clean &= not (again.report["created"] or again.report["updated"] or again.report["rejected"])
    return 0 if _judge(firsts, floors, clean=clean) else 1


def _import(*files: Path) -> Run:
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command_line("import_orders", "--json", *map(str, files)), stdout=output)
        _pid, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"import_orders failed with status {process.returncode}.")
        output.seek(0)
        report = json.loads(output.read().splitlines()[-1])
    # Linux counts kilobytes here, macOS bytes.
    return Run(seconds, usage.ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10)), report)


def _print(orders: int, items: int, which: str, run: Run) -> None:
    counts = {name: len(count) if isinstance(count, list) else count for name, count in run.report.items()}
    told = " ".join(f"{name}={count}" for name, count in counts.items() if count)
    rate = (orders + items) / run.seconds
    figures = f"{run.seconds:>8.1f} {rate:>7.0f} {run.peak_megabytes:>8.0f}"
    say(f"{orders:>8} {items:>8} {which:>7} {figures}  {told}")


def _judge(firsts: dict[int, Run], floors: dict[int, float], *, clean: bool) -> bool:
    least, most = min(firsts), max(firsts)
    growth = firsts[most].peak_megabytes - firsts[least].peak_megabytes
    reached = [
        judge(
            Figure(
                f"importing {most} orders",
                firsts[most].seconds,
                "s",
                goal=GOAL_SECONDS * most / GOAL_ORDERS if most >= GOAL_ORDERS else None,
                floor=floors[most],
                times=GOAL_TIMES,
            )
        ),
        judge(Figure(f"memory more than for {least}", growth, "MB", goal=GOAL_GROWTH_MEGABYTES)),
        judge(Figure("rows not taken, or taken twice", 0 if clean else 1, "", goal=0)),
    ]
    return all(reached)


if __name__ == "__main__":
    sys.exit(main())
