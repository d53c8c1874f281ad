"""The carriers' news of parcels (F7): kept once each, and what they say of the parcels and orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from orders.events import tracking as events
from orders.models import Order, Parcel, ParcelLine, TrackingNews
from orders.rules.deliveries import (
    CHINESE_NAMES,
    TROUBLE,
    News,
    TrackingState,
    comes_into_trouble,
    deliver_by,
    is_overdue,
    standing,
)
from orders.services.parcels.locks import LockedParcel, lock_parcels
from orders.services.red_flags import Alarm, lower_red_flags, raise_red_flags
from orders.states import ParcelStage, Status
from shipping.carriers import CARRIERS
from shipping.provinces import PROVINCES, zone_of
from shopdesk.base import audit, clock
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

TROUBLE_LABEL = "快递异常"
# News may be a little ahead of our clock; further ahead it would stay the newest for ever.
FARTHEST_AHEAD = clock.hours(1)
_SENT = (Status.WAIT_BUYER_CONFIRM_GOODS, Status.TRADE_FINISHED)


@dataclass(frozen=True)
class Heard:
    """What became of news: how many pieces were new, and which tracking numbers no parcel has."""

    new: int
    unknown: frozenset[str]


@transaction.atomic
def record_news(
    news: Iterable[News], *, source: str, actor: Staff | None = None, now: datetime | None = None
) -> Heard:
    """Keep news and bring the parcels that they are of in step, with a constant number of statements (F7).

    The same news counts once, in whatever order it comes. News of a number that no parcel has yet is kept:
    ``begin`` reads it when the parcel is shipped. News from far ahead of our clock is left out.
    """
    now = now or clock.now()
    pieces = _once(piece for piece in news if piece.at <= now + FARTHEST_AHEAD)
    numbers = {piece.invoice_no for piece in pieces}
    locked = lock_parcels(Parcel.objects.filter(invoice_no__in=numbers, stage=ParcelStage.SHIPPED), wait=True)
    fresh = _fresh(pieces)
    TrackingNews.objects.bulk_create(
        (
            TrackingNews(
                carrier=piece.carrier,
                invoice_no=piece.invoice_no,
                state=piece.state,
                text=piece.text,
                at=piece.at,
                source=source,
                heard_at=now,
                heard_from=actor,
            )
            for piece in fresh
        ),
        ignore_conflicts=True,
    )
    _follow(locked, now)
    without = _receive_without_parcel(numbers - {found.parcel.invoice_no for found in locked}, now)
    return Heard(len(fresh), frozenset(numbers - {found.parcel.invoice_no for found in locked} - without))


@transaction.atomic
def enter_news(piece: News, *, actor: Staff, now: datetime | None = None) -> Heard:
    """Keep news that somebody read at the carrier's (F7).

    Raises ``Forbidden`` (F7) by role, ``DomainError`` (F7) for a number that no shipped parcel has, a state that
    there is not, or a time still to come.
    """
    if not actor.may(Permission.WORK_ORDERS):
        raise Forbidden("F7", _("Your role does not work orders."))
    now = now or clock.now()
    if piece.state not in TrackingState.values:
        raise DomainError("F7", _("There is no such state: choose one of the list."), field="state")
    if piece.at > now:
        raise DomainError("F7", _("This time is still to come: check it."), field="at")
    if not Parcel.objects.filter(invoice_no=piece.invoice_no, stage=ParcelStage.SHIPPED).exists():
        raise DomainError(
            "F7",
            _("No shipped parcel has the tracking number %(number)s. Check it.")
            % {"number": piece.invoice_no},
            field="invoice_no",
        )
    return record_news([piece], source=TrackingNews.Source.HAND, actor=actor, now=now)


@transaction.atomic
def begin(parcels: Collection[int], *, now: datetime) -> None:
    """Follow parcels (by id) that were just shipped (F7): by when each should be signed for, and what was heard of
    their numbers before. Where no province is known, no day is. The caller has shipped them and holds their locks.
    """
    shipped = Parcel.objects.filter(pk__in=parcels, stage=ParcelStage.SHIPPED)
    locked = lock_parcels(shipped, wait=True)
    for found in locked:
        province = found.orders[0].receiver_state
        if found.parcel.shipped_at is not None and province in PROVINCES:
            found.parcel.deliver_by = deliver_by(found.parcel.shipped_at, zone_of(province))
    Parcel.objects.bulk_update([found.parcel for found in locked], ["deliver_by"])
    _follow(locked, now)


def raise_trouble(locked: Sequence[LockedParcel], texts: Mapping[int, str], *, now: datetime) -> None:
    """Put parcels that are locked on the list of troubled deliveries and flag their orders to the agents (F7).

    ``texts`` says, by parcel id, what the note tells; the flag stands until somebody follows it up.
    """
    for found in locked:
        found.parcel.trouble_at, found.parcel.followed_up_at, found.parcel.followed_up_by = now, None, None
    Parcel.objects.bulk_update(
        [found.parcel for found in locked], ["trouble_at", "followed_up_at", "followed_up_by"]
    )
    alarms = {tid: Alarm(TROUBLE_LABEL, texts[found.parcel.pk]) for found in locked for tid in found.tids}
    raise_red_flags(alarms, now=now)
    facts = [events.came_into_trouble(tid, found.parcel) for found in locked for tid in found.tids]
    audit.record_many(facts, at=now, actor=None)


def name_of(parcel: Parcel) -> str:
    """A parcel as the desk's notes call it: carrier and tracking number."""
    carrier = CARRIERS.get(parcel.carrier)
    return f"{carrier.name if carrier else parcel.carrier}{parcel.invoice_no}"


