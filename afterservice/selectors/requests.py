"""Reading an order for what is asked of it: which goods, how many of them can be asked for, what is open already."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketLine
from afterservice.rules.kinds import TicketKind
from afterservice.rules.requests import NewTicket, Request, check_shape
from afterservice.states import UNSETTLED_CASES, Case, Decision
from orders.models import Order, OrderLine, Sku
from orders.states import CLOSED, Status
from shopdesk.base.errors import Conflict, DomainError

_MOST_POSITION = 2**15 - 1
_MOST_ID = 2**63 - 1
# The buyer's money for pieces goes back, or has gone: they cannot be asked for once more.
_PAID_BACK = (TicketKind.RETURN, TicketKind.REFUND_ONLY)


@dataclass(frozen=True)
class Wanted:
    """Pieces of a line that something is asked for, and what is wanted instead."""

    line: OrderLine
    num: int
    target: Sku | None


def require_possible(
    order: Order, request: Request | NewTicket, *, but: Ticket | None = None
) -> tuple[Wanted, ...]:
    """The goods of a request, after every check of what cannot be, whatever the policy says.

    ``but`` is the ticket that the request is of already. Raises ``DomainError`` (A1, A7, A8) for what is no request,
    ``Conflict`` (A1) for an order that is unpaid or closed, pieces that are not there to be asked for, and a second
    open ticket for the same line and kind. A constant number of statements.
    """
    check_shape(request)
    if order.status == Status.WAIT_BUYER_PAY:
        raise Conflict("A1", _("The order is not paid: there is nothing to ask for after the sale."))
    if order.status in CLOSED:
        raise Conflict("A1", _("The order is closed: there is nothing left to ask for."))
    if order.tied:
        raise Conflict("A8", _("The order was placed for an exchange: work the ticket that it is tied to."))
    wanted = _goods(order, request)
    require_only_one(order, request.kind, [one.line.pk for one in wanted], but=but)
    _require_pieces(wanted, but)
    return wanted


def require_only_one(
    order: Order, kind: str, line_ids: Collection[int], *, but: Ticket | None = None
) -> None:
    """Raise ``Conflict`` (A1) where such a ticket is open for one of these lines, or for the order as a whole."""
    tickets = Ticket.objects.filter(order=order, kind=kind, case__in=UNSETTLED_CASES)
    tickets = tickets.filter(lines__line__in=line_ids) if line_ids else tickets.filter(lines__isnull=True)
    found = tickets.exclude(pk=but.pk if but else 0).order_by("pk").first()
    if found is not None:
        raise Conflict(
            "A1",
            _("This is asked for already: work %(ticket)s.") % {"ticket": found.number},
        )


def _goods(order: Order, request: Request | NewTicket) -> tuple[Wanted, ...]:
    positions = [position for position, *_rest in request.goods]
    if any(not 0 <= position <= _MOST_POSITION for position in positions):
        raise DomainError("A1", _("The order has no such line."), field="goods")
    lines = {
        line.position: line
        for line in order.lines.filter(position__in=positions).select_related("product", "sku")
    }
    targets = _targets([target for *_rest, target in request.goods if target is not None])
    wanted = []
    for position, num, target_id in request.goods:
        if position not in lines:
            raise DomainError("A1", _("The order has no such line."), field="goods")
        target = None
        if target_id is not None:
            if target_id not in targets:
                raise DomainError("A7", _("There is no such colour and size."), field="goods")
            target = targets[target_id]
            _require_target(lines[position], target, request.kind)
        wanted.append(Wanted(lines[position], num, target))
    return tuple(wanted)


def _targets(ids: Sequence[int]) -> dict[int, Sku]:
    known = [key for key in ids if 0 < key <= _MOST_ID]
    return (
        {sku.pk: sku for sku in Sku.objects.filter(pk__in=known).select_related("product")} if known else {}
    )


def _require_target(line: OrderLine, target: Sku, kind: str) -> None:
    same_product = target.product_id == line.product_id
    if kind == TicketKind.EXCHANGE_SKU and not same_product:
        raise DomainError(
            "A8", _("Another product is another style: ask for an exchange of style."), field="goods"
        )
    if kind == TicketKind.EXCHANGE_STYLE and same_product:
        raise DomainError(
            "A7",
            _("Another colour or size of the same product is an exchange of size or colour."),
            field="goods",
        )
    same = target.pk == line.sku_id or (
        line.sku_id is None and target.sku_properties_name == line.sku_properties_name
    )
    if same_product and same:
        raise DomainError("A7", _("This is the colour and size that the buyer has."), field="goods")


def _require_pieces(wanted: Sequence[Wanted], but: Ticket | None) -> None:
    ids = [one.line.pk for one in wanted]
    if not ids:
        return
    gone = dict(
        TicketLine.objects.filter(line__in=ids, ticket__kind__in=_PAID_BACK)
        .exclude(ticket=but.pk if but else 0)
        .exclude(Q(ticket__case=Case.CANCELLED) | Q(ticket__decision=Decision.REFUSED))
        .exclude(ticket__close_reason=Ticket.Close.NOT_SENT_BACK)
        .values("line")
        .annotate(pieces=Sum("num"))
        .values_list("line", "pieces")
    )
    for one in wanted:
        if one.line.refunded_at is not None:
            raise Conflict("F4", _("The line was refunded before it was shipped."))
        left = one.line.num - gone.get(one.line.pk, 0)
        if one.num > left:
            raise Conflict(
                "A1",
                _("%(num)s pieces asked for, and %(left)s of the %(bought)s bought are left to ask for.")
                % {"num": one.num, "left": max(left, 0), "bought": one.line.num},
            )
