"""What a batch of slips costs: printing it, its page, and the board beside it. Run by ``scripts/bench_batch``."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

from shopdesk.desk.benchmarks.figures import Figure, judge
from shopdesk.desk.benchmarks.scratch import say, scratch_database

# Goals: seconds in the server for the page of 500 slips; printing and the page take the same statements whatever
# the batch holds.
GOAL_PAGE = 2.0
PARCELS, FEW, REPEATS = 500, 5, 5


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_batch", description=__doc__)
    parser.add_argument("--waiting", type=int, default=5000, help="planned parcels that are not ready (5000)")
    options = parser.parse_args()
    with scratch_database(f"batch_{os.getpid()}"):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
        django.setup()
        reached = _measure(options.waiting)
        from django.db import connections

        connections.close_all()
    return 0 if reached else 1


def _measure(waiting: int) -> bool:
    """Print a small batch and a full one; time their pages and the board."""
    from django.conf import settings
    from django.test import Client

    from orders.services.parcels.printing import print_ready
    from shopdesk.base.models import Staff

    settings.ALLOWED_HOSTS = ["testserver"]
    # Nothing has been collected here: static files are named as they are.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    person = Staff.objects.create_user(username="bench", password="bench", role="warehouse")  # noqa: S106
    client = Client()
    client.force_login(person)
    _make_orders(waiting, ready=False)
    statements: dict[str, set[int]] = {"printing": set(), "page": set()}
    page_seconds = 0.0
    for number in (FEW, PARCELS):
        _make_orders(number, ready=True)
        printed, seconds, count = _timed(lambda: print_ready(actor=person))
        # The page asks what else is ready after each batch; one batch holds all of them here.
        statements["printing"].add(count)
        say(f"  printing {number:>4} slips  {seconds * 1000:>8.0f} ms {count:>4} statements")
        address = f"/warehouse/batches/{printed.batches[0].pk}/"
        times = []
        for _repeat in range(REPEATS):
            answer, seconds, count = _timed(lambda address=address: client.get(address, secure=True))  # type: ignore[misc]
            times.append(seconds)
        if answer.content.count(b'<article class="slip">') != number:
            say(f"MISSED  the page answered {answer.status_code} and not {number} slips")
            return False
        size = len(answer.content) / 1024
        page_seconds = statistics.median(times)
        statements["page"].add(count)
        say(
            f"  page of {number:>5} slips  {page_seconds * 1000:>8.0f} ms {count:>4} statements {size:>6.0f} kB"
        )
    _answer, seconds, count = _timed(lambda: client.get("/warehouse/board/", secure=True))
    say(f"  the board beside {waiting} waiting parcels {seconds * 1000:>8.0f} ms {count:>4} statements")
    more = max(max(counts) - min(counts) for counts in statements.values())
    reached = [
        judge(Figure(f"the page of {PARCELS} slips", page_seconds, "s", goal=GOAL_PAGE)),
        judge(Figure(f"statements for {PARCELS} slips more than for {FEW}", more, "", goal=0)),
    ]
    return all(reached)


def _timed(work: Callable[[], Any]) -> tuple[Any, float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        started = time.perf_counter()
        answer = work()
        seconds = time.perf_counter() - started
    return answer, seconds, len(captured)


def _make_orders(number: int, *, ready: bool) -> None:
    """Paid orders of three lines each, their parcels planned; ready ones lie on the shelf."""
    from members.models import Buyer
    from orders.models import Hold, Order, OrderLine, Product, Sku
    from orders.rules.products import ProductKind
    from orders.services.parcels.planning import plan
    from orders.states import Status
    from shopdesk.base import clock

    now = clock.now()
    first = Order.objects.count()
    kind = ProductKind.PROXY_STOCK if ready else ProductKind.PROXY_PREORDER
    Product.objects.bulk_create(
        [Product(title=f"【韩国】{kind}商品{place}", kind=kind) for place in range(60)], ignore_conflicts=True
    )
    products = list(Product.objects.filter(kind=kind).order_by("pk"))
    Sku.objects.bulk_create(
        [Sku(product=product, sku_properties_name="颜色分类：白色;尺码：37") for product in products],
        ignore_conflicts=True,
    )
    skus = list(Sku.objects.filter(product__kind=kind).order_by("pk"))
    Sku.objects.filter(pk__in=[sku.pk for sku in skus]).update(shelf="A-1-3", stock=1_000_000)
    numbers = range(first, first + number)
    Buyer.objects.bulk_create([Buyer(nick=f"买家{place:06d}", first_seen_at=now) for place in numbers])
    orders = Order.objects.bulk_create(
        Order(
            tid=f"98{place:015d}",
            buyer_id=f"买家{place:06d}",
            status=Status.WAIT_SELLER_SEND_GOODS,
            created=now - timedelta(hours=2),
            pay_time=now - timedelta(hours=1),
            payment=Decimal("120.00"),
            receiver_name="张三",
            receiver_state="浙江",
            receiver_address="浙江省 杭州市 西湖区 示例街道1号 2幢 301室",
            receiver_mobile="13800007620",
            buyer_message="麻烦周末送货，谢谢",
        )
        for place in numbers
    )
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position + 1,
            product_id=sku.product_id,
            sku=sku,
            sku_properties_name=sku.sku_properties_name,
            price=Decimal("40.00"),
            payment=Decimal("40.00"),
            num=1,
            order_created=order.created,
        )
        for place, order in enumerate(orders)
        for position, sku in enumerate(skus[(place + offset) % len(skus)] for offset in range(3))
    )
    if ready:
        Hold.objects.bulk_create(
            Hold(sku=line.sku, order_id=line.order_id, line=line, num=1, reason="下单", placed_at=now)
            for line in lines
        )
    plan([order.tid for order in orders], now=now)


if __name__ == "__main__":
    sys.exit(main())
