"""What the job of clocks looks for (A6): clocks that warn or ran out, and facts that others wrote down."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import EXCHANGES
from afterservice.states import OPEN_CASES, Case, Goods, Money
from orders.models import Parcel, Refund, RefundTask, TrackingNews
from orders.rules.deliveries import TrackingState
from orders.states import ParcelStage

_COMING_BACK = (Goods.AWAITED, Goods.SENT, Goods.RECEIVED)


def _running() -> QuerySet[Clock]:
    return Clock.objects.filter(stopped_at__isnull=True, expired_at__isnull=True, paused_at__isnull=True)


def to_warn(now: datetime) -> QuerySet[Clock]:
    """Clocks whose warning is due; one that ran out meanwhile warns no more."""
    return _running().filter(warned_at__isnull=True, warn_at__lte=now, due_at__gt=now)


def to_warn_again(now: datetime) -> QuerySet[Clock]:
    """Clocks of Taobao's own times whose last warning is due."""
    return _running().filter(last_warned_at__isnull=True, last_warn_at__lte=now, due_at__gt=now)


def run_out(now: datetime) -> QuerySet[Clock]:
    """Clocks at zero."""
    return _running().filter(due_at__lte=now)


def return_signed() -> QuerySet[Ticket]:
    """Goods on their way back that the carrier says were signed for here, and the ticket does not know it."""
    signing = TrackingNews.objects.filter(
        invoice_no=OuterRef("return_invoice_no"), state=TrackingState.SIGNED
    )
    return Ticket.objects.filter(
        ~Q(return_invoice_no=""),
        Exists(signing),
        return_signed_at__isnull=True,
        case__in=OPEN_CASES,
        goods__in=_COMING_BACK,
    )


def exchange_signed() -> QuerySet[Ticket]:
    """Exchanges whose parcel was signed for, and whose buyer has no time to confirm it yet."""
    begun = Clock.objects.filter(
        ticket=OuterRef("pk"), kind=ClockKind.CONFIRM, started_at__gte=OuterRef("parcel__shipped_at")
    )
    return Ticket.objects.filter(
        ~Exists(begun),
        kind__in=EXCHANGES,
        case=Case.DECIDED,
        parcel__purpose=Parcel.Purpose.EXCHANGE,
        parcel__stage=ParcelStage.SHIPPED,
        parcel__signed_at__isnull=False,
    )


def sent_out() -> QuerySet[Ticket]:
    """Tickets whose parts, or the buyer's own goods, went out: nothing is confirmed, so they are settled (A5)."""
    return Ticket.objects.filter(
        case=Case.DECIDED,
        settlement__in=(Ticket.Settlement.RESENT, Ticket.Settlement.REPAIRED, Ticket.Settlement.SENT_BACK),
        parcel__stage=ParcelStage.SHIPPED,
    )


def paid_out() -> QuerySet[Ticket]:
    """Tickets whose money was due, and all of it is paid out: the refund, and what the shop owes beside it."""
    owed = RefundTask.objects.filter(
        order=OuterRef("order"), reason=RefundTask.Reason.AFTER_SALE, done_at__isnull=True
    )
    return Ticket.objects.filter(
        Q(refund__isnull=True) | Q(refund__status=Refund.Status.DONE),
        Q(owed=0) | ~Exists(owed),
        money=Money.DUE,
    )


def signings(numbers: list[str]) -> dict[str, datetime]:
    """When parcels were signed for by the carriers' news, by tracking number; the first signing counts."""
    news = TrackingNews.objects.filter(invoice_no__in=numbers, state=TrackingState.SIGNED)
    return dict(news.order_by(F("at").desc()).values_list("invoice_no", "at"))
