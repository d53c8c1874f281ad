"""Reading the ticket list: one page of rows and the counts of its views, each by a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import QueryDict

from afterservice.models import Ticket, TicketLine
from afterservice.rules.search import Key
from afterservice.selectors.filters import DEFAULT_VIEW, TicketFilter, View, views_of
from members.models import Buyer
from orders.rules.products import property_words
from orders.selectors.lists import Tab
from shopdesk.base.arrays import text_array
from shopdesk.base.composed import Composed, Given
from shopdesk.base.kept_counts import kept_counts
from shopdesk.base.listing import PAGE_SIZE, Page, capped_counts, read_page
from shopdesk.base.models import SavedView, Staff
from shopdesk.base.prepared import prepared_cursor
from shopdesk.base.search import SearchGrams, grams

SAVED_VIEWS_PAGE = "tickets"
NICKS_CAP = 1000
# What a row of the list shows of a ticket, its buyer and its owner: fifty whole tickets are read half as fast.
SHOWN = (
    "order_id",
    "opened_at",
    "kind",
    "problem",
    "category",
    "priority",
    "case",
    "decision",
    "goods",
    "money",
    "escalated_at",
    "next_due_at",
    "awaits",
    "buyer__spend",
    "owner__signature",
)
# In the order of ``Goods``.
_GOODS = (
    "line__position",
    "line__product__title",
    "line__sku_properties_name",
    "num",
    "target_id",
    "target__sku_properties_name",
)


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of a ticket, as lists tell it: what comes back, and what is wanted instead."""

    position: int
    title: str
    sku_properties_name: str
    num: int
    target_sku_id: int | None
    # The properties of what is wanted; nothing where nothing is.
    target: str | None

    @property
    def details(self) -> str:
        """Colour and size, pieces, and what is wanted instead."""
        target = f"→ {property_words(self.target or '')}" if self.target_sku_id else ""
        return " ".join(filter(None, (property_words(self.sku_properties_name), target, f"×{self.num}")))


@dataclass
class TicketRow:
    """One ticket as the list shows it."""

    ticket: Ticket
    lines: list[Goods] = field(default_factory=list)

    @property
    def more_lines(self) -> int:
        """How many lines there are besides the first."""
        return max(0, len(self.lines) - 1)

    @property
    def goods_in_full(self) -> str:
        """All goods, for the hover."""
        return "\n".join(f"{line.title} {line.details}" for line in self.lines)


@dataclass(frozen=True)
class TicketPage:
    """One page of the list. ``key`` is what the search went by, ``assumed`` what it looked like first."""

    rows: Sequence[TicketRow]
    newer: str | None
    older: str | None
    key: Key | None = None
    assumed: Key | None = None


def read_tickets(
    wanted: TicketFilter,
    *,
    staff: Staff,
    cursor: str = "",
    size: int = PAGE_SIZE,
    fields: Collection[str] = (),
) -> TicketPage:
    """Read one page of the tickets that a person asked for, sorted as the view says; of them all, or ``fields``."""
    tickets = wanted.tickets(staff).select_related("buyer", "owner").only(*fields)
    if not wanted.q:
        return _page(read_page(tickets, wanted.keyset, cursor, size))
    key = assumed = None
    page: Page[Ticket] = Page([], None, None)
    for key in wanted.keys:
        assumed = assumed or key
        page = read_page(tickets.filter(_searched(key, wanted)), wanted.keyset, cursor, size)
        if page.rows:
            break
    return _page(page, key if page.rows else assumed, assumed)


def _page(page: Page[Ticket], key: Key | None = None, assumed: Key | None = None) -> TicketPage:
    return TicketPage(ticket_rows(page.rows), page.newer, page.older, key, assumed)


def _searched(key: Key, wanted: TicketFilter) -> Q:
    text = wanted.q
    if key == Key.NUMBER:
        return Q(pk=text.number if text.number is not None else 0)
    if key == Key.TID:
        return Q(order=text.compact) | Q(tied_order=text.compact)
    if key == Key.TRACKING:
        return Q(return_invoice_no__in={text.compact, text.compact.upper()})
    # The buyers who hold the words, from their index of grams, before any ticket is looked at.
    nicks = Buyer.objects.alias(found=SearchGrams("nick")).filter(
        found__contains=grams(text.text),  # type: ignore[misc]
        nick__icontains=text.text,
    )
    return Q(buyer__in=list(nicks.values_list("pk", flat=True)[:NICKS_CAP]))


