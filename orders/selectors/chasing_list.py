"""Reading the list of unpaid orders, soonest to close first, and the chasing box of an order (O14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Enquiry, Order, OrderLine, Reminder, UnpaidReason
from orders.rules.chasing import (
    ASKED_BEFORE,
    ReminderFields,
    next_allowed,
    reminder_text,
    why_no_reminder,
)
from orders.rules.closing import closes_at
from orders.rules.products import property_words
from orders.selectors.chasing import (
    has_asked,
    kept_orders,
    may_be_reminded,
    reminder_facts,
    to_chase,
)
from orders.selectors.register_filters import read_choice, read_text
from orders.states import Status
from shopdesk.base.composed import Composed, Given
from shopdesk.base.errors import DomainError
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, capped_counts, read_page
from shopdesk.base.models import Staff

KEYSET = Keyset("created", "tid", soonest_first=True)
VIEWS: Mapping[str, str | Promise] = {
    "due": _("Close within 12 hours, may be reminded"),
    "now": _("May be reminded now"),
    "never": _("Never reminded"),
    "open": _("Outcome to note"),
    "all": _("All unpaid"),
}
YES_NO = ("yes", "no")


@dataclass(frozen=True)
class ChasingFilter:
    """What is shown: a view, whether the buyer had asked, only one's own orders, a nick or order number."""

    view: str = "now"
    asked: str = ""
    mine: bool = False
    q: str = ""


def read_filter(address: Mapping[str, str]) -> ChasingFilter:
    """The filters in an address; what is none of ours is left out."""
    return ChasingFilter(
        view=read_choice(address, "view", tuple(VIEWS)) or "now",
        asked=read_choice(address, "asked", YES_NO),
        mine=address.get("mine") == "1",
        q=read_text(address, "q"),
    )


@dataclass
class ChasingRow:
    """An unpaid order with what an agent must know before the buyer is reminded, and the words for it."""

    order: Order
    now: datetime
    lines: list[OrderLine] = field(default_factory=list)
    # Newest first.
    reminders: list[Reminder] = field(default_factory=list)
    # What the buyer had asked last before ordering.
    enquiry: Enquiry | None = None

    @property
    def asked_before(self) -> bool:
        """Whether the buyer had asked before buying."""
        return bool(self.order.buyer_message) or self.enquiry is not None

    @property
    def last(self) -> Reminder | None:
        """The last reminder."""
        return self.reminders[0] if self.reminders else None

    @property
    def next_at(self) -> datetime | None:
        """When the next may be sent, where one was sent."""
        return next_allowed(self.last.at) if self.last else None

    @property
    def refusal(self) -> DomainError | None:
        """Why no reminder may go out now."""
        return why_no_reminder(reminder_facts(self.order, self.last.at if self.last else None), self.now)

    @property
    def goods(self) -> str:
        """The goods in words: the first line, and how many lines there are."""
        if not self.lines:
            return ""
        line = self.lines[0]
        words = " ".join(
            part for part in (line.product.title, property_words(line.sku_properties_name)) if part
        )
        words = f"“{words}”" + (f"×{line.num}" if line.num > 1 else "")
        return words if len(self.lines) == 1 else f"{words}等{len(self.lines)}件商品"

    @property
    def texts(self) -> Sequence[tuple[str, str | Promise, str]]:
        """Both reminders, the fitting one first: code, title, text (empty where a field is missing)."""
        fields = ReminderFields(
            self.order.buyer_id or "", self.goods, self.order.payment, closes_at(self.order.created)
        )
        both = [
            (
                code,
                title,
                reminder_text(fields, asked_before=asked, now=self.now),
            )
            for code, title, asked in (
                ("asked", _("had asked"), True),
                ("not_asked", _("had not asked"), False),
            )
        ]
        return both if self.asked_before else both[::-1]

    @property
    def missing(self) -> str | Promise:
        """What a reminder cannot be written without, and where to get it."""
        if not self.order.buyer_id:
            return _("The platform has not told who the buyer is: there is no nick to write to.")
        if not self.lines:
            return _("The item list of this order is not imported yet: the goods cannot be named.")
        return ""


@dataclass(frozen=True)
class ChasingBox:
    """What the order page says about chasing: an unpaid order's row, or why it closed unpaid."""

    row: ChasingRow | None = None
    stands_in_register: bool = False
    reason: UnpaidReason | None = None


