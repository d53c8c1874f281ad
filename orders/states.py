"""O1: the states of an order and its moves, as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.states import TransitionTable


class Status(models.TextChoices):
    """Taobao's own codes (O1)."""

    WAIT_BUYER_PAY = "WAIT_BUYER_PAY", _("Waiting for payment")
    WAIT_SELLER_SEND_GOODS = "WAIT_SELLER_SEND_GOODS", _("Paid")
    WAIT_BUYER_CONFIRM_GOODS = "WAIT_BUYER_CONFIRM_GOODS", _("Shipped")
    TRADE_FINISHED = "TRADE_FINISHED", _("Finished")
    # One word on screen for both closings; the reason tells them apart.
    TRADE_CLOSED = "TRADE_CLOSED", _("Closed")
    TRADE_CLOSED_BY_TAOBAO = "TRADE_CLOSED_BY_TAOBAO", _("Closed")


class CloseReason(models.TextChoices):
    """Why an order was closed (O1, O6)."""

    TIMEOUT = "timeout", _("not paid in time")
    BUYER = "buyer", _("by the buyer")
    SELLER = "seller", _("by us, with consent")
    UNPAID = "unpaid", _("never paid")  # an import says only this much
    REFUND = "refund", _("refunded")


CLOSED = frozenset({Status.TRADE_CLOSED, Status.TRADE_CLOSED_BY_TAOBAO})

# D1: a state of lower rank never replaces a higher one. All final states rank alike: none replaces another.
RANK = {
    Status.WAIT_BUYER_PAY: 0,
    Status.WAIT_SELLER_SEND_GOODS: 1,
    Status.WAIT_BUYER_CONFIRM_GOODS: 2,
    Status.TRADE_FINISHED: 3,
    Status.TRADE_CLOSED: 3,
    Status.TRADE_CLOSED_BY_TAOBAO: 3,
}

ORDER_MOVES = TransitionTable(
    rule="O1",
    state_name=lambda code: Status(code).label,
    moves={
        "pay": {Status.WAIT_BUYER_PAY: Status.WAIT_SELLER_SEND_GOODS},
        "close_unpaid": {Status.WAIT_BUYER_PAY: Status.TRADE_CLOSED_BY_TAOBAO},
        "close_refunded": {
            Status.WAIT_SELLER_SEND_GOODS: Status.TRADE_CLOSED,
            Status.WAIT_BUYER_CONFIRM_GOODS: Status.TRADE_CLOSED,
        },
        "ship": {Status.WAIT_SELLER_SEND_GOODS: Status.WAIT_BUYER_CONFIRM_GOODS},
        "finish": {Status.WAIT_BUYER_CONFIRM_GOODS: Status.TRADE_FINISHED},
        # O5: only a payment made before the closing, or a supervisor, undoes a closing.
        "reopen": {Status.TRADE_CLOSED_BY_TAOBAO: Status.WAIT_SELLER_SEND_GOODS},
    },
)


class ParcelStage(models.TextChoices):
    """How far a parcel is (F1)."""

    PLANNED = "planned", _("planned")
    PRINTED = "printed", _("printed")
    PACKED = "packed", _("packed")
    SHIPPED = "shipped", _("shipped")
    VOIDED = "voided", _("voided")


PARCEL_MOVES = TransitionTable(
    rule="F1",
    state_name=lambda code: ParcelStage(code).label,
    moves={
        # A printed parcel is printed again when its slip is void or lost.
        "print": {
            ParcelStage.PLANNED: ParcelStage.PRINTED,
            ParcelStage.PRINTED: ParcelStage.PRINTED,
        },
        "pack": {ParcelStage.PRINTED: ParcelStage.PACKED},
        "ship": {ParcelStage.PACKED: ParcelStage.SHIPPED},
        # F2, F4: the warehouse takes it out of the pile; its slip is void.
        "pull": {ParcelStage.PRINTED: ParcelStage.PLANNED, ParcelStage.PACKED: ParcelStage.PLANNED},
        "void": {ParcelStage.PLANNED: ParcelStage.VOIDED},
    },
)


class Supply(models.TextChoices):
    """How far the goods of a line are (O16). Shelf goods are held instead (F5)."""

    TO_BUY = "to_buy", _("to buy")
    BOUGHT = "bought", _("bought")
    UNAVAILABLE = "unavailable", _("unavailable")
    ARRIVED = "arrived", _("arrived")
    TO_MAKE = "to_make", _("to make")
    MAKING = "making", _("in making")
    MADE = "made", _("made")


SUPPLY_MOVES = TransitionTable(
    rule="O16",
    state_name=lambda code: Supply(code).label,
    moves={
        "buy": {Supply.TO_BUY: Supply.BOUGHT},
        "miss": {Supply.TO_BUY: Supply.UNAVAILABLE, Supply.BOUGHT: Supply.UNAVAILABLE},
        "wait": {Supply.UNAVAILABLE: Supply.TO_BUY},
        "arrive": {Supply.BOUGHT: Supply.ARRIVED},
        "begin": {Supply.TO_MAKE: Supply.MAKING},
        "finish": {Supply.TO_MAKE: Supply.MADE, Supply.MAKING: Supply.MADE},
    },
)
