"""Reading what buyers were promised (T2)."""

from collections.abc import Sequence
from datetime import datetime, time

from django.db.models import QuerySet

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.composed import Composed, Given
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page
from shopdesk.base.models import Staff
from shopdesk.base.shifts import DAY
from shopdesk.desk.models import Promise
from shopdesk.desk.selectors.handovers import open_promises

OPEN_KEYSET = Keyset("due_at", "id", numeric=True, soonest_first=True)
ENDED_KEYSET = Keyset("ended_at", "id", numeric=True)
TABS: Sequence[str] = ("mine", "all", "ended")


def to_keep(staff: Staff) -> QuerySet[Promise]:
    """Open promises that are this person's to keep."""
    return open_promises().filter(keeper=staff)


def due_today(promises: QuerySet[Promise], now: datetime) -> QuerySet[Promise]:
    """Those that are due by midnight, and those that are overdue."""
    tomorrow = now.astimezone(SHANGHAI).date() + DAY
    return promises.filter(due_at__lt=datetime.combine(tomorrow, time(0), SHANGHAI))


def read_promises(tab: str, *, staff: Staff, cursor: str = "", size: int = PAGE_SIZE) -> Page[Promise]:
    """One page of promises: one statement."""
    if tab == "ended":
        rows, keyset = Promise.objects.exclude(status=Promise.Status.OPEN), ENDED_KEYSET
    else:
        rows, keyset = (to_keep(staff) if tab == "mine" else open_promises()), OPEN_KEYSET
    return read_page(rows.select_related("order", "keeper", "made_by", "ended_by"), keyset, cursor, size)


_OF_ORDER = Composed(
    lambda: Promise.objects.filter(order=Given("tid")).select_related("keeper", "made_by", "ended_by"),
    pages=["order"],
)


def promises_of(tid: str) -> list[Promise]:
    """The promises of an order: the open ones first, the soonest due first; then those that ended."""
    return sorted(
        _OF_ORDER(tid=tid), key=lambda promise: (promise.status != Promise.Status.OPEN, promise.due_at)
    )
