"""Where the made-up shop's goods are: stock and what is sold out, buying runs, the workshop. Done by the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from orders.models import BuyingRun, BuyingRunLine, Sku
from orders.selectors.buying import bought, to_buy, to_make
from orders.services import buying, making, shortages, stock
from shopdesk.base import audit
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.desk.demo.makers import Workshop

# A run is opened about every three days; what it bought is decided on two days later and arrives two days after that.
RUNS_DAYS_AGO = (16, 13, 10, 7, 4, 1)
DECIDED_AFTER, ARRIVES_AFTER = timedelta(days=2), timedelta(days=4)
# Of the lines of a run, every so manieth cannot be had, or is still on its way when the others are here.
UNAVAILABLE_EVERY, LATE_EVERY = 17, 5
_OPENING_STOCK = """
INSERT INTO orders_stockmovement (sku_id, kind, num, stock, reason, at)
SELECT id, 'received', stock, stock, '期初入库', %s FROM orders_sku WHERE stock > 0 ORDER BY id
"""


def fill_shelves_and_runs(workshop: Workshop, start: datetime) -> None:
    """Give the orders of a shop that was just written their goods, as the desk and the warehouse would have."""
    with audit.origin(AuditEntry.Origin.PAGE):
        _Supplies(workshop).tell(start)


class _Supplies:
    def __init__(self, workshop: Workshop) -> None:
        self._now = workshop.now
        self._sold_out = workshop.catalogue.sold_out
        self._agent, self._colleague = workshop.crew.agents[:2]
        self._warehouse = workshop.crew.warehouse[0]

    def tell(self, start: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_OPENING_STOCK, [start])
        self._stock()
        for number, days in enumerate(RUNS_DAYS_AGO):
            self._run(self._ago(days=days), number)
        self._making()

    def _stock(self) -> None:
        """Receipts and counts, and the register of what is sold out: expected, not known, and here again."""
        at = self._ago(days=2, hours=3)
        expected = (self._now + timedelta(days=6)).date()
        told = ((expected, "韩国补货中"), (None, "厂家断货，等消息"), (expected, "下一批船期"))
        out = [Sku.objects.get(pk=item.sku.pk) for item in self._sold_out]
        for sku, (day, remark) in zip(out, told, strict=False):
            shortages.report(sku.pk, remark=remark, expected_on=day, actor=self._colleague, now=at)
        if out:
            stock.receive(out[-1].pk, 1, reason="补货到一件", actor=self._warehouse, now=self._ago(days=1))
        back = Sku.objects.filter(stock__gt=4).order_by("pk")[:4]
        for number, sku in enumerate(back):
            at = self._ago(days=1, hours=5 + number)
            if number % 2:
                stock.receive(sku.pk, 3 + number, reason="韩国补货", actor=self._warehouse, now=at)
            else:
                stock.count(
                    sku.pk,
                    max(sku.held, sku.stock - 1),
                    seen=sku.stock,
                    reason="盘点少一件，疑似发错",
                    actor=self._warehouse,
                    now=at,
                )

    def _run(self, opened_at: datetime, number: int) -> None:
        if not to_buy(opened_at).exists():
            return
        actor = (self._agent, self._colleague)[number % 2]
        run = buying.open_run(actor=actor, now=opened_at)
        rows = list(BuyingRunLine.objects.filter(run=run).order_by("pk").values_list("pk", flat=True))
        decided_at = opened_at + DECIDED_AFTER
        if decided_at > self._now:
            self._decide_some(run, rows, actor)
            return
        missing = rows[UNAVAILABLE_EVERY - 1 :: UNAVAILABLE_EVERY] if number >= 2 else []
        found = [row for row in rows if row not in missing]
        if found:
            buying.decide(run.pk, found, BuyingRunLine.Outcome.BOUGHT, actor=actor, now=decided_at)
        if missing:
            at = min(decided_at, self._now - timedelta(hours=6))
            buying.decide(run.pk, missing, BuyingRunLine.Outcome.UNAVAILABLE, actor=actor, now=at)
        arrived_at = opened_at + ARRIVES_AFTER
        if arrived_at <= self._now:
            self._check_in(run, arrived_at)

    def _decide_some(self, run: BuyingRun, rows: Sequence[int], actor: Staff) -> None:
        """The run that is on just now: a third is bought, the rest is still being looked for."""
        some = rows[::3]
        buying.decide(
            run.pk, some, BuyingRunLine.Outcome.BOUGHT, actor=actor, now=self._now - timedelta(hours=2)
        )

    def _check_in(self, run: BuyingRun, at: datetime) -> None:
        """Most of what a run bought is here; some SKUs are a delivery late, and come with what is bought next."""
        of_run = set(bought().filter(buying_runs__run=run).values_list("sku", flat=True))
        pieces: dict[int, int] = {}
        # What is late from earlier runs is served first: only all of it together makes whole lines.
        for sku, num in bought().filter(sku__in=of_run).values_list("sku", "num"):
            pieces[sku] = pieces.get(sku, 0) + num
        for place, (sku, num) in enumerate(sorted(pieces.items())):
            if place % LATE_EVERY != LATE_EVERY - 1:
                buying.arrive(sku, num, actor=self._warehouse, now=at)

    def _making(self) -> None:
        """What was paid long ago is made, then comes what is in making, then what nobody began."""
        paid = list(to_make().values_list("pk", "order__pay_time"))
        made = [line for line, at in paid if at and at <= self._ago(days=8)]
        begun = [line for line, at in paid if at and self._ago(days=8) < at <= self._ago(days=3)]
        for lines, move, days in (
            (made, making.begin, 6),
            (made, making.finish, 1),
            (begun, making.begin, 2),
        ):
            if lines:
                move(lines, actor=self._warehouse, now=self._ago(days=days))

    def _ago(self, **span: float) -> datetime:
        return self._now - timedelta(**span)
