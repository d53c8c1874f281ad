"""Orders created by the API at a steady pace, and its list among a million orders: run by ``scripts/bench_api``."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import django

from shopdesk.desk.benchmarks.figures import Figure, judge, within
from shopdesk.desk.benchmarks.processes import running
from shopdesk.desk.benchmarks.scratch import say, scratch_database

# Goals: orders a second for a minute, none of them failing or left behind; milliseconds of a page of the list.
GOAL_RATE, GOAL_SECONDS, GOAL_LIST = 100, 60, 100.0
# What is asked for must have been answered so soon after its time: a queue that grows never catches up.
GOAL_BEHIND = 1.0
CALLERS, LIST_CALLS = 8, 200
TITLES = 40


@dataclass
class Taken:
    """What some calls took, in seconds from the time that they were due, and how many failed."""

    seconds: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def at(self, share: float) -> float:
        """The time (ms) within which this share was answered."""
        return within(self.seconds, share) * 1000


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_api", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders that are there (1 000 000)")
    parser.add_argument("--rate", type=int, default=GOAL_RATE, help="new orders a second (100)")
    parser.add_argument("--seconds", type=int, default=GOAL_SECONDS, help="for so long (60)")
    parser.add_argument("--pages", type=int, default=LIST_CALLS, help="pages of the list to read (200)")
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    os.environ.update(SERVE_HTTP="1", ALLOWED_HOSTS="127.0.0.1", PYTHONUNBUFFERED="1")
    name = f"api_{options.orders}" if options.keep else f"api_{os.getpid()}"
    with scratch_database(name, orders=options.orders, keep=options.keep):
        django.setup()
        token = _prepare()
        with running() as port:
            say(
                f"Reading {options.pages} pages, then {options.rate} orders a second for {options.seconds} s …"
            )
            listed = _list(port, token, options.pages)
            created = _create(port, token, options.rate, options.seconds)
        reached = _judge(listed, created, options)
        from django.db import connections

        connections.close_all()
    return 0 if reached else 1


def _prepare() -> str:
    """Answers the token of a new account."""
    from shopdesk.api.access import Scope
    from shopdesk.api.services.tokens import NewToken, make_token
    from shopdesk.base.models import Staff

    manager = Staff(username=f"bench-{os.getpid()}", role="manager")
    manager.set_unusable_password()
    manager.save()
    wanted = NewToken("bench", "supervisor", [Scope.ORDERS_READ, Scope.ORDERS_WRITE], calls_a_minute=100_000)
    return make_token(wanted, actor=manager)[1]


def _list(port: int, token: str, pages: int) -> Taken:
    """Read the newest pages and some far down, one after the other."""
    taken, cursor = Taken(), ""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(pages):
        address = f"/api/v1/orders/?limit=50&cursor={cursor}" if cursor else "/api/v1/orders/?limit=50"
        started = time.perf_counter()
        connection.request("GET", address, headers={"Authorization": f"Token {token}"})
        answer = connection.getresponse()
        body = answer.read()
        taken.seconds.append(time.perf_counter() - started)
        if answer.status != 200:
            taken.failed.append(f"{answer.status} {body[:200]!r}")
            break
        # Every other page is the first one, as most that are read.
        cursor = json.loads(body)["next"] or "" if number % 2 == 0 else ""
    return taken


def _create(port: int, token: str, rate: int, seconds: int) -> Taken:
    """Ask for a new order each time that one is due, whatever became of those before."""
    from shopdesk.base import clock

    taken, due, lock = Taken(), iter(range(rate * seconds)), threading.Lock()
    created = (clock.now() - timedelta(minutes=5)).isoformat()
    began = time.perf_counter() + 0.5

    def call() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        while True:
            with lock:
                number = next(due, None)
            if number is None:
                return
            at = began + number / rate
            time.sleep(max(0.0, at - time.perf_counter()))
            body = json.dumps(_order(number, created))
            started = time.perf_counter()
            connection.request(
                "POST", "/api/v1/orders/", body, headers | {"Idempotency-Key": f"bench-{number}"}
            )
            answer = connection.getresponse()
            said = answer.read()
            ended = time.perf_counter()
            with lock:
                taken.seconds.append(ended - at)
                taken.served.append(ended - started)
                if answer.status != 201:
                    taken.failed.append(f"{answer.status} {said[:200]!r}")

    threads = [threading.Thread(target=call) for _caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _order(number: int, created: str) -> dict[str, Any]:
    """An unpaid order of two lines; the buyers and the products come again."""
    return {
        "tid": f"77{os.getpid():07d}{number:09d}",
        "buyer_nick": f"基准买家{number % 500:04d}",
        "status": "WAIT_BUYER_PAY",
        "payment": "588.00",
        "post_fee": "0.00",
        "created": created,
        "receiver_name": "张三",
        "receiver_address": "浙江省 杭州市 余杭区 文一西路1号",
        "receiver_mobile": "13800007620",
        "orders": [
            {"oid": f"77{os.getpid():07d}{number:08d}1", "title": f"基准小白鞋{number % TITLES}", "price": "499.00",
             "num": 1, "sku_properties_name": "颜色分类：白色;尺码：37"},
            {"oid": f"77{os.getpid():07d}{number:08d}2", "title": f"基准袜子{number % TITLES}", "price": "89.00",
             "num": 1, "sku_properties_name": "均码"},
        ],
    }  # fmt: skip


def _judge(listed: Taken, created: Taken, options: argparse.Namespace) -> bool:
    say(f"{'':<26} {'calls':>7} {'failed':>7} {'median ms':>10} {'p95 ms':>8} {'worst ms':>9}")
    for name, taken in (("GET orders/?limit=50", listed), ("POST orders/", created)):
        times = f"{statistics.median(taken.seconds) * 1000:>10.1f} {taken.at(0.95):>8.1f} {taken.at(1):>9.1f}"
        say(f"{name:<26} {len(taken.seconds):>7} {len(taken.failed):>7} {times}")
    served = statistics.median(created.served) * 1000
    busy = sum(created.served) / CALLERS / options.seconds
    say(
        f"A creation takes {served:.1f} ms (median) from when it is sent; callers are busy {busy:.0%} of the time."
    )
    for words in (*listed.failed[:3], *created.failed[:3]):
        say(f"  {words}")
    behind = created.seconds[-1] if created.seconds else 0.0
    figures = (
        Figure(f"GET orders/ of {options.orders}, p95", listed.at(0.95), "ms", goal=GOAL_LIST),
        Figure(f"{options.rate} new orders a second, p95", created.at(0.95), "ms"),
        Figure(f"{options.rate} new orders a second, the last late by", behind, "s", goal=GOAL_BEHIND),
        Figure("calls that failed", len(listed.failed) + len(created.failed), "", goal=0),
    )
    reached = [judge(figure) for figure in figures]
    return all(reached)


if __name__ == "__main__":
    sys.exit(main())
