"""Parcels that are sent after the sale: exchanged, resent, or the buyer's own goods back (F1, A5, A7).

They are printed, packed, shipped and followed as any other; the order that they belong to stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import parcels as events
from orders.models import ExtraGoods, Hold, Order, OrderLine, Parcel
from orders.rules.parcels import SHIP_AFTER_SALE_WITHIN
from orders.selectors.stages import stages_of_lines
from orders.services.locks import lock_order
from orders.services.parcels.locks import lock_parcel
from orders.services.parcels.planning import asked_carriers, default_carrier
from orders.states import CLOSED, PARCEL_MOVES, ParcelStage, Status
from shopdesk.base import audit
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

_SENT = (Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED)


@dataclass(frozen=True)
class Extra:
    """Pieces of an order line that go: what is held for it, or without a hold the line's own goods."""

    line: OrderLine
    num: int
    hold: Hold | None = None


@transaction.atomic
def plan_extra(
    order: Order, purpose: str, goods: Sequence[Extra], *, actor: Staff | None, now: datetime
) -> Parcel:
    """Plan a parcel that is sent after the sale, to the order's address by its carrier (F1).

    It stands on the warehouse's board at once. The order is locked by the caller. Raises ``Forbidden`` (F1) by role,
    ``Conflict`` (F1) for an order that is not sent or is closed, (F5) for a hold that has ended, is another order's
    or is in a parcel already, ``DomainError`` (F1) for no goods, a line twice, more pieces than the line has, an
    exchange without its hold, or a hold for goods that came back.
    """
    _require_role(actor)
    locked = lock_order(order.pk)
    _check(locked, purpose, goods)
    parcel = Parcel.objects.create(
        order=locked,
        purpose=purpose,
        buyer_id=locked.buyer_id,
        carrier=asked_carriers([locked.pk]).get(locked.pk) or default_carrier(locked),
        planned_at=now,
        ship_by=now + SHIP_AFTER_SALE_WITHIN,
    )
    ExtraGoods.objects.bulk_create(
        ExtraGoods(parcel=parcel, line=extra.line, num=extra.num, hold=extra.hold) for extra in goods
    )
    audit.record_many(events.planned(parcel, goods=len(goods)), at=now, actor=actor)
    return parcel


@transaction.atomic
def drop_extra(parcel: Parcel, *, actor: Staff | None, now: datetime) -> Parcel:
    """Do not send a planned parcel after all; what is held for it stays held until it is let go of.

    Its order is locked by the caller. Raises ``Forbidden`` (F1) by role, ``DomainError`` (F1) for a parcel of an
    order's own goods, ``Conflict`` (F1) for one that is printed or packed (the warehouse pulls it first), or is out.
    """
    _require_role(actor)
    locked, _orders = lock_parcel(parcel.pk)
    if locked.purpose == Parcel.Purpose.ORDER:
        raise DomainError("F1", _("This parcel holds the order's own goods: refund or change the order."))
    if locked.stage in (ParcelStage.PRINTED, ParcelStage.PACKED):
        raise Conflict(
            "F1",
            _("Parcel P%(number)s is %(stage)s: ask the warehouse to pull it, then drop it.")
            % {"number": locked.pk, "stage": locked.get_stage_display()},
        )
    locked.stage = PARCEL_MOVES.require("void", locked.stage)
    locked.version += 1
    locked.save(update_fields=["stage", "version"])
    ExtraGoods.objects.filter(parcel=locked).update(live=False)
    audit.record_many(events.dropped(locked), at=now, actor=actor)
    return locked


def _check(order: Order, purpose: str, goods: Sequence[Extra]) -> None:
    if purpose not in Parcel.Purpose.values or purpose == Parcel.Purpose.ORDER:
        raise DomainError("F1", _("Say what the parcel is for: an exchange, a resend or goods sent back."))
    if order.status in CLOSED or order.status == Status.WAIT_BUYER_PAY:
        raise Conflict("F1", _("This order is unpaid, or closed: nothing is sent after it."))
    if not goods:
        raise DomainError("F1", _("Say what is in the parcel."))
    lines = [extra.line.pk for extra in goods]
    if len(set(lines)) < len(lines) or any(extra.line.order_id != order.pk for extra in goods):
        raise DomainError("F1", _("Each line of this order is in the parcel once at most."))
    stages = {} if order.status in _SENT else stages_of_lines(lines)
    if order.status not in _SENT and any(stages.get(pk) != ParcelStage.SHIPPED for pk in lines):
        raise Conflict("F1", _("These goods are not shipped yet: change or refund the order instead."))
    for extra in goods:
        if not 1 <= extra.num <= extra.line.num:
            raise DomainError(
                "F1", _("How many pieces go? 1 to %(most)s.") % {"most": extra.line.num}, field="num"
            )
        _check_hold(order, purpose, extra)


def _check_hold(order: Order, purpose: str, extra: Extra) -> None:
    if extra.hold is None:
        if purpose == Parcel.Purpose.EXCHANGE:
            raise DomainError(
                "F1", _("An exchange is sent from what is held for it: hold the goods first (A7).")
            )
        return
    if purpose == Parcel.Purpose.SENT_BACK:
        raise DomainError("F1", _("What is sent back is what came back: it takes nothing from the shelf."))
    hold = Hold.objects.select_for_update().get(pk=extra.hold.pk)
    taken = ExtraGoods.objects.filter(hold=hold, live=True).exists()
    if not hold.after_sale or hold.released_at is not None or hold.order_id != order.pk or taken:
        raise Conflict("F5", _("These pieces are not held for this any more: hold them anew."))
    if hold.num != extra.num:
        raise DomainError(
            "F5",
            _("%(held)s pieces are held, %(num)s are to go: hold as many as go.")
            % {"held": hold.num, "num": extra.num},
            field="num",
        )


def _require_role(actor: Staff | None) -> None:
    if actor is not None and not (actor.may(Permission.WORK_ORDERS) or actor.may(Permission.WORK_WAREHOUSE)):
        raise Forbidden("F1", _("Your role does not send goods."))
