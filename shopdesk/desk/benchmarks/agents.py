"""Fifty agents at work for a minute among a million orders: run by ``scripts/bench_agents``."""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.client import HTTPConnection
from random import Random
from urllib.parse import urlencode

import django

from shopdesk.desk.benchmarks.figures import Figure, judge, within
from shopdesk.desk.benchmarks.processes import running
from shopdesk.desk.benchmarks.scratch import manage, say, scratch_database

AGENTS, SECONDS, EVERY = 50, 60, 3.0
GOAL_P95 = 300.0
# Seconds at the start that count only what fails: processes that just began read their templates and words.
WARM_UP = 15
# Of a hundred requests: pages read, flags and notes, price changes.
READS, REMARKS = 80, 15
SEED = 20261101
VERSION = re.compile(rb'name="version" value="(\d+)"')
SEEN_FLAG = re.compile(rb'name="seen_flag" value="(\d*)"')


@dataclass
class Log:
    """What the agents were answered: milliseconds by kind of request due from ``since`` on, and what went wrong."""

    since: float
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, due: float, wrong: str) -> None:
        """One answer that has just come."""
        seconds = time.perf_counter() - due
        with self.lock:
            if due >= self.since:
                self.milliseconds[kind].append(seconds * 1000)
            if wrong:
                self.failed.append(wrong)


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_agents", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders that are there (1 000 000)")
    parser.add_argument("--agents", type=int, default=AGENTS, help="people at work (50)")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for so long (60)")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    os.environ.update(SERVE_HTTP="1", ALLOWED_HOSTS="127.0.0.1", PYTHONUNBUFFERED="1", DEBUG="0")
    with scratch_database(f"agents_{os.getpid()}", orders=options.orders):
        django.setup()
        manage(
            "collectstatic", "--no-input", "--verbosity", "0"
        )  # pages name their styles as they were collected
        seconds = WARM_UP + options.seconds
        agents = _prepare(options.agents, seconds)
        with running() as port:
            began = time.perf_counter() + 1
            log = Log(began + WARM_UP)
            threads = [
                threading.Thread(target=agent.work, args=(port, began, seconds, log)) for agent in agents
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        reached = _judge(log, options.agents)
        from django.db import connections

        connections.close_all()
    return 0 if reached else 1


@dataclass
class Agent:
    """One person with a browser: cookies, orders to price, orders to look at and remark on, words to look for."""

    number: int
    cookies: str
    token: str
    unpaid: list[str]
    others: list[str]
    words: list[str]

    def work(self, port: int, began: float, seconds: int, log: Log) -> None:
        """A request every three seconds, whatever the last one took."""
        random = Random(SEED + self.number)  # noqa: S311 (the same day again)
        browser = HTTPConnection("127.0.0.1", port, timeout=60)
        due = began + EVERY * random.random()
        while due < began + seconds:
            time.sleep(max(0.0, due - time.perf_counter()))
            chance = random.random() * 100
            if chance < READS:
                self._get(browser, log, *self._page(random), due)
            elif chance < READS + REMARKS:
                self._remark(browser, log, random, due)
            else:
                self._price(browser, log, due)
            due += EVERY

    def _page(self, random: Random) -> tuple[str, str]:
        pages = (
            ("list", "/orders/"),
            ("view", f"/orders/?view={random.choice(('unpaid', 'red', 'paid', 'all'))}"),
            ("search", "/orders/?" + urlencode({"q": random.choice(self.words)})),
            ("order", f"/orders/{random.choice(self.others)}/"),
            ("order", f"/orders/{random.choice(self.others)}/"),
            ("home", "/"),
        )
        return random.choice(pages)

    def _remark(self, browser: HTTPConnection, log: Log, random: Random, due: float) -> None:
        tid = random.choice(self.others)
        if random.random() < 0.5:
            self._post(
                browser, log, "note", f"/orders/{tid}/notes/", {"text": f"已联系买家 {self.number}"}, due
            )
            return
        page = self._get(browser, log, "order", f"/orders/{tid}/", due)
        seen = SEEN_FLAG.search(page)
        flag = {"seller_flag": "4", "label": "等到货", "text": "韩国缺货，等下一批"}
        flag["seen_flag"] = seen[1].decode() if seen else ""
        self._post(browser, log, "flag", f"/orders/{tid}/flag/", flag, time.perf_counter())

    def _price(self, browser: HTTPConnection, log: Log, due: float) -> None:
        tid = self.unpaid.pop()
        page = self._get(browser, log, "order", f"/orders/{tid}/", due)
        version = VERSION.search(page)
        asked = {"version": version[1].decode() if version else ""}
        self._post(browser, log, "price", f"/orders/{tid}/price/", asked, time.perf_counter())

    def _get(self, browser: HTTPConnection, log: Log, kind: str, address: str, due: float) -> bytes:
        return self._ask(browser, log, kind, "GET", address, None, {}, due)

    def _post(
        self, browser: HTTPConnection, log: Log, kind: str, address: str, form: dict[str, str], due: float
    ) -> None:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRFToken": self.token,
            "HX-Request": "true",
        }
        self._ask(browser, log, kind, "POST", address, urlencode(form), headers, due)

    def _ask(
        self,
        browser: HTTPConnection,
        log: Log,
        kind: str,
        method: str,
        address: str,
        body: str | None,
        headers: dict[str, str],
        due: float,
    ) -> bytes:
        browser.request(method, address, body, headers | {"Cookie": self.cookies})
        answer = browser.getresponse()
        said = answer.read()
        wrong = "" if answer.status in (200, 204) else f"{method} {address} {answer.status} {said[:200]!r}"
        log.note(kind, due, wrong)
        return said


