"""What the order list costs at ten thousand and at a million orders: run by ``scripts/bench_lists``."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import unicodedata
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from shopdesk.desk.benchmarks.scratch import PROJECT, say, scratch_database

SIZES = (10_000, 1_000_000)
# The sizes take turns, so many times each; a page is read seven times a turn.
TURNS = 3
# A page may cost so much more among a million orders, where it finds as much; a statement takes at most so long.
GOAL_RATIO, GOAL_STATEMENT = 1.3, 10.0
NAME_WIDTH = 30


@dataclass(frozen=True)
class Figures:
    """One page at one size: rows found, statements, medians in milliseconds."""

    rows: int
    statements: int
    milliseconds: float
    slowest: float
    slowest_sql: str


class Measurer:
    """The process that has one size's database filled and times its pages."""

    def __init__(self, orders: int) -> None:
        self._process = subprocess.Popen(
            # No page is looked at, so there need be no collected static files.
            [
                sys.executable,
                "-W",
                "ignore:No directory at",
                "-m",
                "shopdesk.desk.benchmarks.pages",
                str(orders),
            ],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.names: list[str] = self._read()

    def time(self, case: int) -> dict[str, Any]:
        """The runs of one turn."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{case}\n")
            self._process.stdin.flush()
        runs: dict[str, Any] = self._read()
        return runs

    def close(self) -> None:
        """Let it end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise SystemExit("The measuring process ended; its words are above.")
        return json.loads(line)


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_lists", description=__doc__)
    parser.add_argument("orders", nargs="*", type=int, default=SIZES, help="how many orders, few and many")
    parser.add_argument("--keep", action="store_true", help="keep the databases for the next run")
    options = parser.parse_args()
    few, many = min(options.orders), max(options.orders)
    os.environ["SERVE_HTTP"] = "1"  # the test client speaks no TLS
    own = "" if options.keep else f"_{os.getpid()}"
    measurers = []
    with ExitStack() as stack:
        for orders in (few, many):
            say(f"Filling a database with {orders} orders …")
            # Innermost first: a measurer ends before its database is dropped, and keeps its own address.
            stack.enter_context(scratch_database(f"lists_{orders}{own}", keep=options.keep))
            measurers.append(stack.enter_context(closing(Measurer(orders))))
        return 0 if _compare(measurers[0], measurers[1], few, many) else 1


def _compare(few: Measurer, many: Measurer, few_orders: int, many_orders: int) -> bool:
    """Time every case, a line each; answers whether all goals were reached."""
    say(f"{_fit('')} {'ms per page at':>19} {'':>6} {'':>5} {'state-':>7} {'slowest':>8}")
    say(f"{_fit('')} {few_orders:>9} {many_orders:>9} {'ratio':>6} {'rows':>5} {'ments':>7} {'ms':>8}")
    missed = []
    for case, name in enumerate(many.names):
        small, large = _figures(few, many, case)
        ratio = large.milliseconds / small.milliseconds
        comparable = small.rows == large.rows
        misses = large.slowest >= GOAL_STATEMENT or (comparable and ratio > GOAL_RATIO)
        if misses:
            missed.append(f"  {name}: {large.slowest_sql}")
        pages = f"{small.milliseconds:>9.1f} {large.milliseconds:>9.1f}"
        counts = f"{large.rows:>5} {large.statements:>7} {large.slowest:>8.1f}"
        told = f"{ratio:>6.2f}" if comparable else " " * 6
        say(f"{_fit(name)} {pages} {told} {counts}{'  MISSED' if misses else ''}")
    say(
        f"Goals: {GOAL_RATIO} × at most where as much is found, each statement under {GOAL_STATEMENT:.0f} ms."
    )
    for line in missed:
        say(line)
    return not missed


def _figures(few: Measurer, many: Measurer, case: int) -> list[Figures]:
    runs: list[list[dict[str, Any]]] = [[], []]
    for _turn in range(TURNS):
        for place, measurer in enumerate((few, many)):
            runs[place].append(measurer.time(case))
    return [_median(turns) for turns in runs]


def _median(turns: list[dict[str, Any]]) -> Figures:
    slowest = sorted(pair for turn in turns for pair in turn["slowest"])
    slowest_milliseconds, slowest_sql = slowest[len(slowest) // 2]
    return Figures(
        turns[0]["rows"],
        max(turn["statements"] for turn in turns),
        statistics.median(time for turn in turns for time in turn["milliseconds"]),
        slowest_milliseconds,
        " ".join(slowest_sql.split())[:300],
    )


def _fit(text: str) -> str:
    """Padded to a column: a Chinese character is as wide as two others."""
    width = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(0, NAME_WIDTH - width)


if __name__ == "__main__":
    sys.exit(main())
