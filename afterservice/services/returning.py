"""Goods on their way back: the address, their number, receiving by scan, inspection (A5, A7, A10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import goods as facts
from afterservice.models import Evidence, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.exchanges import EXCHANGE_NOTE, StepCode, require_before
from afterservice.rules.kinds import EXCHANGES, GOODS_COME_BACK, TicketKind, goes_on_shelf
from afterservice.selectors.goods_facts import (
    facts_of,
    goods_words,
    lines_of,
    return_address,
    target_words,
)
from afterservice.services import clocks, evidence
from afterservice.services.arrivals import RETURN_NUMBER, match_listed, named, take_in, tidy
from afterservice.services.goods_steps import begin, log_to_buyer
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.states import GOODS_MOVES, Case, Goods
from orders.models import Flag, Order
from orders.rules.notes import NOTE_LENGTH
from orders.services import returns
from orders.services.flags import FlagRequest, raise_flag
from orders.services.locks import lock_orders
from shipping.carriers import CARRIERS
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

ADDRESS_TOLD = "退货地址：{address}"
EXCHANGE_LABEL = "退换货中"
LONGEST_WORDS = 500
# The flag of an exchange stands as long as the buyer may take to send the goods (A6).
FLAG_STANDS = clock.hours(10 * 24)


class UnknownNumber(DomainError):
    """Nobody told of goods under this number: they can be put on the list of returned goods (A11)."""


@transaction.atomic
def give_address(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Give the buyer the return address (A7): the order gets its note, and the buyer has 10 days from now (A6).

    An exchange's note is red, to the warehouse: its goods are not here yet. Raises as ``goods_steps.begin``;
    ``DomainError`` naming the step that comes first (A7; A8: the difference), (A7) where the shop keeps no address;
    ``Conflict`` (A5) where goods do not come back or are on their way.
    """
    now = now or clock.now()
    ticket = begin(number, "A7", actor=actor, now=now, version=version)
    if ticket.kind not in GOODS_COME_BACK or not _comes_to_shop(ticket):
        raise Conflict("A5", _("No goods come back with this ticket."))
    before = ticket.goods
    goods = GOODS_MOVES.require("give_address", before)
    lines = lines_of(ticket)
    seen = facts_of(ticket, lines)
    # The note is written right before the address, in the same breath.
    require_before(seen, StepCode.NOTE if ticket.kind in EXCHANGES else StepCode.ADDRESS)
    address = return_address()
    if address is None:
        raise DomainError("A7", _("The shop keeps no return address yet: a manager enters it."))
    if ticket.kind in EXCHANGES:
        note = EXCHANGE_NOTE.format(goods=goods_words(lines), target=target_words(lines))
        request = FlagRequest(
            Order.SellerFlag.RED,
            label=EXCHANGE_LABEL,
            text=note[:NOTE_LENGTH],
            addressee=Flag.Addressee.WAREHOUSE,
            until=now + FLAG_STANDS,
        )
        raise_flag(ticket.order, request, actor=actor, now=now)
    ticket.goods, ticket.address_given_at = goods, now
    save(ticket, ["goods", "address_given_at"])
    log_to_buyer(ticket, ADDRESS_TOLD.format(address=address.text), actor=actor, now=now)
    clocks.start(ticket, ClockKind.SEND_BACK, now=now)
    audit.record(facts.address_given(ticket, address), at=now, actor=actor)
    return ticket


