"""The price of an unpaid order (O7, O8, S7): what the rules say, in one click; and dropping lines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members.rules import share
from orders import events
from orders.models import Order, OrderLine, OrderTerms, PlatformTask, PostageCredit, RefundTask
from orders.quotes import facts_of_order, siblings_of
from orders.rules.quotes import Quote, make_quote
from orders.services.locks import lock_order
from orders.services.ownership import own
from orders.services.platform import open_task
from orders.states import Status
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.money import ZERO
from shopdesk.base.permissions import Permission


@transaction.atomic
def apply_computed_price(
    tid: str, *, version: int, actor: Staff, carrier: str | None = None, now: datetime | None = None
) -> Quote:
    """Give an unpaid order the price that the rules say (O8), with what joining brings (S7).

    Raises ``Forbidden`` (O8) by role, ``VersionConflict`` (T5), ``Conflict`` (O8) for an order that is not
    unpaid or partly paid, and whatever the quote refuses.
    """
    _require_role(actor)
    now = now or clock.now()
    order = lock_with_siblings(tid, version=version)
    quote = make_quote(facts_of_order(order, carrier=carrier))
    own(order, actor, now=now)
    write_price(order, quote, actor=actor, now=now)
    return quote


@transaction.atomic
def drop_lines(
    tid: str,
    positions: Sequence[int],
    *,
    reason: str,
    version: int,
    actor: Staff,
    now: datetime | None = None,
) -> Quote:
    """Take unwanted lines off an unpaid order and work its price out anew (O7).

    Raises as ``apply_computed_price``, and ``DomainError`` (O7) for no line, an unknown one, all of them, or
    no reason.
    """
    _require_role(actor)
    now = now or clock.now()
    order = lock_with_siblings(tid, version=version)
    kept, dropped = split_lines(order, positions)
    if not reason.strip():
        raise DomainError("O7", _("Choose why the lines are dropped."), field="reason")
    quote = make_quote(facts_of_order(order, lines=kept))
    OrderLine.objects.filter(pk__in=[line.pk for line in dropped]).delete()
    own(order, actor, now=now)
    order.num = sum(line.num for line in kept)
    write_price(order, quote, actor=actor, now=now)
    audit.record(events.lines_dropped(order, dropped, reason.strip()), at=now, actor=actor)
    return quote


def split_lines(order: Order, positions: Sequence[int]) -> tuple[list[OrderLine], list[OrderLine]]:
    """The lines that stay and those that go. Raises ``DomainError`` (O7) where that cannot be."""
    lines = list(order.lines.select_related("product").order_by("position"))
    unknown = set(positions) - {line.position for line in lines}
    if unknown or not positions:
        raise DomainError("O7", _("Tick the lines to be dropped."), field="positions")
    kept = [line for line in lines if line.position not in positions]
    if not kept:
        raise DomainError(
            "O7", _("The last line cannot be dropped: close the order instead."), field="positions"
        )
    return kept, [line for line in lines if line.position in positions]


def lock_with_siblings(tid: str, *, version: int | None = None) -> Order:
    """Lock an unpaid order and those that may add up with it, all in the order of their numbers.

    Raises ``Conflict`` (O8) for an order that is not unpaid, or of which a part is paid.
    """
    order = Order.objects.filter(pk=tid).first()
    if order is not None:
        tids = sorted({tid, *(other.pk for other, _sibling in siblings_of(order))})
        list(Order.objects.select_for_update().filter(pk__in=tids).order_by("tid").values_list("pk"))
    order = lock_order(tid, version=version)
    if order.status != Status.WAIT_BUYER_PAY:
        raise Conflict("O8", _("Only the price of an unpaid order can be changed."))
    if order.paid_fee > 0:
        raise Conflict("O8", _("Part of this order is paid: its price stays."))
    return order


def write_price(order: Order, quote: Quote, *, actor: Staff | None, now: datetime) -> None:
    """Write a quote as the order's price, keep it as its terms, and settle the postage of joined orders."""
    before = _figures(order)
    lines = list(order.lines.order_by("position"))
    for line, priced in zip(lines, quote.lines, strict=True):
        line.payment, line.discount_fee = priced.payment, priced.discount_fee
    OrderLine.objects.bulk_update(lines, ["payment", "discount_fee"])
    order.goods_payable = quote.goods_payable + quote.links
    order.discount_fee = quote.discount_fee
    order.post_fee = quote.post_fee
    order.post_fee_credit = quote.post_fee_credit
    order.payment = quote.payment
    order.version += 1
    order.save(
        update_fields=[
            "goods_payable", "discount_fee", "post_fee", "post_fee_credit", "payment", "num", "version"
        ]
    )  # fmt: skip
    _settle_credit(order, quote, now=now)
    OrderTerms.objects.create(
        order=order,
        quote=quote.as_json(),
        tariff_version=quote.tariff_version,
        tier_version=quote.tier_version,
        priced_at=now,
        priced_by=actor,
    )
    after = _figures(order)
    if after != before:
        open_task(order, PlatformTask.Kind.PRICE, now=now)
    audit.record(events.priced(order, before, after), at=now, actor=actor)


def _settle_credit(order: Order, quote: Quote, *, now: datetime) -> None:
    """S7: what is credited stands against the orders that paid it, so that it is given once."""
    PostageCredit.objects.filter(given_to=order).delete()
    left = quote.post_fee_credit + quote.post_fee_owed
    if not left:
        return
    for other, sibling in siblings_of(order):
        if left > 0 and sibling.post_fee > 0 and sibling.status == Status.WAIT_SELLER_SEND_GOODS:
            amount = min(left, sibling.post_fee)
            PostageCredit.objects.create(paid_on=other, given_to=order, amount=amount, at=now)
            left -= amount
    if quote.post_fee_owed:
        RefundTask.objects.update_or_create(
            order=order,
            reason=RefundTask.Reason.JOINED_POSTAGE,
            done_at=None,
            defaults={"rule": "S7", "amount": quote.post_fee_owed},
            create_defaults={"rule": "S7", "amount": quote.post_fee_owed, "opened_at": now},
        )


def with_total(quote: Quote, lines: Sequence[OrderLine], total: Decimal) -> Quote:
    """The quote changed to another total (a special price): the difference lies on the goods (O8).

    Raises ``DomainError`` (O8) for a total that the goods cannot come down to.
    """
    goods = total - quote.links - quote.post_fee + quote.post_fee_credit
    if goods < 0:
        raise DomainError("O8", _("The goods cannot cost less than nothing: waive the postage instead."))
    full = [line.price * line.num for line in lines]
    weights = [
        amount if priced.kind != "postage_link" else ZERO
        for amount, priced in zip(full, quote.lines, strict=True)
    ]
    shares = iter(share(goods, weights))
    priced_lines = [
        priced if priced.kind == "postage_link" else replace(priced, payment=part, discount_fee=amount - part)
        for priced, part, amount in zip(quote.lines, shares, full, strict=True)
    ]
    changed = replace(quote, goods_payable=goods, lines=priced_lines, steps=list(quote.steps))
    changed.discount_fee = quote.goods_total - quote.links - goods
    return changed


def _figures(order: Order) -> dict[str, Any]:
    return {
        "goods_payable": str(order.goods_payable),
        "post_fee": str(order.post_fee),
        "post_fee_credit": str(order.post_fee_credit),
        "payment": str(order.payment),
    }


def _require_role(actor: Staff) -> None:
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O8", _("Your role does not change prices."))
