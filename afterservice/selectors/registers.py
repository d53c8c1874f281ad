"""A11: the registers of exchanges, returned goods and problems: what stands in them, by which columns and filters."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Choices, Prefetch, Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketLine, UnmatchedReturn
from afterservice.rules.kinds import EXCHANGES, Category, Priority, Problem, TicketKind
from afterservice.states import OPEN_CASES, OVER_CASES, Case, Decision, Goods
from orders.rules.products import property_words
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page
from shopdesk.base.money import quantize
from shopdesk.base.spreadsheets import Cell

UNMATCHED_SHOWN = 20
LONGEST_QUERY = 64


@dataclass(frozen=True)
class Row:
    """A line of a ticket in a register; a ticket without goods has one row."""

    ticket: Ticket
    part: TicketLine | None


@dataclass(frozen=True)
class Column:
    """A column: its title and what stands in it. ``money`` is an amount (CNY), not for who sees no prices (T1)."""

    title: str | Promise
    value: Callable[[Row], Cell | datetime]
    money: bool = False
    # What the page makes of it: a link to the ticket or the order, a number to the right, a time.
    role: str = ""


@dataclass(frozen=True)
class Filter:
    """A choice in the address by which a register is filtered; its name there is the field's."""

    title: str | Promise
    choices: Sequence[tuple[str, str | Promise]]


@dataclass(frozen=True)
class Register:
    """One register: which tickets stand in it, by which time they are listed, what is shown and filtered."""

    code: str
    title: str | Promise
    stands_in: Q
    moment: str
    columns: Sequence[Column]
    # Beside the time, the state and the search box.
    filters: Mapping[str, Filter]

    @property
    def keyset(self) -> Keyset:
        """Newest first."""
        return Keyset(self.moment, "id", numeric=True)

    def columns_for(self, *, see_prices: bool) -> list[Column]:
        """The columns that somebody sees."""
        return [column for column in self.columns if see_prices or not column.money]


@dataclass(frozen=True)
class Wanted:
    """The filters of an address; what is no filter of ours is left out."""

    q: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None
    chosen: Mapping[str, str] | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.q or self.state or self.since or self.until or self.chosen)


def read_wanted(register: Register, address: Mapping[str, str]) -> Wanted:
    """The filters in an address. Days are Shanghai's, both included."""
    since, until = _day(address.get("from", "")), _day(address.get("to", ""))
    state = address.get("state", "")
    chosen = {
        name: value
        for name, choice in register.filters.items()
        if (value := address.get(name, "")) in {code for code, _title in choice.choices}
    }
    q = address.get("q", "").replace("\x00", "").strip()
    return Wanted(
        q=q if len(q) <= LONGEST_QUERY else "",
        state=state if state in ("open", "over") else "",
        since=since,
        until=until + timedelta(days=1) if until else None,
        chosen=chosen,
    )


def tickets_in(register: Register, wanted: Wanted) -> QuerySet[Ticket]:
    """The tickets of a register as filtered, with all that its columns show: two statements for any number."""
    found = Ticket.objects.filter(register.stands_in)
    if wanted.since:
        found = found.filter(**{f"{register.moment}__gte": wanted.since})
    if wanted.until:
        found = found.filter(**{f"{register.moment}__lt": wanted.until})
    if wanted.state:
        # Named one by one, so that few among many are found by their index.
        found = found.filter(case__in=OPEN_CASES if wanted.state == "open" else OVER_CASES)
    for name, value in (wanted.chosen or {}).items():
        found = found.filter(**{name: value})
    if wanted.q:
        found = found.filter(_named(wanted.q))
    parts = TicketLine.objects.select_related("line__product", "target__product").only(*_OF_LINES)
    with_all = found.select_related("order", "owner", "parcel", "refund").only(*_OF_TICKETS)
    return with_all.prefetch_related(Prefetch("lines", queryset=parts.order_by("pk")))


# What the columns show; whole tickets with all that hangs on them are read half as fast.
_OF_TICKETS = (
    "kind",
    "problem",
    "category",
    "priority",
    "case",
    "decision",
    "goods",
    "opened_at",
    "received_at",
    "return_invoice_no",
    "inspection",
    "refusal",
    "postage_due",
    "difference_due",
    "platform_fee",
    "buyer_id",
    "order__created",
    "owner__signature",
    "owner__username",
    "parcel__invoice_no",
    "refund__goods_fee",
    "refund__post_fee",
)
_OF_LINES = (
    "ticket_id",
    "num",
    "line__num",
    "line__payment",
    "line__sku_properties_name",
    "line__product__title",
    "target__sku_properties_name",
    "target__product__title",
)


def read_register(register: Register, wanted: Wanted, cursor: str, size: int = PAGE_SIZE) -> Page[Ticket]:
    """One page of tickets."""
    return read_page(tickets_in(register, wanted), register.keyset, cursor, size)


def rows_of(tickets: Iterable[Ticket]) -> Iterator[Row]:
    """A row for each line of each ticket."""
    for ticket in tickets:
        parts: list[TicketLine | None] = list(ticket.lines.all())
        for part in parts or [None]:
            yield Row(ticket, part)


def all_unmatched() -> QuerySet[UnmatchedReturn]:
    """What came back without a ticket, the newest first."""
    return UnmatchedReturn.objects.filter(ticket__isnull=True).order_by("-found_at", "-pk")


def unmatched() -> list[UnmatchedReturn]:
    """The newest of them."""
    return list(all_unmatched()[:UNMATCHED_SHOWN])


