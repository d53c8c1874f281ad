"""Reading how far the goods of a ticket are (A5–A8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from afterservice.models import ReturnAddress, Ticket, TicketLine, TicketPayment
from afterservice.rules.exchanges import ExchangeFacts
from afterservice.rules.refunds import shop_is_at_fault
from afterservice.states import Decision
from orders.models import Hold
from orders.rules.products import property_words
from orders.states import ParcelStage
from shipping.carriers import CARRIERS, Carrier, carriers_of_number, looks_like
from shopdesk.base.money import ZERO

_KEPT = (None, "", Hold.Release.CONSUMED)


def lines_of(ticket: Ticket) -> list[TicketLine]:
    """A ticket's lines with all that its steps look at, in the order's order: one statement."""
    return list(
        ticket.lines.select_related("line__product", "line__sku", "target__product", "hold").order_by(
            "line__position"
        )
    )


def paid_by_purpose(ticket: Ticket) -> Mapping[str, Decimal]:
    """What postage links paid (CNY): for postage, and for a difference (A7, A8)."""
    sums = TicketPayment.objects.filter(ticket=ticket).values("purpose")
    return {row["purpose"]: row["paid"] for row in sums.annotate(paid=Sum("settlement__amount"))}


def is_kept(line: TicketLine) -> bool:
    """Whether what goes out for a line is kept from the shelf, or went out already."""
    return line.hold is not None and line.hold.release in _KEPT


def facts_of(
    ticket: Ticket, lines: Sequence[TicketLine] | None = None, paid: Mapping[str, Decimal] | None = None
) -> ExchangeFacts:
    """A ticket as the steps see it. Give ``lines`` and ``paid`` where they were read already."""
    lines = lines_of(ticket) if lines is None else lines
    paid = paid_by_purpose(ticket) if paid is None else paid
    kept = bool(lines) and all(is_kept(line) for line in lines)
    targets = [line.target for line in lines]
    return ExchangeFacts(
        kind=ticket.kind,
        accepted=ticket.decision == Decision.ACCEPTED,
        goods=ticket.goods,
        receipt_known=(ticket.received_time or ticket.order.signed_time) is not None,
        resale_asked=ticket.resale_asked_at is not None,
        exception_told=ticket.exception_told_at is not None,
        tied=ticket.tied_order_id is not None,
        has_targets=bool(lines) and None not in targets,
        targets_in_stock=all(
            line.target is not None and line.target.stock - line.target.held >= line.num for line in lines
        ),
        held=kept,
        hold_signed=kept and all(line.hold is not None and line.hold.signed_at for line in lines),
        # A3: where the shop is at fault there is nothing to say.
        postage_due=ZERO if shop_is_at_fault(ticket.problem) else ticket.postage_due,
        postage_paid=paid.get(TicketPayment.Purpose.POSTAGE, ZERO),
        difference_due=ticket.difference_due,
        difference_paid=paid.get(TicketPayment.Purpose.DIFFERENCE, ZERO),
        address_given=ticket.address_given_at is not None,
        number_noted=bool(ticket.return_invoice_no),
        parcel_planned=ticket.parcel_id is not None,
        parcel_sent=ticket.parcel is not None and ticket.parcel.stage == ParcelStage.SHIPPED,
    )


@dataclass(frozen=True)
class ReturnNumber:
    """The number under which goods come back, the carrier's name, and what is odd about the two (S1)."""

    number: str
    carrier: str
    warning: str


def return_number(ticket: Ticket) -> ReturnNumber:
    """How a return's tracking number is shown; one that does not look like the carrier's is kept, and warned of."""
    number, carrier = ticket.return_invoice_no, CARRIERS.get(ticket.return_carrier)
    if carrier is None:
        return ReturnNumber(number, ticket.return_carrier, "")
    warning = _odd(number, carrier) if number and not looks_like(carrier.code, number) else ""
    return ReturnNumber(number, carrier.name, warning)


def _odd(number: str, carrier: Carrier) -> str:
    names = {"number": number, "carrier": carrier.name}
    like = [CARRIERS[code].name for code in carriers_of_number(number)]
    if like:
        return _("%(number)s looks like a number of %(like)s, not of %(carrier)s: ask the buyer (S1).") % {
            **names,
            "like": "、".join(like),
        }
    return _("%(number)s does not look like a number of %(carrier)s: ask the buyer (S1).") % names


def return_address() -> ReturnAddress | None:
    """The address that goods are sent back to, as the shop keeps it now."""
    return ReturnAddress.objects.order_by("-valid_from", "-pk").first()


def goods_words(lines: Sequence[TicketLine]) -> str:
    """The goods that come back, in Chinese, as a note says them."""
    return "；".join(
        _words(line.line.product.title, line.line.sku_properties_name, line.num) for line in lines
    )


def target_words(lines: Sequence[TicketLine]) -> str:
    """What is wanted instead, in Chinese: colour and size alone where the product is the same."""
    words = []
    for line in lines:
        if line.target is None:
            continue
        same = line.target.product_id == line.line.product_id
        title = "" if same else line.target.product.title
        words.append(_words(title, line.target.sku_properties_name, line.num))
    return "；".join(words)


def _words(title: str, properties: str, num: int) -> str:
    count = f"× {num}" if num > 1 else ""
    return " ".join(filter(None, (title, property_words(properties), count)))
