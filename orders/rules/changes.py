"""O9, O10, F2, F4: what may be changed or refunded at which stage, as decisions on plain values."""

import re
from collections.abc import Collection
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.states import CLOSED, ParcelStage, Status
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.money import ZERO, yuan

# O9: what the buyer ordered, and what they want instead. Chinese as every note.
SKU_NOTE = "客户拍下{old}，要求修改成{new}，已修改妥当"
SKU_LABEL = "改颜色尺码"
ADDRESS_LABEL = "改地址"
REFUND_LABEL = "发货前退款"
# A whole mobile number: the warehouse reads addresses and notes, and no phone (T1).
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_FAR = (ParcelStage.PLANNED, ParcelStage.PRINTED, ParcelStage.PACKED, ParcelStage.SHIPPED)


class Terms(models.TextChoices):
    """By which terms a change is priced: those that the order was sold on, or today's."""

    KEEP = "keep", _("keep the terms")
    ANEW = "anew", _("work out anew")


def furthest(stages: Collection[str]) -> str:
    """The stage that decides: how far the farthest of the parcels is; planned where there is none (F2)."""
    return max(stages, key=_FAR.index, default=ParcelStage.PLANNED.value)


def require_paid(rule: str, status: str) -> None:
    """Raise ``Conflict`` unless the order is paid and not shipped (O9, O10, O6)."""
    if status == Status.WAIT_SELLER_SEND_GOODS:
        return
    if status == Status.WAIT_BUYER_PAY:
        raise Conflict(
            rule,
            _("This order is not paid: the buyer simply orders again, or it is closed with their consent."),
        )
    if status in CLOSED:
        raise Conflict(rule, _("This order is closed: there is nothing left to change."))
    raise shipped(rule)


def require_changeable(rule: str, status: str, stage: str) -> None:
    """Raise ``Conflict`` where colour, size or address cannot be changed: not paid, packed or shipped (F2)."""
    require_paid(rule, status)
    if stage == ParcelStage.PACKED:
        raise Conflict("F2", _("The parcel is packed: ask the warehouse to pull it, then change the order."))
    if stage == ParcelStage.SHIPPED:
        raise shipped("F2")


def require_refundable(status: str, stage: str) -> None:
    """Raise ``Conflict`` where a refund is none before shipping (O6, F4)."""
    require_paid("O6", status)
    if stage == ParcelStage.SHIPPED:
        raise shipped("F4")


def require_sent(status: str, *, any_sent: bool) -> None:
    """Raise ``Conflict`` (A9) where nothing of an order was sent that could be refunded after the sale."""
    if status in CLOSED:
        raise Conflict("A9", _("This order is closed: there is nothing left to refund."))
    if not any_sent:
        raise Conflict("A9", _("Nothing of this order was shipped: refund it on the order page (F4)."))


def shipped(rule: str) -> Conflict:
    """F2, F4: what is under way is for after-sales."""
    return Conflict(rule, _("This is shipped already: open an after-sales ticket."))


def require_settled(rule: str, difference: Decimal, paid: Decimal) -> None:
    """Raise ``DomainError`` where postage links do not pay the difference (CNY) yet (O9, O10)."""
    if difference > ZERO and paid < difference:
        raise DomainError(
            rule,
            _(
                "The difference is %(difference)s, the chosen postage links pay %(paid)s. Let the buyer pay "
                "%(missing)s by a postage link, then choose it here."
            )
            % {"difference": yuan(difference), "paid": yuan(paid), "missing": yuan(difference - paid)},
            field="links",
        )


def require_no_phone(text: str) -> None:
    """Raise ``DomainError`` (T1) for an address with a phone number in it."""
    if _MOBILE.search(text):
        raise DomainError(
            "T1",
            _("Put the phone into its own field: the warehouse reads the address, and sees no phone."),
            field="receiver_address",
        )