# Plain values: whole lines, products and SKUs of fifty tickets take longer to make than to read.
_LINES = Composed(
    lambda: (
        TicketLine.objects.filter(ticket__among=Given("tickets"))
        .order_by("ticket_id", "line__position")
        .values_list("ticket_id", *_GOODS)
    )
)


def ticket_rows(tickets: Sequence[Ticket]) -> list[TicketRow]:
    """The rows of some tickets, in the order given: one more statement for however many."""
    rows = {ticket.pk: TicketRow(ticket) for ticket in tickets}
    for number, *goods in _LINES(tickets=list(rows)) if rows else ():
        rows[number].lines.append(Goods(*goods))
    return list(rows.values())


_SAVED = Composed(
    lambda: SavedView.objects.filter(page=SAVED_VIEWS_PAGE, owner=Given("staff")), pages=["tickets"]
)


def tabs(staff: Staff, *, current: TicketFilter, query: str) -> list[Tab]:
    """The views of a person with their counts: one statement for their saved views, one for all counts."""
    saved = _SAVED(staff=staff.pk)
    filters = {view.code: TicketFilter(view=view.code) for view in views_of(staff)}
    filters |= {str(own.pk): TicketFilter.read(QueryDict(own.query).dict()) for own in saved}
    # A search has no cheap count, so a saved search shows none.
    counted = {code: wanted for code, wanted in filters.items() if not wanted.q}

    def count() -> dict[str, int]:
        return capped_counts({code: wanted.tickets(staff) for code, wanted in counted.items()})

    counts = kept_counts("tickets", staff, counted, count)
    on = next((own for own in saved if own.query == query), None)
    return [
        _built_in_tab(view, counts, current=on is None and view.code == current.view)
        for view in views_of(staff)
    ] + [Tab(own.name, own.query, counts.get(str(own.pk)), current=own is on, saved=own) for own in saved]


def _built_in_tab(view: View, counts: Mapping[str, int], *, current: bool) -> Tab:
    query = "" if view.code == DEFAULT_VIEW else f"view={view.code}"
    return Tab(str(view.title), query, counts[view.code], current, view.urgent, quiet=view.quiet)


def in_view(code: str, staff: Staff) -> QuerySet[Ticket]:
    """The tickets of a view, to be counted."""
    return TicketFilter(view=code).tickets(staff)


_OF_ORDERS = Composed(
    lambda: Ticket.objects.filter(
        Q(order__among=Given("tids")) | Q(tied_order__among=Given("tids"))
    ).order_by("-opened_at", "-pk"),
    pages=["order"],
)


def tickets_of_orders(tids: Collection[str]) -> dict[str, list[Ticket]]:
    """The tickets of some orders, newest first, by order: one statement for however many (also tied orders, A8)."""
    by_order: dict[str, list[Ticket]] = {}
    for ticket in _OF_ORDERS(tids=list(tids)):
        for tid in {ticket.order_id, ticket.tied_order_id} & set(tids):
            by_order.setdefault(str(tid), []).append(ticket)
    return by_order


class TicketMark(NamedTuple):
    """What a list of orders tells of a ticket."""

    pk: int
    kind: str
    case: str
    decision: str
    problem: str
    awaits: str
    next_due_at: datetime | None
    escalated_at: datetime | None


def ticket_marks(tids: Collection[str]) -> dict[str, list[TicketMark]]:
    """The tickets of the orders of a list, newest first, by order (also tied ones, A8): one statement."""
    marks: dict[str, list[TicketMark]] = {}
    with prepared_cursor() as cursor:
        cursor.execute(
            'SELECT o.tid, t.id, t.kind, t."case", t.decision, t.problem, t.awaits, t.next_due_at, t.escalated_at'
            " FROM unnest(%(tids)s::text[]) AS o (tid)"
            " JOIN afterservice_ticket t ON t.order_id = o.tid OR t.tied_order_id = o.tid"
            " ORDER BY t.opened_at DESC, t.id DESC",
            {"tids": text_array(tids)},
        )
        for tid, *facts in cursor.fetchall():
            marks.setdefault(tid, []).append(TicketMark(*facts))
    return marks


def tickets_of_buyer(nick: str, size: int = 20) -> list[TicketRow]:
    """A buyer's latest tickets: two statements."""
    return ticket_rows(list(Ticket.objects.filter(buyer=nick).order_by("-opened_at", "-pk")[:size]))
