"""Reading the warehouse's board: what waits at each stage, most urgent first, by a constant number of statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.models import ChangeNotice, Order, OrderLine, Parcel, ParcelLine, Slip
from orders.rules.parcels import read_parcel_number
from orders.selectors.extra_goods import Goods, extra_lines_of, extra_parcels_of
from orders.selectors.notices import open_notices
from orders.selectors.readiness import to_print, with_line_readiness, with_notices, with_readiness
from orders.selectors.stock import holds_to_sign
from orders.states import ParcelStage
from shipping.carriers import CARRIERS
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.composed import Composed, Given
from shopdesk.base.kept_counts import forget_counts, kept
from shopdesk.base.listing import COUNT_CAP, capped_counts
from shopdesk.base.models import Staff

ROWS = 100


class Tab(models.TextChoices):
    """What the board lists."""

    TO_PRINT = "to-print", _("To print")
    PRINTED = "printed", _("Printed")
    PACKED = "packed", _("Packed")
    SHIPPED = "shipped", _("Shipped today")


@dataclass(frozen=True)
class ParcelRow:
    """A parcel as the board lists it: the orders in it, how many pieces, its first goods."""

    parcel: Any  # with ``noticed``
    tids: Sequence[str]
    lines: Sequence[Goods]
    late: bool

    @property
    def pieces(self) -> int:
        """How many pieces are in it."""
        return sum(line.num for line in self.lines)

    @property
    def carrier(self) -> str:
        """The carrier by its name."""
        return carrier_name(self.parcel.carrier)


@dataclass(frozen=True)
class Board:
    """One tab of the board with the counts of all (capped), and what else waits for the warehouse."""

    tab: Tab
    rows: Sequence[ParcelRow]
    more: bool
    counts: dict[str, int]

    @property
    def tabs(self) -> list[tuple[Tab, int]]:
        """Each tab with its count."""
        return [(tab, self.counts[tab]) for tab in Tab]

    @property
    def to_print(self) -> int:
        """How many parcels can be printed now."""
        return self.counts[Tab.TO_PRINT]


def parcels_of_tab(tab: Tab, now: datetime) -> QuerySet[Parcel]:
    """What a tab lists."""
    if tab == Tab.TO_PRINT:
        return to_print(Parcel.objects.filter(stage=ParcelStage.PLANNED))
    if tab == Tab.SHIPPED:
        midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        return Parcel.objects.filter(stage=ParcelStage.SHIPPED, shipped_at__gte=midnight)
    return Parcel.objects.filter(stage=ParcelStage(tab.value))


# The counts, and what can be printed: plain values, for they are kept where other releases of the desk read them.
_Waiting = tuple[dict[str, int], list[int]]


def _count(now: datetime) -> _Waiting:
    # Looked for once, for the count and the rows: readiness is asked of all that is planned.
    ready = _keys(Tab.TO_PRINT, now, most=COUNT_CAP)
    counted: dict[str, QuerySet[Any]] = {
        tab.value: parcels_of_tab(tab, now) for tab in Tab if tab != Tab.TO_PRINT
    }
    counted["notices"] = open_notices()
    # F5: what somebody put aside by hand is signed by the warehouse; holds of orders are taken by the desk.
    counted["holds"] = holds_to_sign()
    return {Tab.TO_PRINT.value: len(ready), **capped_counts(counted)}, ready


def read_board(tab: Tab, *, staff: Staff, now: datetime) -> Board:
    """The board: four statements however much waits, one more for a tab other than the first.

    Two of them find and count what can be printed, unless that was just done for this person. What is shown is asked
    again: where somebody else printed of it meanwhile, all is counted anew, and the next ones come up.
    """
    counts, ready = kept("board", staff, lambda: _count(now))
    keys = ready if tab == Tab.TO_PRINT else _keys(tab, now, most=COUNT_CAP)
    parcels = _read(tab, keys[:ROWS])
    if len(parcels) < len(keys[:ROWS]):
        forget_counts(staff)
        return read_board(tab, staff=staff, now=now)
    return Board(tab, _rows(parcels, now), len(keys) > ROWS, {**counts, tab.value: len(keys)})


def read_tab(tab: Tab, *, now: datetime, size: int) -> Iterator[list[ParcelRow]]:
    """Everything that a tab lists, in the order of the board, so many parcels at a time."""
    keys = _keys(tab, now)
    for first in range(0, len(keys), size):
        yield _rows(_read(tab, keys[first : first + size]), now)


def _keys(tab: Tab, now: datetime, most: int | None = None) -> list[int]:
    return list(parcels_of_tab(tab, now).order_by(*_order_of(tab)).values_list("pk", flat=True)[:most])


def _listed(parcels: QuerySet[Parcel]) -> Composed[Any]:
    """Those of some parcels that are asked for, with ``noticed`` and what the board and its file show of them."""
    shown = (
        "stage", "version", "part", "purpose", "buyer", "carrier", "invoice_no", "ship_by", "shipped_at",
        "order__receiver_state", "order__receiver_mobile", "order__receiver_phone",
    )  # fmt: skip
    return Composed(
        lambda: with_notices(parcels.filter(pk__among=Given("keys"))).select_related("order").only(*shown)
    )


# What can be printed was looked for a moment ago.
_STILL_TO_PRINT = _listed(to_print(Parcel.objects.filter(stage=ParcelStage.PLANNED)))
_OF_ANY_STAGE = _listed(Parcel.objects.all())


def _read(tab: Tab, keys: list[int]) -> list[Any]:
    listed = _STILL_TO_PRINT if tab == Tab.TO_PRINT else _OF_ANY_STAGE
    found = {parcel.pk: parcel for parcel in listed(keys=keys)}
    return [found[key] for key in keys if key in found]


def _order_of(tab: Tab) -> Sequence[str]:
    return ("-shipped_at", "-pk") if tab == Tab.SHIPPED else ("ship_by", "pk")


def _rows(parcels: Sequence[Parcel], now: datetime) -> list[ParcelRow]:
    lines = lines_of(parcels)
    return [
        ParcelRow(
            parcel,
            sorted({line.order_id for line in lines.get(parcel.pk, [])} or {parcel.order_id}),
            lines.get(parcel.pk, []),
            late=parcel.shipped_at is None and parcel.ship_by is not None and parcel.ship_by < now,
        )
        for parcel in parcels
    ]


def _lines_in(parcels: Q) -> QuerySet[Any]:
    # In one condition, so that it is in these parcels that a line is live: it may have been in others before.
    lines = OrderLine.objects.filter(parcels, parcel_lines__live=True).select_related("product", "sku")
    in_parcel = lines.annotate(parcel_id=models.F("parcel_lines__parcel"))
    return in_parcel.order_by("sku__shelf", "order", "position")


_LINES = Composed(
    lambda: _lines_in(Q(parcel_lines__parcel__among=Given("parcels"))).only(
        "order", "position", "sku_properties_name", "outer_sku_id", "num", "product__title", "sku__shelf"
    )
)


def lines_of(parcels: Iterable[Parcel], *, readiness: bool = False) -> dict[int, list[Any]]:
    """The lines in each parcel with their goods, in the order of the shelves; one statement.

    One more where a parcel is sent after the sale: its goods are ``ExtraLine``, which read alike. With
    ``readiness`` the lines are whole and say whether they can be packed, else they are what a row shows of them.
    """
    parcels = list(parcels)
    keys = [parcel.pk for parcel in parcels]
    found: dict[int, list[Any]] = dict(extra_lines_of(parcels))
    inside: Iterable[Any] = (
        with_line_readiness(_lines_in(Q(parcel_lines__parcel__in=keys)))
        if readiness
        else _LINES(parcels=keys)
    )
    for line in inside:
        found.setdefault(line.parcel_id, []).append(line)
    return found


@dataclass(frozen=True)
class ParcelDetail:
    """One parcel with everything that its page shows."""

    parcel: Any
    orders: Sequence[Order]
    lines: Sequence[Any]
    slips: Sequence[Slip]
    notices: Sequence[ChangeNotice]

    @property
    def slip(self) -> Slip | None:
        """The slip that counts."""
        return next((slip for slip in self.slips if slip.voided_at is None), None)

    @property
    def carrier(self) -> str:
        """The carrier by its name."""
        return carrier_name(self.parcel.carrier)


def read_parcel(parcel_id: int) -> ParcelDetail | None:
    """A parcel's page by five statements, one more after the sale; ``None`` for no such parcel."""
    parcels = with_readiness(Parcel.objects.filter(pk=parcel_id))
    parcel = parcels.select_related("order", "buyer", "batch", "packed_by", "shipped_by").first()
    if parcel is None:
        return None
    lines = lines_of([parcel], readiness=True).get(parcel_id, [])
    tids = {line.order_id for line in lines} | {parcel.order_id}
    notices = ChangeNotice.objects.filter(order__in=tids, acknowledged_at__isnull=True)
    return ParcelDetail(
        parcel,
        orders=list(Order.objects.filter(pk__in=tids).order_by("tid")),
        lines=lines,
        slips=list(
            Slip.objects.filter(parcel=parcel).select_related("printed_by", "batch").order_by("-version")
        ),
        notices=list(notices.select_related("made_by").order_by("made_at", "pk")),
    )


def parcel_named(text: str) -> int | None:
    """The number of the parcel that somebody typed, where there is one; else ``None``."""
    number = read_parcel_number(text)
    return number if number is not None and Parcel.objects.filter(pk=number).exists() else None


def carrier_name(code: str) -> str:
    """A carrier's name by its code; the code itself where it is none of ours."""
    return CARRIERS[code].name if code in CARRIERS else code


_INSIDE = Composed(
    lambda: (
        ParcelLine.objects.filter(order=Given("tid"), live=True)
        .exclude(parcel__stage=ParcelStage.VOIDED)
        .select_related("parcel__batch", "line")
        .order_by("parcel", "line")
    ),
    pages=["order"],
)


def parcels_in_order(tid: str) -> list[tuple[Parcel, int]]:
    """The parcels that an order's goods are or were in, with how many of its pieces, newest last.

    Then those that followed after the sale (F1).
    """
    found: dict[int, tuple[Parcel, int]] = {}
    for inside in _INSIDE(tid=tid):
        _parcel, pieces = found.get(inside.parcel_id, (inside.parcel, 0))
        found[inside.parcel_id] = (inside.parcel, pieces + inside.line.num)
    return [*found.values(), *extra_parcels_of(tid)]
