"""Who is to be reminded (O14), whether they had asked before, and what reminding brought in (T4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from orders.models import Enquiry, Order, Reminder
from orders.rules.chasing import ASKED_BEFORE, CHASE_HOURS, REMIND_QUIET_HOURS, ReminderFacts
from orders.rules.closing import UNPAID_KEPT, placed_before
from orders.states import Status
from shopdesk.base.clock import SHANGHAI, hours
from shopdesk.base.money import ZERO


def reminder_facts(order: Order, last_at: datetime | None) -> ReminderFacts:
    """What decides whether the buyer of an order may be reminded; ``last_at`` is when that was done last."""
    return ReminderFacts(
        status=order.status,
        created=order.created,
        paid_fee=order.paid_fee,
        payment_pending=order.payment_pending,
        tied=order.tied,
        pay_time=order.pay_time,
        end_time=order.end_time,
        last_at=last_at,
    )


def chased() -> QuerySet[Order]:
    """Unpaid orders that O14 is about: nothing of them is paid, and they are to be paid."""
    return Order.objects.filter(status=Status.WAIT_BUYER_PAY, paid_fee=0, payment_pending=False, tied=False)


def kept_orders(now: datetime) -> QuerySet[Order]:
    """Those whose 72 hours run still (O4)."""
    return chased().filter(created__gt=placed_before(now))


def may_be_reminded(now: datetime) -> QuerySet[Order]:
    """Those that may be reminded of at ``now``: not within the quiet hours of the last time."""
    return kept_orders(now).filter(~Exists(_reminded_since(now)))


def to_chase(now: datetime) -> QuerySet[Order]:
    """Those that close within ``CHASE_HOURS`` and may be reminded of now."""
    return may_be_reminded(now).filter(created__lte=placed_before(now) + hours(CHASE_HOURS))


def _reminded_since(now: datetime) -> QuerySet[Reminder]:
    return Reminder.objects.filter(order=OuterRef("pk"), at__gt=now - hours(REMIND_QUIET_HOURS))


def has_asked() -> Q:
    """Orders whose buyer had asked before buying: an enquiry shortly before it, or a message with it (O14)."""
    enquiry = Enquiry.objects.filter(
        corrected_at__isnull=True,
        nick=OuterRef("buyer"),
        asked_at__lte=OuterRef("created"),
        asked_at__gte=OuterRef("created") - ASKED_BEFORE,
    )
    return ~Q(buyer_message="") | Q(Exists(enquiry))


def had_asked(order: Order) -> bool:
    """Whether the buyer of one order had asked before buying."""
    return Order.objects.filter(has_asked(), pk=order.pk).exists()


@dataclass(frozen=True)
class Share:
    """What chasing brought in by one agent on one day (Shanghai's): orders, and what was paid for them (CNY)."""

    day: date
    agent: int
    orders: int
    money: Decimal


@dataclass(frozen=True)
class BroughtIn:
    """What chasing brought in, by day and agent; the sums are those of its shares."""

    shares: Sequence[Share]

    @property
    def orders(self) -> int:
        """How many orders were chased and then paid."""
        return sum(share.orders for share in self.shares)

    @property
    def money(self) -> Decimal:
        """What was paid for them (CNY)."""
        return sum((share.money for share in self.shares), ZERO)

    def by_day(self) -> Iterator[tuple[date, "BroughtIn"]]:
        """Day by day, the newest first."""
        for day in sorted({share.day for share in self.shares}, reverse=True):
            yield day, self.on(day)

    def on(self, day: date) -> "BroughtIn":
        """What it brought in on one day."""
        return BroughtIn([share for share in self.shares if share.day == day])

    def by_agent(self) -> dict[int, "BroughtIn"]:
        """Agent by agent."""
        return {agent: self.of(agent) for agent in sorted({share.agent for share in self.shares})}

    def of(self, agent: int) -> "BroughtIn":
        """What one agent brought in."""
        return BroughtIn([share for share in self.shares if share.agent == agent])


def chased_and_paid(since: datetime, until: datetime) -> QuerySet[Order]:
    """The orders behind ``read_brought_in``: chased, and then paid within their 72 hours, from ``since`` until before
    ``until`` by when the buyer paid. Each has its ``chaser``: who sent the last reminder before that.

    **Our reading:** what was paid counts, refunded later or not: the reminder did its work.
    """
    # A reminder lies within the 72 hours before the payment, so the newest reminders bound what is read.
    lately = Reminder.objects.filter(at__gte=since - UNPAID_KEPT, at__lt=until)
    last = Reminder.objects.filter(order=OuterRef("pk"), at__lt=OuterRef("pay_time")).order_by("-at", "-pk")
    paid = Order.objects.filter(
        Q(pay_time__lt=F("created") + UNPAID_KEPT),
        pk__in=lately.values("order"),
        pay_time__gte=since,
        pay_time__lt=until,
    )
    return paid.annotate(chaser=Subquery(last.values("by")[:1])).filter(chaser__isnull=False)


def read_brought_in(since: datetime, until: datetime) -> BroughtIn:
    """What chasing brought in, from ``since`` until before ``until``, by day and agent: one statement."""
    behind: QuerySet[Any] = chased_and_paid(since, until)
    shares = (
        behind.order_by()
        .values("chaser", day=TruncDate("pay_time", tzinfo=SHANGHAI))
        .annotate(orders=Count("pk"), money=Sum("paid_fee"))
        .order_by("-day", "chaser")
    )
    return BroughtIn(
        [Share(share["day"], share["chaser"], share["orders"], share["money"]) for share in shares]
    )
