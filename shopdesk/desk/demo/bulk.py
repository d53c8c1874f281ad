"""Many orders at once, for benchmarks: made like the demo's, written piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from django.db import connection, transaction

from members.models import Buyer, SpendEntry
from orders.models import Flag, Hold, Note, Order, OrderLine, Payment, PlatformTask, Product, Sku
from shopdesk.base.models import AuditEntry
from shopdesk.desk.demo.catalogue import make_catalogue, save_catalogue
from shopdesk.desk.demo.copying import analyze, prepare_audit_months
from shopdesk.desk.demo.drafts import Draft, Drafter, Writer, sum_spend
from shopdesk.desk.demo.histories import first_entry
from shopdesk.desk.demo.lives import at_a_likely_hour
from shopdesk.desk.demo.people import Person, make_people
from shopdesk.desk.demo.remarks import Annotator
from shopdesk.desk.demo.staff import present_crew

PRODUCTS, ORDERS_PER_BUYER, NOTED_SHARE = 300, 3, 0.1
# A small shop's orders go back a season, a million of them two years.
LEAST_DAYS, MOST_DAYS, ORDERS_PER_DAY = 90, 700, 1400
PIECE = 10_000
TID_PREFIXES = [str(prefix) for prefix in range(4400, 4500)]
WRITTEN = (
    Buyer,
    Product,
    Sku,
    Order,
    OrderLine,
    Payment,
    Note,
    Flag,
    Hold,
    PlatformTask,
    AuditEntry,
    SpendEntry,
)


def make_orders(
    count: int, *, seed: int, now: datetime, report: Callable[[int], None] = lambda _done: None
) -> None:
    """Make ``count`` orders, the oldest first; ``report`` is told how many each piece held.

    Each piece is one transaction, on a connection of its own: do not call it inside a transaction. Notes are
    signed by the staff that there is; no account is made.
    """
    now = now.replace(microsecond=0)
    random = Random(seed)  # noqa: S311 (made-up data that must come out the same again)
    catalogue = make_catalogue(random, PRODUCTS)
    save_catalogue(catalogue)
    taken = set(Buyer.objects.values_list("nick", flat=True))
    writer = Writer(now, taken)
    people = make_people(random, max(1, count // ORDERS_PER_BUYER), taken)
    drafter = Drafter(random, catalogue, now, _free_prefix())
    annotator = Annotator(random, present_crew(), now, NOTED_SHARE)
    drafts = (
        _draft(drafter, annotator, random.choice(people), moment) for moment in _moments(random, count, now)
    )
    # One piece is put together while the one before is written: that takes both of two cores.
    with ThreadPoolExecutor(max_workers=1) as writing:
        previous: Future[int] | None = None
        while piece := list(islice(drafts, PIECE)):
            current = writing.submit(_write, writer, piece)
            if previous is not None:
                report(previous.result())
            previous = current
        if previous is not None:
            report(previous.result())
        writing.submit(sum_spend).result()
        writing.submit(_disconnect).result()
    analyze(WRITTEN)


def _draft(drafter: Drafter, annotator: Annotator, person: Person, moment: datetime) -> Draft:
    draft = drafter.draft(person, moment)
    annotator.annotate(draft)
    draft.entries.append(first_entry(draft))
    return draft


def _moments(random: Random, count: int, now: datetime) -> Iterator[datetime]:
    """When the orders were placed, the oldest first."""
    span = timedelta(days=min(MOST_DAYS, max(LEAST_DAYS, count // ORDERS_PER_DAY)))
    start = now - span
    prepare_audit_months(start.date(), now.date())
    for number in range(count):
        yield at_a_likely_hour(start + span * ((number + random.random()) / count), now)


@transaction.atomic
def _write(writer: Writer, drafts: list[Draft]) -> int:
    writer.write(drafts)
    return len(drafts)


def _disconnect() -> None:
    connection.close()  # the calling thread's own


def _free_prefix() -> str:
    """Beginning of order numbers that no order has yet, so that a second call adds to the first."""
    return next(
        prefix for prefix in TID_PREFIXES if not Order.objects.filter(tid__startswith=prefix).exists()
    )
