"""A morning in the made-up shop's warehouse: slips printed, packed and sent, what yesterday left, a change and
refunds that wait, a delivery in trouble.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, QuerySet

from orders.models import Order, OrderLine, Parcel, Sku, TrackingNews
from orders.rules.deliveries import News
from orders.rules.products import SHELF_KINDS
from orders.selectors.readiness import to_print
from orders.services.changes.sku import SkuChange, change_sku
from orders.services.missed import return_unshipped_to_desk
from orders.services.parcels.printing import print_parcels
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack
from orders.services.refunding import refund_lines
from orders.services.tracking import record_news
from orders.states import ParcelStage, Status
from shopdesk.base.clock import SHANGHAI
from shopdesk.desk.demo.drafts import TRACKING_BEGINNINGS
from shopdesk.desk.demo.makers import Workshop

PRINTED, PACKED, SENT = 14, 8, 5
# Printed yesterday and not sent by the evening; and of today's, in trouble on their way.
LEFT_OVER, TROUBLED = 2, 2
TROUBLES = ((2, "收件人电话无法接通，等待客户联系"), (14, "收件人拒收，联系寄件人"))
REFUND_REASON = "不想要了"


def work_a_morning(workshop: Workshop) -> None:
    """Print the most urgent parcels of one order each, pack and send some; then buyers change their mind."""
    warehouse, agent, now = workshop.crew.warehouse[0], workshop.crew.agents[0], workshop.now
    ready = to_print(Parcel.objects.filter(stage=ParcelStage.PLANNED).exclude(carrier=""))
    urgent = list(ready.order_by("ship_by", "pk").values_list("pk", flat=True)[: LEFT_OVER + PRINTED])
    left_over, ids = urgent[:LEFT_OVER], urgent[LEFT_OVER:]
    if not ids:
        return
    evening = (now.astimezone(SHANGHAI) - timedelta(days=1)).replace(hour=17, minute=30, second=0)
    print_parcels(left_over, actor=warehouse, now=evening - timedelta(hours=2))
    return_unshipped_to_desk(evening, False)
    print_parcels(ids, actor=warehouse, now=now - timedelta(hours=3))
    for place, pk in enumerate(ids[:PACKED]):
        parcel = pack(pk, actor=warehouse, now=now - timedelta(hours=2, minutes=40 - place))
        if place < SENT:
            number = f"{TRACKING_BEGINNINGS.get(parcel.carrier, '757')}{parcel.order_id[4:15]}"
            at = now - timedelta(hours=2, minutes=20 - place)
            ship(pk, carrier=parcel.carrier, invoice_no=number, actor=warehouse, now=at)
            if place < TROUBLED:
                state, words = TROUBLES[place]
                at = now - timedelta(minutes=50 - place)
                news = News(parcel.carrier, number, state, at, words)
                record_news([news], source=TrackingNews.Source.PUSH, now=at)
    waiting = Order.objects.filter(
        status=Status.WAIT_SELLER_SEND_GOODS, parcels__in=ids[PACKED:], parcels__stage=ParcelStage.PRINTED
    ).order_by("tid")
    changed = _change_one(list(waiting), workshop)
    planned = Order.objects.filter(
        status=Status.WAIT_SELLER_SEND_GOODS, parcels__stage=ParcelStage.PLANNED, flags__isnull=True
    ).order_by("-tid")
    # One whose paper is to be found first, and one that is due at once.
    for orders in (waiting.exclude(pk=changed), planned):
        for order in orders:
            positions = list(_from_the_shelf(order)[:1])
            if positions:
                at = now - timedelta(minutes=25)
                refund_lines(
                    order.tid, positions, reason=REFUND_REASON, version=order.version, actor=agent, now=at
                )
                break


def _from_the_shelf(order: Order) -> QuerySet[OrderLine, int]:
    """The lines that can be refunded without asking a supervisor: nothing of them was bought (P1)."""
    lines = order.lines.filter(
        product__kind__in=SHELF_KINDS, product__virtual=False, refunded_at__isnull=True
    )
    return lines.exclude(payment=0).order_by("position").values_list("position", flat=True)


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
