"""The price of an unpaid order (O7, O8, S7): what the rules say, in one click; and dropping lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Hold, Order, OrderLine, OrderTerms, PlatformTask, PostageCredit, RefundTask
from orders.quotes import facts_of_order, kept_carrier, siblings_of
from orders.rules.dropping import split_lines
from orders.rules.quotes import Quote, make_quote
from orders.rules.terms import as_terms
from orders.services import holds
from orders.services.flags import lower_flag
from orders.services.joining import SHORT_LABEL, join
from orders.services.locks import check_version, lock_order
from orders.services.ownership import own
from orders.services.platform import open_task
from orders.states import CLOSED, Status
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission


@transaction.atomic
def apply_computed_price(
    tid: str,
    *,
    version: int,
    actor: Staff,
    carrier: str | None = None,
    shelf_first: bool | None = None,
    now: datetime | None = None,
) -> Quote:
    """Give an unpaid order the price that the rules say (O8), with what joining brings (S7).

    ``carrier`` is the one that the buyer asked for (S1); ``shelf_first`` asks for two
    parcels or one, as kept where it is not given (S8).

    Raises ``Forbidden`` (O8) by role, ``VersionConflict`` (T5), ``Conflict`` (O8) for an order that is not
    unpaid or partly paid, and whatever the quote refuses.
    """
    _require_role(actor)
    now = now or clock.now()
    order = lock_with_siblings(tid, version=version)
    quote = make_quote(facts_of_order(order, carrier=carrier, shelf_first=shelf_first))
    own(order, actor, now=now)
    write_price(order, quote, asked_carrier=carrier, shelf_first=shelf_first, actor=actor, now=now)
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
    lines = list(order.lines.select_related("product").order_by("position"))
    kept, dropped = split_lines(lines, positions)
    if not reason.strip():
        raise DomainError("O7", _("Choose why the lines are dropped."), field="reason")
    carrier = kept_carrier(order)
    quote = make_quote(facts_of_order(order, lines=kept, carrier=carrier))
    _forget([line.pk for line in dropped], actor=actor, now=now)
    own(order, actor, now=now)
    order.num = sum(line.num for line in kept)
    write_price(order, quote, asked_carrier=carrier, actor=actor, now=now)
    audit.record(events.lines_dropped(order, dropped, reason.strip()), at=now, actor=actor)
    return quote


def _forget(line_ids: Sequence[int], *, actor: Staff, now: datetime) -> None:
    """Their pieces go back to the shelf (F5); what was held once stays on record with the order."""
    holds.release_lines(line_ids, release=Hold.Release.CHANGED, now=now, actor=actor)
    Hold.objects.filter(line__in=line_ids).update(line=None)
    OrderLine.objects.filter(pk__in=line_ids).delete()


def lock_with_siblings(tid: str, *, version: int | None = None) -> Order:
    """Lock an unpaid order and those that may add up with it, all in the order of their numbers.

    Raises ``Conflict`` (O8) for an order that is not unpaid, or of which a part is paid.
    """
    version_with_siblings(tid)
    order = lock_order(tid)
    require_unpaid(order, version=version)
    return order


def require_unpaid(order: Order, *, version: int | None = None) -> None:
    """Raise ``VersionConflict`` (T5) or ``Conflict`` (O8) where the price of an order cannot be changed."""
    check_version(order, version)
    if order.status != Status.WAIT_BUYER_PAY:
        raise Conflict("O8", _("Only the price of an unpaid order can be changed."))
    if order.paid_fee > 0:
        raise Conflict("O8", _("Part of this order is paid: its price stays."))


def version_with_siblings(tid: str) -> int | None:
    """Lock an order, those that may add up with it and those joined with them, by number; answer its version.

    ``None`` for no order.
    """
    order = Order.objects.filter(pk=tid).first()
    if order is None:
        return None
    siblings = [other for other, _sibling in siblings_of(order)]
    tids = {tid, *(other.pk for other in siblings)}
    groups = {other.joined for other in (order, *siblings)} - {""}
    locked = Order.objects.select_for_update().filter(Q(pk__in=tids) | Q(joined__in=groups)).order_by("tid")
    return dict(locked.values_list("tid", "version")).get(tid)


def write_price(
    order: Order,
    quote: Quote,
    *,
    asked_carrier: str | None = None,
    shelf_first: bool | None = None,
    approval: int | None = None,
    actor: Staff | None,
    now: datetime,
) -> None:
    """Write a quote as the order's price, keep it as its terms, and join those that brought it about (S7).

    ``approval`` is the request by which a supervisor gave a price that the rules do not give (P1). The order and
    its siblings are locked by the caller.
    """
    before = figures(order)
    lines = list(order.lines.order_by("position"))
    for line, priced in zip(lines, quote.lines, strict=True):
        line.payment, line.discount_fee = priced.payment, priced.discount_fee
    OrderLine.objects.bulk_update(lines, ["payment", "discount_fee"])
    order.goods_payable = quote.goods_payable + quote.links
    order.discount_fee = quote.discount_fee
    order.post_fee = quote.post_fee
    order.post_fee_credit = quote.post_fee_credit
    order.payment = quote.payment
    if shelf_first is not None:
        order.shelf_goods_first = shelf_first
    order.version += 1
    order.save(
        update_fields=[
            "goods_payable", "discount_fee", "post_fee", "post_fee_credit", "payment", "num",
            "shelf_goods_first", "version",
        ]
    )  # fmt: skip
    _settle_credit(order, quote, now=now)
    join(order, quote, now=now)
    lower_flag(order, SHORT_LABEL, now=now)
    OrderTerms.objects.create(
        order=order,
        quote=as_terms(quote, asked_carrier=asked_carrier),
        tariff_version=quote.tariff_version,
        tier_version=quote.tier_version,
        priced_at=now,
        priced_by=actor,
    )
    after = figures(order)
    if after != before:
        open_task(order, PlatformTask.Kind.PRICE, now=now)
    given = {"approval": approval} if approval is not None else {}
    audit.record(events.priced(order, before, after | given), at=now, actor=actor)


def _settle_credit(order: Order, quote: Quote, *, now: datetime) -> None:
    """S7: what is credited stands against the orders that paid it, so that it is given once."""
    siblings = siblings_of(order)
    stale = Q(given_to=order) | Q(
        paid_on__in=[other.pk for other, _sibling in siblings], given_to__status__in=CLOSED
    )
    PostageCredit.objects.filter(stale).delete()
    left = quote.post_fee_credit + quote.post_fee_owed
    for other, sibling in siblings:
        if left > 0 and sibling.post_fee > 0 and sibling.status == Status.WAIT_SELLER_SEND_GOODS:
            amount = min(left, sibling.post_fee)
            PostageCredit.objects.create(paid_on=other, given_to=order, amount=amount, at=now)
            left -= amount
    # The debt arises once: what was paid out stays as it was, what is still open follows the price.
    debt = RefundTask.objects.filter(order=order, reason=RefundTask.Reason.JOINED_POSTAGE)
    if not quote.post_fee_owed:
        debt.filter(done_at__isnull=True).delete()
    elif not debt.filter(done_at__isnull=True).update(amount=quote.post_fee_owed) and not debt.exists():
        RefundTask.objects.create(
            order=order,
            reason=RefundTask.Reason.JOINED_POSTAGE,
            rule="S7",
            amount=quote.post_fee_owed,
            opened_at=now,
        )


def figures(order: Order) -> dict[str, Any]:
    """An order's price as the audit and requests write it: amounts (CNY) as text."""
    return {
        "goods_payable": str(order.goods_payable),
        "post_fee": str(order.post_fee),
        "post_fee_credit": str(order.post_fee_credit),
        "payment": str(order.payment),
    }


def _require_role(actor: Staff) -> None:
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("O8", _("Your role does not change prices."))
