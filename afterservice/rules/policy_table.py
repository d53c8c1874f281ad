"""A3's table as data, and what the rules look at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import Problem, TicketKind
from orders.rules.products import ProductKind
from shopdesk.base.clock import SHANGHAI


class Span(models.TextChoices):
    """How a window is counted (A3)."""

    HOURS_48 = "48h", _("48 hours from receipt")
    DAYS_7 = "7d", _("7 days from receipt")


class Cell(models.TextChoices):
    """What a field of A3's table says."""

    NO = "no", _("no")
    YES = "yes", _("yes")
    SUPERVISOR = "supervisor", _("supervisor")


@dataclass(frozen=True)
class Row:
    """A row of A3's table. ``times`` is how often at most; nothing where A3 sets no bound."""

    back: Cell
    sku: Cell
    style: Cell
    span: Span
    times: int | None


TABLE = {
    ProductKind.PROXY_PREORDER: Row(Cell.NO, Cell.NO, Cell.SUPERVISOR, Span.HOURS_48, 1),
    ProductKind.PROXY_STOCK: Row(Cell.NO, Cell.SUPERVISOR, Cell.SUPERVISOR, Span.HOURS_48, 1),
    ProductKind.CUSTOM: Row(Cell.NO, Cell.YES, Cell.SUPERVISOR, Span.HOURS_48, 1),
    # **Our reading:** A3's plain "yes" to another style of standard goods stands beside A8's "only with a
    # supervisor": the seven days are the buyer's right. A8's other steps (like price, the difference first) hold.
    ProductKind.STANDARD: Row(Cell.YES, Cell.YES, Cell.YES, Span.DAYS_7, None),
}
# A3: "quality, wrong item, not as described, lost parcel: always, with evidence". A delay is none of them.
FAULTS = frozenset(
    {
        Problem.DAMAGED,
        Problem.FLAWED,
        Problem.WRONG_ITEM,
        Problem.LOST,
        Problem.SIZE,
        Problem.COLOUR,
        Problem.MATERIAL,
    }
)
# The requests that A3's table has a column for.
COLUMNS: dict[str, Callable[[Row], Cell]] = {
    TicketKind.RETURN: lambda row: row.back,
    TicketKind.EXCHANGE_SKU: lambda row: row.sku,
    TicketKind.EXCHANGE_STYLE: lambda row: row.style,
}
# A8: goods of like price.
LIKE_PRICE = Decimal("0.20")
# **Our reading:** A3 names no row for price protection. It is the promise of the shop that a price does not fall
# behind the buyer's back: for all goods but special prices and links, seven days as the longest window of A3, once a
# line, with proof of the lower price; before the receipt the days have not begun.
PROTECTION = Row(Cell.YES, Cell.YES, Cell.YES, Span.DAYS_7, 1)
_DAY = timedelta(days=1)


def counted_with(kind: str) -> frozenset[str]:
    """The requests among which "once" is counted (A3): those of the table together, price protection by itself."""
    return frozenset(COLUMNS) if kind in COLUMNS else frozenset({kind})


@dataclass(frozen=True)
class Facts:
    """What the rules look at: one product of an order and what is asked of it.

    ``asked_at`` is when the buyer asked: a request made in time is not late because we were slow to decide.
    ``received`` is the carrier's signing or the buyer's confirmation, never the shipping time (A4); nothing where
    nobody knows. ``stock_free`` are the free pieces of the wanted SKU, nothing where none is named; ``price`` and
    ``target_price`` (CNY) are per piece. ``earlier`` are the times at which requests of this line by choice were
    accepted before.
    """

    kind: str
    problem: str
    product_kind: str
    asked_at: datetime
    received: datetime | None = None
    shipped: bool = True
    special_price: bool = False
    virtual: bool = False
    evidence: bool = False
    num: int = 1
    stock_free: int | None = None
    earlier: tuple[datetime, ...] = ()
    price: Decimal | None = None
    target_price: Decimal | None = None

    @property
    def fault(self) -> bool:
        """Something is wrong that A3 always answers for."""
        return self.problem in FAULTS


def window_end(received: datetime, span: Span) -> datetime:
    """The last moment of a window, which is still in it (A3).

    48 hours run from the minute of receipt; 7 days from midnight (Shanghai) after the day of receipt.
    **Our reading:** the minute is that on the clock, without its seconds, as the carriers tell it.
    """
    if span == Span.HOURS_48:
        return received.replace(second=0, microsecond=0) + timedelta(hours=48)
    midnight = datetime.combine(received.astimezone(SHANGHAI).date() + _DAY, time(), tzinfo=SHANGHAI)
    return midnight + 7 * _DAY


def is_like_price(price: Decimal, other: Decimal) -> bool:
    """A8: within 20 % of what the buyer bought, up or down, inclusive."""
    return abs(other - price) <= price * LIKE_PRICE
