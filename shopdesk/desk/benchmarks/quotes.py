"""What a quote costs: the pure rules, and a price that is looked up. Run by ``scripts/bench_quotes``."""

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

# Goals: microseconds of a pure quote; a looked-up one takes the same statements whatever adds up with it.
GOAL_PURE = 200.0
REPEATS, BATCH = 30, 200
SIBLINGS = (0, 1, 20)
ADDRESS = "浙江省 杭州市 西湖区 示例街道1号"


def main() -> int:
    """Returns the exit status: 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_quotes", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    with scratch_database("quotes" if options.keep else f"quotes_{os.getpid()}", keep=options.keep):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
        django.setup()
        reached = _pure()
        reached &= _looked_up()
        from django.db import connections

        connections.close_all()
    return 0 if reached else 1


def _pure() -> bool:
    """Time the rules alone, on orders from a line to ten with orders that add up."""
    from members.rules import STARTING_TIERS
    from orders.rules.products import ProductKind
    from orders.rules.quotes import QuoteFacts, QuoteLine, Sibling, make_quote
    from orders.states import Status
    from shipping.rules import Tariff
    from shopdesk.base import clock

    now = clock.now()
    tariff = Tariff("zhongtong", "浙江", Decimal(1), Decimal("6.00"), Decimal(1), Decimal("2.00"), "1")
    kinds = (ProductKind.PROXY_STOCK, ProductKind.PROXY_PREORDER)
    worst = 0.0
    say("The pure quote, microseconds (median, slowest of the batches):")
    for lines, siblings in ((1, 0), (2, 1), (10, 5)):
        facts = QuoteFacts(
            at=now,
            prior_spend=Decimal("749.00"),
            province="浙江",
            lines=tuple(
                QuoteLine("a", Decimal("89.90"), 1, kinds[number % 2], special_price=number == 1)
                for number in range(lines)
            ),
            tiers=STARTING_TIERS,
            tariff_of=lambda carrier, province: tariff,
            siblings=tuple(
                Sibling(Decimal("120.00"), Decimal("6.00"), Status.WAIT_SELLER_SEND_GOODS, now)
                for _number in range(siblings)
            ),
        )
        times = _microseconds(lambda facts=facts: make_quote(facts))  # type: ignore[misc]
        median = statistics.median(times)
        worst = max(worst, median)
        say(f"  {lines:>2} lines, {siblings} others  {median:>8.1f} {max(times):>8.1f}")
    return judge(Figure("a pure quote", worst, "µs", goal=GOAL_PURE))


def _looked_up() -> bool:
    """Time a price that is gathered from the database, with more and more orders that add up."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from orders.models import Order
    from orders.quotes import quote_order

    counts = []
    say("The looked-up quote: others, statements, milliseconds (median):")
    for siblings in SIBLINGS:
        order = Order.objects.get(pk=_make_orders(siblings))
        with CaptureQueriesContext(connection) as captured:
            quote_order(order)
        times = _microseconds(lambda order=order: quote_order(order), batch=5)  # type: ignore[misc]
        counts.append(len(captured))
        say(f"  {siblings:>2} {len(captured):>3} {statistics.median(times) / 1000:>8.2f}")
    more = max(counts) - min(counts)
    return judge(Figure("a quote beside 20 orders, statements more than beside none", more, "", goal=0))


def _microseconds(work: Callable[[], Any], batch: int = BATCH) -> list[float]:
    work()
    times = []
    for _repeat in range(REPEATS):
        started = time.perf_counter()
        for _number in range(batch):
            work()
        times.append((time.perf_counter() - started) / batch * 1_000_000)
    return times


def _make_orders(siblings: int) -> str:
    """An unpaid order of three lines whose buyer has so many paid orders beside it; answers its number."""
    from members.models import Buyer
    from orders.models import Order, OrderLine, Product
    from orders.rules.products import ProductKind
    from orders.states import Status
    from shopdesk.base import clock

    now = clock.now()
    nick = f"买家{siblings:05d}"
    buyer, _new = Buyer.objects.get_or_create(nick=nick, defaults={"first_seen_at": now})
    product, _new = Product.objects.get_or_create(
        title="小白鞋", defaults={"kind": ProductKind.STANDARD, "special_price": False}
    )
    tids = [f"99{siblings:05d}{number:010d}" for number in range(siblings + 1)]
    for tid in tids:
        last = tid == tids[-1]
        order, new = Order.objects.get_or_create(
            tid=tid,
            defaults={
                "buyer": buyer,
                "status": Status.WAIT_BUYER_PAY if last else Status.WAIT_SELLER_SEND_GOODS,
                "pay_time": None if last else now,
                "created": now - timedelta(hours=1),
                "goods_payable": Decimal("120.00"),
                "post_fee": Decimal("6.00"),
                "payment": Decimal("126.00"),
                "receiver_state": "浙江",
                "receiver_address": ADDRESS,
            },
        )
        for position in range(1, 4) if new else ():
            OrderLine.objects.create(
                order=order,
                position=position,
                product=product,
                price=Decimal("40.00"),
                payment=Decimal("40.00"),
                num=1,
                order_created=order.created,
            )
    return tids[-1]


if __name__ == "__main__":
    sys.exit(main())
