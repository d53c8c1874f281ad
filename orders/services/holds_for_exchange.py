"""Pieces kept for what is sent after the sale: an exchange, a resend (F5, A7). The warehouse signs them."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import ExtraGoods, Hold, Order
from orders.services import holds
from orders.services.locks import lock_order
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


@transaction.atomic
def hold_for(order: Order, sku_id: int, num: int, *, reason: str, actor: Staff | None, now: datetime) -> Hold:
    """Keep pieces of a SKU for what is to be sent after the sale of ``order`` (F5, A7).

    It has no end of its own: it is shipped with its parcel, or let go of by ``release_held``. It stands on the
    warehouse's page of holds to sign. The order is locked by the caller. Raises ``Forbidden`` (F5) by role,
    ``DomainError`` (F5) without a reason, or where the shelf has fewer pieces left.
    """
    _require_role(actor)
    if not reason.strip():
        raise DomainError("F5", _("Say why the pieces are kept."), field="reason")
    lock_order(order.pk)
    return holds.place(
        sku_id, num, reason=reason.strip()[:200], order=order, after_sale=True, actor=actor, now=now
    )


@transaction.atomic
def release_held(hold: Hold, *, actor: Staff | None, now: datetime) -> Hold:
    """Give pieces back to the shelf that were kept for after the sale; one that has ended stays as it ended.

    The order is locked by the caller. Raises ``Forbidden`` (F5) by role, ``Conflict`` (F5) for a hold of another
    kind, or one whose parcel still stands: that is dropped first.
    """
    _require_role(actor)
    if hold.order_id:
        lock_order(hold.order_id)
    hold.refresh_from_db()
    if not hold.after_sale:
        raise Conflict("F5", _("This hold is not for an exchange or a resend."))
    inside = ExtraGoods.objects.filter(hold=hold, live=True).first()
    if inside is not None and hold.released_at is None:
        raise Conflict(
            "F5",
            _("These pieces are for parcel P%(parcel)s: drop the parcel first.")
            % {"parcel": inside.parcel_id},
        )
    holds.end(Hold.objects.filter(pk=hold.pk), release=Hold.Release.CANCELLED, now=now, actor=actor)
    hold.refresh_from_db()
    return hold


def _require_role(actor: Staff | None) -> None:
    if actor is not None and not (actor.may(Permission.WORK_ORDERS) or actor.may(Permission.SIGN_HOLDS)):
        raise Forbidden("F5", _("Your role does not keep goods."))
