"""What carriers, the warehouse and whoever pays out wrote down elsewhere, taken over by tickets (A5, A6).

Orders never name a ticket, so the tickets look for themselves: in batches, a constant number of statements each.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import F, QuerySet

from afterservice.events import clocks as events
from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.selectors.due_clocks import signings
from afterservice.services import clocks
from afterservice.services.locks import lock_free
from afterservice.services.settling import settle_many
from afterservice.states import MONEY_MOVES, Case, Goods, Money
from orders.models import Parcel
from shopdesk.base import audit


def _locked(tickets: QuerySet[Ticket]) -> list[Ticket]:
    """Those of ``tickets`` that are free and still among them."""
    free = {ticket.pk: ticket for ticket in lock_free(tickets.values_list("pk", flat=True))}
    still = tickets.filter(pk__in=free).order_by("pk").values_list("pk", flat=True)
    return [free[number] for number in still]


def _names(tickets: Iterable[Ticket]) -> list[str]:
    return [ticket.number for ticket in tickets]


def take_return_signings(tickets: QuerySet[Ticket], now: datetime) -> list[str]:
    """Goods that come back were signed for: from then on their inspection is due (A6)."""
    locked = _locked(tickets)
    signed = signings([ticket.return_invoice_no for ticket in locked])
    for ticket in locked:
        ticket.return_signed_at = signed[ticket.return_invoice_no]
        ticket.version += 1
    Ticket.objects.bulk_update(locked, ["return_signed_at", "version"])
    since = {ticket.pk: signed[ticket.return_invoice_no] for ticket in locked}
    clocks.stop_many(
        [ticket for ticket in locked if ticket.goods == Goods.AWAITED], kinds=[ClockKind.SEND_BACK], now=now
    )
    # Goods that were scanned before the carrier told of them are being inspected, but the time runs from the signing.
    inspected = [ticket for ticket in locked if ticket.kind != TicketKind.REPAIR]
    _count_from(inspected, since)
    coming = [ticket for ticket in inspected if ticket.goods != Goods.RECEIVED]
    clocks.start_many(coming, ClockKind.INSPECT, now=now, since=since)
    audit.record_many(map(events.return_signed, locked), at=now, actor=None)
    return _names(locked)


def _count_from(tickets: Iterable[Ticket], since: Mapping[int, datetime]) -> None:
    """Let inspections that run already count from the signing: their times move back with their start."""
    running = Clock.objects.filter(
        ticket__in=list(tickets), kind=ClockKind.INSPECT, stopped_at__isnull=True, expired_at__isnull=True
    )
    moved = [clock for clock in running if clock.started_at > since[clock.ticket_id]]
    for clock in moved:
        earlier = clock.started_at - since[clock.ticket_id]
        clock.started_at, clock.due_at = clock.started_at - earlier, clock.due_at - earlier
        clock.warn_at = clock.warn_at - earlier if clock.warn_at else None
    Clock.objects.bulk_update(moved, ["started_at", "due_at", "warn_at"])
    clocks.keep_in_step(tickets)


def take_exchange_signings(tickets: QuerySet[Ticket], now: datetime) -> list[str]:
    """The buyer has the new goods: from then on they have ten days to confirm (A6)."""
    locked = _locked(tickets)
    parcels = Parcel.objects.filter(pk__in=[ticket.parcel_id for ticket in locked]).in_bulk()
    since = {}
    for ticket in locked:
        signed_at = parcels[ticket.parcel_id].signed_at if ticket.parcel_id else None
        since[ticket.pk] = signed_at or now
    clocks.start_many(locked, ClockKind.CONFIRM, now=now, since=since)
    facts = [events.exchange_signed(ticket, since[ticket.pk]) for ticket in locked]
    audit.record_many(facts, at=now, actor=None)
    return _names(locked)


def take_shipments(tickets: QuerySet[Ticket], now: datetime) -> list[str]:
    """Parts, or the buyer's own goods, went out: the ticket is settled (A5)."""
    locked = _locked(tickets)
    settle_many(locked, now=now)
    return _names(locked)


def take_payments(tickets: QuerySet[Ticket], now: datetime) -> list[str]:
    """The money is paid out; where that was all there was to do, the ticket is settled (A5, A9)."""
    locked = _locked(tickets)
    for ticket in locked:
        ticket.money = MONEY_MOVES.require("pay", ticket.money)
        ticket.version += 1
    Ticket.objects.filter(pk__in=[ticket.pk for ticket in locked]).update(
        money=Money.PAID, version=F("version") + 1
    )
    audit.record_many(map(events.paid, locked), at=now, actor=None)
    settle_many([ticket for ticket in locked if _settles(ticket)], now=now)
    return _names(locked)


def _settles(ticket: Ticket) -> bool:
    """Whether the money was what settles it: what travels settles it by itself, and some money goes along."""
    by_money = ticket.settlement not in ("", Ticket.Settlement.EXCHANGED)
    return ticket.case == Case.DECIDED and by_money and ticket.parcel_id is None
