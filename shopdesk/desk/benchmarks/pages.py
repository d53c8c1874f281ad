"""Times pages in one database, each beside its floor; ``listing`` runs it for each size, in a process of its own.

It prints its cases as a line of JSON, then reads a case's number and prints that case's
runs, until there is no more to read. So two sizes can take turns, and what else the machine does slows both.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import django

if TYPE_CHECKING:
    from shopdesk.desk.benchmarks.floors import Least

# A statement is planned anew for its first five times.
WARM_UP, RUNS = 5, 7
DEEP_PAGE = 1000
ORDERS_A_TICKET, PARCELS_ARRIVED = 100, 1000
USERNAME, WAREHOUSE = "bench", "bench-warehouse"
# How many times its floor a page may cost.
LIST_TIMES, ORDER_TIMES = 3.0, 5.0


@dataclass(frozen=True)
class Case:
    """One address, and how many times its floor it may cost.

    ``finds`` begins the statement that it cannot do without; a list cannot do without the one that found what it
    shows.
    """

    name: str
    address: str
    finds: str = ""
    times: float | None = LIST_TIMES
    username: str = USERNAME
    # Whether the views are counted anew for each run; else as they are for who goes from page to page.
    counted: bool = False


@dataclass
class Runs:
    """What some runs of one page cost: whole, its floor, and each run's slowest statement, in milliseconds."""

    rows: int = 0
    statements: int = 0
    milliseconds: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)


class StatementClock:
    """Times each statement of one page, as a wrapper round the connection's ``execute``."""

    def __init__(self) -> None:
        self.times: list[tuple[float, str]] = []
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, execute: Callable[..., Any], sql: str, parameters: Any, *rest: Any) -> Any:
        """Run the statement and keep how long it took."""
        self.asked.append((sql, parameters))
        started = time.perf_counter()
        try:
            return execute(sql, parameters, *rest)
        finally:
            self.times.append(((time.perf_counter() - started) * 1000, sql))


def prepare() -> None:
    """The people who look, and the tickets and parcels that they look at, unless an earlier run made them."""
    from afterservice.models import Ticket
    from shopdesk.base.models import Staff
    from shopdesk.base.permissions import Role

    if not Ticket.objects.exists():
        _bring_goods()
        _make_tickets()
    for username, role in ((USERNAME, Role.AGENT), (WAREHOUSE, Role.WAREHOUSE)):
        Staff.objects.get_or_create(username=username, defaults={"role": role, "signature": username})


def _bring_goods() -> None:
    """What was bought and made for the most urgent parcels is here, so that there is something to print."""
    from orders.models import OrderLine, Parcel
    from orders.rules.products import SHELF_KINDS
    from orders.states import ParcelStage, Supply

    planned = Parcel.objects.filter(stage=ParcelStage.PLANNED).order_by("ship_by", "pk")
    lines = OrderLine.objects.filter(
        parcel_lines__parcel__in=planned.values("pk")[:PARCELS_ARRIVED], parcel_lines__live=True
    )
    lines.exclude(product__kind__in=SHELF_KINDS).update(supply=Supply.ARRIVED)


