"""Reading the order list: one page of rows and the counts of the views, each by a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.http import QueryDict
from django.utils.translation import get_language
from psycopg import sql

from orders.models import Flag, Note, Order, OrderLine
from orders.rules.search import PHONES, Key
from orders.selectors import search
from orders.selectors.discretion import without_amounts
from orders.selectors.filters import VIEWS, OrderFilter, views_of
from orders.selectors.listed import ListedOrder, TakenOrder, listed_orders, taken_orders
from orders.selectors.marks import PutOff, among, in_order_of, put_off
from orders.selectors.promises import governing_promises
from orders.selectors.scope import Place, Scope, newest
from shopdesk.base.composed import Composed, Given
from shopdesk.base.kept_counts import kept_counts
from shopdesk.base.listing import COUNT_CAP, PAGE_SIZE, Position
from shopdesk.base.models import SavedView, Staff
from shopdesk.base.permissions import Permission

SAVED_VIEWS_PAGE = "orders"
Row = TypeVar("Row")


@dataclass
class OrderRow:
    """One order with what hangs on it, as programs are shown it."""

    order: Order
    lines: list[OrderLine] = field(default_factory=list)
    flag: Flag | None = None
    note: Note | None = None
    # O13: by when its next parcel is to be shipped.
    ship_by: datetime | None = None

    @property
    def said(self) -> str:
        """What staff last said about the order: its latest note, else the memo on Taobao."""
        return str(self.note) if self.note else self.order.seller_memo


@dataclass(frozen=True)
class OrderPage(Generic[Row]):
    """One page of the list. ``key`` is what the search went by, ``assumed`` what it looked like first."""

    rows: Sequence[Row]
    newer: str | None
    older: str | None
    key: Key | None = None
    assumed: Key | None = None


def searchable_keys(staff: Staff) -> frozenset[Key]:
    """What a person may search by: nobody finds orders by a phone that they may not see."""
    keys = frozenset(Key)
    return keys if staff.may(Permission.REVEAL_PHONE) else keys - PHONES


def read_orders(
    wanted: OrderFilter, *, staff: Staff, now: datetime, cursor: str = "", size: int = PAGE_SIZE
) -> OrderPage[OrderRow]:
    """Read one page of the orders that a person asked for, newest first, in full."""
    page = find_orders(wanted, staff=staff, now=now, cursor=cursor, size=size)
    rows = order_rows(page.rows, see_prices=staff.may(Permission.SEE_PRICES))
    return OrderPage(rows, page.newer, page.older, page.key, page.assumed)


def list_orders(
    wanted: OrderFilter, *, staff: Staff, now: datetime, off: PutOff, cursor: str = ""
) -> OrderPage[ListedOrder]:
    """Read one page of the orders that a person asked for, newest first, with what the list shows of each."""
    page = find_orders(wanted, staff=staff, now=now, off=off, cursor=cursor)
    return OrderPage(listed_orders(page.rows, staff), page.newer, page.older, page.key, page.assumed)


def take_orders(
    wanted: OrderFilter, *, staff: Staff, now: datetime, cursor: str = "", size: int = PAGE_SIZE
) -> OrderPage[TakenOrder]:
    """Read one page of the orders that a person asked for, newest first, with what a file holds of each."""
    page = find_orders(wanted, staff=staff, now=now, cursor=cursor, size=size)
    return OrderPage(taken_orders(page.rows, staff), page.newer, page.older, page.key, page.assumed)


def find_orders(
    wanted: OrderFilter,
    *,
    staff: Staff,
    now: datetime,
    off: PutOff | None = None,
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> OrderPage[Place]:
    """Find one page of the orders that a person asked for, newest first; ``off`` is what they put off, if known."""
    position = Position.parse(cursor) if cursor else None
    off = put_off(staff, now) if off is None else off
    # What came back stands once, above the first page, whenever it was placed (N6).
    scope = wanted.scope(staff, now, without=list(off.until), position=position, limit=size + 1)
    back = off.back if wanted.hides_snoozed else []
    on_top = wanted.scope(staff, now, limit=len(back))
    on_top = replace(on_top, conditions=[*on_top.conditions, among(back)])
    key = assumed = None
    if wanted.q:
        # Further pages go on with the key of the first one: its links say which.
        found = search.find(wanted.q, scope, allowed=searchable_keys(staff), by=wanted.by)
        places, key, assumed = found.places, found.key, found.assumed
    else:
        places = newest(scope)
    more, places = len(places) > size, places[:size]
    if scope.backwards:
        places.reverse()
    is_first = not more if scope.backwards else position is None
    above = in_order_of(back, newest(on_top)) if back and is_first else []
    has_newer = more if scope.backwards else position is not None
    has_older = scope.backwards or more
    return OrderPage(
        [*above, *places],
        newer=_cursor(places[0], backwards=True) if places and has_newer else None,
        older=_cursor(places[-1], backwards=False) if places and has_older else None,
        key=key,
        assumed=assumed,
    )


def _cursor(place: Place, *, backwards: bool) -> str:
    return Position(place.created, place.tid, backwards).cursor()


def order_rows(places: Iterable[Place], *, see_prices: bool) -> list[OrderRow]:
    """The rows of some orders, in the order given: five statements for however many."""
    tids = [place.tid for place in places]
    orders = Order.objects.select_related("owner", "buyer").in_bulk(tids)
    rows = {tid: OrderRow(orders[tid]) for tid in tids if tid in orders}
    for line in (
        OrderLine.objects.filter(order__in=tids).select_related("product").order_by("order_id", "position")
    ):
        rows[line.order_id].lines.append(line)
    for flag in Flag.objects.filter(order__in=tids, ended_at__isnull=True):
        rows[flag.order_id].flag = flag
    notes = Note.objects.filter(order__in=tids, cleared_at__isnull=True)
    for note in notes.order_by("order_id", "-at", "-id").distinct("order_id"):
        rows[note.order_id].note = note if see_prices else without_amounts(note)
    for tid, ship_by in governing_promises(tids).items():
        rows[tid].ship_by = ship_by
    return list(rows.values())


@dataclass(frozen=True)
class Tab:
    """A view above the list: built in, or saved by this person; ``count`` is capped."""

    title: str
    query: str
    count: int | None
    current: bool = False
    urgent: bool = False
    saved: SavedView | None = None
    # An exception: of no interest while nothing stands in it.
    quiet: bool = False

    @property
    def shown(self) -> bool:
        """Whether the tab is worth its place."""
        return not self.quiet or self.current or bool(self.count)


_SAVED = Composed(
    lambda: SavedView.objects.filter(page=SAVED_VIEWS_PAGE, owner=Given("staff")), pages=["orders"]
)


def tabs(
    staff: Staff, *, current: OrderFilter, query: str, now: datetime, off: PutOff | None = None
) -> list[Tab]:
    """The views of a person with their counts: one statement for their saved views, one for all counts, if any."""
    asleep = (put_off(staff, now) if off is None else off).asleep
    built_in = views_of(staff)
    saved = _SAVED(staff=staff.pk)
    # A search has no cheap count, so a saved search shows none.
    asked = {own: OrderFilter.read(QueryDict(own.query).dict()) for own in saved}
    counted = {str(own.pk): wanted for own, wanted in asked.items() if not wanted.q}

    def count() -> dict[str, int]:
        filters = {view.code: OrderFilter(view=view.code) for view in built_in} | counted
        return _counts(
            {
                code: wanted.scope(staff, now, without=asleep, limit=COUNT_CAP)
                for code, wanted in filters.items()
            }
        )

    counts = kept_counts("orders", staff, [*(view.code for view in built_in), *counted], count)
    on = next((own for own in saved if own.query == query), None)
    language = get_language()
    return [
        _built_in_tab(language, view.code, counts[view.code], on is None and view.code == current.view)
        for view in built_in
    ] + [Tab(own.name, own.query, counts.get(str(own.pk)), current=own is on, saved=own) for own in saved]


@lru_cache(maxsize=1000)
def _built_in_tab(language: str | None, code: str, count: int, current: bool) -> Tab:
    view = VIEWS[code]
    query = "" if code == "all" else f"view={code}"
    return Tab(str(view.title), query, count, current, view.urgent, quiet=view.quiet)


def _counts(scopes: Mapping[str, Scope]) -> dict[str, int]:
    # The values of each scope get names of their own, since the statement holds them all.
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, (code, scope) in enumerate(scopes.items()):
        own = {name: f"{name}_{number}" for name in scope.values}
        part = sql.SQL(
            "SELECT %(code)s, count(*) FROM (SELECT 1 FROM orders_order o WHERE {where} LIMIT %(limit)s) o"
        ).format(where=scope.where)
        own["code"] = f"code_{number}"
        parts.append(part.as_string() % {name: f"%({renamed})s" for name, renamed in own.items()})
        values |= {own[name]: value for name, value in scope.values.items()} | {own["code"]: code}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return dict(cursor.fetchall())
