"""How a made-up order fares from its placing to ``now``: paid or closed, shipped, signed for, finished."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from orders.rules.closing import UNPAID_KEPT
from orders.rules.products import SHELF_KINDS
from orders.states import CloseReason, Status
from shipping.provinces import Zone
from shopdesk.base.clock import SHANGHAI

UNPAID, REFUNDED_UNSHIPPED, RETURNED, LATE, DAWDLED = 0.14, 0.02, 0.03, 0.04, 0.35
CLOSED_BY = (CloseReason.TIMEOUT, CloseReason.BUYER, CloseReason.SELLER, CloseReason.UNPAID)
CLOSED_BY_WEIGHTS = (70, 18, 8, 4)
DAYS_ON_THE_WAY = {Zone.CORE: 1.5, Zone.MAINLAND: 3.0, Zone.REMOTE: 5.5, Zone.HMT: 6.0, Zone.OVERSEAS: 11.0}
AUTO_CONFIRM = timedelta(days=10)
# How busy each hour of the day is: nobody orders at four in the morning, all do in the evening.
_BUSY = (3, 1, 1, 0.5, 0.5, 0.5, 1, 2, 4, 6, 7, 6, 6, 6, 6, 6, 6, 6, 6, 8, 10, 11, 10, 7)
_UPTO = [sum(_BUSY[: hour + 1]) / sum(_BUSY) for hour in range(24)]


@dataclass(slots=True)
class Life:
    """State and times of an order; a time that has not come is ``None``."""

    status: str = Status.WAIT_BUYER_PAY.value
    close_reason: str = ""
    pay_time: datetime | None = None
    consign_time: datetime | None = None
    signed_time: datetime | None = None
    end_time: datetime | None = None
    partly_shipped: bool = False
    payment_pending: bool = False


def at_a_likely_hour(moment: datetime, now: datetime) -> datetime:
    """``moment`` moved within its day (Shanghai's) to when people order; times keep their sequence."""
    local = moment.astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    share = (local - midnight) / timedelta(days=1)
    hour = min(bisect(_UPTO, share), 23)
    before = _UPTO[hour - 1] if hour else 0.0
    within = (share - before) / (_UPTO[hour] - before)
    likely = midnight + timedelta(seconds=int((hour + within) * 3600))
    return likely if likely <= now else moment.replace(microsecond=0)


def live(random: Random, created: datetime, now: datetime, kinds: Collection[str], zone: Zone) -> Life:
    """What became by ``now`` of an order with goods of these kinds that goes to this zone."""
    if random.random() < UNPAID:
        return _unpaid(random, created, now)
    paid_after = random.expovariate(1 / 40) if random.random() > DAWDLED else random.uniform(60, 4000)
    pay_time = created + timedelta(minutes=1 + min(paid_after, 4200))
    if pay_time > now:
        return Life()
    pay_time = pay_time.replace(microsecond=0)
    return paid(random, pay_time, now, kinds, zone)


def paid(random: Random, pay_time: datetime, now: datetime, kinds: Collection[str], zone: Zone) -> Life:
    """What became by ``now`` of an order that was paid then."""
    fate = random.random()
    life = Life(Status.WAIT_SELLER_SEND_GOODS.value, pay_time=pay_time)
    if fate < REFUNDED_UNSHIPPED:
        return _refunded(life, pay_time + _hours(random, 1, 40), now)
    consign_time = pay_time + _until_shipped(random, kinds)
    if consign_time > now:
        waits_in_part = len(kinds) > 1 and bool(SHELF_KINDS & set(kinds))
        life.partly_shipped = waits_in_part and random.random() < 0.3
        return life
    life.status, life.consign_time = Status.WAIT_BUYER_CONFIRM_GOODS.value, consign_time
    signed_time = consign_time + _hours(random, 14, 48 * DAYS_ON_THE_WAY[zone])
    if signed_time > now:
        return life
    life.signed_time = signed_time
    if fate < REFUNDED_UNSHIPPED + RETURNED:
        return _refunded(life, signed_time + _hours(random, 20, 150), now)
    end_time = min(signed_time + _hours(random, 1, 240), max(signed_time, consign_time + AUTO_CONFIRM))
    if end_time <= now:
        life.status, life.end_time = Status.TRADE_FINISHED.value, end_time
    return life


def _unpaid(random: Random, created: datetime, now: datetime) -> Life:
    reason = random.choices(CLOSED_BY, CLOSED_BY_WEIGHTS)[0]
    end_time = created + UNPAID_KEPT
    if reason in (CloseReason.BUYER, CloseReason.SELLER):
        end_time = created + _hours(random, 1, 60)
    if end_time > now:
        return Life()
    return Life(Status.TRADE_CLOSED_BY_TAOBAO.value, reason.value, end_time=end_time)


def _refunded(life: Life, end_time: datetime, now: datetime) -> Life:
    if end_time <= now:
        life.status, life.close_reason = Status.TRADE_CLOSED.value, CloseReason.REFUND.value
        life.end_time = end_time
    return life


def _until_shipped(random: Random, kinds: Collection[str]) -> timedelta:
    late = 1.4 if random.random() < LATE else 1.0
    if set(kinds) <= SHELF_KINDS:
        return _hours(random, 3 * late, 46 * late)
    return _hours(random, 24 * 6, 24 * 14.5 * late)


def _hours(random: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=int(random.uniform(least, most) * 3600))
