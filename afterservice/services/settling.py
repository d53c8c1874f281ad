"""A5, A13: what goes to the buyer, and how tickets are settled, followed up and closed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from afterservice.events import clocks as clock_facts
from afterservice.events import goods as goods_facts
from afterservice.events import money as facts
from afterservice.models import Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.exchanges import StepCode, require_before, steps_of
from afterservice.rules.kinds import EXCHANGES
from afterservice.rules.refunds import Ask
from afterservice.rules.settling import DONE, EXCHANGED, REPAIRED, RESENT, SENT_BACK, require_way
from afterservice.selectors.goods_facts import facts_of, lines_of
from afterservice.services import clocks, exchanging, paying_back
from afterservice.services.goods_steps import begin
from afterservice.services.locks import lock_ticket, require_role, save
from afterservice.states import CASE_MOVES, GOODS_MOVES, Case, Decision, Goods, Money
from orders.models import Parcel
from orders.services.extra_parcels import Extra, plan_extra
from orders.states import ParcelStage
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

LONGEST_REMARK = 500
SENT_AS: Mapping[str, str] = {
    EXCHANGED: Parcel.Purpose.EXCHANGE,
    RESENT: Parcel.Purpose.RESEND,
    # What was repaired is the buyer's own goods, on their way back.
    REPAIRED: Parcel.Purpose.SENT_BACK,
    SENT_BACK: Parcel.Purpose.SENT_BACK,
}


class FailedChoice:
    """A10: what a supervisor decides about goods that failed."""

    REFUND, SEND_BACK, ACCEPT = "refund", "send_back", "accept"
    ALL = (REFUND, SEND_BACK, ACCEPT)


@transaction.atomic
def decide_failed(
    number: int,
    choice: str,
    *,
    reason: str,
    ask: Ask | None = None,
    seen: Decimal | None = None,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """Decide about goods that failed the inspection (A10): part refund, sent back, or taken all the same.

    A part refund is paid back at once, as ``ask`` says and ``seen`` showed. Raises as ``goods_steps.begin``
    (``Forbidden`` (A10) for all but supervisors); ``Conflict`` (A5) for goods that did not fail; ``DomainError``
    (A10) for an unknown choice or no reason; as ``paying_back.pay_back`` for the refund.
    """
    now = now or clock.now()
    ticket = begin(
        number, "A10", actor=actor, now=now, version=version, permission=Permission.DECIDE_APPROVAL
    )
    if choice not in FailedChoice.ALL:
        raise DomainError("A10", _("Choose what becomes of the goods."), field="choice")
    if not reason.strip():
        raise DomainError("A10", _("Say why: the buyer asks."), field="reason")
    before = ticket.goods
    ticket.goods = GOODS_MOVES.require("send_back" if choice == FailedChoice.SEND_BACK else "take", before)
    save(ticket, ["goods"])
    audit.record(goods_facts.failed_decided(ticket, before, choice, reason.strip()), at=now, actor=actor)
    if choice == FailedChoice.SEND_BACK:
        exchanging.let_go(ticket, actor=actor, now=now)
        _send(ticket, SENT_BACK, actor=actor, now=now)
    elif choice == FailedChoice.REFUND:
        paying_back.pay_back(number, ask or Ask(), reason=reason, seen=seen, actor=actor, now=now)
        ticket.refresh_from_db()
    return ticket


@transaction.atomic
def send(
    number: int,
    way: str,
    *,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """Hand a parcel to the warehouse: the exchange from what is kept, the resend, or what was repaired (F1).

    It is settled when it is out; an exchange when the buyer confirms it, or 10 days after its signing (A6). Raises as
    ``goods_steps.begin``; ``DomainError`` naming the step that comes first (A7, A8); ``Conflict`` (A5) for a way that
    is not this kind's, or once a parcel is planned.
    """
    now = now or clock.now()
    ticket = begin(number, "A5", actor=actor, now=now, version=version)
    if way not in (EXCHANGED, RESENT, REPAIRED):
        raise Conflict("A5", _("A ticket of this kind is not settled like that."))
    require_way(ticket.kind, way)
    if way == EXCHANGED:
        lines = lines_of(ticket)
        seen = facts_of(ticket, lines)
        require_before(seen, StepCode.PARCEL)
        for step in steps_of(seen):
            if step.code == StepCode.POSTAGE and not step.done:
                raise DomainError("A7", step.waits_for)
    if way == REPAIRED and ticket.goods not in (Goods.RECEIVED, Goods.PASSED, Goods.TAKEN):
        raise Conflict("A5", _("The goods are not here to be repaired."))
    if ticket.settlement or ticket.parcel_id is not None:
        raise Conflict("A5", _("This ticket is being settled already."))
    _send(ticket, way, actor=actor, now=now)
    if way == REPAIRED:
        clocks.stop(ticket, ClockKind.REPAIR, ClockKind.INSPECT, now=now)
    return ticket


@transaction.atomic
def confirm(number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None) -> Ticket:
    """The buyer confirms that the exchange is right (A6): settled.

    Raises as ``goods_steps.begin``; ``Conflict`` (A5) unless an exchange was sent.
    """
    now = now or clock.now()
    ticket = begin(number, "A6", actor=actor, now=now, version=version)
    _require_exchange_out(ticket)
    settle(ticket, actor=actor, now=now)
    return ticket


def confirm_many_by_default(tickets: Sequence[Ticket], now: datetime) -> list[Ticket]:
    """Nobody objected for 10 days after the signing: settled as done (A6). Answers those of which that is so still.

    The tickets are locked by the caller; the number of statements is constant.
    """
    out = Parcel.objects.filter(
        pk__in=[ticket.parcel_id for ticket in tickets if ticket.parcel_id], stage=ParcelStage.SHIPPED
    )
    shipped = set(out.values_list("pk", flat=True))
    done = [
        ticket
        for ticket in tickets
        if ticket.case == Case.DECIDED and ticket.settlement == EXCHANGED and ticket.parcel_id in shipped
    ]
    settle_many(done, now=now)
    return done


@transaction.atomic
def settle_as_done(
    number: int, *, remark: str, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Settle a case that took neither goods nor money: a review that was mended, a dispute that was dropped (A5).

    Raises as ``goods_steps.begin``; ``Conflict`` (A5) for kinds that are settled otherwise, or where goods or money
    are under way; ``DomainError`` (A5) without a remark.
    """
    now = now or clock.now()
    ticket = begin(number, "A5", actor=actor, now=now, version=version)
    require_way(ticket.kind, DONE)
    if ticket.money in (Money.ASKED, Money.DUE) or ticket.settlement or ticket.goods != Goods.NONE:
        raise Conflict("A5", _("Goods or money of this ticket are under way."))
    if not remark.strip():
        raise DomainError("A5", _("Say how it was settled."), field="remark")
    _keep_remark(ticket, remark)
    ticket.settlement = DONE
    save(ticket, ["settlement", "remark"])
    settle(ticket, actor=actor, now=now)
    return ticket


