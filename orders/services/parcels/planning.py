"""Keeping the planned parcels in step with what is paid and not on its way yet (F1, S7, S8)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q

from orders.models import Order, OrderLine, OrderTerms, Parcel, ParcelLine
from orders.rules.parcels import goes_in_two
from orders.rules.products import SHELF_KINDS, ProductKind
from orders.rules.promises import ship_by
from orders.services.parcels.late_goods import Wanted, put_into_printed, take_late
from orders.states import ParcelStage, Status
from shipping.carriers import DEFAULT_CARRIERS
from shipping.provinces import PROVINCES, zone_of
from shopdesk.base.money import ZERO

_READ = (
    "tid", "buyer", "status", "goods_payable", "forwarder", "shelf_goods_first", "joined", "receiver_state",
    "pay_time", "created", "tied",
)  # fmt: skip
_ON_THEIR_WAY = (ParcelStage.PRINTED, ParcelStage.PACKED, ParcelStage.SHIPPED)


@transaction.atomic(savepoint=False)
def plan(tids: Iterable[str], *, now: datetime) -> None:
    """Bring the planned parcels of these orders, and of those joined with them, in step (F1, S7, S8).

    A paid order has one planned parcel with all that travels and is in no printed, packed or shipped parcel, or two
    under S8; joined orders share theirs. What is printed or further is left alone, but for a printed parcel that
    joined goods still go into (``late_goods``). What is sent after the sale has parcels of its own, which are none of
    its business. Takes a constant number of statements, and some more for each such
    parcel. The caller holds the orders' locks; joined groups are locked here, after them.
    """
    asked = set(tids)
    if not asked:
        return
    orders = _orders(asked)
    _lock_groups(orders)
    orders = _orders(asked)  # what another member's change left, now that it is committed
    wanted = _wanted(orders)
    late = take_late(wanted, _joined_groups(orders))
    planned = list(
        Parcel.objects.select_for_update(of=("self",))
        .filter(
            order__in=[order.tid for order in orders],
            stage=ParcelStage.PLANNED,
            purpose=Parcel.Purpose.ORDER,
        )
        .select_related("order")
        .order_by("pk")
    )
    _write(wanted, planned, now)
    put_into_printed(late, now=now)


def _orders(tids: Collection[str]) -> list[Order]:
    groups = Order.objects.filter(pk__in=tids).exclude(joined="").values("joined")
    found = Order.objects.filter(Q(pk__in=tids) | Q(joined__in=groups)).order_by("tid")
    return list(found.only(*_READ))


def _joined_groups(orders: Sequence[Order]) -> list[str]:
    return sorted({order.joined for order in orders if order.joined})


def _lock_groups(orders: Sequence[Order]) -> None:
    groups = _joined_groups(orders)
    if groups:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(joined, 7)) FROM unnest(%s::text[]) AS joined",
                [groups],
            )


def _group(order: Order) -> str:
    return order.joined or order.tid


def _wanted(orders: Sequence[Order]) -> dict[tuple[str, str], Wanted]:
    # A8: an order placed for an exchange travels nowhere, even where it was paid by mistake.
    waiting = Status.WAIT_SELLER_SEND_GOODS
    paid = {order.tid: order for order in orders if order.status == waiting and not order.tied}
    under_way = ParcelLine.objects.filter(live=True, parcel__stage__in=_ON_THEIR_WAY)
    lines = (
        OrderLine.objects.filter(order__in=list(paid))
        .select_related("product")
        .only("order_id", "payment", "refunded_at", "product__kind", "product__virtual", "product__lead_days")
        .order_by("order", "position")
    )
    links: dict[str, Decimal] = defaultdict(lambda: ZERO)
    groups: dict[str, list[OrderLine]] = defaultdict(list)
    gone = set(under_way.filter(order__in=list(paid)).values_list("line_id", flat=True))
    for line in lines:
        if line.product.kind == ProductKind.POSTAGE_LINK:
            links[line.order_id] += line.payment
        elif line.refunded_at is None and not line.product.virtual and line.pk not in gone:
            groups[_group(paid[line.order_id])].append(line)
    carriers = asked_carriers(paid)
    wanted: dict[tuple[str, str], Wanted] = {}
    for group, members in groups.items():
        of_group = sorted({line.order_id for line in members})
        leader = paid[of_group[0]]
        parts = _parts([paid[tid] for tid in of_group], members, links)
        for part, goods in parts.items():
            parcel = wanted[group, part] = Wanted(
                leader, part, carriers.get(leader.tid) or default_carrier(leader)
            )
            parcel.lines = [line.pk for line in goods]
            parcel.ship_by = max(
                ship_by(
                    paid[line.order_id].pay_time or paid[line.order_id].created,
                    line.product.kind,
                    line.product.lead_days,
                )
                for line in goods
            )
    return wanted


def _parts(
    orders: Sequence[Order], lines: Sequence[OrderLine], links: Mapping[str, Decimal]
) -> dict[str, Sequence[OrderLine]]:
    shelf = [line for line in lines if line.product.kind in SHELF_KINDS]
    later = [line for line in lines if line.product.kind not in SHELF_KINDS]
    in_two = any(
        goes_in_two(
            order.goods_payable - links[order.tid],
            shelf_goods_first=order.shelf_goods_first,
            forwarder=any(other.forwarder for other in orders),
            has_shelf=bool(shelf),
            has_later=bool(later),
        )
        for order in orders
    )
    if in_two:
        return {Parcel.Part.SHELF: shelf, Parcel.Part.REST: later}
    return {Parcel.Part.WHOLE: lines}


def asked_carriers(tids: Iterable[str]) -> dict[str, str]:
    """The carriers that buyers asked for, by the latest terms of each order (S1)."""
    terms = (
        OrderTerms.objects.filter(order__in=list(tids))
        .order_by("order", "-priced_at", "-id")
        .distinct("order")
    )
    return {tid: asked or "" for tid, asked in terms.values_list("order_id", "quote__asked_carrier")}


def default_carrier(order: Order) -> str:
    """The carrier of the order's zone (S1); none where its province is not known."""
    if order.receiver_state not in PROVINCES:
        return ""
    return DEFAULT_CARRIERS[zone_of(order.receiver_state)]


