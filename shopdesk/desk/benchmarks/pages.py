"""Times the order list in one database; ``listing`` runs it for each size, in a process of its own.

It fills the database, prints its cases as a line of JSON, then reads a case's number and prints that case's
runs, until there is no more to read. So two sizes can take turns, and what else the machine does slows both.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

import django

WARM_UP, RUNS = 2, 7
DEEP_PAGE = 1000
USERNAME = "bench"


@dataclass(frozen=True)
class Case:
    """One address of the list."""

    name: str
    parameters: dict[str, str]


@dataclass
class Runs:
    """What some runs of one page cost: whole times, and each run's slowest statement, in milliseconds."""

    rows: int
    statements: int = 0
    milliseconds: list[float] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)


class StatementClock:
    """Times each statement of one page, as a wrapper round the connection's ``execute``."""

    def __init__(self) -> None:
        self.times: list[tuple[float, str]] = []

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        """Run the statement and keep how long it took."""
        started = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            self.times.append(((time.perf_counter() - started) * 1000, sql))


def prepare(orders: int) -> None:
    """Fill the database, unless an earlier run did, as it would be after its first night."""
    from django.db import connection

    from orders.models import Order
    from shopdesk.base import clock
    from shopdesk.base.models import Staff
    from shopdesk.base.permissions import Role
    from shopdesk.desk.demo.bulk import make_orders

    if Order.objects.exists():
        return
    Staff.objects.get_or_create(username=USERNAME, defaults={"role": Role.AGENT, "signature": "娜娜"})
    make_orders(orders, seed=1, now=clock.now())
    with connection.cursor() as cursor:
        # Autovacuum does this within the day; it also files what lies in the lists before the indexes of grams.
        cursor.execute("VACUUM (ANALYZE)")


def cases() -> list[Case]:
    """Every way to read the list, with words that this database holds."""
    from orders.models import Note, Order, OrderLine
    from orders.rules.notes import NoteForm
    from orders.selectors.filters import VIEWS
    from shopdesk.base.listing import PAGE_SIZE, Position

    newest = Order.objects.order_by("-created", "-tid")
    place = min(PAGE_SIZE * DEEP_PAGE, newest.count() - PAGE_SIZE - 1)
    deep, known = newest[place], newest[place // 2]
    cursor = Position(deep.created, deep.tid).cursor()
    sent = newest.exclude(invoice_no="")[place // 3]
    code = OrderLine.objects.exclude(outer_sku_id="").order_by("pk")[place // 4].outer_sku_id
    address = Note.objects.filter(form=NoteForm.ADDRESS).order_by("-at")[0].text.split()[-1]
    searches = {
        "tid": known.tid,
        "tracking": sent.invoice_no,
        "phone": sent.receiver_mobile,
        "phone_end": sent.receiver_mobile[-4:],
        "sku": code,
    }
    words = {
        "nick": (known.buyer_id or "", "琥珀", "小肥", "公主", "肥", "无处可寻"),
        "title": ("小白鞋", "连衣裙", "雪纺", "裙", "真丝眼罩", "无处可寻"),
        "receiver": (known.receiver_name, "婷婷", "王", "无处可寻"),
        "note": (address, "顺丰", "贺卡", "老客户", "留", "无处可寻"),
    }
    found = [Case("first page", {}), Case(f"page {place // PAGE_SIZE}", {"cursor": cursor})]
    found += [Case(f"{key} {text}", {"q": text}) for key, text in searches.items()]
    found += [Case(f"{key} {text}", {"q": text, "by": key}) for key, texts in words.items() for text in texts]
    found.append(Case("any key 无处可寻", {"q": "无处可寻"}))
    found += [Case(f"view {code}", {"view": code}) for code in VIEWS]
    found += [
        Case("province 广东", {"receiver_state": "广东"}),
        Case("province 澳门", {"receiver_state": "澳门"}),
        Case("red in 西藏", {"view": "red", "receiver_state": "西藏"}),
        Case("nick 小肥, red", {"q": "小肥", "by": "nick", "view": "red"}),
        Case("nick 小肥, page 2", {"q": "小肥", "by": "nick", "cursor": cursor}),
        Case("title 连衣裙, 青海", {"q": "连衣裙", "by": "title", "receiver_state": "青海"}),
    ]
    return found


def measure(case: Case) -> Runs:
    """Read the page some times as a signed-in agent's browser does."""
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from orders.selectors.filters import OrderFilter
    from orders.selectors.lists import read_orders
    from shopdesk.base import clock
    from shopdesk.base.models import Staff

    agent = Staff.objects.get(username=USERNAME)
    cursor = case.parameters.get("cursor", "")
    wanted = OrderFilter.read(case.parameters)
    runs = Runs(len(read_orders(wanted, staff=agent, now=clock.now(), cursor=cursor).rows))
    client = Client()
    client.force_login(agent)
    address = f"{reverse('orders:list')}?{urlencode(case.parameters)}"
    for run in range(WARM_UP + RUNS):
        statements = StatementClock()
        started = time.perf_counter()
        with connection.execute_wrapper(statements):
            answer = client.get(address)
        elapsed = (time.perf_counter() - started) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}.")
        if run >= WARM_UP:
            runs.statements = len(statements.times)
            runs.milliseconds.append(elapsed)
            runs.slowest.append(max(statements.times))
    return runs


def main() -> None:
    """Fill, tell the cases, and time them as asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    django.setup()
    from django.conf import settings
    from django.test import override_settings

    prepare(int(sys.argv[1]))
    known = cases()
    _answer([case.name for case in known])
    # The client calls itself testserver; and no page here is looked at, so its styles need not be collected.
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=settings.STORAGES | plain):
        for number in sys.stdin:
            _answer(asdict(measure(known[int(number)])))


def _answer(what: Any) -> None:
    sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
