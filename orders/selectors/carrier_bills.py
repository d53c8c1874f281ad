"""Reading carriers' bills: what each comes to, and its lines by what was found (F8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from orders.models import CarrierBill, CarrierBillLine
from orders.rules.carrier_bills import DIFFERENCES, Verdict
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, read_page

BILLS_SHOWN = 24
# The largest sum first.
BY_STAKE = Keyset("stake", "pk", numeric=True, money=True)


@dataclass(frozen=True)
class VerdictTally:
    """The lines of one verdict: how many, what was billed and what is at stake (CNY); and how many are open."""

    verdict: Verdict
    lines: int = 0
    fee: Decimal = Decimal(0)
    stake: Decimal = Decimal(0)
    open_lines: int = 0
    open_stake: Decimal = Decimal(0)

    @property
    def is_difference(self) -> bool:
        """Whether somebody has to look after it."""
        return self.verdict in DIFFERENCES


@dataclass(frozen=True)
class BillSummary:
    """A bill and what was found, each verdict in turn."""

    bill: CarrierBill
    tallies: Sequence[VerdictTally]

    @property
    def lines(self) -> int:
        """How many rows its files have: every one of them has a verdict."""
        return sum(tally.lines for tally in self.tallies if tally.verdict != Verdict.NEVER_BILLED)

    @property
    def fee(self) -> Decimal:
        """What it bills (CNY)."""
        return sum((tally.fee for tally in self.tallies), Decimal(0))

    @property
    def differences(self) -> int:
        """How many lines somebody has to look after, looked after or not."""
        return sum(tally.lines for tally in self.tallies if tally.is_difference)

    @property
    def stake(self) -> Decimal:
        """All that is at stake (CNY)."""
        return sum((tally.stake for tally in self.tallies), Decimal(0))

    @property
    def open_lines(self) -> int:
        """How many differences nobody has resolved."""
        return sum(tally.open_lines for tally in self.tallies if tally.is_difference)

    @property
    def open_stake(self) -> Decimal:
        """What is at stake of those (CNY)."""
        return sum((tally.open_stake for tally in self.tallies if tally.is_difference), Decimal(0))


def summaries(bills: Sequence[CarrierBill]) -> list[BillSummary]:
    """What each bill comes to: one statement for all, from an index alone."""
    found = {
        (row["bill"], row["verdict"]): row
        for row in CarrierBillLine.objects.filter(bill__in=bills)
        .values("bill", "verdict")
        .annotate(
            number=Count("pk"),
            billed=Sum("fee"),
            at_stake=Sum("stake"),
            open_lines=Count("pk", filter=Q(resolution="")),
            open_stake=Sum("stake", filter=Q(resolution=""), default=Decimal(0)),
        )
    }
    return [
        BillSummary(bill, [_tally(verdict, found.get((bill.pk, verdict.value))) for verdict in Verdict])
        for bill in bills
    ]


def _tally(verdict: Verdict, row: Mapping[str, Any] | None) -> VerdictTally:
    if row is None:
        return VerdictTally(verdict)
    names = ("number", "billed", "at_stake", "open_lines", "open_stake")
    return VerdictTally(verdict, *(row[name] for name in names))


def newest_bills() -> list[BillSummary]:
    """The bills of the last months: two statements."""
    bills = CarrierBill.objects.select_related("read_by").order_by("-month", "carrier")
    return summaries(list(bills[:BILLS_SHOWN]))


def lines_of(bill: CarrierBill, verdict: str = "") -> QuerySet[CarrierBillLine]:
    """The lines of a bill of one verdict, or all differences."""
    verdicts = [verdict] if verdict in Verdict.values else [found.value for found in DIFFERENCES]
    return CarrierBillLine.objects.filter(bill=bill, verdict__in=verdicts).select_related(
        "parcel__order", "resolved_by"
    )


def read_lines(bill: CarrierBill, verdict: str, cursor: str, size: int = PAGE_SIZE) -> Page[CarrierBillLine]:
    """One page of them, the largest sum first: one statement."""
    return read_page(lines_of(bill, verdict), BY_STAKE, cursor, size)


def rejected_of(bill: CarrierBill) -> Iterator[tuple[list[str], str]]:
    """The rejected rows of the last file: raw cells and the reason as its source has it."""
    rows = CarrierBillLine.objects.filter(bill=bill, verdict=Verdict.REJECTED).order_by("row", "pk")
    for line in rows.only("cells", "reason").iterator(chunk_size=2000):
        yield line.cells, line.reason