def _named(q: str) -> Q:
    number = q[1:] if q[:1] in "Tt" else ""
    if number.isascii() and number.isdigit() and len(number) <= 18:
        return Q(pk=int(number))
    return Q(order=q) | Q(buyer=q) | Q(return_invoice_no=q)


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None or not 2003 <= day.year <= 2099:
        return None
    return datetime.combine(day, time(), SHANGHAI)


def _time_of(name: str) -> Callable[[Row], Cell | datetime]:
    return lambda row: getattr(row.ticket, name)


def _label(name: str, words: type[Choices]) -> Callable[[Row], Cell]:
    """What a code means. Django's own look-up translates all choices for each cell."""
    return lambda row: str(words(getattr(row.ticket, name)).label)


def _product(row: Row) -> Cell:
    return row.part.line.product.title if row.part else ""


def _properties(row: Row) -> Cell:
    return property_words(row.part.line.sku_properties_name) if row.part else ""


def _num(row: Row) -> Cell:
    return row.part.num if row.part else None


def _amount(row: Row) -> Cell:
    """What was paid for these pieces (CNY)."""
    if row.part is None:
        return None
    line = row.part.line
    return quantize(line.payment * row.part.num / line.num) if line.num else line.payment


def _refunded(row: Row) -> Decimal | None:
    """What the ticket gives back (CNY): here, or on Taobao."""
    if row.ticket.refund is not None:
        return row.ticket.refund.total
    return row.ticket.platform_fee


def _target(row: Row) -> Cell:
    target = row.part.target if row.part else None
    if target is None:
        return ""
    words = property_words(target.sku_properties_name)
    same = row.part is not None and target.product_id == row.part.line.product_id
    return words if same else f"{target.product.title} {words}".strip()


_TICKET = Column(_("Ticket"), lambda row: row.ticket.number, role="ticket")
_TID = Column(_("Order"), lambda row: row.ticket.order_id, role="tid")
_BUYER = Column(_("Buyer"), lambda row: row.ticket.buyer_id)
_OPENED = Column(_("Opened"), _time_of("opened_at"), role="moment")
_PRODUCT = Column(_("Product"), _product)
_PROPERTIES = Column(_("Colour / size"), _properties)
_NUM = Column(_("Quantity"), _num, role="number")
_CASE = Column(_("Case"), _label("case", Case))
_KIND = Column(_("Request"), _label("kind", TicketKind))
_GOODS = Column(_("Goods' state"), _label("goods", Goods))
_RETURN_NO = Column(_("Return tracking number"), lambda row: row.ticket.return_invoice_no, role="invoice")

EXCHANGE = Register(
    "exchanges",
    _("Exchange register"),
    Q(kind__in=sorted(EXCHANGES)),
    "opened_at",
    (
        _TICKET,
        _OPENED,
        _TID,
        _BUYER,
        _KIND,
        _PRODUCT,
        _PROPERTIES,
        Column(_("Wanted instead"), _target),
        _NUM,
        Column(_("Postage to pay"), lambda row: row.ticket.postage_due, money=True),
        Column(_("Difference to pay"), lambda row: row.ticket.difference_due, money=True),
        _CASE,
        _GOODS,
        _RETURN_NO,
        Column(_("Sent by"), lambda row: row.ticket.parcel.invoice_no if row.ticket.parcel else ""),
    ),
    {"kind": Filter(_("Request"), [(kind.value, kind.label) for kind in sorted(EXCHANGES)])},
)
RETURNED = Register(
    "returned",
    _("Returned goods"),
    Q(received_at__isnull=False),
    "received_at",
    (
        _TICKET,
        Column(_("Received"), _time_of("received_at"), role="moment"),
        _TID,
        Column(_("Bought on"), lambda row: row.ticket.order.created, role="bought"),
        _PRODUCT,
        _PROPERTIES,
        _NUM,
        Column(_("Amount"), _amount, money=True),
        _RETURN_NO,
        _GOODS,
        Column(_("Note"), lambda row: row.ticket.inspection, role="note"),
    ),
    {
        "goods": Filter(_("Goods' state"), Goods.choices),
        "kind": Filter(_("Request"), TicketKind.choices),
    },
)
# **Our reading:** whatever is wrong with goods or delivery stands in it; a change of mind does not.
PROBLEM = Register(
    "problems",
    _("Problem register"),
    ~Q(category=Category.CHOICE),
    "opened_at",
    (
        _TICKET,
        _OPENED,
        _TID,
        _BUYER,
        Column(_("Category"), _label("category", Category)),
        Column(_("Problem"), _label("problem", Problem)),
        Column(_("Priority"), _label("priority", Priority)),
        _KIND,
        _PRODUCT,
        _PROPERTIES,
        _NUM,
        Column(_("Refunded"), _refunded, money=True),
        Column(_("Decision"), _label("decision", Decision)),
        _CASE,
        Column(_("Owner"), lambda row: str(row.ticket.owner or "")),
        Column(_("Note"), lambda row: row.ticket.inspection or row.ticket.refusal, role="note"),
    ),
    {
        "category": Filter(
            _("Category"), [(code, name) for code, name in Category.choices if code != Category.CHOICE]
        ),
        "problem": Filter(_("Problem"), Problem.choices),
        "kind": Filter(_("Request"), TicketKind.choices),
    },
)
REGISTERS = (EXCHANGE, RETURNED, PROBLEM)
