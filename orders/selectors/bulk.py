"""Reading actions on many orders: the orders that a filter finds, and how far a run is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from orders.models import BulkRow, BulkRun
from orders.selectors import search
from orders.selectors.filters import OrderFilter
from orders.selectors.lists import searchable_keys
from orders.selectors.marks import put_off
from orders.selectors.scope import newest
from shopdesk.base.listing import Keyset, Page, read_page
from shopdesk.base.models import Staff

ROWS_SHOWN = 100
ROWS_KEYSET = Keyset("order__created", "order_id")
# A run whose worker has done nothing for so long was broken off: the rest is resumed by hand.
STANDS_STILL = timedelta(seconds=30)
State = BulkRow.State


def matching(wanted: OrderFilter, *, staff: Staff, now: datetime, most: int) -> list[str]:
    """The numbers of the orders that a filter finds, newest first, and one more than ``most`` where there are."""
    scope = wanted.scope(staff, now, without=put_off(staff, now).asleep, limit=most + 1)
    if wanted.q:
        found = search.find(wanted.q, scope, allowed=searchable_keys(staff), by=wanted.by)
        return [place.tid for place in found.places]
    return [place.tid for place in newest(scope)]


@dataclass(frozen=True)
class BulkReport:
    """A run, how many of its orders are how far, and one page of them."""

    run: BulkRun
    counts: Mapping[str, int]
    page: Page[BulkRow]
    shown: str
    stands_still: bool

    @property
    def total(self) -> int:
        """How many orders it is about."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """How many are done."""
        return self.counts[State.DONE]

    @property
    def refused(self) -> int:
        """How many cannot be done."""
        return self.counts[State.REFUSED]

    @property
    def waiting(self) -> int:
        """How many are still to be done."""
        return self.counts[State.WAITING]

    @property
    def finished(self) -> int:
        """How many have their result, per cent."""
        return 100 * (self.total - self.waiting) // self.total if self.total else 100

    @property
    def tabs(self) -> Sequence[tuple[str, str, int]]:
        """The results that a reader can choose between: code, name, count."""
        return [
            (state.value, str(state.label), self.counts[state])
            for state in (State.REFUSED, State.DONE, State.WAITING)
            if self.counts[state] or state == self.shown
        ]


def read_report(
    run: BulkRun, *, now: datetime, only: str = "", cursor: str = "", size: int = ROWS_SHOWN
) -> BulkReport:
    """A run with one page of its orders, those that are not done first: two statements."""
    counted = dict(run.rows.order_by().values_list("state").annotate(Count("pk")))
    counts = {state.value: counted.get(state.value, 0) for state in State}
    if only not in counts:
        only = next((state for state in (State.REFUSED, State.DONE) if counts[state]), State.WAITING)
    rows = run.rows.filter(state=only).select_related("order__buyer")
    return BulkReport(
        run,
        counts,
        read_page(rows, ROWS_KEYSET, cursor, size),
        str(only),
        stands_still=run.status == BulkRun.Status.RUNNING
        and run.moved_at is not None
        and run.moved_at <= now - STANDS_STILL,
    )
