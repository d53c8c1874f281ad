"""Every benchmark in turn, then one table of what each measured: run by ``scripts/bench``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from shopdesk.desk.benchmarks.figures import GATHERED, Figure, columns, fitted, gathered
from shopdesk.desk.benchmarks.scratch import PROJECT, SHARED, drop_database, say

SIZES = (10_000, 100_000, 1_000_000)
# By name: the module, and what it is asked for.
BENCHMARKS = {
    "lists": "listing",
    "tickets": "tickets",
    "closing": "closing",
    "flagging": "flagging",
    "agents": "agents",
    "api": "api",
    "exports": "export_files",
    "import": "importing",
    "bulk": "bulk_flag",
    "batch": "batch",
    "quotes": "quotes",
}


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which of them (all): {', '.join(BENCHMARKS)}"
    )
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    shared = f"made_{os.getpid()}"
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "figures"
        table.touch()
        environment = os.environ | {GATHERED: str(table), SHARED: shared}
        try:
            for name in names:
                say(f"\n== {name}")
                command = [sys.executable, "-m", f"shopdesk.desk.benchmarks.{BENCHMARKS[name]}"]
                reached &= subprocess.run(command, cwd=PROJECT, env=environment).returncode == 0
        finally:
            for orders in SIZES:
                drop_database(f"{shared}_{orders}")
        _print(gathered(table))
    return 0 if reached else 1


def _print(figures: list[Figure]) -> None:
    width = max((columns(figure.name) for figure in figures), default=0)
    say(f"\n{'':<{width}} {'figure':>10}      {'goal':>8} {'floor':>10} {'ratio':>7} {'goal':>5}")
    for figure in figures:
        name = fitted(figure.name, width)
        goal = "" if figure.goal is None else f"{figure.goal:g}"
        floor = "" if figure.floor is None else f"{figure.floor:.4g}"
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        times = "" if figure.times is None else f"{figure.times:g}"
        say(
            f"{name} {figure.value:>10.4g} {figure.unit:<4} {goal:>8} {floor:>10} {ratio:>7} {times:>5}"
            f"{'' if figure.reached else '  MISSED'}"
        )


if __name__ == "__main__":
    sys.exit(main())
