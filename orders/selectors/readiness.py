"""Which lines and parcels can be packed (O16): on the shelf, arrived or made."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from orders.models import ChangeNotice, ExtraGoods, Hold, Note, Order, OrderLine, Parcel, ParcelLine, Shortage
from orders.rules.notes import NoteForm
from orders.rules.products import SHELF_KINDS
from orders.rules.supply import HERE
from orders.states import ParcelStage

_HELD = Exists(Hold.objects.filter(line=OuterRef("pk"), released_at__isnull=True, num__gte=OuterRef("num")))
_READY = Q(product__kind__in=SHELF_KINDS) & _HELD | ~Q(product__kind__in=SHELF_KINDS) & Q(supply__in=HERE)

_UNREADY_LINES = OrderLine.objects.filter(
    ~_READY, parcel_lines__parcel=OuterRef("pk"), parcel_lines__live=True
)
_LET_GO = ExtraGoods.objects.filter(parcel=OuterRef("pk"), live=True, hold__released_at__isnull=False)
_OF_AFTER_SALE = ~Q(purpose=Parcel.Purpose.ORDER)
_ALL_READY = Q(~Exists(_UNREADY_LINES)) & ~(_OF_AFTER_SALE & Exists(_LET_GO))
_OPEN_NOTICES = ChangeNotice.objects.filter(acknowledged_at__isnull=True)
_NOTICED = Q(
    Exists(_OPEN_NOTICES.filter(order__parcel_lines__parcel=OuterRef("pk"), order__parcel_lines__live=True))
) | _OF_AFTER_SALE & Exists(_OPEN_NOTICES.filter(order=OuterRef("order")))
_UNMARKED = Exists(
    Order.objects.filter(
        ~Exists(Note.objects.filter(order=OuterRef("pk"), form=NoteForm.FORWARDER)),
        parcel_lines__parcel=OuterRef("pk"),
        parcel_lines__live=True,
        forwarder=True,
    )
)


def with_line_readiness(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """Lines that travel, each with ``held`` (its pieces are held on the shelf) and ``ready``."""
    return lines.annotate(held=_HELD, ready=_READY)


def with_words(lines: QuerySet[OrderLine]) -> QuerySet[OrderLine]:
    """Lines with what their readiness is told by: ``held``, ``sent``, and when what is out is ``expected_on``."""
    sent = ParcelLine.objects.filter(line=OuterRef("pk"), live=True, parcel__stage=ParcelStage.SHIPPED)
    shortage = Shortage.objects.filter(sku=OuterRef("sku"), ended_at__isnull=True)
    return lines.annotate(
        held=_HELD, sent=Exists(sent), expected_on=Subquery(shortage.values("expected_on")[:1]),
        short=Exists(shortage),
    )  # fmt: skip


def unready_lines() -> QuerySet[OrderLine]:
    """Lines that cannot be packed."""
    return OrderLine.objects.filter(~_READY)


def with_readiness(parcels: QuerySet[Parcel]) -> QuerySet[Any]:
    """Parcels with ``ready``: all their lines are; ``noticed``: a change waits to be acknowledged (O9);
    ``unmarked``: a forwarder order in it lacks the note “send all at once” (S5).

    What is sent after the sale is ready as long as what is held for it is held.
    """
    return parcels.annotate(ready=_ALL_READY, noticed=_NOTICED, unmarked=_UNMARKED)


def with_notices(parcels: QuerySet[Parcel]) -> QuerySet[Any]:
    """Parcels with ``noticed`` alone."""
    return parcels.annotate(noticed=_NOTICED)


def to_print(parcels: QuerySet[Parcel]) -> QuerySet[Parcel]:
    """Of planned parcels, those that can be printed now: ready, no change waits, marked as the rules want it
    (O9, O16, S5).
    """
    return parcels.filter(
        Exists(ParcelLine.objects.filter(parcel=OuterRef("pk"), live=True))
        | Exists(ExtraGoods.objects.filter(parcel=OuterRef("pk"), live=True)),
        _ALL_READY,
        ~_NOTICED,
        ~_UNMARKED,
    )


def orders_of(parcel: Parcel) -> list[str]:
    """The numbers of the orders whose lines are in a parcel, lowest first."""
    lines = ParcelLine.objects.filter(parcel=parcel, live=True)
    return sorted(set(lines.values_list(F("order_id"), flat=True)) | {parcel.order_id})
