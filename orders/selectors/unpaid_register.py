"""The unpaid register (未付款明细): orders that closed unpaid, with the reason that somebody found out (O14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from orders.models import Order, OrderLine, Reminder, UnpaidReason
from orders.rules.chasing import Outcome, WhyNot
from orders.selectors.register_filters import read_choice, read_days, read_text
from orders.states import CloseReason, Status
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

KEYSET = Keyset("created", "tid")
# Filtered by a reason, the list is read from the reasons' own index, in the same order.
REASON_KEYSET = Keyset("unpaid_reason__order_created", "unpaid_reason__order_id")
NOT_KNOWN = "none"
CLOSED_BY = (CloseReason.TIMEOUT, CloseReason.BUYER, CloseReason.SELLER, CloseReason.UNPAID)
TID_DIGITS = 15


@dataclass(frozen=True)
class UnpaidFilter:
    """The filters of an address: a nick or order number, days of placing, how it closed, the reason."""

    q: str = ""
    since: datetime | None = None
    until: datetime | None = None
    closed: str = ""
    # A ``WhyNot``, or ``NOT_KNOWN`` for orders that nobody found the reason of yet.
    reason: str = ""


def read_unpaid_filter(address: Mapping[str, str]) -> UnpaidFilter:
    """The filters in an address; what is none of ours is left out."""
    since, until = read_days(address)
    return UnpaidFilter(
        q=read_text(address, "q"),
        since=since,
        until=until,
        closed=read_choice(address, "closed", CLOSED_BY),
        reason=read_choice(address, "reason", (NOT_KNOWN, *WhyNot.values)),
    )


def unpaid_orders(wanted: UnpaidFilter) -> QuerySet[Order]:
    """The orders of the register as filtered; orders placed for an exchange are no lost ones (A8)."""
    found = Order.objects.filter(status=Status.TRADE_CLOSED_BY_TAOBAO, tied=False)
    if wanted.q:
        # Either by its own index; no nick is a number as long as an order's.
        is_tid = wanted.q.isdigit() and len(wanted.q) >= TID_DIGITS
        found = found.filter(pk=wanted.q) if is_tid else found.filter(buyer=wanted.q)
    if wanted.since:
        found = found.filter(created__gte=wanted.since)
    if wanted.until:
        found = found.filter(created__lt=wanted.until)
    if wanted.closed:
        found = found.filter(close_reason=wanted.closed)
    if wanted.reason == NOT_KNOWN:
        found = found.filter(unpaid_reason__isnull=True)
    elif wanted.reason:
        found = found.filter(unpaid_reason__reason=wanted.reason)
    return found


def keyset_of(wanted: UnpaidFilter) -> Keyset:
    """The newest placed first."""
    return REASON_KEYSET if wanted.reason not in ("", NOT_KNOWN) else KEYSET


def with_all(orders: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with all that the register shows: lines in a statement of their own, for any number."""
    own = Reminder.objects.filter(order=OuterRef("pk"))
    count = own.order_by().values("order").annotate(count=Count("pk")).values("count")
    outcome = own.exclude(outcome="").order_by("-at", "-pk").values("outcome")[:1]
    lines = OrderLine.objects.select_related("product").order_by("position")
    return (
        orders.select_related("unpaid_reason__found_by")
        .annotate(
            reminded=Coalesce(Subquery(count, output_field=IntegerField()), 0),
            last_outcome=Subquery(outcome, output_field=CharField()),
        )
        .prefetch_related(Prefetch("lines", queryset=lines))
    )


@dataclass(frozen=True)
class UnpaidRow:
    """An order that closed unpaid, as the register shows it."""

    order: Order

    @property
    def lines(self) -> Sequence[OrderLine]:
        """Its lines."""
        return list(self.order.lines.all())

    @property
    def reason(self) -> UnpaidReason | None:
        """Why it was not paid, where somebody found out."""
        return getattr(self.order, "unpaid_reason", None)

    @property
    def reminded(self) -> int:
        """How often the buyer was reminded."""
        return self.order.reminded  # type: ignore[attr-defined,no-any-return]

    @property
    def last_outcome(self) -> str:
        """What came of it last, in words."""
        return _outcome(self.order)


def read_unpaid(
    wanted: UnpaidFilter, cursor: str, size: int = PAGE_SIZE
) -> tuple[Page[Order], list[UnpaidRow]]:
    """One page of the register: two statements."""
    page = read_page(with_all(unpaid_orders(wanted)), keyset_of(wanted), cursor, size)
    return page, [UnpaidRow(order) for order in page.rows]


def read_unpaid_row(tid: str) -> UnpaidRow | None:
    """One row, as it is now; ``None`` for no such order."""
    order = with_all(Order.objects.filter(pk=tid)).first()
    return UnpaidRow(order) if order else None


def _outcome(order: Order) -> str:
    outcome = order.last_outcome  # type: ignore[attr-defined]
    return str(Outcome(outcome).label) if outcome else ""