@transaction.atomic
def note_return(
    number: int,
    carrier: str,
    invoice_no: str,
    *,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """Note the tracking number under which the goods come back (A7); until they are here it may be mended.

    Goods of this number that lie on the list of unknown ones are received with it. Raises as ``goods_steps.begin``;
    ``DomainError`` (A7) for no number; ``Conflict`` (A5) before the address was given or once the goods are here.
    """
    now = now or clock.now()
    ticket = begin(number, "A7", actor=actor, now=now, version=version, on_platform=True)
    text = tidy(invoice_no)
    if not RETURN_NUMBER.match(text):
        raise DomainError("A7", _("A tracking number has 6 to 32 letters and digits."), field="invoice_no")
    if carrier and carrier not in CARRIERS:
        raise DomainError("A7", _("Choose the carrier from the list."), field="carrier")
    before = ticket.return_invoice_no
    if ticket.goods != Goods.SENT:
        ticket.goods = GOODS_MOVES.require("send", ticket.goods)
        ticket.sent_at = now
    ticket.return_carrier, ticket.return_invoice_no = carrier, text
    save(ticket, ["goods", "sent_at", "return_carrier", "return_invoice_no"])
    clocks.stop(ticket, ClockKind.SEND_BACK, now=now)
    audit.record(facts.return_noted(ticket, before), at=now, actor=actor)
    match_listed(ticket, actor=actor, now=now)
    return ticket


@transaction.atomic
def receive(text: str, *, actor: Staff, now: datetime | None = None) -> list[Ticket]:
    """Take goods in by scanning their return tracking number, or the number of their ticket (A5).

    One parcel may hold the goods of several tickets of a buyer: all are received. Inspecting is due from now on,
    or from the carrier's signing (A6); a repair is due instead. Raises ``Forbidden`` (A5) by role, ``UnknownNumber``
    (A11) where no ticket told of it, ``Conflict`` (A5) where the goods are here already or their ticket is over.
    """
    require_role("A5", actor, Permission.WORK_WAREHOUSE)
    now = now or clock.now()
    scanned = tidy(text)
    numbers = named(scanned)
    if not numbers:
        raise UnknownNumber(
            "A11",
            _(
                "Nobody told of goods under %(number)s. Look for a note in the parcel and type the ticket's number; "
                "else put it on the list, and the desk finds whose it is."
            )
            % {"number": scanned[:64] or "—"},
            field="text",
        )
    waiting = Ticket.objects.filter(pk__in=numbers, goods__in=(Goods.AWAITED, Goods.SENT))
    lock_orders(tid for pair in waiting.values_list("order_id", "tied_order_id") for tid in pair if tid)
    tickets = [lock_ticket(number) for number in sorted(waiting.values_list("pk", flat=True))]
    if not tickets:
        raise _here_already(max(numbers))
    under_way = [ticket for ticket in tickets if ticket.case in (Case.DECIDED, Case.PLATFORM)]
    for ticket in under_way or tickets:
        take_in(ticket, actor=actor, now=now)
    return under_way


@transaction.atomic
def inspect(
    number: int,
    *,
    passed: bool,
    found: str,
    photos: Sequence[Any] = (),
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """Say what the inspection found (A5). What passes goes back on the shelf where it is fit for sale
    (``goes_on_shelf``); what fails needs photos (A10).

    Raises as ``goods_steps.begin``; ``DomainError``
    (A10) for a failure without words or photos, (A12) for photos that cannot be kept; ``Conflict`` (A5) unless the
    goods are here and not inspected.
    """
    now = now or clock.now()
    ticket = begin(
        number,
        "A5",
        actor=actor,
        now=now,
        version=version,
        permission=Permission.WORK_WAREHOUSE,
        on_platform=True,
    )
    before = ticket.goods
    goods = GOODS_MOVES.require("pass" if passed else "fail", before)
    found = found.strip()
    if len(found) > LONGEST_WORDS:
        raise DomainError("A10", _("What was found holds 500 characters."), field="found")
    if photos:
        _keep(ticket, photos, actor=actor, now=now)
    shown = Evidence.objects.filter(ticket=ticket, stage=Evidence.Stage.INSPECTION).exists()
    if not passed and not found:
        raise DomainError("A10", _("Say what is wrong with the goods."), field="found")
    if not passed and not shown:
        raise DomainError(
            "A10", _("Goods that fail are photographed: take at least one photo."), field="photos"
        )
    ticket.goods, ticket.inspected_at, ticket.inspected_by, ticket.inspection = goods, now, actor, found
    save(ticket, ["goods", "inspected_at", "inspected_by", "inspection"])
    clocks.stop(ticket, ClockKind.INSPECT, now=now)
    if passed and goes_on_shelf(ticket.kind, ticket.problem):
        for line in lines_of(ticket):
            if line.line.sku_id is not None:
                returns.put_back(line.line, line.num, line.line.sku, actor=actor, now=now)
    audit.record(facts.inspected(ticket, before), at=now, actor=actor)
    return ticket


def _here_already(number: int) -> Conflict:
    ticket = Ticket.objects.select_related("received_by").get(pk=number)
    if ticket.received_at is not None:
        return Conflict(
            "A5",
            _("These goods are here already: %(ticket)s, received by %(who)s.")
            % {"ticket": ticket.number, "who": ticket.received_by or "—"},
        )
    return Conflict("A5", _("%(ticket)s waits for no goods.") % {"ticket": ticket.number})


def _comes_to_shop(ticket: Ticket) -> bool:
    return ticket.kind != TicketKind.REPAIR or ticket.repair_place == Ticket.RepairPlace.SHOP


def _keep(ticket: Ticket, photos: Sequence[Any], *, actor: Staff, now: datetime) -> None:
    """The photos of an inspection (A12)."""
    for photo in photos:
        evidence.add(ticket.pk, photo, stage=Evidence.Stage.INSPECTION, actor=actor, now=now)
