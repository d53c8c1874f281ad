"""What a decision looks at: the talk with the buyer, and whether money or goods have moved (A5, A14)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.models import Evidence, Ticket, TicketMessage, TicketPayment
from afterservice.states import Goods, Money
from orders.states import ParcelStage

_STILL = frozenset({Goods.NONE, Goods.AWAITED})
_NOT_UNDER_WAY = frozenset({ParcelStage.PLANNED, ParcelStage.VOIDED})


@dataclass(frozen=True)
class Talk:
    """A5: what of the talk with the buyer is on record."""

    from_buyer: bool
    to_buyer: bool
    proof: bool

    @property
    def missing(self) -> Sequence[str | Promise]:
        """What a refusal still wants, in words."""
        wanted = (
            (self.from_buyer, _("what the buyer said, in the log")),
            (self.to_buyer, _("what the buyer was told, in the log")),
            (self.proof, _("a picture of the talk, among the evidence")),
        )
        return [words for there, words in wanted if not there]


def talk_of(ticket: Ticket) -> Talk:
    """The talk as it is on record.

    **Our reading:** the request itself is something that the buyer said; silence to our answer blocks no refusal.
    """
    sides = set(TicketMessage.objects.filter(ticket=ticket).values_list("side", flat=True).distinct())
    return Talk(
        from_buyer=TicketMessage.Side.FROM_BUYER in sides,
        to_buyer=TicketMessage.Side.TO_BUYER in sides,
        proof=Evidence.objects.filter(ticket=ticket, stage=Evidence.Stage.TALK).exists(),
    )


def has_moved(ticket: Ticket) -> bool:
    """Whether money or goods have moved: goods sent, money asked for, owed or paid, a link paid, a parcel printed."""
    return (
        ticket.goods not in _STILL
        or ticket.money != Money.NONE
        or ticket.owed > 0
        or ticket.refund_id is not None
        or (ticket.parcel is not None and ticket.parcel.stage not in _NOT_UNDER_WAY)
        or TicketPayment.objects.filter(ticket=ticket).exists()
    )
