"""Orders that were joined, and of which one was closed or refunded later (S7): the others are flagged red."""

from datetime import datetime
from decimal import Decimal

import structlog
from django.db import transaction

from orders.models import Flag, Order, OrderTerms
from orders.rules.flags import BROKEN_JOIN
from orders.rules.terms import read_terms
from orders.selectors.joining import doubtful_joins, lost_ground
from orders.services.flags import FlagRequest, raise_flag
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.jobs import JobResult

BATCH = 500
FLAG_HOURS = 24
logger = structlog.get_logger(__name__)


def flag_broken_joins(now: datetime, dry_run: bool) -> JobResult:
    """Flag orders red whose joined sum falls short since another was closed or refunded, with the amount (S7).

    Each is told once for each price. Which orders may be concerned is read set-based; each of those few is
    looked at again under its lock, and one that somebody holds is passed over until the next run.
    """
    result, after = JobResult(), ""
    while tids := doubtful_joins(BROKEN_JOIN, after=after, batch=BATCH):
        after = tids[-1]
        for tid in tids:
            try:
                if _flag(tid, now, dry_run):
                    result.add([tid])
            except DomainError:
                logger.exception("joined order could not be flagged", tid=tid)
                result.failed += 1
    return result


@transaction.atomic
def _flag(tid: str, now: datetime, dry_run: bool) -> bool:
    order = Order.objects.select_for_update(skip_locked=True).filter(pk=tid).first()
    terms = OrderTerms.objects.filter(order=tid).order_by("-priced_at", "-id").first()
    if order is None or terms is None:
        return False
    amount, standing = lost_ground(order, read_terms(terms.quote))
    if amount and not dry_run:
        raise_flag(order, _request(amount, standing, now), actor=None, now=now)
    return amount > 0


def _request(amount: Decimal, standing: Decimal, now: datetime) -> FlagRequest:
    text = f"一起计邮费的订单有关闭或退款，货款现合计{standing}，应补邮费{amount}，打单前请处理"
    return FlagRequest(
        Order.SellerFlag.RED,
        label=BROKEN_JOIN,
        text=text,
        addressee=Flag.Addressee.AGENT,
        until=now + clock.hours(FLAG_HOURS),
    )
