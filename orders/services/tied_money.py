"""Money that comes for an order placed for an exchange: it is not to be paid, and never silently is (A8, O5)."""

from datetime import datetime

from orders.models import Flag, Order
from orders.services.flags import FlagRequest, raise_flag
from shopdesk.base import clock

TIED_LABEL = "换款单被付款"
FLAG_HOURS = 24


def flag_tied_money(order: Order, *, now: datetime) -> None:
    """Flag a tied order red for a supervisor because money came for it. The order is locked by the caller.

    The money is on record and the order as far as on the platform, but nothing of it is sent while it is tied.
    """
    request = FlagRequest(
        Order.SellerFlag.RED,
        label=TIED_LABEL,
        text=f"换款单不用付款，却收到{order.paid_fee}；未安排发货，请主管决定退款，或取消换款后照常发货",
        addressee=Flag.Addressee.SUPERVISOR,
        until=now + clock.hours(FLAG_HOURS),
    )
    raise_flag(order, request, actor=None, now=now)
