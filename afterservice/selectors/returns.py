"""Reading the warehouse's returns: on their way, here, failed, without a ticket. No prices, no phones (T1)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketLine, UnmatchedReturn
from afterservice.rules.kinds import TicketKind, goes_on_shelf
from afterservice.states import OPEN_CASES, Goods
from shopdesk.base.listing import PAGE_SIZE, Keyset, Page, capped_count, capped_counts, read_page


class ReturnTab(models.TextChoices):
    """The lists of the page."""

    TO_INSPECT = "to-inspect", _("To inspect")
    AWAITED = "awaited", _("On their way")
    FAILED = "failed", _("Failed, to be decided")
    UNMATCHED = "unmatched", _("Without a ticket")


_KEYSETS = {
    ReturnTab.TO_INSPECT: Keyset("received_at", "id", numeric=True, soonest_first=True, key_ascends=True),
    ReturnTab.FAILED: Keyset("received_at", "id", numeric=True, soonest_first=True, key_ascends=True),
    ReturnTab.AWAITED: Keyset("address_given_at", "id", numeric=True),
    ReturnTab.UNMATCHED: Keyset("found_at", "id", numeric=True),
}


@dataclass(frozen=True)
class ReturnCard:
    """Goods that come back, as the warehouse sees them."""

    ticket: Ticket
    lines: Sequence[TicketLine]

    @property
    def to_shelf(self) -> bool:
        """Whether what passes is on the shelf by that."""
        return goes_on_shelf(self.ticket.kind, self.ticket.problem)

    @property
    def to_repair(self) -> bool:
        """Whether they are the buyer's own, here to be repaired."""
        return self.ticket.kind == TicketKind.REPAIR


def read_returns(tab: ReturnTab, *, cursor: str = "", size: int = PAGE_SIZE) -> dict[str, Any]:
    """One list of the page with the counts of all: three statements however long it is."""
    counts = capped_counts({each.value: _rows(each) for each in ReturnTab})
    page: Page[Any] = read_page(_rows(tab), _KEYSETS[tab], cursor, size)
    cards: Sequence[Any] = page.rows if tab == ReturnTab.UNMATCHED else cards_of(page.rows)
    return {
        "tab": tab,
        "tabs": [(each, counts[each.value]) for each in ReturnTab],
        "page": page,
        "cards": cards,
    }


def returns_to_work() -> int:
    """How many returns wait for the warehouse, capped: one statement."""
    return capped_count(_rows(ReturnTab.TO_INSPECT))


def read_inspection(number: int) -> ReturnCard | None:
    """One ticket's goods; ``None`` where there is no such ticket or nothing ever came back with it."""
    found = Ticket.objects.select_related("order", "received_by", "inspected_by")
    ticket = found.exclude(goods=Goods.NONE).filter(pk=number).first()
    return cards_of([ticket])[0] if ticket else None


def cards_of(tickets: Sequence[Ticket]) -> list[ReturnCard]:
    """Tickets with their goods: one statement."""
    lines: dict[int, list[TicketLine]] = defaultdict(list)
    found = TicketLine.objects.filter(ticket__in=tickets).select_related("line__product", "line__sku")
    for line in found.order_by("line__position"):
        lines[line.ticket_id].append(line)
    return [ReturnCard(ticket, lines[ticket.pk]) for ticket in tickets]


def _rows(tab: ReturnTab) -> QuerySet[Any]:
    if tab == ReturnTab.UNMATCHED:
        return UnmatchedReturn.objects.filter(ticket__isnull=True).select_related("found_by")
    tickets = Ticket.objects.filter(case__in=OPEN_CASES).select_related("received_by")
    if tab == ReturnTab.AWAITED:
        return tickets.filter(goods__in=(Goods.AWAITED, Goods.SENT), address_given_at__isnull=False)
    goods = Goods.RECEIVED if tab == ReturnTab.TO_INSPECT else Goods.FAILED
    return tickets.filter(goods=goods, received_at__isnull=False)