def orders_in(wanted: ChasingFilter, staff: Staff, now: datetime) -> QuerySet[Order]:
    """The unpaid orders of a view, as filtered."""
    found = _of_view(wanted.view, now)
    if wanted.asked:
        found = found.filter(has_asked() if wanted.asked == "yes" else ~has_asked())
    if wanted.mine:
        found = found.filter(owner=staff)
    if wanted.q:
        found = found.filter(Q(pk=wanted.q) | Q(buyer=wanted.q))
    return found


def read_chasing(
    wanted: ChasingFilter, *, staff: Staff, now: datetime, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[Order], Sequence[ChasingRow]]:
    """One page of unpaid orders, soonest to close first: four statements however long."""
    page = read_page(orders_in(wanted, staff, now).select_related("owner"), KEYSET, cursor, size)
    return page, rows_of(page.rows, now)


def count_views(now: datetime) -> dict[str, int]:
    """How many orders each view has, capped: one statement."""
    return capped_counts({view: _of_view(view, now) for view in VIEWS})


_LINES = Composed(
    lambda: (
        OrderLine.objects.filter(order__among=Given("tids")).select_related("product").order_by("position")
    )
)
_REMINDERS = Composed(
    lambda: Reminder.objects.filter(order__among=Given("tids")).select_related("by").order_by("-at", "-pk"),
    pages=["order"],
)
_ENQUIRIES = Composed(
    lambda: Enquiry.objects.filter(
        nick__among=Given("nicks"), asked_at__gte=Given("asked_since"), corrected_at__isnull=True
    ).order_by("asked_at", "pk"),
    pages=["unpaid order"],
)


def rows_of(
    orders: Sequence[Order], now: datetime, *, lines: Sequence[OrderLine] | None = None
) -> list[ChasingRow]:
    """The rows of some orders, in the order given: three statements, two where their lines are read already."""
    if not orders:
        return []
    rows = {order.pk: ChasingRow(order, now) for order in orders}
    tids = list(rows)
    for line in _LINES(tids=tids) if lines is None else lines:
        rows[line.order_id].lines.append(line)
    for reminder in _REMINDERS(tids=tids):
        rows[reminder.order_id].reminders.append(reminder)
    nicks = list({order.buyer_id for order in orders if order.buyer_id})
    since = min(order.created for order in orders) - ASKED_BEFORE
    for enquiry in _ENQUIRIES(nicks=nicks, asked_since=since):
        for row in rows.values():
            created = row.order.created
            if row.order.buyer_id == enquiry.nick and created - ASKED_BEFORE <= enquiry.asked_at <= created:
                row.enquiry = enquiry
    return list(rows.values())


def tid_of(reminder_id: int) -> str | None:
    """The order that a reminder was about; ``None`` for no such reminder."""
    return Reminder.objects.filter(pk=reminder_id).values_list("order", flat=True).first()


def read_row(tid: str, now: datetime) -> ChasingRow | None:
    """One row, whatever became of its order."""
    order = Order.objects.select_related("owner").filter(pk=tid).first()
    return rows_of([order], now)[0] if order else None


_REASON = Composed(lambda: UnpaidReason.objects.select_related("found_by").filter(pk=Given("tid")))


def read_chasing_box(order: Order, lines: Sequence[OrderLine], now: datetime) -> ChasingBox | None:
    """What the order page says about chasing; ``None`` for an order that O14 has nothing to say about."""
    if order.status == Status.WAIT_BUYER_PAY:
        return ChasingBox(row=rows_of([order], now, lines=lines)[0])
    if order.status == Status.TRADE_CLOSED_BY_TAOBAO and not order.tied:
        reason = _REASON.first(tid=order.pk)
        return ChasingBox(stands_in_register=True, reason=reason)
    return None


def _of_view(view: str, now: datetime) -> QuerySet[Order]:
    own = Reminder.objects.filter(order=OuterRef("pk"))
    if view == "due":
        return to_chase(now)
    if view == "now":
        return may_be_reminded(now)
    if view == "never":
        return kept_orders(now).filter(~Exists(own))
    if view == "open":
        return kept_orders(now).filter(Exists(own.filter(outcome="")))
    return kept_orders(now)
