"""Reading parcels on their way (F7) and those whose buyers are to be told that they did not go out (O15)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Order, Parcel, ParcelLine, TrackingNews
from orders.rules.deliveries import TROUBLE, TrackingState
from orders.selectors.extra_goods import Goods, extra_lines_of
from orders.selectors.promises import UNSENT
from orders.states import ParcelStage
from shipping.carriers import CARRIERS
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

TROUBLE_KEYSET = Keyset("trouble_at", "id", numeric=True)
TELL_KEYSET = Keyset("returned_to_desk_at", "id", numeric=True)


@dataclass
class ParcelRow:
    """A parcel with its orders, goods and newest news."""

    parcel: Parcel
    orders: list[Order] = field(default_factory=list)
    lines: list[Goods] = field(default_factory=list)
    news: TrackingNews | None = None

    @property
    def carrier(self) -> str:
        """The carrier as people call it."""
        known = CARRIERS.get(self.parcel.carrier)
        return known.name if known else self.parcel.carrier

    @property
    def state(self) -> str | Promise:
        """The newest state in words."""
        state = self.parcel.tracking_state
        return _("nothing heard yet") if state is None else TrackingState(state).label

    @property
    def is_trouble(self) -> bool:
        """Whether the state itself is trouble; else the parcel is only late."""
        return self.parcel.tracking_state in TROUBLE


def _troubled() -> QuerySet[Parcel]:
    return Parcel.objects.filter(
        Q(order__signed_time__isnull=True) | ~Q(purpose=Parcel.Purpose.ORDER),
        stage=ParcelStage.SHIPPED,
        trouble_at__isnull=False,
        signed_at__isnull=True,
    )


def in_trouble() -> QuerySet[Parcel]:
    """Deliveries that are to be followed up before the buyer asks (F7)."""
    return _troubled().filter(followed_up_at__isnull=True)


def followed_up() -> QuerySet[Parcel]:
    """Deliveries in trouble that somebody looks after."""
    return _troubled().filter(followed_up_at__isnull=False)


def to_tell() -> QuerySet[Parcel]:
    """Parcels that were printed but not sent by the evening, and whose buyers do not know yet (O15)."""
    return Parcel.objects.filter(returned_to_desk_at__isnull=False, told_at__isnull=True, stage__in=UNSENT)


def read_trouble(
    *, looked_after: bool, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[Parcel], Sequence[ParcelRow]]:
    """One page of deliveries in trouble, the newest trouble first: three statements however long."""
    parcels = followed_up() if looked_after else in_trouble()
    page = read_page(parcels.select_related("order", "followed_up_by"), TROUBLE_KEYSET, cursor, size)
    rows = parcel_rows(page.rows)
    numbers = {row.parcel.invoice_no: row for row in rows}
    news = TrackingNews.objects.filter(invoice_no__in=numbers)
    newest = {
        piece.invoice_no: piece for piece in news.order_by("invoice_no", "-at", "-pk").distinct("invoice_no")
    }
    for row in rows:
        row.news = newest.get(row.parcel.invoice_no)
    return page, rows


def read_to_tell(cursor: str = "", size: int = PAGE_SIZE) -> tuple[Page[Parcel], Sequence[ParcelRow]]:
    """One page of parcels whose buyers are to be told, the newest first: two statements."""
    page = read_page(to_tell().select_related("order"), TELL_KEYSET, cursor, size)
    return page, parcel_rows(page.rows)


def parcel_rows(parcels: Sequence[Parcel]) -> list[ParcelRow]:
    """The rows of some parcels, in the order given: one statement, one more where some are sent after the sale."""
    rows = {parcel.pk: ParcelRow(parcel) for parcel in parcels}
    inside = ParcelLine.objects.filter(parcel__in=rows, live=True).select_related("order", "line__product")
    for piece in inside.order_by("order", "line__position"):
        row = rows[piece.parcel_id]
        row.lines.append(piece.line)
        if piece.order not in row.orders:
            row.orders.append(piece.order)
    extra = extra_lines_of(parcels)
    for row in rows.values():
        row.lines += extra.get(row.parcel.pk, [])
        if not row.orders:
            row.orders.append(row.parcel.order)
    return list(rows.values())
