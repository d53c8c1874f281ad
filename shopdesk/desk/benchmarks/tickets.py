"""What lists and clocks cost at 100 000 tickets, and whether a month of 5 000 keeps them.

Run by ``scripts/bench_tickets``.
"""

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

# Goals in the server: milliseconds of a page of the list (registers have none), seconds of the job.
GOAL_LIST, GOAL_IDLE, GOAL_DUE = 50.0, 5.0, 20.0
DUE, REPEATS, SEED = 10_000, 7, 20261101
HOUR = timedelta(hours=1)
# The list by next due and the registers, as they are opened and by their first filters: what many tickets are, what
# few are, what none is, and what is looked for by name.
PAGES = (
    ("list by next due", "/tickets/"),
    ("all, newest first", "/tickets/?view=all"),
    ("of one problem", "/tickets/?view=all&problem=damaged"),
    ("of nobody", "/tickets/?view=all&owner=1"),
    ("exchanges", "/tickets/registers/exchanges/"),
    ("exchanges of style", "/tickets/registers/exchanges/?kind=exchange_style"),
    ("returned goods", "/tickets/registers/returned/"),
    ("of them failed", "/tickets/registers/returned/?goods=failed"),
    ("problems", "/tickets/registers/problems/"),
    ("of one category", "/tickets/registers/problems/?category=logistics"),
    ("of a rare problem", "/tickets/registers/problems/?problem=material"),
    ("of no such request", "/tickets/registers/problems/?kind=postage_refund"),
    ("that are over", "/tickets/registers/problems/?state=over"),
    ("of two days", "/tickets/registers/problems/?from=2026-11-01&to=2026-11-02"),
    ("by an order", "/tickets/registers/problems/?q=97000000000012345"),
    ("by a name of none", "/tickets/registers/problems/?q=nobody"),
)
_last_queries: list[dict[str, str]] = []


def main() -> int:
    """Returns the exit status: 1 when a goal was missed or the month came out wrong."""
    parser = argparse.ArgumentParser(prog="scripts/bench_tickets", description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000, help="open tickets (100 000)")
    parser.add_argument(
        "--month", type=int, default=5_000, help="tickets of the simulated month (5 000; 0: none)"
    )
    options = parser.parse_args()
    os.environ["SERVE_HTTP"] = "1"  # the test client speaks no TLS
    reached = True
    parts: tuple[tuple[str, int, Callable[[int], bool]], ...] = (
        ("tickets", options.tickets, _measure),
        ("month", options.month, _live),
    )
    for name, count, part in parts:
        if not count:
            continue
        with scratch_database(f"{name}_{os.getpid()}"):
            # Each in a process of its own, as Django keeps to the first database that it was told of.
            child = os.fork()
            if child == 0:
                os._exit(_in_child(part, count))
            reached &= os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return 0 if reached else 1


def _in_child(part: Callable[[int], bool], count: int) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    try:
        django.setup()
        reached = part(count)
        from django.db import connections

        connections.close_all()
    except Exception:
        import traceback

        traceback.print_exc()
        return 1
    return 0 if reached else 1


