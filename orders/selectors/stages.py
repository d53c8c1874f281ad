"""Reading how far the parcels of orders are (F1)."""

from collections.abc import Collection

from orders.models import Parcel, ParcelLine
from orders.states import ParcelStage
from shopdesk.base.composed import Composed, Given

_OF_LINES = Composed(
    lambda: (
        ParcelLine.objects.filter(line__among=Given("lines"), live=True)
        .exclude(parcel__stage=ParcelStage.VOIDED)
        .values_list("line_id", "parcel__stage")
    )
)


def stages_of_lines(line_ids: Collection[int]) -> dict[int, str]:
    """The stage of the parcel that each line is in; no key for a line that is in none."""
    return dict(_OF_LINES(lines=list(line_ids)))


def stages_of_order(tid: str) -> list[str]:
    """The stages of the parcels that goods of an order are in."""
    live = ParcelLine.objects.filter(order=tid, live=True).exclude(parcel__stage=ParcelStage.VOIDED)
    return list(live.values_list("parcel__stage", flat=True).distinct())


def printed_parcels(tids: Collection[str]) -> list[Parcel]:
    """The printed parcels that goods of these orders are in, by id."""
    parcels = Parcel.objects.filter(
        stage=ParcelStage.PRINTED, lines__order__in=tids, lines__live=True
    ).distinct()
    return list(parcels.order_by("pk"))
