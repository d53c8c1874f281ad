"""Orders that were placed for an exchange of style and are not to be paid (A8).

Such an order shows what the buyer wants instead; the goods go by a parcel of the ticket. While it is tied it is not
closed at 72 hours (O4), not chased (O14), adds up with no other (S7), keeps nothing on the shelf and travels nowhere.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Consent, Flag, Hold, Order, PostageCredit, RefundTask
from orders.services import holds
from orders.services.changes.locking import require_role
from orders.services.closing import close_for_seller
from orders.services.flags import FlagRequest, lower_flag, raise_flag
from orders.services.joining import flag_left_behind, leave
from orders.services.locks import lock_order
from orders.services.parcels.planning import plan
from orders.services.tied_money import FLAG_HOURS, TIED_LABEL
from orders.states import ORDER_MOVES, Status
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff

REPRICE_LABEL = "重新计价"


@transaction.atomic
def tie(order: Order, *, actor: Staff | None, now: datetime) -> Order:
    """Tie an unpaid order to an exchange: its own holds on the shelf go back, orders joined with it are left.

    The order is locked by the caller, and those that are joined with it before anything else
    (``joining.lock_group``). Raises ``Forbidden`` (A8) by
    role, ``Conflict`` (A8) for an order that is not unpaid, of which money came in, or that is tied already.
    """
    if actor is not None:
        require_role("A8", actor)
    locked = lock_order(order.pk)
    if locked.status != Status.WAIT_BUYER_PAY:
        raise Conflict(
            "A8", _("Only an order that is not paid can be tied: the buyer places it and does not pay.")
        )
    if locked.paid_fee > 0 or locked.payment_pending:
        raise Conflict("A8", _("Money came in for this order: settle that first, then tie it."))
    if locked.tied:
        raise Conflict("A8", _("This order is tied to an exchange already."))
    locked.tied = True
    _save(order, locked, "tied")
    own_holds = Hold.objects.filter(order=locked, line__isnull=False, until__isnull=True, after_sale=False)
    holds.end(own_holds, release=Hold.Release.CHANGED, now=now, actor=actor)
    # S7: what was joined through it is theirs again.
    PostageCredit.objects.filter(given_to=locked).delete()
    debt = RefundTask.objects.filter(order=locked, reason=RefundTask.Reason.JOINED_POSTAGE)
    debt.filter(done_at__isnull=True).delete()
    left = leave(locked, now=now)
    order.joined = locked.joined
    audit.record(events.tied(locked), at=now, actor=actor)
    flag_left_behind(left, now=now, why="合并的订单改为换款单")
    return order


@transaction.atomic
def untie(order: Order, *, actor: Staff | None, now: datetime) -> Order:
    """Untie an order: it is an order like any other again, closed at 72 hours where nobody pays it (O4).

    The order is locked by the caller. Raises ``Forbidden`` (A8) by role, ``Conflict`` (A8) for one that is not tied.
    """
    if actor is not None:
        require_role("A8", actor)
    locked = lock_order(order.pk)
    if not locked.tied:
        raise Conflict("A8", _("This order is not tied to an exchange."))
    locked.tied = False
    _save(order, locked, "tied")
    lower_flag(locked, TIED_LABEL, now=now)
    order.seller_flag = locked.seller_flag
    audit.record(events.untied(locked), at=now, actor=actor)
    if locked.status == Status.WAIT_BUYER_PAY and locked.post_fee_credit:
        _flag_price(locked, now=now)
        order.seller_flag = locked.seller_flag
    holds.take([locked.pk], now=now)
    plan([locked.pk], now=now)  # where it was paid meanwhile, it travels now
    return order


@transaction.atomic
def close_tied(
    order: Order,
    *,
    agreed_at: datetime,
    agreed_with: Staff,
    channel: str = Consent.Channel.WANGWANG,
    remark: str = "",
    actor: Staff | None,
    now: datetime,
) -> Order:
    """Close a tied order that was never paid, for the seller: the exchange is settled, nothing is bought (O6, A8).

    The buyer's consent is what they agreed to on the ticket: when, how, and with whom. The order is locked by the
    caller. Raises ``Forbidden`` (O6) by role, ``Conflict`` (A8) for an order that is not tied, (O1) for one that is
    paid or closed, ``DomainError`` (O5) where part of it is paid, (O6) for an agreement in the future.
    """
    if actor is not None:
        require_role("O6", actor)
    locked = lock_order(order.pk)
    if not locked.tied:
        raise Conflict("A8", _("This order is not tied to an exchange."))
    ORDER_MOVES.require("close_unpaid", locked.status)
    if locked.paid_fee > 0:
        raise DomainError(
            "O5", _("Part of this order is paid. A supervisor decides whether to wait or to refund.")
        )
    if agreed_at > now:
        raise DomainError(
            "O6", _("The buyer agreed after ordering and before now: check the time."), field="agreed_at"
        )
    # Our reading: the exchange may have been agreed to before its order was placed; the consent holds from then on.
    consent = Consent(channel=channel, agreed_at=max(agreed_at, locked.created), remark=remark[:200])
    close_for_seller(locked, consent, recorded_by=agreed_with, actor=actor, now=now)
    order.refresh_from_db()
    return order


def _flag_price(order: Order, *, now: datetime) -> None:
    """S7: the postage that came off its total when it was joined was given back to the others."""
    request = FlagRequest(
        Order.SellerFlag.RED,
        label=REPRICE_LABEL,
        text=f"取消换款关联：原合单抵扣的邮费{order.post_fee_credit}已不适用，请重新计价后再请客户付款",
        addressee=Flag.Addressee.AGENT,
        until=now + clock.hours(FLAG_HOURS),
    )
    raise_flag(order, request, actor=None, now=now)


def _save(order: Order, locked: Order, field: str) -> None:
    locked.version += 1
    locked.save(update_fields=[field, "version"])
    setattr(order, field, getattr(locked, field))
    order.version = locked.version
