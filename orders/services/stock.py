"""The stock on the shelf (F5): what comes in, what a count finds. What goes out goes with its hold."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import stock as events
from orders.models import Hold, Sku, StockMovement
from orders.services import holds, shortages
from orders.services.locks import lock_sku
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

MOST_PIECES = 1_000_000
HOLDERS_NAMED = 5


@transaction.atomic
def receive(
    sku_id: int, num: int, *, reason: str = "", actor: Staff, now: datetime | None = None
) -> StockMovement:
    """Put pieces on the shelf (F5); the lines that wait for them get theirs, the oldest payment first.

    Raises ``Forbidden`` (F5) by role, ``DomainError`` (F5) for no such SKU or no pieces.
    """
    _require_role(actor)
    if not 1 <= num <= MOST_PIECES:
        raise DomainError("F5", _("How many pieces came in? One at least."), field="num")
    now = now or clock.now()
    holds.lock_orders_waiting_for(sku_id)
    sku = lock_sku(sku_id)
    movement = _move(sku, StockMovement.Kind.RECEIVED, num, reason, actor=actor, now=now)
    _serve(sku, actor=actor, now=now)
    return movement


@transaction.atomic
def count(
    sku_id: int, counted: int, *, seen: int, reason: str, actor: Staff, now: datetime | None = None
) -> StockMovement | None:
    """Set the stock to what was counted (F5); ``None`` where it was right.

    ``seen`` is the stock that the page showed. Raises ``Forbidden`` (F5) by role, ``VersionConflict`` (T5) where
    the stock has changed since, ``DomainError`` (F5) for no such SKU, without a reason, or for a count below what
    is held, naming who holds it.
    """
    _require_role(actor)
    if not 0 <= counted <= MOST_PIECES:
        raise DomainError("F5", _("How many pieces are there? Count all of them."), field="counted")
    if not reason.strip():
        raise DomainError("F5", _("Say why the stock was counted, or what was found."), field="reason")
    now = now or clock.now()
    holds.lock_orders_waiting_for(sku_id)
    sku = lock_sku(sku_id)
    if sku.stock != seen:
        raise VersionConflict(
            "T5",
            _("Pieces came or went since you opened this. Look at the stock as it is now, then count again."),
            subject=("sku", str(sku.pk)),
        )
    if counted < sku.held:
        raise DomainError("F5", _held_by(sku), field="counted")
    if counted == sku.stock:
        audit.record(events.stock_confirmed(sku.pk, sku.stock, reason.strip()), at=now, actor=actor)
        return None
    kind = StockMovement.Kind.COUNTED
    movement = _move(sku, kind, counted - sku.stock, reason, actor=actor, now=now)
    if movement.num > 0:
        _serve(sku, actor=actor, now=now)
    return movement


def _move(sku: Sku, kind: str, num: int, reason: str, *, actor: Staff, now: datetime) -> StockMovement:
    sku.stock += num
    sku.save(update_fields=["stock"])
    movement = StockMovement.objects.create(
        sku=sku, kind=kind, num=num, stock=sku.stock, reason=reason.strip(), by=actor, at=now
    )
    audit.record(events.stock_moved(movement), at=now, actor=actor)
    return movement


def _serve(sku: Sku, *, actor: Staff, now: datetime) -> None:
    holds.serve_waiting([sku.pk], now=now)
    shortages.end_if_served(sku.pk, actor=actor, now=now)


def _held_by(sku: Sku) -> str:
    open_holds = list(Hold.objects.filter(sku=sku, released_at__isnull=True).order_by("placed_at", "pk"))
    named = [f"{hold.order_id or hold.reason} ×{hold.num}" for hold in open_holds[:HOLDERS_NAMED]]
    if len(open_holds) > HOLDERS_NAMED:
        named.append("…")
    return _(
        "%(held)s pieces are held: %(who)s. Find them, or change these orders first; then count again."
    ) % {"held": sku.held, "who": ", ".join(named)}


def _require_role(actor: Staff) -> None:
    if not actor.may(Permission.WORK_WAREHOUSE):
        raise Forbidden("F5", _("Only the warehouse and supervisors change the stock."))
