"""Taking an order out of those that it was joined with (S7), when it goes elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from orders.models import ChangeNotice, Order, Parcel, ParcelLine
from orders.selectors.stages import printed_parcels
from orders.services.changes.telling import void_slips
from orders.services.notices import open_notice
from orders.states import ParcelStage
from shopdesk.base.models import Staff


def leave_group(order: Order, group: Sequence[str], *, actor: Staff | None, now: datetime) -> None:
    """Let the order go alone; those that stay are joined under the lowest of their numbers (S7).

    Out of a printed parcel that it shares, its goods come out: that slip is void, and the parcel waits for a
    notice of its own. All orders of the group are locked by the caller, who plans their parcels afterwards.
    """
    if not order.joined:
        return
    stay = sorted(set(group) - {order.pk})
    order.joined = ""
    order.save(update_fields=["joined"])
    key = stay[0] if len(stay) > 1 else ""
    Order.objects.filter(pk__in=stay).update(joined=key)
    for parcel in printed_parcels([order.pk]):
        inside = sorted(
            set(ParcelLine.objects.filter(parcel=parcel, live=True).values_list("order_id", flat=True))
        )
        others = [tid for tid in inside if tid != order.pk]
        if others:
            _take_out(order, parcel, inside, others, actor=actor, now=now)


def _take_out(
    order: Order,
    parcel: Parcel,
    inside: Sequence[str],
    others: Sequence[str],
    *,
    actor: Staff | None,
    now: datetime,
) -> None:
    ParcelLine.objects.filter(parcel=parcel, order=order, live=True).delete()
    leader = Order.objects.get(pk=others[0])
    Parcel.objects.filter(pk=parcel.pk).update(order=leader)
    notice = open_notice(
        leader,
        ChangeNotice.Kind.JOINED,
        stage=ParcelStage.PRINTED,
        now=now,
        actor=actor,
        before=" + ".join(inside)[:255],
        after=" + ".join(others)[:255],
    )
    void_slips([parcel.pk], notice, now=now)