def _once(news: Iterable[News]) -> list[News]:
    """Each piece once; of one moment and text, a state that was told outranks "on the way"."""
    pieces: dict[tuple[str, datetime, str], News] = {}
    for piece in news:
        key = (piece.invoice_no, piece.at, piece.text)
        if key not in pieces or pieces[key].state == TrackingState.ON_THE_WAY:
            pieces[key] = piece
    return list(pieces.values())


def _fresh(pieces: Sequence[News]) -> list[News]:
    """What was not heard before. That a parcel moves says nothing where its state at that moment is known."""
    rows = TrackingNews.objects.filter(invoice_no__in={piece.invoice_no for piece in pieces})
    known = set(rows.values_list("invoice_no", "at", "text", "state"))
    told = {key[:3] for key in known}
    fresh = []
    for piece in pieces:
        key = (piece.invoice_no, piece.at, piece.text)
        moves = piece.state == TrackingState.ON_THE_WAY
        if (*key, piece.state) not in known and not (moves and key in told):
            fresh.append(piece)
    return fresh


def _follow(locked: Sequence[LockedParcel], now: datetime) -> None:
    """Bring parcels, which are locked with their orders, in step with all that was heard of them."""
    heard: dict[str, list[TrackingNews]] = defaultdict(list)
    numbers = {found.parcel.invoice_no for found in locked}
    for piece in TrackingNews.objects.filter(invoice_no__in=numbers).order_by("at", "pk"):
        heard[piece.invoice_no].append(piece)
    troubled, signed, texts = [], [], {}
    for found in locked:
        parcel, news = found.parcel, heard[found.parcel.invoice_no]
        before, stands = parcel.tracking_state, standing((piece.at, piece.state) for piece in news)
        parcel.tracking_state, parcel.tracking_at = stands.state, stands.at
        if stands.signed_at is not None:
            parcel.signed_at = stands.signed_at
            signed.append(found)
        elif comes_into_trouble(before, stands.state):
            troubled.append(found)
            texts[parcel.pk] = _words(parcel, news)
        elif before in TROUBLE and stands.state not in TROUBLE and not is_overdue(parcel.deliver_by, now):
            parcel.trouble_at = parcel.followed_up_at = parcel.followed_up_by = None
    Parcel.objects.bulk_update(
        [found.parcel for found in locked],
        ["tracking_state", "tracking_at", "signed_at", "trouble_at", "followed_up_at", "followed_up_by"],
    )
    raise_trouble(troubled, texts, now=now)
    _sign_orders(signed, now)


def _words(parcel: Parcel, news: Sequence[TrackingNews]) -> str:
    state = CHINESE_NAMES[parcel.tracking_state or 0][0]
    said = next((piece.text for piece in reversed(news) if piece.state == parcel.tracking_state), "")
    told = f"，{said[:200]}" if said else ""
    return f"{name_of(parcel)}：{state}{told}，请在客户来问之前跟进"


def _sign_orders(signed: Sequence[LockedParcel], now: datetime) -> None:
    """The receipt time of an order is the signing of its last parcel (A4); nothing while one is on its way."""
    orders = {order.tid: order for found in signed for order in found.orders}
    inside = ParcelLine.objects.filter(order__in=orders, live=True).values("order")
    received = dict(
        inside.annotate(last=Max("parcel__signed_at"))
        .exclude(order__in=inside.filter(parcel__signed_at__isnull=True).values("order"))
        .values_list("order", "last")
    )
    _receive([order for tid, order in orders.items() if tid in received], received, now)
    arrived = {found.parcel.order_id for found in signed if found.parcel.purpose != Parcel.Purpose.ORDER}
    lower_trouble({*received, *arrived}, now=now)


def lower_trouble(tids: Collection[str], *, now: datetime) -> None:
    """Take off the desk's flag of troubled deliveries where none of an order's parcels is in trouble any more.

    The caller has locked the orders.
    """
    after = Parcel.objects.filter(order__in=tids, trouble_at__isnull=False, signed_at__isnull=True)
    after = after.filter(stage=ParcelStage.SHIPPED).exclude(purpose=Parcel.Purpose.ORDER)
    inside = ParcelLine.objects.filter(order__in=tids, live=True, parcel__stage=ParcelStage.SHIPPED)
    own = inside.filter(parcel__trouble_at__isnull=False, parcel__signed_at__isnull=True)
    troubled = {*after.values_list("order_id", flat=True), *own.values_list("order_id", flat=True)}
    lower_red_flags(set(tids) - troubled, TROUBLE_LABEL, now=now)


def _receive_without_parcel(numbers: Collection[str], now: datetime) -> set[str]:
    """Orders that were shipped before the desk kept parcels; answers the numbers that are theirs."""
    if not numbers:
        return set()
    orders = Order.objects.filter(invoice_no__in=numbers, status__in=_SENT, parcel_lines__isnull=True)
    locked = list(Order.objects.filter(pk__in=orders).order_by("tid").select_for_update())
    news = TrackingNews.objects.filter(invoice_no__in=numbers, state=TrackingState.SIGNED)
    signings = dict(news.order_by("-at").values_list("invoice_no", "at"))  # the first signing counts
    received = {order.tid: signings[order.invoice_no] for order in locked if order.invoice_no in signings}
    _receive([order for order in locked if order.tid in received], received, now)
    return {order.invoice_no for order in locked}


def _receive(orders: Sequence[Order], received: Mapping[str, datetime], now: datetime) -> None:
    """Write the receipt times that differ from what is known; the carrier's word outranks a confirmation (A4)."""
    changed = [order for order in orders if order.signed_time != received[order.tid]]
    facts = [events.signed_for(order.tid, received[order.tid], order.signed_time) for order in changed]
    for order in changed:
        order.signed_time = received[order.tid]
    Order.objects.bulk_update(changed, ["signed_time"])
    audit.record_many(facts, at=now, actor=None)
