"""Holding pieces on the shelf (F5). The sum of holds never exceeds the stock: the database refuses it.

Whoever changes a hold has the SKU locked, and holds the lock of the order before that: what was read of holds before
the lock is read again under it. Several SKUs are locked at once, by id.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Hold, Order, OrderLine, Sku, StockMovement
from orders.rules.holds import AUTOMATIC_REASON, Wanted, allocate
from orders.selectors.waiting import waiting_for_shelf
from orders.services.locks import lock_orders, lock_sku, lock_skus
from shopdesk.base import audit, clock
from shopdesk.base.arrays import text_array
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from shopdesk.base.prepared import prepared_cursor

_BATCH = 1000
_CHANGE = """
UPDATE orders_sku AS sku SET held = sku.held + more.held, stock = sku.stock + more.stock
FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS more (id, held, stock) WHERE sku.id = more.id
"""
_STOCKED = """
SELECT line.id FROM orders_orderline AS line JOIN orders_sku AS sku ON sku.id = line.sku_id
WHERE line.order_id = ANY (%s) AND sku.stock > sku.held
"""


@transaction.atomic
def place(
    sku_id: int,
    num: int,
    *,
    reason: str,
    order: Order | None = None,
    line: OrderLine | None = None,
    until: datetime | None = None,
    after_sale: bool = False,
    actor: Staff | None = None,
    now: datetime | None = None,
) -> Hold:
    """Hold ``num`` pieces of a SKU (F5). Raises ``DomainError`` (F5) where the shelf has fewer left.

    A hold for a ``line`` is for all its pieces; one ``after_sale`` is for what follows, and does not end with the
    order. The caller holds the order's lock.
    """
    now = now or clock.now()
    sku = lock_sku(sku_id)
    if num < 1 or sku.held + num > sku.stock:
        raise DomainError(
            "F5",
            _("Only %(left)s of %(stock)s pieces are free, %(num)s were asked for.")
            % {"left": sku.stock - sku.held, "stock": sku.stock, "num": num},
        )
    Sku.objects.filter(pk=sku_id).update(held=F("held") + num)
    hold = Hold.objects.create(
        sku=sku,
        order=order,
        line=line,
        num=num,
        reason=reason,
        placed_by=actor,
        placed_at=now,
        until=until,
        after_sale=after_sale,
    )
    audit.record(events.hold_placed(hold), at=now, actor=actor)
    return hold


def take(tids: Iterable[str], *, now: datetime, patient: bool = True) -> set[int]:
    """Hold what the shelf lines of these orders need and the shelf has (F5); answers the lines held now.

    The caller holds the orders' locks. With ``patient`` unset, SKUs that somebody else works on are passed over,
    for callers who have locked other SKUs already; ``serve_all`` comes back to their lines.
    """
    # Most lines of an import have nothing on the shelf: these are told apart before anything else is looked up.
    with prepared_cursor() as cursor:
        cursor.execute(_STOCKED, [text_array(tids)])
        found = [line for (line,) in cursor.fetchall()]
    return _give(waiting_for_shelf().filter(pk__in=found), now, patient=patient) if found else set()


def serve_waiting(skus: Collection[int], *, now: datetime, but_not: Collection[int] = ()) -> set[int]:
    """Give free pieces of SKUs that the caller has locked to the lines that wait for them (F5).

    Never to the lines ``but_not``, which just gave theirs back. Orders that somebody else works on are passed over:
    their locks come before those of SKUs. ``serve_all`` comes back to them.
    """
    waiting = waiting_for_shelf().filter(sku__in=skus, sku__stock__gt=F("sku__held")).exclude(pk__in=but_not)
    tids = _lock_free(waiting.values_list("order_id", flat=True))
    return _give(waiting.filter(order__in=tids), now) if tids else set()


@transaction.atomic
def serve_all(*, now: datetime) -> set[int]:
    """Give whatever is free to whoever waits for it, a bounded number of orders at a time (F5)."""
    waiting = waiting_for_shelf().filter(sku__stock__gt=F("sku__held"))
    tids = _lock_free(waiting.values_list("order_id", flat=True)[:_BATCH])
    return _give(waiting.filter(order__in=tids), now) if tids else set()


def lock_orders_waiting_for(sku_id: int) -> None:
    """Lock the orders with a line that waits for a SKU, so that none is passed over when it is served (F5)."""
    lock_orders(waiting_for_shelf().filter(sku=sku_id).values_list("order_id", flat=True))


def release_lines(
    line_ids: Collection[int], *, release: str, now: datetime, actor: Staff | None = None
) -> list[Hold]:
    """Give the held pieces of these lines back to the shelf, where whoever waits for them gets them (F5).

    The caller holds the orders' locks; who then takes another SKU for a line locks both before
    (``locks.lock_skus``).
    """
    return _end(Hold.objects.filter(line__in=line_ids), release=release, now=now, actor=actor)


def release_of_orders(
    tids: Iterable[str], *, release: str, now: datetime, actor: Staff | None = None
) -> list[Hold]:
    """End all open holds of the orders; what was shipped leaves the stock too (F5, N5).

    What is kept for after the sale stays kept: it ends with its own parcel, or when it is let go of. Call it inside
    the transaction that holds the orders' locks.
    """
    return end_of_orders(dict.fromkeys(tids, release), now=now, actor=actor)


def end_of_orders(releases: Mapping[str, str], *, now: datetime, actor: Staff | None = None) -> list[Hold]:
    """As ``release_of_orders``, for orders whose holds end in different ways."""
    holds = Hold.objects.filter(order__in=list(releases), after_sale=False)
    return _end(holds, release=releases, now=now, actor=actor) if releases else []


def end(holds: QuerySet[Hold], *, release: str, now: datetime, actor: Staff | None) -> list[Hold]:
    """End those of these holds that are open, whatever they are for (F5)."""
    return _end(holds, release=release, now=now, actor=actor)


def retake(order: Order, *, now: datetime, closed_at: datetime | None) -> bool:
    """Hold again what the closing of a reopened order released (O5). True when all of it could be held again."""
    former = list(
        Hold.objects.filter(order=order, release=Hold.Release.CLOSED, released_at=closed_at).order_by(
            "sku_id"
        )
    )
    lock_skus(hold.sku_id for hold in former)
    take([order.tid], now=now)
    of_lines = {hold.line_id for hold in former if hold.line_id}
    held = Hold.objects.filter(line__in=of_lines, released_at__isnull=True).values_list("line_id", flat=True)
    complete = of_lines <= set(held)
    for hold in former:
        if hold.line_id or (hold.until is not None and hold.until <= now):
            continue
        try:
            place(hold.sku_id, hold.num, reason=hold.reason, order=order, until=hold.until, now=now)
        except DomainError:
            complete = False
    return complete


def _lock_free(tids: Iterable[str]) -> list[str]:
    free = Order.objects.select_for_update(skip_locked=True).filter(pk__in=set(tids)).order_by("tid")
    return list(free.values_list("tid", flat=True))


def _give(lines: QuerySet[OrderLine], now: datetime, *, patient: bool = True) -> set[int]:
    """Hold for lines, in their order, as far as the shelf goes: five statements for however many."""
    rows = list(lines.values_list("pk", "sku_id", "num", "order_id"))
    if not rows:
        return set()
    skus = lock_skus((sku for _line, sku, _num, _tid in rows), patient=patient)
    free = {pk: sku.stock - sku.held for pk, sku in skus.items()}
    given = allocate(free, (Wanted(line, sku, num) for line, sku, num, _tid in rows))
    tids = {line: tid for line, _sku, _num, tid in rows}
    holds = Hold.objects.bulk_create(
        (
            Hold(
                sku_id=want.sku,
                order_id=tids[want.line],
                line_id=want.line,
                num=want.num,
                reason=AUTOMATIC_REASON,
                placed_at=now,
            )
            for want in given
        ),
        batch_size=_BATCH,
    )
    if holds:
        more = Counter[int]()
        for hold in holds:
            more[hold.sku_id] += hold.num
        _change(more, {})
        audit.record_many((events.hold_placed(hold) for hold in holds), at=now, actor=None)
    return {want.line for want in given}


def _end(
    which: QuerySet[Hold], *, release: str | Mapping[str, str], now: datetime, actor: Staff | None
) -> list[Hold]:
    """End holds in one way, or each in the way of its order; what is free then goes to whoever waits."""
    found = which.filter(released_at__isnull=True)
    skus = lock_skus(found.values_list("sku_id", flat=True))
    if not skus:
        return []
    holds = list(found.filter(sku__in=skus).order_by("pk"))  # those that nobody ended meanwhile
    freed, sent = Counter[int](), Counter[int]()
    movements = []
    for hold in holds:
        way = release if isinstance(release, str) else release[str(hold.order_id)]
        hold.released_at, hold.release = now, way
        freed[hold.sku_id] += hold.num
        if way == Hold.Release.CONSUMED:
            sent[hold.sku_id] += hold.num
            movements.append(_shipped(hold, skus[hold.sku_id].stock - sent[hold.sku_id], now, actor))
    _change(Counter({sku: -num for sku, num in freed.items()}), {sku: -num for sku, num in sent.items()})
    for way in {hold.release for hold in holds}:
        ended = [hold.pk for hold in holds if hold.release == way]
        Hold.objects.filter(pk__in=ended).update(released_at=now, release=way)
    StockMovement.objects.bulk_create(movements, batch_size=_BATCH)
    audit.record_many((events.hold_released(hold) for hold in holds), at=now, actor=actor)
    free = [sku for sku in freed if freed[sku] > sent[sku]]
    if free:
        serve_waiting(free, now=now, but_not=[hold.line_id for hold in holds if hold.line_id])
    return holds


def _shipped(hold: Hold, stock: int, now: datetime, actor: Staff | None) -> StockMovement:
    return StockMovement(
        sku_id=hold.sku_id,
        kind=StockMovement.Kind.SHIPPED,
        num=-hold.num,
        stock=stock,
        reason=hold.order_id or "",
        by=actor,
        at=now,
    )


def _change(held: Mapping[int, int], stock: Mapping[int, int]) -> None:
    ids = sorted(held)
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, [ids, [held[sku] for sku in ids], [stock.get(sku, 0) for sku in ids]])