def settle(ticket: Ticket, *, actor: Staff | None, now: datetime) -> None:
    """Settle a locked ticket whose ``settlement`` is set: its clocks stop, and the follow-up is due (A5, A13)."""
    before = ticket.case
    ticket.case = CASE_MOVES.require("settle", before)
    ticket.settled_at = now
    save(ticket, ["case", "settled_at", "settlement"])
    exchanging.let_go(ticket, actor=actor, now=now, close_tied=ticket.settlement == EXCHANGED)
    clocks.stop_all(ticket, now)
    clocks.start(ticket, ClockKind.FOLLOW_UP, now=now)
    audit.record(clock_facts.settled(ticket, before), at=now, actor=actor)


def settle_many(tickets: Sequence[Ticket], *, now: datetime) -> None:
    """As ``settle``, by nobody, for many locked tickets whose ``settlement`` is stored: few statements for all.

    What a ticket kept for an exchange is let go of one by one; most keep nothing any more.
    """
    befores = {ticket.pk: ticket.case for ticket in tickets}
    for ticket in tickets:
        ticket.case = CASE_MOVES.require("settle", ticket.case)
        ticket.settled_at = now
        ticket.version += 1
    Ticket.objects.filter(pk__in=befores).update(case=Case.SETTLED, settled_at=now, version=F("version") + 1)
    keeping = exchanging.keeping(tickets)
    for ticket in tickets:
        if ticket.pk in keeping:
            exchanging.let_go(ticket, actor=None, now=now, close_tied=ticket.settlement == EXCHANGED)
    clocks.stop_many(tickets, now=now)
    clocks.start_many(tickets, ClockKind.FOLLOW_UP, now=now, since={})
    audit.record_many(
        [clock_facts.settled(ticket, befores[ticket.pk]) for ticket in tickets], at=now, actor=None
    )