def _make_tickets() -> None:
    """One for each hundred orders, at every stage where a clock of ours runs."""
    from datetime import timedelta

    from django.db import connection

    from afterservice.rules.clocks import ClockKind
    from orders.models import Order
    from shopdesk.base import clock
    from shopdesk.desk.benchmarks.ticket_rows import SCENES, Wanted, make_tickets

    kinds, now = [kind for kind in SCENES if kind != ClockKind.PLATFORM], clock.now()
    make_tickets(
        [
            Wanted(kinds[place % len(kinds)], now - timedelta(minutes=place % 2000))
            for place in range(Order.objects.count() // ORDERS_A_TICKET)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def cases() -> list[Case]:
    """Every way to read the list, with words that this database holds; then the other pages of the day."""
    from django.db.models import Count

    from orders.models import Note, Order, OrderLine
    from orders.rules.notes import NoteForm
    from orders.selectors.filters import VIEWS
    from orders.states import Status
    from shopdesk.base.listing import PAGE_SIZE, Position

    newest = Order.objects.order_by("-created", "-tid")
    place = min(PAGE_SIZE * DEEP_PAGE, newest.count() - PAGE_SIZE - 1)
    deep, known = newest[place], newest[place // 2]
    cursor = Position(deep.created, deep.tid).cursor()
    # Unpaid, so that it is priced and chased: that page says the most. As many lines at each size.
    unpaid = newest.filter(status=Status.WAIT_BUYER_PAY, tied=False, paid_fee=0, buyer__isnull=False)
    order = unpaid.annotate(sold=Count("lines")).filter(sold=2)[0]
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
    found = [_list("first page"), _list(f"page {place // PAGE_SIZE}", cursor=cursor)]
    found += [_list(f"{key} {text}", q=text) for key, text in searches.items()]
    found += [_list(f"{key} {text}", q=text, by=key) for key, texts in words.items() for text in texts]
    found.append(_list("any key 无处可寻", q="无处可寻"))
    found += [_list(f"view {code}", view=code) for code in VIEWS]
    found += [
        _list("province 广东", receiver_state="广东"),
        _list("province 澳门", receiver_state="澳门"),
        _list("red in 西藏", view="red", receiver_state="西藏"),
        _list("nick 小肥, red", q="小肥", by="nick", view="red"),
        _list("nick 小肥, page 2", q="小肥", by="nick", cursor=cursor),
        _list("title 连衣裙, 青海", q="连衣裙", by="title", receiver_state="青海"),
        Case("an order", f"/orders/{order.tid}/", 'SELECT "orders_order"."tid"', ORDER_TIMES),
        Case("first page, counted anew", "/orders/", times=None, counted=True),
        Case("home", "/", "SELECT %(code_0)s", None, counted=True),
        Case("tickets", "/tickets/", 'SELECT "afterservice_ticket"."id"'),
        Case("board", "/warehouse/", 'SELECT "orders_parcel"."id"', username=WAREHOUSE),
    ]
    return found


def _list(name: str, **parameters: str) -> Case:
    return Case(name, f"/orders/?{urlencode(parameters)}")


def measure(case: Case) -> Runs:
    """Read the page some times as a signed-in person's browser does, and its floor beside it."""
    from django.db import connection
    from django.test import Client

    from shopdesk.base.kept_counts import forget_counts
    from shopdesk.base.models import Staff
    from shopdesk.desk.benchmarks import floors

    client, staff = Client(), Staff.objects.get(username=case.username)
    client.force_login(staff)

    def read(address: str) -> tuple[bytes, float]:
        started = time.perf_counter()
        answer = client.get(address)
        elapsed = (time.perf_counter() - started) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}.")
        return answer.content, elapsed

    runs = Runs()
    for run in range(WARM_UP + RUNS):
        statements = StatementClock()
        if case.counted:
            forget_counts(staff)
        with connection.execute_wrapper(statements):
            page, elapsed = read(case.address)
        floors.FloorView.least = _least(case, statements.asked, page)
        _page, floor = read(floors.ADDRESS)
        if run >= WARM_UP:
            runs.rows = page.count(b"<tr id=")
            runs.statements = len(statements.times)
            runs.milliseconds.append(elapsed)
            runs.floor.append(floor)
            runs.slowest.append(max(statements.times))
    return runs


def _least(case: Case, asked: list[tuple[str, Any]], page: bytes) -> Least:
    """The page's one statement, to be asked alone: the one begun as told, or that found most of what is shown."""
    from shopdesk.desk.benchmarks.floors import Least

    finders = [
        each for each in asked if (each[0].startswith(case.finds) if case.finds else _finds_orders(each[0]))
    ]
    if not finders:
        raise SystemExit(f"{case.address} has no statement of its own.")
    if case.finds:
        return Least(finders[0][0], finders[0][1], len(page))
    shown = {tid.decode() for tid in re.findall(rb'<tr id="o-(\d+)"', page)}
    # Where nothing is shown, the last one looked for it.
    most = max(reversed(finders), key=lambda finder: len(shown & _numbers_in(*finder)))
    return Least(most[0], most[1], len(page))


def _numbers_in(sql: str, parameters: Any) -> set[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return set(re.findall(r"\d+", str(cursor.fetchall())))


def _finds_orders(sql: str) -> bool:
    # Django's own statements quote their names; those of the rows, their tickets and the counts find nothing.
    return '"' not in sql[:60] and not sql.lstrip().startswith(("SELECT o.tid", "SELECT %(code_0)s"))


def main() -> None:
    """Tell the cases, and time them as asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    django.setup()
    from django.conf import settings
    from django.test import override_settings

    prepare()
    known = cases()
    _answer([asdict(case) for case in known])
    # The client calls itself testserver; and no page here is looked at, so its styles need not be collected.
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(
        ALLOWED_HOSTS=["testserver"],
        STORAGES=settings.STORAGES | plain,
        ROOT_URLCONF="shopdesk.desk.benchmarks.floors",
    ):
        for number in sys.stdin:
            _answer(asdict(measure(known[int(number)])))


def _answer(what: Any) -> None:
    sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