def _measure(count: int) -> bool:
    """The list by next due and the registers, then the job when nothing is due and when 10 000 clocks are."""
    from django.db import connection

    from afterservice.models import Clock
    from afterservice.services.deadlines import flag_return_deadlines
    from shopdesk.base import clock

    now = clock.now()
    due_at = now + HOUR
    say(f"Making {count} open tickets, {DUE} of them due in an hour …")
    _make(count, due_at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    reached = _pages()
    _plans(due_at)
    idle = statistics.median(_timed(lambda: flag_return_deadlines(now, False))[1] for _one in range(REPEATS))
    # Not counted: remembering statements costs more than running them.
    started = time.perf_counter()
    result = flag_return_deadlines(due_at, False)
    seconds = time.perf_counter() - started
    kinds = sorted(Clock.objects.filter(expired_at=due_at).values_list("kind", flat=True).distinct())
    say(f"  the job, nothing due     {idle * 1000:>9.0f} ms")
    say(f"  the job, {result.done:>6} due     {seconds * 1000:>9.0f} ms: {', '.join(kinds)}")
    if result.done != DUE or result.failed:
        say(f"MISSED   {result.done} done, {result.failed} failed")
        return False
    again = flag_return_deadlines(due_at, False).done
    figures = (
        Figure(f"clocks of {count} tickets, nothing due", idle, "s", goal=GOAL_IDLE),
        Figure(f"clocks of {count} tickets, {DUE} due", seconds, "s", goal=GOAL_DUE),
        Figure("clocks that ran out twice", again, "", goal=0),
    )
    judged = [judge(figure) for figure in figures]
    return all(judged) and reached


def _make(count: int, due_at: Any) -> None:
    """All kinds in turn; those that are not due run out and warn at some time after ``due_at``.

    A fifth of those that are inspected are on their way back, and the carriers told of them twice. Nothing is wrong
    with what is due: it is accepted by default where A3 allows it.
    """
    from random import Random

    from afterservice.models import Ticket
    from afterservice.rules.kinds import Problem
    from afterservice.states import Goods
    from orders.models import TrackingNews
    from shopdesk.desk.benchmarks.clock_month import RULES
    from shopdesk.desk.benchmarks.ticket_rows import ALLOWED, NOT_ALLOWED, Wanted, make_tickets

    random = Random(SEED)  # noqa: S311 (made-up data that must come out the same again)
    problems = [problem for problem in Problem if problem != Problem.MATERIAL]
    wanted = []
    for place in range(count):
        kind = list(RULES)[place % len(RULES)]
        hours, ahead, _effect = RULES[kind]
        hours = hours or 96
        later = (
            0.0
            if place < DUE
            else 1 + max(ahead, default=0) + random.random() * (hours - max(ahead, default=0) - 2)
        )
        moment = due_at + later * HOUR
        on_the_way = kind == "inspect" and place >= DUE and random.random() < 0.2
        fields: dict[str, Any] = {} if place < DUE else {"problem": random.choice(problems)}
        if on_the_way:
            fields |= {"goods": Goods.SENT, "return_invoice_no": f"ZT{place:010d}"}
        product = random.choice((ALLOWED, NOT_ALLOWED)) if kind == "decide" else ALLOWED
        wanted.append(
            Wanted(kind, moment - hours * HOUR, moment if kind == "platform" else None, product, fields)
        )
    make_tickets(wanted)
    numbers = Ticket.objects.exclude(return_invoice_no="").values_list("return_invoice_no", flat=True)
    TrackingNews.objects.bulk_create(
        (
            TrackingNews(
                carrier="zhongtong",
                invoice_no=number,
                state=0,
                at=due_at - step * HOUR,
                source="push",
                heard_at=due_at,
            )
            for number in numbers
            for step in (10, 20)
        ),
        batch_size=5000,
    )


def _pages() -> bool:
    """The pages as an agent opens them: the list sorted by what is due next by us, and the registers."""
    from django.conf import settings
    from django.test import Client

    from shopdesk.base.models import Staff

    settings.ALLOWED_HOSTS = ["testserver"]
    # Nothing has been collected here: static files are named as they are.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    client = Client()
    client.force_login(Staff.objects.create_user(username="bench", password="bench", role="agent"))  # noqa: S106
    judged = []
    for name, address in PAGES:
        median = _page(client, name, address) * 1000
        goal = None if "/registers/" in address else GOAL_LIST
        judged.append(judge(Figure(f"tickets: {name}", median, "ms", goal=goal)))
    return all(judged)


def _page(client: Any, name: str, address: str) -> float:
    """How long the server takes for a page, in seconds: the median. Its statements are counted apart."""
    answer, _seconds, statements = _timed(lambda: client.get(address, secure=True))
    times = []
    for _one in range(REPEATS):
        started = time.perf_counter()
        client.get(address, secure=True)
        times.append(time.perf_counter() - started)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    rows = answer.content.count(b"<tr") - 1
    median = statistics.median(times)
    sql = sum(float(query["time"]) for query in _last_queries)
    say(
        f"  {name:<22} {median * 1000:>9.1f} ms {statements:>4} statements ({sql * 1000:.0f} ms of it), "
        f"{max(rows, 0):>3} rows, quickest {min(times) * 1000:.1f} ms"
    )
    return median


def _plans(now: Any) -> None:
    """How the server looks for what the job does: each by an index that holds only what is under way."""
    from afterservice.selectors import due_clocks

    for name, rows in (
        ("paid out", due_clocks.paid_out()),
        ("sent out", due_clocks.sent_out()),
        ("return signed", due_clocks.return_signed()),
        ("exchange signed", due_clocks.exchange_signed()),
        ("to warn", due_clocks.to_warn(now)),
        ("to warn again", due_clocks.to_warn_again(now)),
        ("run out", due_clocks.run_out(now)),
    ):
        plan = rows.order_by().values("pk").explain(analyze=True)
        scans = [line.strip(" ->").partition("  (")[0] for line in plan.splitlines() if "Scan" in line]
        say(f"  {name:<16} {plan.splitlines()[-1].strip():<28} {'; '.join(scans)}")


def _live(count: int) -> bool:
    """The simulated month, every five minutes of it."""
    from datetime import datetime

    from shopdesk.base.clock import SHANGHAI
    from shopdesk.desk.benchmarks import clock_judge
    from shopdesk.desk.benchmarks.clock_month import simulate

    say(f"Living through a month of {count} tickets, the job every five minutes by two workers at once …")
    started = time.perf_counter()
    month = simulate(count, datetime(2026, 11, 1, tzinfo=SHANGHAI), seed=SEED, every_tick=True)
    report = clock_judge.judge(month)
    say(
        f"  {month.ticks} times, {month.killed} workers killed, {report.warnings} warnings, "
        f"{report.expiries} expiries in {time.perf_counter() - started:.0f} s"
    )
    for effect, times in sorted(report.effects.items()):
        say(f"    {effect:<28} {times:>6}")
    for line in report.wrong[:20]:
        say(f"  {line}")
    return judge(
        Figure(f"a month of {count} tickets: wrong, missing or twice", len(report.wrong), "", goal=0)
    )


def _timed(work: Callable[[], Any]) -> tuple[Any, float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        started = time.perf_counter()
        answer = work()
        seconds = time.perf_counter() - started
    _last_queries[:] = captured.captured_queries
    return answer, seconds, len(captured)


if __name__ == "__main__":
    sys.exit(main())
