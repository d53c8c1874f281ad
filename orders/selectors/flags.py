"""The warehouse's own list of flagged orders (N3): the most urgent first, without prices and phones (T1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from orders.models import Flag, Order, OrderLine, Parcel, ParcelLine
from orders.selectors.discretion import without_amounts, without_phones
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

FLAG_KEYSET = Keyset("until", "id", numeric=True, soonest_first=True)


@dataclass
class FlagRow:
    """A red flag with what the warehouse needs to act on it."""

    flag: Flag
    says: str
    lines: list[OrderLine] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)

    @property
    def order(self) -> Order:
        """The order that it stands on."""
        return self.flag.order


def to_warehouse() -> QuerySet[Flag]:
    """The red flags that stand for the warehouse."""
    return Flag.objects.filter(
        addressee=Flag.Addressee.WAREHOUSE, seller_flag=Order.SellerFlag.RED, ended_at__isnull=True
    )


def to_acknowledge() -> QuerySet[Flag]:
    """Those that nobody acknowledged yet."""
    return to_warehouse().filter(acknowledged_at__isnull=True)


def acknowledged() -> QuerySet[Flag]:
    """Those that were seen and still stand."""
    return to_warehouse().filter(acknowledged_at__isnull=False)


def read_flags(
    *, seen: bool, cursor: str = "", size: int = PAGE_SIZE
) -> tuple[Page[Flag], Sequence[FlagRow]]:
    """One page of the list, soonest due first: three statements however long it is."""
    flags = (acknowledged() if seen else to_acknowledge()).select_related(
        "order__buyer", "note", "set_by", "acknowledged_by"
    )
    page = read_page(flags, FLAG_KEYSET, cursor, size)
    return page, flag_rows(page.rows)


def flag_rows(flags: Sequence[Flag]) -> list[FlagRow]:
    """The rows of some flags, in the order given."""
    rows = {flag.order_id: FlagRow(flag, _says(flag)) for flag in flags}
    lines = OrderLine.objects.filter(order__in=rows).select_related("product").order_by("order", "position")
    for line in lines:
        rows[line.order_id].lines.append(line)
    inside = ParcelLine.objects.filter(order__in=rows, live=True).select_related("parcel")
    for tid, parcel in {(row.order_id, row.parcel) for row in inside}:
        rows[tid].parcels.append(parcel)
    for row in rows.values():
        row.parcels.sort(key=lambda parcel: parcel.pk)
    return list(rows.values())


def _says(flag: Flag) -> str:
    return without_phones(str(without_amounts(flag.note))) if flag.note else ""