def _prepare(number: int, seconds: int) -> list[Agent]:
    """Accounts that are signed in, with unpaid orders of their own and others that nobody else touches."""
    from django.conf import settings
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client

    from orders.models import Order
    from orders.states import Status
    from shopdesk.base.models import Staff
    from shopdesk.base.permissions import Role

    each = int(seconds / EVERY) + 1
    unpaid = _make_unpaid(number * each)
    paid = list(
        Order.objects.filter(status=Status.WAIT_SELLER_SEND_GOODS, owner=None)
        .order_by("-created")
        .values_list("tid", flat=True)[: number * each]
    )
    nicks = list(
        Order.objects.exclude(buyer=None).order_by("-created").values_list("buyer_id", flat=True)[:2000:40]
    )
    agents = []
    for place in range(number):
        client = Client()
        person = Staff.objects.create_user(f"bench-{place}", password=None, role=Role.AGENT, signature="娜娜")
        client.force_login(person)
        token = _get_new_csrf_string()
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={token}"
        agents.append(
            Agent(
                place,
                cookies,
                token,
                unpaid[place::number],
                paid[place::number],
                [*nicks, "连衣裙", "小白鞋", "顺丰"],
            )
        )
    return agents


def _make_unpaid(orders: int) -> list[str]:
    """Newest orders that are made unpaid again, so that the rules may price them; nobody owns them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_order SET status = 'WAIT_BUYER_PAY', close_reason = '', pay_time = NULL, end_time = NULL,
                paid_fee = 0, owner_id = NULL, payment_pending = FALSE
            WHERE tid IN (
                SELECT tid FROM orders_order
                WHERE status IN ('TRADE_FINISHED', 'TRADE_CLOSED_BY_TAOBAO') AND NOT tied
                ORDER BY created DESC LIMIT %s
            ) RETURNING tid
            """,
            [orders],
        )
        return [tid for (tid,) in cursor.fetchall()]


def _judge(log: Log, agents: int) -> bool:
    say(f"{'':<8} {'requests':>8} {'median ms':>10} {'p95 ms':>8} {'worst ms':>9}")
    everything = [took for times in log.milliseconds.values() for took in times]
    for kind, times in [*sorted(log.milliseconds.items()), ("all", everything)]:
        times_told = f"{statistics.median(times):>10.1f} {within(times, 0.95):>8.1f} {max(times):>9.1f}"
        say(f"{kind:<8} {len(times):>8} {times_told}")
    for words in log.failed[:5]:
        say(f"  {words}")
    figures = (
        Figure(f"{agents} agents, p95", within(everything, 0.95), "ms", goal=GOAL_P95),
        Figure(f"{agents} agents, errors of {len(everything)}", len(log.failed), "", goal=0),
    )
    reached = [judge(figure) for figure in figures]
    return all(reached)


if __name__ == "__main__":
    sys.exit(main())
