"""A5: how a ticket of each kind may be settled, and what its goods must be for that."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from afterservice.rules.kinds import EXCHANGES, TicketKind
from afterservice.states import GOODS_IN, Goods
from shopdesk.base.errors import Conflict

# The names are those of ``Ticket.Settlement``.
REFUNDED, EXCHANGED, REPAIRED = "refunded", "exchanged", "repaired"
RESENT, SENT_BACK, DONE = "resent", "sent_back", "done"

WAYS: Mapping[str, frozenset[str]] = {
    TicketKind.RETURN: frozenset({REFUNDED, SENT_BACK}),
    TicketKind.REFUND_ONLY: frozenset({REFUNDED}),
    # The goods came back and a refund is asked for instead (A8), or the new ones cannot be had.
    TicketKind.EXCHANGE_SKU: frozenset({EXCHANGED, REFUNDED, SENT_BACK}),
    TicketKind.EXCHANGE_STYLE: frozenset({EXCHANGED, REFUNDED, SENT_BACK}),
    # A6: a repair that takes too long offers return and refund.
    TicketKind.REPAIR: frozenset({REPAIRED, REFUNDED, SENT_BACK, DONE}),
    TicketKind.RESEND: frozenset({RESENT, REFUNDED}),
    TicketKind.POSTAGE_REFUND: frozenset({REFUNDED}),
    TicketKind.PRICE_PROTECTION: frozenset({REFUNDED}),
    TicketKind.BAD_REVIEW: frozenset({REFUNDED, DONE}),
    TicketKind.DISPUTE: frozenset({REFUNDED, DONE}),
    TicketKind.COMPENSATION: frozenset({REFUNDED, DONE}),
}
# What the goods must be before the money of their lines goes back.
_BACK: Mapping[str, tuple[str, ...]] = {
    TicketKind.RETURN: GOODS_IN,
    TicketKind.EXCHANGE_SKU: GOODS_IN,
    TicketKind.EXCHANGE_STYLE: GOODS_IN,
    TicketKind.REPAIR: (Goods.RECEIVED, *GOODS_IN),
}


def require_way(kind: str, settlement: str) -> None:
    """Raise ``Conflict`` (A5) where tickets of this kind are not settled like that."""
    if settlement not in WAYS[TicketKind(kind)]:
        raise Conflict("A5", _("A ticket of this kind is not settled like that."))


def require_goods_back(kind: str, goods: str) -> None:
    """Raise ``Conflict`` (A5) where goods must come back first, and did not, or were not inspected."""
    if goods not in _BACK.get(kind, (goods,)):
        raise Conflict(
            "A5",
            _("The goods are not back, or not inspected: their money goes back after that."),
        )


def refunds_instead(kind: str, *, goods: bool, amounts: bool) -> bool:
    """Whether money for lines is paid instead of what was agreed; beside an exchange that goes on it is not (A8).

    ``goods`` is whether the goods are paid back, ``amounts`` whether any line gets money.
    """
    return amounts and (goods or kind not in EXCHANGES)


def way_of_money(kind: str, *, goods: bool, invoice: bool, settled_as: str) -> str:
    """How money that is paid settles a ticket; "" where it goes along with something else (A5).

    ``settled_as`` is what is under way already: an exchange, a resend, goods sent back.
    """
    if settled_as:
        return settled_as
    if invoice:
        return REPAIRED
    if not goods and (kind in EXCHANGES or kind in (TicketKind.RESEND, TicketKind.REPAIR, TicketKind.RETURN)):
        return ""
    return REFUNDED
