"""Reading what another address for free shipping for life would mean (M5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from members.models import Buyer, LifetimeShipping
from members.services import lifetime_address
from orders.models import Order
from orders.states import Status
from shipping.provinces import province_of
from shopdesk.base.models import Approval

ADDRESSES_OFFERED, ORDERS_LOOKED_AT, ORDERS_SHOWN = 8, 50, 20


@dataclass(frozen=True)
class Move:
    """What moving to ``address`` would do: the unpaid orders that would pay again, and those that would be free.

    ``province`` is empty where the address does not say it (S2).
    """

    address: str
    province: str
    pays: Sequence[Order]
    free: Sequence[Order]


def confirmed_of(buyer: Buyer) -> LifetimeShipping | None:
    """The buyer's free shipping for life: one statement."""
    rows = LifetimeShipping.objects.filter(buyer=buyer, status=LifetimeShipping.Status.CONFIRMED)
    return rows.first()


def preview_move(row: LifetimeShipping, address: str) -> Move:
    """What another address would do, with one statement. Raises ``DomainError`` as the service does."""
    address = lifetime_address.check_address(row, address)
    unpaid = Order.objects.filter(
        buyer=row.buyer_id, status=Status.WAIT_BUYER_PAY, receiver_address__in=[row.address, address]
    )
    orders = list(unpaid.order_by("-created", "-tid")[:ORDERS_SHOWN])
    return Move(
        address,
        province_of(address) or "",
        pays=[order for order in orders if order.receiver_address == row.address],
        free=[order for order in orders if order.receiver_address == address],
    )


def other_addresses(row: LifetimeShipping) -> list[str]:
    """Where the buyer's latest orders go, but for the address of now, newest first: one statement."""
    latest = Order.objects.filter(buyer=row.buyer_id).order_by("-created", "-tid")
    addresses = latest.values_list("receiver_address", flat=True)[:ORDERS_LOOKED_AT]
    return [one for one in dict.fromkeys(addresses) if one and one != row.address][:ADDRESSES_OFFERED]


def waiting_move(buyer: Buyer) -> Approval | None:
    """The request for another address that waits for a supervisor: one statement."""
    return Approval.objects.filter(
        kind=lifetime_address.KIND,
        subject_kind=lifetime_address.SUBJECT,
        subject_id=buyer.pk,
        status=Approval.Status.PENDING,
    ).first()
