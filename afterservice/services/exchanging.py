"""A7, A8: exchanges step by step: asked, told, chosen, tied, kept from the shelf, and let go again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import goods as facts
from afterservice.models import Ticket, TicketLine
from afterservice.rules.exchanges import StepCode, require_before, require_like_price
from afterservice.rules.kinds import EXCHANGES, GOODS_COME_BACK, TicketKind
from afterservice.rules.refunds import difference
from afterservice.selectors.goods_facts import facts_of, is_kept, lines_of
from afterservice.selectors.money_facts import money_of
from afterservice.services.goods_steps import begin, log_to_buyer
from afterservice.services.locks import save
from afterservice.states import Case
from orders.models import Order, OrderLine, Parcel, Sku
from orders.rules.products import ProductKind
from orders.selectors.changes import group_of
from orders.services import holds_for_exchange, tying
from orders.services.extra_parcels import drop_extra
from orders.services.locks import lock_orders
from orders.states import ParcelStage, Status
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO

RESALE_ASKED = "请确认商品未穿着、未洗涤、吊牌完好，不影响二次销售"
EXCEPTION_TOLD = "本次换款为特例处理，下不为例"
HOLD_REASON = "换货{ticket}"
TIED_CONSENT = "换款{ticket}：此订单只作登记，不付款"


@transaction.atomic
def ask_resale(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Note that the buyer was asked, and says that the goods are unworn and fit for resale (A3, A7).

    Raises as ``goods_steps.begin``, ``Conflict`` (A7) where no goods come back or it was asked before.
    """
    now = now or clock.now()
    ticket = begin(number, "A7", actor=actor, now=now, version=version)
    if ticket.kind not in GOODS_COME_BACK:
        raise Conflict("A7", _("No goods come back with this ticket."))
    if ticket.resale_asked_at is not None:
        raise Conflict("A7", _("This was asked already."))
    ticket.resale_asked_at = now
    save(ticket, ["resale_asked_at"])
    log_to_buyer(ticket, RESALE_ASKED, actor=actor, now=now)
    audit.record(facts.resale_asked(ticket), at=now, actor=actor)
    return ticket


