"""Gathering the facts of requests for the policy (A3, A4), for one ticket or many with the same statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from afterservice.models import Evidence, Ticket, TicketLine
from afterservice.rules.kinds import TicketKind
from afterservice.rules.policy import verdict
from afterservice.rules.policy_table import COLUMNS, FAULTS, Facts, counted_with
from afterservice.rules.requests import NewTicket
from afterservice.rules.verdicts import Verdict, strictest
from afterservice.selectors.requests import Wanted, require_possible
from afterservice.states import Case, Decision
from orders.models import Order, OrderLine, ParcelLine
from orders.states import ParcelStage, Status
from shopdesk.base.composed import Composed, Given
from shopdesk.base.errors import DomainError
from shopdesk.base.money import quantize

_SHIPPED = frozenset({Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED})


@dataclass(frozen=True)
class Ask:
    """A request as it is judged at a moment; ``number`` is that of its ticket, where there is one."""

    order: Order
    kind: str
    problem: str
    goods: tuple[Wanted, ...]
    asked_at: datetime
    judged_at: datetime
    received_time: datetime | None
    evidence: bool
    number: int | None = None
    # Pieces of the wanted SKU that are held for this very request, by line.
    held: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class JudgedLine:
    """What the rules say of one line."""

    wanted: Wanted
    verdict: Verdict


@dataclass(frozen=True)
class Judgement:
    """What the rules say of a request: the strictest of what they say of its lines, and when the buyer got it."""

    verdict: Verdict
    lines: tuple[JudgedLine, ...]
    received: datetime | None
    shipped: bool
    evidence: bool


@dataclass(frozen=True)
class _Accepted:
    """A request by choice that was accepted: its ticket, its kind, when."""

    number: int
    kind: str
    at: datetime


@dataclass(frozen=True)
class _Way:
    """How far a line's parcel is."""

    stage: str
    signed_at: datetime | None


def judge(asks: Sequence[Ask]) -> list[Judgement]:
    """What the rules say of each; a constant number of statements."""
    lines = [wanted.line.pk for ask in asks for wanted in ask.goods]
    ways, earlier = _ways(lines), _earlier(lines)
    return [_judge(ask, ways, earlier) for ask in asks]


def judge_ticket(ticket: Ticket, *, now: datetime) -> Judgement:
    """What the rules say of a ticket at this moment."""
    return judge(asks_of([ticket], now=now))[0]


def preview(request: NewTicket, *, now: datetime, evidence: bool = False) -> Judgement:
    """The policy's answer before anything is saved; nothing is written.

    ``evidence`` says whether some will be added. Raises whatever ``open_ticket`` refuses but for the words.
    """
    order = Order.objects.filter(pk=request.tid).first()
    if order is None:
        raise DomainError("O1", _("There is no order %(tid)s.") % {"tid": request.tid})
    goods = require_possible(order, request)
    check_receipt(order, request.received_time, request.received_source, now=now)
    return judge(
        [
            Ask(
                order=order,
                kind=request.kind,
                problem=request.problem,
                goods=goods,
                asked_at=now,
                judged_at=now,
                received_time=request.received_time,
                evidence=evidence,
            )
        ]
    )[0]


def check_receipt(order: Order, at: datetime | None, source: str, *, now: datetime) -> None:
    """Refuse a receipt time that cannot be (A4): told though the carrier told it, in the future, before shipping."""
    if at is None:
        return
    if order.signed_time is not None and at != order.signed_time:
        raise DomainError("A4", _("The order knows its receipt time: that counts."), field="received_time")
    if source not in Ticket.ReceiptSource.values:
        raise DomainError("A4", _("Say where the receipt time is from."), field="received_source")
    if at > now:
        raise DomainError("A4", _("The receipt time is still to come."), field="received_time")
    shipped_at = order.consign_time or order.pay_time or order.created
    if at < shipped_at:
        raise DomainError(
            "A4",
            _("Nobody receives what is not shipped: this is before the goods left."),
            field="received_time",
        )


def asks_of(tickets: Iterable[Ticket], *, now: datetime, as_asked: bool = False) -> list[Ask]:
    """Tickets (their orders read with them) as requests, with two statements.

    They are judged as they stand now; ``as_asked`` leaves out what was accepted after they were asked for.
    """
    tickets = list(tickets)
    numbers = [ticket.pk for ticket in tickets]
    lines: dict[int, list[TicketLine]] = defaultdict(list)
    found = TicketLine.objects.filter(ticket__in=numbers).select_related(
        "line__product", "line__sku", "target__product", "hold"
    )
    for line in found.order_by("line__position"):
        lines[line.ticket_id].append(line)
    proven = set(
        Evidence.objects.filter(ticket__in=numbers, stage=Evidence.Stage.REQUEST).values_list(
            "ticket", flat=True
        )
    )
    return [
        Ask(
            order=ticket.order,
            kind=ticket.kind,
            problem=ticket.problem,
            goods=tuple(Wanted(line.line, line.num, line.target) for line in lines[ticket.pk]),
            asked_at=ticket.opened_at,
            judged_at=ticket.opened_at if as_asked else now,
            received_time=ticket.received_time,
            evidence=ticket.pk in proven,
            number=ticket.pk,
            held=tuple(
                (line.line_id, line.hold.num)
                for line in lines[ticket.pk]
                if line.hold is not None and line.hold.released_at is None
            ),
        )
        for ticket in tickets
    ]


