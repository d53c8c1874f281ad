"""S7: orders of three days that add up ship together; and what is short when one of them falls away."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from orders.models import Flag, Order, OrderTerms
from orders.quotes import facts_of_order, kept_carrier, siblings_of
from orders.rules.joining import brought_by_joining
from orders.rules.quotes import JOINING_STATES, Quote, make_quote
from orders.rules.terms import is_approved, read_terms
from orders.services.flags import FlagRequest, raise_flag
from orders.services.parcels.planning import plan
from orders.states import CLOSED
from shipping.provinces import PROVINCES, zone_of
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO

FLAG_HOURS = 24
SHORT_LABEL = "合单不足"


def join(order: Order, quote: Quote, *, now: datetime) -> None:
    """Let an order ship with those whose goods brought its price about, or by itself where none did (S7).

    The order, its siblings and those joined with them are locked by the caller.
    """
    brought = order.receiver_state in PROVINCES and brought_by_joining(quote, zone_of(order.receiver_state))
    others = [other for other, _sibling in siblings_of(order)] if brought else []
    before = order.joined
    former = set(Order.objects.filter(joined=before).values_list("tid", flat=True)) if before else set()
    if others:
        groups = {other.joined for other in (order, *others)} - {""}
        members = Order.objects.filter(Q(pk__in=[order.tid, *(o.tid for o in others)]) | Q(joined__in=groups))
        tids = set(members.values_list("tid", flat=True))
        _write(tids, min(tids))
        order.joined = min(tids)
        former |= tids
    elif before:
        _write({order.tid}, "")
        order.joined = ""
        left = former - {order.tid}
        _write(left, min(left) if len(left) > 1 else "")
    if former:
        plan(former, now=now)


def leave(order: Order, *, now: datetime) -> list[str]:
    """Let an unpaid order go by itself from now on (A8); answers the numbers of those it leaves, lowest first.

    The order is locked by the caller, the others are locked here; they stay joined where they are several (S7).
    """
    group = order.joined
    if not group:
        return []
    others = Order.objects.select_for_update().filter(joined=group).exclude(pk=order.pk).order_by("tid")
    left = list(others.values_list("tid", flat=True))
    _write({order.tid}, "")
    order.joined = ""
    _write(left, min(left) if len(left) > 1 else "")
    plan([order.tid, *left], now=now)
    return left


def _write(tids: Iterable[str], group: str) -> None:
    Order.objects.filter(pk__in=list(tids)).exclude(joined=group).update(joined=group)


def lock_group(tid: str) -> None:
    """Lock an order with those joined with it, by number: whoever closes it may have to flag them (S7)."""
    group = Order.objects.filter(pk=tid).exclude(joined="").values("joined")
    members = Order.objects.select_for_update().filter(Q(pk=tid) | Q(joined__in=group)).order_by("tid")
    list(members.values_list("tid", flat=True))


def flag_shortfalls(tids: Iterable[str], *, now: datetime) -> list[str]:
    """After these orders were closed or refunded: flag those joined with them red whose sum falls short, with the
    amount (S7). Answers the numbers of the flagged orders; each is told of once.

    One statement where nothing was joined. Each group is locked by number.
    """
    groups = Order.objects.filter(pk__in=list(tids)).exclude(joined="").values_list("joined", flat=True)
    return [tid for group in sorted(set(groups)) for tid in _flag_group(group, now)]


def closed_lately(now: datetime) -> list[str]:
    """Joined orders that were closed in the last hour, however that came about."""
    closed = Order.objects.filter(status__in=CLOSED, end_time__gte=now - clock.hours(1))
    return list(closed.exclude(joined="").order_by("tid").values_list("tid", flat=True))


def flag_left_behind(tids: Iterable[str], *, now: datetime, why: str = "合并的订单改了地址") -> list[str]:
    """After an order that was joined with these goes with them no more: as ``flag_shortfalls`` (S7, O10, A8).

    The caller holds their locks.
    """
    return _flag(list(Order.objects.filter(pk__in=list(tids)).order_by("tid")), why, now)


@transaction.atomic
def _flag_group(group: str, now: datetime) -> list[str]:
    members = list(Order.objects.select_for_update().filter(joined=group).order_by("tid"))
    gone = [order.tid for order in members if order.status in CLOSED]
    return _flag(members, f"合并的订单{'、'.join(gone)}已关闭" if gone else "合并的订单有退款", now)


def _flag(members: Sequence[Order], why: str, now: datetime) -> list[str]:
    left = {order.tid for order in members if order.status in JOINING_STATES}
    flagged = []
    for order in members:
        if order.status not in JOINING_STATES or order.partly_shipped:
            continue
        short = _short(order, left)
        if (
            short <= 0
            or Flag.objects.filter(
                order=order, label=SHORT_LABEL, note__text__contains=f"应补邮费{short}，"
            ).exists()
        ):
            continue
        request = FlagRequest(
            Order.SellerFlag.RED,
            label=SHORT_LABEL,
            text=f"{why}，合计不足包邮，应补邮费{short}，补齐前勿打单",
            addressee=Flag.Addressee.AGENT,
            until=now + clock.hours(FLAG_HOURS),
        )
        raise_flag(order, request, actor=None, now=now)
        flagged.append(order.tid)
    return flagged


def _short(order: Order, left: Iterable[str]) -> Decimal:
    """By how much (CNY) the postage that the order pays is less than it would be with those that are left."""
    terms = OrderTerms.objects.filter(order=order).order_by("-priced_at", "-id").first()
    kept = read_terms(terms.quote) if terms else None
    if kept is not None and is_approved(kept):
        return ZERO  # a supervisor gave this price as it is (P1)
    lines = list(order.lines.filter(refunded_at__isnull=True).select_related("product").order_by("position"))
    siblings = [pair for pair in siblings_of(order) if pair[0].tid in left]
    try:
        should = make_quote(
            facts_of_order(order, lines=lines, siblings=siblings, carrier=kept_carrier(order))
        )
    except DomainError:
        return ZERO  # no tariff any more: the desk asks for it where the order is priced
    return (should.post_fee - should.post_fee_credit) - (order.post_fee - order.post_fee_credit)
