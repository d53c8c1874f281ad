"""What of the orders is exempt from a job, and what can be: the subjects as the jobs' reports write them."""

from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat

from members.models import Buyer
from orders.models import Hold, Order, Parcel, ParcelLine
from orders.states import ParcelStage, Status
from shopdesk.base.exemptions import current, exempt

_ID = 18


def orders_exempt(job: str, now: datetime) -> Exists:
    """Of orders, those that are exempt themselves."""
    return exempt(job, now, OuterRef("pk"))


def parcels_exempt(job: str, now: datetime) -> Q:
    """Of parcels, those with an order in them that is exempt: what goes together is left alone together."""
    tids = current(now).filter(job=job).values("subject")
    inside = ParcelLine.objects.filter(parcel=OuterRef("pk"), live=True, order__in=tids)
    return Q(order__in=tids) | Q(Exists(inside))


def parcels_kept_back(job: str, now: datetime) -> Exists:
    """Of parcels, those that are exempt by their own number."""
    return exempt(job, now, Concat(Value("P"), Cast(OuterRef("pk"), CharField())))


def holds_exempt(job: str, now: datetime) -> Exists:
    """Of holds, those whose order is exempt; of those for nobody in particular, whose SKU is."""
    sku = Concat(Value("SKU "), Cast(OuterRef("sku_id"), CharField()))
    return exempt(job, now, Coalesce(OuterRef("order_id"), sku, output_field=CharField()))


def is_unpaid(subject: str) -> bool:
    """Whether an order waits for its money."""
    return Order.objects.filter(pk=subject, status=Status.WAIT_BUYER_PAY).exists()


def is_going(subject: str) -> bool:
    """Whether an order is neither finished nor closed."""
    going = (Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS, Status.WAIT_BUYER_CONFIRM_GOODS)
    return Order.objects.filter(pk=subject, status__in=going).exists()


def is_order(subject: str) -> bool:
    """Whether there is such an order: parcels after the sale are late and missed, too."""
    return Order.objects.filter(pk=subject).exists()


def is_to_print(subject: str) -> bool:
    """Whether a parcel waits for its slip."""
    number = number_of(subject, "P")
    return number is not None and Parcel.objects.filter(pk=number, stage=ParcelStage.PLANNED).exists()


def is_held(subject: str) -> bool:
    """Whether pieces are kept by hand for an order, or of a SKU for nobody in particular."""
    sku = number_of(subject, "SKU ")
    which = Q(order=subject) if sku is None else Q(order__isnull=True, sku=sku)
    return Hold.objects.filter(which, released_at__isnull=True, until__isnull=False).exists()


def number_of(subject: str, prefix: str) -> int | None:
    """The number behind a prefix; ``None`` where it is written otherwise."""
    text = subject.removeprefix(prefix)
    fits = subject.startswith(prefix) and text.isascii() and text.isdigit() and len(text) <= _ID
    return int(text) if fits else None


def tids_in(parcels: QuerySet[Parcel]) -> QuerySet[Order, str]:
    """The numbers of the orders in many parcels, each once, lowest first: one statement, however many."""
    leading = Order.objects.filter(pk__in=parcels.values("order"))
    inside = Order.objects.filter(pk__in=parcels.values("lines__order"))
    either = [orders.order_by().values_list("tid", flat=True) for orders in (leading, inside)]
    return either[0].union(either[1]).order_by("tid")


def is_buyer(subject: str) -> bool:
    """Whether there is such a buyer."""
    return Buyer.objects.filter(pk=subject).exists()
