"""Tickets with running clocks, the job that looks after them, and what it wrote, for tests of clocks."""

from datetime import datetime
from typing import Any

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.services import clocks
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.states import Case, Decision, Goods
from orders.models import Order, Parcel, TrackingNews
from shopdesk.base.models import AuditEntry
from tests.afterservice import scenes
from tests.factories import NOW
from tests.orders.shipped_parcels import make_shipped_parcel


def make_ticket(
    order: Order | None = None, *, running: tuple[str, ...] = (), now: datetime = NOW, **fields: Any
) -> Ticket:
    """A return that was opened ``now``, unless said otherwise; these clocks run since then."""
    ticket = scenes.make_ticket(order, **{"opened_at": now} | fields)
    for kind in running:
        clocks.start(ticket, kind, now=now)
    return ticket


def clock_of(ticket: Ticket, kind: str = ClockKind.ANSWER) -> Clock:
    """The newest clock of a kind, as it is now."""
    return Clock.objects.filter(ticket=ticket, kind=kind).order_by("-started_at", "-pk")[0]


def decided(**fields: Any) -> Ticket:
    """An accepted one."""
    values: dict[str, Any] = {"case": Case.DECIDED, "decision": Decision.ACCEPTED, "decided_at": NOW}
    return make_ticket(**values | fields)


def exchange(**fields: Any) -> Ticket:
    """An accepted exchange whose goods came back, and its parcel on its way."""
    parcel = make_shipped_parcel(purpose=Parcel.Purpose.EXCHANGE, **fields)
    return decided(
        order=parcel.order,
        kind=TicketKind.EXCHANGE_SKU,
        goods=Goods.PASSED,
        parcel=parcel,
        settlement="exchanged",
    )


def say_signed(invoice_no: str, at: datetime, state: int = 3) -> None:
    """News of a return from its carrier: signed for, unless said otherwise."""
    TrackingNews.objects.create(
        carrier="zhongtong", invoice_no=invoice_no, state=state, at=at, source="hand", heard_at=at
    )


def run(now: datetime) -> int:
    """The job runs: how much it did."""
    result = flag_return_deadlines(now, False)
    assert result.failed == 0
    return result.done


def actions(kind: str = "ticket") -> list[str]:
    """What was written of tickets, or of orders."""
    return list(AuditEntry.objects.filter(subject_kind=kind).order_by("pk").values_list("action", flat=True))