def _write(wanted: dict[tuple[str, str], Wanted], planned: Sequence[Parcel], now: datetime) -> None:
    surplus: list[Parcel] = []
    here: dict[tuple[str, str], Parcel] = {}
    for parcel in planned:
        key = (_group(parcel.order), parcel.part)
        if key in wanted and key not in here:
            here[key] = parcel
        else:
            surplus.append(parcel)
    new = {
        key: Parcel(
            order=parcel.order,
            buyer_id=parcel.order.buyer_id,
            part=parcel.part,
            carrier=parcel.carrier,
            ship_by=parcel.ship_by,
            planned_at=now,
        )
        for key, parcel in wanted.items()
        if key not in here
    }
    Parcel.objects.bulk_create(new.values())
    changed = []
    for key, parcel in here.items():
        as_wanted = wanted[key]
        now_and_then = [
            (parcel.order_id, as_wanted.order.tid),
            (parcel.carrier, as_wanted.carrier),
            (parcel.ship_by, as_wanted.ship_by),
        ]
        if any(is_now != should_be for is_now, should_be in now_and_then):
            parcel.order, parcel.carrier, parcel.ship_by = (
                as_wanted.order,
                as_wanted.carrier,
                as_wanted.ship_by,
            )
            changed.append(parcel)
    Parcel.objects.bulk_update(changed, ["order", "carrier", "ship_by"])
    _fill({**here, **new}, wanted, planned)
    _drop(surplus)


def _fill(
    parcels: Mapping[tuple[str, str], Parcel],
    wanted: Mapping[tuple[str, str], Wanted],
    planned: Sequence[Parcel],
) -> None:
    """Put each line into its parcel, taking it out of the planned one that it was in."""
    inside = {
        line: (pk, parcel)
        for pk, line, parcel in ParcelLine.objects.filter(parcel__in=planned, live=True).values_list(
            "pk", "line_id", "parcel_id"
        )
    }
    should = {line: parcels[key].pk for key, parcel in wanted.items() for line in parcel.lines}
    out = [pk for line, (pk, parcel) in inside.items() if should.get(line) != parcel]
    ParcelLine.objects.filter(pk__in=out).delete()
    moved = [line for line, parcel in should.items() if line not in inside or inside[line][1] != parcel]
    orders = dict(OrderLine.objects.filter(pk__in=moved).values_list("pk", "order_id"))
    ParcelLine.objects.bulk_create(
        ParcelLine(parcel_id=should[line], order_id=orders[line], line_id=line) for line in moved
    )


def _drop(surplus: Sequence[Parcel]) -> None:
    """A parcel that was never printed leaves no trace; one that was is voided."""
    emptied = [parcel.pk for parcel in surplus if parcel.slip_version == 0]
    ParcelLine.objects.filter(parcel__in=emptied).delete()
    Parcel.objects.filter(pk__in=emptied).delete()
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in surplus if parcel.slip_version]).update(
        stage=ParcelStage.VOIDED, version=F("version") + 1
    )
