"""What pages cost from ten thousand to a million orders, each beside its floor: run by ``scripts/bench_lists``."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from shopdesk.desk.benchmarks.figures import Figure, fitted, gather, judge
from shopdesk.desk.benchmarks.pages import LIST_TIMES, ORDER_TIMES
from shopdesk.desk.benchmarks.scratch import PROJECT, say, scratch_database

SIZES = (10_000, 100_000, 1_000_000)
# The sizes take turns, so many times each; a page is read seven times a turn.
TURNS = 3
# A page may cost so much more among a million orders, where it finds as much; a statement takes at most so long.
GOAL_GROWTH, GOAL_STATEMENT = 1.3, 10.0
# A page a thousand deep against the first one.
GOAL_DEEP = 1.2
NAME_WIDTH = 30


@dataclass(frozen=True)
class Times:
    """One page at one size: rows found, statements, medians in milliseconds, and how many times its floor it took."""

    rows: int
    statements: int
    milliseconds: float
    floor: float
    slowest: float
    slowest_sql: str


class Measurer:
    """The process that times the pages of one size's database."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # No page is looked at, so there need be no collected static files.
            [
                sys.executable,
                "-W",
                "ignore:No directory at",
                "-m",
                "shopdesk.desk.benchmarks.pages",
            ],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.cases: list[dict[str, Any]] = self._read()

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
    parser.add_argument(
        "orders", nargs="*", type=int, default=SIZES, help="how many orders, the fewest to the most"
    )
    parser.add_argument("--keep", action="store_true", help="keep the databases for the next run")
    options = parser.parse_args()
    sizes = sorted(options.orders)
    os.environ["SERVE_HTTP"] = "1"  # the test client speaks no TLS
    own = "" if options.keep else f"_{os.getpid()}"
    measurers = {}
    with ExitStack() as stack:
        for orders in sizes:
            # Innermost first: a measurer ends before its database is dropped, and keeps its own address.
            stack.enter_context(scratch_database(f"lists_{orders}{own}", orders=orders, keep=options.keep))
            measurers[orders] = stack.enter_context(closing(Measurer()))
        return 0 if _compare(measurers) else 1


def _compare(measurers: dict[int, Measurer]) -> bool:
    """Time every case, a line each; answers whether all goals were reached."""
    least, most = min(measurers), max(measurers)
    many = measurers[most]
    say(
        f"Milliseconds a page, then at {most} orders: growth, times the floor, rows, statements, the slowest of them."
    )
    heads = "".join(f"{orders:>9}" for orders in measurers)
    say(f"{'':<{NAME_WIDTH}} {heads} {'growth':>6} {'floor':>6} {'rows':>5} {'stmts':>5} {'slowest':>7}")
    missed = []
    medians: list[float] = []
    for number, timed in enumerate(_timed(list(measurers.values()), len(many.cases))):
        case, times = many.cases[number], dict(zip(measurers, timed, strict=True))
        small, large = times[least], times[most]
        growth = large.milliseconds / small.milliseconds
        comparable = small.rows == large.rows
        name = case["name"]
        ratio = Figure(f"page, {name}", large.milliseconds, "ms", floor=large.floor, times=case["times"])
        slowest = Figure(f"slowest statement, {name}", large.slowest, "ms", goal=GOAL_STATEMENT)
        figures = [ratio, slowest]
        if comparable:
            figures.append(Figure(f"growth, {name}", growth, "×", goal=GOAL_GROWTH))
        reached = [gather(figure) for figure in figures]
        if not all(reached):
            missed.append(f"  {name}: {large.slowest_sql}")
        pages = "".join(f"{times[orders].milliseconds:>9.1f}" for orders in measurers)
        grown = f"{growth:>6.2f}" if comparable else " " * 6
        counts = f"{large.rows:>5} {large.statements:>5} {large.slowest:>7.1f}"
        verdict = "" if all(reached) else "  MISSED"
        say(f"{fitted(name, NAME_WIDTH)} {pages} {grown} {ratio.ratio:>6.2f} {counts}{verdict}")
        medians.append(large.milliseconds)
    if not judge(Figure("the deep page against the first", medians[1] / medians[0], "×", goal=GOAL_DEEP)):
        missed.append("  the deep page")
    say(
        f"Goals: growth {GOAL_GROWTH} at most where as much is found, each statement under {GOAL_STATEMENT:.0f} ms, "
        f"lists {LIST_TIMES:g} and an order {ORDER_TIMES:g} times the floor at most."
    )
    for line in missed:
        say(line)
    return not missed


def _timed(measurers: list[Measurer], cases: int) -> Iterator[list[Times]]:
    """Each case at each size. The first page and the deep one, which are compared, take turns too."""
    for together in ((0, 1), *((case,) for case in range(2, cases))):
        runs: dict[int, list[list[dict[str, Any]]]] = {
            case: [[] for _measurer in measurers] for case in together
        }
        for _turn in range(TURNS):
            for case in together:
                for place, measurer in enumerate(measurers):
                    runs[case][place].append(measurer.time(case))
        for case in together:
            yield [_median(turns) for turns in runs[case]]


def _median(turns: list[dict[str, Any]]) -> Times:
    slowest = sorted(pair for turn in turns for pair in turn["slowest"])
    slowest_milliseconds, slowest_sql = slowest[len(slowest) // 2]
    return Times(
        turns[0]["rows"],
        max(turn["statements"] for turn in turns),
        statistics.median(time for turn in turns for time in turn["milliseconds"]),
        statistics.median(time for turn in turns for time in turn["floor"]),
        slowest_milliseconds,
        " ".join(slowest_sql.split())[:300],
    )


if __name__ == "__main__":
    sys.exit(main())
