"""The goods that a ticket is about: written when it is opened, and anew when its request is amended."""

from collections.abc import Iterable, Sequence
from typing import Any

from afterservice.models import Ticket, TicketLine
from afterservice.selectors.requests import Wanted


def write_lines(ticket: Ticket, goods: Sequence[Wanted]) -> None:
    """Write the goods of a ticket that has none."""
    TicketLine.objects.bulk_create(
        TicketLine(ticket=ticket, line=one.line, num=one.num, target=one.target) for one in goods
    )


def goods_facts(goods: Iterable[Wanted | TicketLine]) -> list[dict[str, Any]]:
    """The goods for the audit: position of the line, pieces, and the SKU wanted instead."""
    return [
        {
            "position": one.line.position,
            "num": one.num,
            "target": one.target.pk if one.target is not None else None,
        }
        for one in goods
    ]
