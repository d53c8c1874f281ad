"""What the demo's buyers spent: by their orders, and by the balance that the shop moved in with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

from members.opening_files import OpeningFile, OpeningRow
from members.services.opening import take_over
from shopdesk.desk.demo.drafts import sum_spend
from shopdesk.desk.demo.makers import Workshop

# What the regulars had spent before the desk (CNY): every tier has some, and some stand just below one.
OPENINGS = ("980.00", "9640.00", "18755.50", "26310.00", "12080.40", "4120.00", "740.00", "10350.00")
FREE_FOR_LIFE = 2
MOVED_IN = timedelta(days=89)


def open_ledger(workshop: Workshop, crowd: Collection[str | None]) -> None:
    """Count the orders that were written, and the starting balance of those of the crowd who order most.

    The cast have none: their figures are what their stories are about.
    """
    drafts = list(workshop.by_time())
    counts: dict[str, int] = {}
    addresses: dict[str, str] = {}
    for draft in drafts:
        if (nick := draft.order.buyer_id) and nick in crowd:
            counts[nick] = counts.get(nick, 0) + 1
            addresses[nick] = draft.order.receiver_address
    regulars = sorted(counts, key=lambda nick: (-counts[nick], nick))[: len(OPENINGS)]
    rows = [
        OpeningRow(number, nick, Decimal(amount), addresses[nick] if number < FREE_FOR_LIFE + 2 else "")
        for number, (nick, amount) in enumerate(zip(regulars, OPENINGS, strict=False), start=2)
    ]
    sum_spend()
    take_over(OpeningFile(rows, []), actor=None, now=workshop.now - MOVED_IN)
