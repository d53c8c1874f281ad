"""What an evidence bundle says in words: the ticket and its log, the order and its lines; phones masked.

It is for the platform's staff, who know nothing of this desk: no rule numbers, and nothing of what staff say among
themselves.
Texts are read by people, and by a spreadsheet where they are tables, so cells are defused (D3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from afterservice.models import Evidence, Ticket, TicketLine, TicketMessage
from orders.models import Order, OrderLine, Parcel, Payment
from orders.selectors.discretion import masked, without_phones
from orders.selectors.warehouse import carrier_name
from orders.states import ParcelStage
from shopdesk.base import clock
from shopdesk.base.spreadsheets import Cell, csv_lines

Named = Sequence[tuple[str, Evidence]]


@dataclass(frozen=True)
class BundleText:
    """A file of words."""

    name: str
    content: str


def bundle_texts(ticket: Ticket, evidence: Named, *, now: datetime) -> list[BundleText]:
    """The texts of a bundle in the active language; a constant number of statements."""
    order = Order.objects.select_related("buyer").get(pk=ticket.order_id)
    log = [*_ticket(ticket, now), "", *_log(ticket), "", *_steps(ticket), "", *_files(evidence), ""]
    return [
        BundleText("log.txt", "\r\n".join(log)),
        BundleText("order.csv", _table((_("What"), _("Value")), _order(order))),
        BundleText("lines.csv", _table(_line_header(), _lines(order))),
    ]


def _ticket(ticket: Ticket, now: datetime) -> list[str]:
    lines = [
        _("After-sales request %(number)s, order %(tid)s")
        % {"number": ticket.number, "tid": ticket.order_id},
        _("As of %(time)s") % {"time": _time(now)},
        _fact(_("Request"), ticket.get_kind_display()),
        _fact(_("Problem"), ticket.get_problem_display()),
        _fact(_("Opened"), _time(ticket.opened_at)),
        _fact(_("Case"), ticket.get_case_display()),
        _fact(_("Decision"), ticket.get_decision_display()),
        _fact(_("Goods"), ticket.get_goods_display()),
        _fact(_("Money"), ticket.get_money_display()),
    ]
    if ticket.platform_no:
        lines.append(_fact(_("Number on Taobao"), ticket.platform_no))
    if ticket.return_invoice_no:
        lines.append(_fact(_("Return tracking number"), ticket.return_invoice_no))
    if ticket.refusal:
        lines.append(_fact(_("Why it was refused"), _words(ticket.refusal)))
    if ticket.inspection:
        lines.append(_fact(_("What the inspection found"), _words(ticket.inspection)))
    about = TicketLine.objects.filter(ticket=ticket).select_related("line__product").order_by("pk")
    for line in about:
        goods = " ".join([line.line.product.title, line.line.sku_properties_name]).strip()
        lines.append(f"- {goods} × {line.num}")
    return lines


def _log(ticket: Ticket) -> list[str]:
    messages = TicketMessage.objects.filter(ticket=ticket).exclude(side=TicketMessage.Side.STAFF)
    lines = [_heading(_("What was said"))]
    for message in messages.select_related("author").order_by("at", "pk"):
        how = f", {message.get_channel_display()}" if message.channel else ""
        who = f" ({message.author})" if message.author else ""
        lines.append(f"[{_time(message.at)}] {message.get_side_display()}{how}{who}: {_words(message.text)}")
    return lines


def _steps(ticket: Ticket) -> list[str]:
    steps = (
        (_("Opened"), ticket.opened_at),
        (_("Answered"), ticket.answered_at),
        (_("Decided"), ticket.decided_at),
        (_("Return address given"), ticket.address_given_at),
        (_("Sent back by the buyer"), ticket.sent_at),
        (_("Signed for at the shop"), ticket.return_signed_at),
        (_("Received"), ticket.received_at),
        (_("Inspected"), ticket.inspected_at),
        (_("Settled"), ticket.settled_at),
        (_("Closed"), ticket.closed_at),
    )
    return [_heading(_("What was done")), *(f"[{_time(at)}] {name}" for name, at in steps if at is not None)]


def _files(evidence: Named) -> list[str]:
    return [
        _heading(_("Photos and videos")),
        *(f"{name}: {record.get_stage_display()}, {_time(record.added_at)}" for name, record in evidence),
    ]


def _order(order: Order) -> Iterable[Sequence[Cell]]:
    yield _("Order number"), order.tid
    yield _("Buyer"), order.buyer_id
    yield _("State"), order.get_status_display()
    for name, at in (
        (_("Placed"), order.created),
        (_("Paid"), order.pay_time),
        (_("Shipped"), order.consign_time),
        (_("Signed for"), order.signed_time),
        (_("Ended"), order.end_time),
    ):
        if at is not None:
            yield name, _time(at)
    yield _("Goods payable"), order.goods_payable
    yield _("Postage"), order.post_fee
    yield _("Total payable"), order.payment
    yield _("Paid in all"), order.paid_fee
    yield _("Refunded"), order.refund_fee
    for payment in Payment.objects.filter(order=order).order_by("paid_at", "pk"):
        yield (
            _("Payment %(number)s") % {"number": payment.payment_no},
            f"{payment.amount} {_time(payment.paid_at)}",
        )
    yield _("Receiver"), order.receiver_name
    yield _("Phone"), masked(order.receiver_mobile or order.receiver_phone)
    yield _("Address"), _words(order.receiver_address)
    shipped = Parcel.objects.filter(Q(order=order) | Q(lines__line__order=order), stage=ParcelStage.SHIPPED)
    for parcel in shipped.distinct().order_by("shipped_at", "pk"):
        yield _("Parcel"), f"{carrier_name(parcel.carrier)} {parcel.invoice_no} {_time(parcel.shipped_at)}"
    if order.buyer_message:
        yield _("Buyer's message"), _words(order.buyer_message)


def _line_header() -> tuple[str, ...]:
    return (
        _("Product"), _("Colour / size"), _("Code"), _("Unit price"), _("Quantity"), _("Payable"), _("Refunded"),
    )  # fmt: skip


def _lines(order: Order) -> Iterable[Sequence[Cell]]:
    for line in OrderLine.objects.filter(order=order).select_related("product").order_by("position"):
        yield (
            line.product.title,
            line.sku_properties_name,
            line.outer_sku_id,
            line.price,
            line.num,
            line.payment,
            line.refund_fee,
        )


def _table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    return "".join(list(csv_lines(header, rows))[1:])


def _heading(words: str) -> str:
    return f"== {words} =="


def _fact(name: str, value: object) -> str:
    return f"{name}: {value}"


def _time(at: datetime | None) -> str:
    return at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at is not None else ""


def _words(text: str) -> str:
    return without_phones(text)