@transaction.atomic
def follow_up(
    number: int,
    satisfaction: int,
    remark: str = "",
    *,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> Ticket:
    """Keep how satisfied the buyer is, from 1 to 5, and what they say; the ticket is closed (A13).

    Raises ``Forbidden`` (A13) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) unless it is settled,
    ``DomainError`` (A13) for another number.
    """
    require_role("A13", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    case = CASE_MOVES.target("close", ticket.case) if ticket.case == Case.SETTLED else None
    if case is None:
        raise Conflict("A13", _("The ticket is not settled, or closed already."))
    if satisfaction not in range(1, 6):
        raise DomainError("A13", _("Satisfaction is a number from 1 to 5."), field="satisfaction")
    if remark.strip():
        _keep_remark(ticket, remark)
    ticket.satisfaction, ticket.followed_up_at = satisfaction, now
    save(ticket, ["satisfaction", "followed_up_at", "remark"])
    audit.record(facts.followed_up(ticket), at=now, actor=actor)
    close(ticket, Ticket.Close.FOLLOWED_UP, actor=actor, now=now)
    return ticket


@transaction.atomic
def close_refused(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Close a refused ticket whose buyer left it at that (A5); it keeps all it had.

    Raises ``Forbidden`` (A5) by role, ``VersionConflict`` (T5), ``Conflict`` (A5) unless it is refused and open.
    """
    require_role("A5", actor)
    now = now or clock.now()
    ticket = lock_ticket(number, version=version)
    if ticket.case != Case.DECIDED or ticket.decision != Decision.REFUSED:
        raise Conflict("A5", _("Only a refused ticket is closed like that."))
    close(ticket, Ticket.Close.REFUSED, actor=actor, now=now)
    return ticket


def close(ticket: Ticket, reason: str, *, actor: Staff | None, now: datetime) -> None:
    """Close a locked ticket: what is kept for it goes back, its clocks stop, all else stays (A5, A6, A13).

    Raises ``Conflict`` (A5) from a state in which nothing is closed.
    """
    before = ticket.case
    ticket.case = CASE_MOVES.require("close", before)
    ticket.closed_at, ticket.close_reason = now, reason
    save(ticket, ["case", "closed_at", "close_reason"])
    exchanging.let_go(ticket, actor=actor, now=now)
    clocks.stop_all(ticket, now)
    audit.record(clock_facts.closed(ticket, before), at=now, actor=actor)


def _send(ticket: Ticket, way: str, *, actor: Staff, now: datetime) -> None:
    extras = [
        Extra(line.line, line.num, line.hold if way == EXCHANGED else None) for line in lines_of(ticket)
    ]
    ticket.parcel = plan_extra(ticket.order, SENT_AS[way], extras, actor=actor, now=now)
    ticket.settlement = way
    save(ticket, ["parcel", "settlement"])
    audit.record(goods_facts.parcel_planned(ticket, ticket.parcel), at=now, actor=actor)


def _require_exchange_out(ticket: Ticket) -> None:
    if ticket.kind not in EXCHANGES or ticket.settlement != EXCHANGED or not _is_out(ticket):
        raise Conflict("A6", _("The exchange is not out yet: there is nothing to confirm."))


def _is_out(ticket: Ticket) -> bool:
    return ticket.parcel is not None and ticket.parcel.stage == ParcelStage.SHIPPED


def _keep_remark(ticket: Ticket, remark: str) -> None:
    if len(remark.strip()) > LONGEST_REMARK:
        raise DomainError("A13", _("A remark holds 500 characters."), field="remark")
    ticket.remark = remark.strip()
