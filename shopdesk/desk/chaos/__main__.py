"""``scripts/chaos``: breaks what stands under a desk, and sees that nothing is lost and nothing happens twice."""

from __future__ import annotations

import argparse
import signal
import sys
import time

import django

from shopdesk.desk.benchmarks.scratch import say
from shopdesk.desk.chaos.own_desk import OwnDesk, own_desk

NAMES = (
    "database",
    "broker",
    "workers",
    "disk",
    "clock",
    "beats",
    "doubled",
    "commits",
    "migration",
)


def main() -> int:
    """Returns 0 when nothing was lost or doubled and everything recovered by itself."""
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__)
    parser.add_argument("faults", nargs="*", choices=[*NAMES, []], help=f"of {', '.join(NAMES)}; else all")
    parser.add_argument("--times", type=int, default=3, help="how often each (3)")
    parser.add_argument("--logs", action="store_true", help="at the end, show what the processes said")
    options = parser.parse_args()
    # Whoever ends it ends what it started.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    began = time.monotonic()
    with own_desk() as desk:
        django.setup()
        good = _run(desk, options.faults or list(NAMES), options.times)
        if options.logs:
            say(desk.said())
    say(
        f"{'Nothing was lost, nothing happened twice' if good else 'FAILED'}; {time.monotonic() - began:.0f} s"
    )
    return 0 if good else 1


def _run(desk: OwnDesk, names: list[str], times: int) -> bool:
    from shopdesk.desk.chaos import report
    from shopdesk.desk.chaos.faults import FAULTS

    access = report.make_access()
    good = True
    say(report.HEADER)
    for name in names:
        for number in range(1, times + 1):
            outcome = FAULTS[name](desk, access, number)
            good = good and outcome.is_good
            for line in report.lines(outcome):
                say(line)
    return good


if __name__ == "__main__":
    sys.exit(main())
