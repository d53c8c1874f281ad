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