@transaction.atomic
def tell_exception(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Note that the agent told the buyer that it is an exception (下不为例, A8).

    Raises as ``goods_steps.begin``, ``Conflict`` (A8) where it is no exchange of style or was told before.
    """
    now = now or clock.now()
    ticket = begin(number, "A8", actor=actor, now=now, version=version)
    _require_kind(ticket, "A8", TicketKind.EXCHANGE_STYLE)
    if ticket.exception_told_at is not None:
        raise Conflict("A8", _("The buyer was told already."))
    ticket.exception_told_at = now
    save(ticket, ["exception_told_at"])
    log_to_buyer(ticket, EXCEPTION_TOLD, actor=actor, now=now)
    audit.record(facts.exception_told(ticket), at=now, actor=actor)
    return ticket


@transaction.atomic
def choose_target(
    number: int,
    line_id: int,
    sku_id: int,
    *,
    version: int | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> TicketLine:
    """Choose another colour or size of the same product for a line (A7). What was kept before goes back.

    Raises as ``goods_steps.begin``; ``DomainError`` (A7) for another product, the same SKU again, or no such line;
    ``Conflict`` (A7) for another kind of ticket, or once the address was given.
    """
    now = now or clock.now()
    ticket = begin(number, "A7", actor=actor, now=now, version=version)
    _require_kind(ticket, "A7", TicketKind.EXCHANGE_SKU)
    _require_not_under_way(ticket)
    line = next((line for line in lines_of(ticket) if line.line_id == line_id), None)
    sku = Sku.objects.filter(pk=sku_id).first()
    if line is None or sku is None or sku.product_id != line.line.product_id:
        raise DomainError("A7", _("Choose a colour and size of the same product."), field="target")
    if sku.pk == line.line.sku_id:
        raise DomainError("A7", _("That is what the buyer has. Choose another one."), field="target")
    _release([line], ticket, actor=actor, now=now)
    before, line.target = line.target_id, sku
    line.save(update_fields=["target"])
    save(ticket, [])
    audit.record(facts.target_chosen(line, before), at=now, actor=actor)
    return line


@transaction.atomic
def tie_order(
    number: int, tid: str, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Tie the buyer's unpaid order for the new style to the ticket (A8); it says what goes out and what it costs.

    Its lines stand for those that come back, in their order and number. The difference (CNY) is what the new goods
    cost more than what was paid for these pieces; what they cost less goes back with the exchange (A9).

    Raises as ``goods_steps.begin``; ``DomainError`` (A8) for an order that is none of the buyer's, or paid, or of
    other numbers of goods, or more than 20 % apart; ``Conflict`` (A8) for another kind of ticket, or once the address
    was given.
    """
    now = now or clock.now()
    lock_orders(_tids(number, tid))  # all of them at once, by number: also those joined with it (S7)
    ticket = begin(number, "A8", actor=actor, now=now, version=version)
    _require_kind(ticket, "A8", TicketKind.EXCHANGE_STYLE)
    _require_not_under_way(ticket)
    if ticket.tied_order_id == tid:
        raise Conflict("A8", _("This order is tied to the ticket already."))
    order = Order.objects.filter(pk=tid).first()
    if order is None or ticket.buyer_id is None or order.buyer_id != ticket.buyer_id:
        raise DomainError("A8", _("This is no order of the same buyer."), field="tid")
    if order.status != Status.WAIT_BUYER_PAY or order.paid_fee or order.tied:
        raise DomainError("A8", _("The order must be unpaid, and tied to no other ticket."), field="tid")
    lines = lines_of(ticket)
    wanted = _wanted(order, lines)
    charged = [money.charged for money in money_of(ticket).lines]
    cost = sum((line.payment for line in wanted), ZERO)
    require_like_price(sum(charged, ZERO), cost)
    _release(lines, ticket, actor=actor, now=now)
    before = ticket.tied_order_id
    if ticket.tied_order is not None:
        tying.untie(ticket.tied_order, actor=actor, now=now)
    tying.tie(order, actor=actor, now=now)
    for line, new in zip(lines, wanted, strict=True):
        line.target = new.sku
        line.save(update_fields=["target"])
    ticket.tied_order = order
    ticket.difference_due = difference(charged, cost).due
    save(ticket, ["tied_order", "difference_due"])
    audit.record(facts.order_tied(ticket, before), at=now, actor=actor)
    return ticket


@transaction.atomic
def hold_targets(
    number: int, *, version: int | None = None, actor: Staff, now: datetime | None = None
) -> Ticket:
    """Keep what goes out from the shelf (A7); the warehouse signs it on its page of holds.

    Raises as ``goods_steps.begin``; ``DomainError`` naming the step that comes first, (F5) where the shelf has
    too few; ``Conflict`` (A7) where all is kept already.
    """
    now = now or clock.now()
    ticket = begin(number, "A7", actor=actor, now=now, version=version)
    _require_kind(ticket, "A7", *EXCHANGES)
    lines = lines_of(ticket)
    require_before(facts_of(ticket, lines), StepCode.HOLD)
    missing = sorted(
        (line.target_id, line.pk, line) for line in lines if line.target_id and not is_kept(line)
    )
    if not missing:
        raise Conflict("A7", _("This is kept already."))
    kept = []
    for sku_id, _pk, line in missing:  # by SKU, as every lock
        line.hold = holds_for_exchange.hold_for(
            ticket.order,
            sku_id,
            line.num,
            reason=HOLD_REASON.format(ticket=ticket.number),
            actor=actor,
            now=now,
        )
        line.save(update_fields=["hold"])
        kept.append(line.hold.pk)
    save(ticket, [])
    audit.record(facts.goods_held(ticket, kept), at=now, actor=actor)
    return ticket


def let_go(ticket: Ticket, *, actor: Staff | None, now: datetime, close_tied: bool = False) -> None:
    """The exchange is off: what was kept goes back to the shelf, the tied order is an order like any other (A8).

    With ``close_tied`` the tied order is closed instead: the exchange is done and nobody will pay it. The ticket is
    locked by the caller; all that it had stays. Raises ``Conflict`` (F1) where an exchange is printed or packed: the
    warehouse pulls it first.
    """
    parcel = ticket.parcel
    over = (ParcelStage.SHIPPED, ParcelStage.VOIDED)
    if parcel is not None and parcel.purpose == Parcel.Purpose.EXCHANGE and parcel.stage not in over:
        drop_extra(parcel, actor=actor, now=now)
    _release(lines_of(ticket), ticket, actor=actor, now=now)
    tied = ticket.tied_order
    if tied is None or not tied.tied:
        return
    if not close_tied or tied.status != Status.WAIT_BUYER_PAY or tied.paid_fee:
        tying.untie(tied, actor=actor, now=now)  # paid meanwhile: it is an order like any other
        return
    agreed_with = ticket.agreed_by or ticket.decided_by or ticket.owner or actor
    if agreed_with is None:
        tying.untie(tied, actor=actor, now=now)
        return
    tying.close_tied(
        tied,
        agreed_at=ticket.exception_told_at or ticket.decided_at or ticket.opened_at,
        agreed_with=agreed_with,
        remark=TIED_CONSENT.format(ticket=ticket.number),
        actor=actor,
        now=now,
    )


def keeping(tickets: Sequence[Ticket]) -> set[int]:
    """Those of many tickets, by number, that ``let_go`` has something to do for: two statements."""
    numbers = [ticket.pk for ticket in tickets if ticket.kind in EXCHANGES]
    if not numbers:
        return set()
    kept = TicketLine.objects.filter(
        ticket__in=numbers, hold__isnull=False, hold__released_at__isnull=True
    ).values_list("ticket_id", flat=True)
    to_send = Ticket.objects.filter(pk__in=numbers, parcel__purpose=Parcel.Purpose.EXCHANGE).exclude(
        parcel__stage__in=(ParcelStage.SHIPPED, ParcelStage.VOIDED)
    )
    tied = [ticket.pk for ticket in tickets if ticket.tied_order is not None and ticket.tied_order.tied]
    return {*kept, *to_send.values_list("pk", flat=True), *tied}


def _release(lines: Sequence[TicketLine], ticket: Ticket, *, actor: Staff | None, now: datetime) -> None:
    """Free what is kept and did not go out; the lines remember the hold, which says how it ended."""
    freed = []
    for line in sorted(lines, key=lambda line: line.hold.sku_id if line.hold else 0):
        if line.hold is not None and line.hold.released_at is None:
            holds_for_exchange.release_held(line.hold, actor=actor, now=now)
            freed.append(line.hold.pk)
    if freed:
        audit.record(facts.holds_freed(ticket, freed), at=now, actor=actor)


def _wanted(order: Order, lines: Sequence[TicketLine]) -> list[OrderLine]:
    """The tied order's goods, one line for each that comes back (A8)."""
    wanted = list(order.lines.select_related("product", "sku").order_by("position"))
    wanted = [line for line in wanted if line.product.kind != ProductKind.POSTAGE_LINK]
    matches = len(wanted) == len(lines) and all(
        new.num == line.num and new.sku is not None for new, line in zip(wanted, lines, strict=False)
    )
    if not matches:
        raise DomainError(
            "A8",
            _("The order must have one line for each line that comes back, with as many pieces."),
            field="tid",
        )
    return wanted


def _tids(number: int, tid: str) -> set[str]:
    found = Ticket.objects.filter(pk=number).values_list("order_id", "tied_order_id").first() or ()
    wanted = Order.objects.filter(pk=tid).first()
    joined = group_of(wanted) if wanted is not None else ()
    return {known for known in (*found, *joined) if known}


def _require_kind(ticket: Ticket, rule: str, *kinds: str) -> None:
    if ticket.kind not in kinds:
        raise Conflict(rule, _("A ticket of this kind has no such step."))


def _require_not_under_way(ticket: Ticket) -> None:
    if ticket.address_given_at is not None or ticket.case != Case.DECIDED:
        raise Conflict(
            "A7", _("The return address was given: the goods are on their way for what was agreed.")
        )
