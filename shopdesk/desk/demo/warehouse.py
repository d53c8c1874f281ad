"""A morning in the made-up shop's warehouse: slips printed, packed and sent, a change and a refund that wait."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F

from orders.models import Order, Parcel, Sku
from orders.rules.products import SHELF_KINDS
from orders.selectors.readiness import to_print
from orders.services.changes.sku import SkuChange, change_sku
from orders.services.parcels.printing import print_parcels
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack
from orders.services.refunding import refund_lines
from orders.states import ParcelStage, Status
from shopdesk.desk.demo.drafts import TRACKING_BEGINNINGS
from shopdesk.desk.demo.makers import Workshop

PRINTED, PACKED, SENT = 14, 8, 5
REFUND_REASON = "不想要了"


def work_a_morning(workshop: Workshop) -> None:
    """Print the most urgent parcels of one order each, pack and send some; then two buyers change their mind."""
    warehouse, agent, now = workshop.crew.warehouse[0], workshop.crew.agents[0], workshop.now
    ready = to_print(Parcel.objects.filter(stage=ParcelStage.PLANNED).exclude(carrier=""))
    ids = list(ready.order_by("ship_by", "pk").values_list("pk", flat=True)[:PRINTED])
    if not ids:
        return
    print_parcels(ids, actor=warehouse, now=now - timedelta(hours=3))
    for place, pk in enumerate(ids[:PACKED]):
        parcel = pack(pk, actor=warehouse, now=now - timedelta(hours=2, minutes=40 - place))
        if place < SENT:
            number = f"{TRACKING_BEGINNINGS.get(parcel.carrier, '757')}{parcel.order_id[4:15]}"
            at = now - timedelta(hours=2, minutes=20 - place)
            ship(pk, carrier=parcel.carrier, invoice_no=number, actor=warehouse, now=at)
    waiting = Order.objects.filter(
        status=Status.WAIT_SELLER_SEND_GOODS, parcels__in=ids[PACKED:], parcels__stage=ParcelStage.PRINTED
    ).order_by("tid")
    changed = _change_one(list(waiting), workshop)
    for order in waiting.exclude(pk=changed):
        positions = list(order.lines.filter(product__virtual=False).values_list("position", flat=True)[:1])
        at = now - timedelta(minutes=25)
        refund_lines(order.tid, positions, reason=REFUND_REASON, version=order.version, actor=agent, now=at)
        break


def _change_one(orders: list[Order], workshop: Workshop) -> str:
    """Change the size of the first line for which the shelf has another; answers its order's number."""
    agent, at = workshop.crew.agents[0], workshop.now - timedelta(minutes=40)
    for order in orders:
        for line in order.lines.filter(product__kind__in=SHELF_KINDS, num=1).select_related("sku"):
            others = Sku.objects.filter(product=line.product_id, stock__gt=F("held"), price=line.price)
            other = next((sku for sku in others.order_by("pk") if sku != line.sku), None)
            if other is not None:
                change_sku(
                    order.tid, SkuChange(line.position, other.pk), version=order.version, actor=agent, now=at
                )
                return order.tid
    return ""