def _judge(ask: Ask, ways: dict[int, _Way], earlier: dict[int, list[_Accepted]]) -> Judgement:
    order_shipped = ask.order.status in _SHIPPED
    if not ask.goods:
        received = ask.order.signed_time or ask.received_time
        facts = Facts(
            kind=ask.kind,
            problem=ask.problem,
            product_kind="",
            asked_at=ask.asked_at,
            received=received,
            shipped=order_shipped,
            evidence=ask.evidence,
        )
        return Judgement(verdict(facts), (), received, order_shipped, ask.evidence)
    held = dict(ask.held)
    judged, all_received, all_shipped = [], [], True
    for wanted in ask.goods:
        way = ways.get(wanted.line.pk)
        received = (way.signed_at if way else None) or ask.order.signed_time or ask.received_time
        shipped = order_shipped or (way is not None and way.stage == ParcelStage.SHIPPED)
        facts = _facts(ask, wanted, received, shipped, held, earlier.get(wanted.line.pk, []))
        judged.append(JudgedLine(wanted, verdict(facts)))
        all_received.append(received)
        all_shipped = all_shipped and shipped
    known = [moment for moment in all_received if moment is not None]
    return Judgement(
        strictest(line.verdict for line in judged),
        tuple(judged),
        max(known) if len(known) == len(all_received) else None,
        all_shipped,
        ask.evidence,
    )


def _facts(
    ask: Ask,
    wanted: Wanted,
    received: datetime | None,
    shipped: bool,
    held: dict[int, int],
    earlier: Sequence[_Accepted],
) -> Facts:
    line, target = wanted.line, wanted.target
    stock_free = None
    if target is not None:
        stock_free = target.stock - target.held + held.get(line.pk, 0)
    return Facts(
        kind=ask.kind,
        problem=ask.problem,
        product_kind=line.product.kind,
        asked_at=ask.asked_at,
        received=received,
        shipped=shipped,
        special_price=line.product.special_price,
        virtual=line.product.virtual,
        evidence=ask.evidence,
        num=wanted.num,
        stock_free=stock_free,
        earlier=tuple(
            one.at
            for one in earlier
            if one.number != ask.number and one.at <= ask.judged_at and one.kind in counted_with(ask.kind)
        ),
        price=line.price,
        target_price=target.price if target is not None else None,
    )


_WAYS = Composed(
    lambda: (
        ParcelLine.objects.filter(line__among=Given("lines"), live=True)
        .exclude(parcel__stage=ParcelStage.VOIDED)
        .values_list("line_id", "parcel__stage", "parcel__signed_at")
    )
)
_ACCEPTED = Composed(
    lambda: (
        TicketLine.objects.filter(
            line__among=Given("lines"),
            ticket__decision=Decision.ACCEPTED,
            ticket__kind__in=(*COLUMNS, TicketKind.PRICE_PROTECTION),
        )
        .exclude(ticket__problem__in=FAULTS, ticket__kind__in=COLUMNS)
        .exclude(ticket__case=Case.CANCELLED)
        .exclude(ticket__close_reason=Ticket.Close.NOT_SENT_BACK)
        .values_list("line_id", "ticket_id", "ticket__kind", "ticket__decided_at")
    )
)


def _ways(line_ids: Collection[int]) -> dict[int, _Way]:
    rows = _WAYS(lines=list(line_ids))
    return {line_id: _Way(stage, signed_at) for line_id, stage, signed_at in rows}


def _earlier(line_ids: Collection[int]) -> dict[int, list[_Accepted]]:
    """Requests by choice that were accepted, by line. What came to nothing is none."""
    found: dict[int, list[_Accepted]] = defaultdict(list)
    for line_id, number, kind, at in _ACCEPTED(lines=list(line_ids)):
        if at is not None:
            found[line_id].append(_Accepted(number, kind, at))
    return found


def value_of(line: OrderLine, num: int) -> Decimal:
    """What was paid (CNY) for so many pieces of a line."""
    return quantize(line.payment * num / line.num)
