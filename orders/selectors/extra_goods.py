"""Reading what is in parcels that are sent after the sale: exchanged, resent or sent back (F1)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, Sum

from orders.models import ExtraGoods, OrderLine, Parcel, Product, Sku
from orders.states import ParcelStage
from shopdesk.base.composed import Composed, Given

# What the slip and the carrier's file call it, whatever language the desk speaks.
PURPOSE_WORDS = {
    Parcel.Purpose.EXCHANGE.value: "换货",
    Parcel.Purpose.RESEND.value: "补发",
    Parcel.Purpose.SENT_BACK.value: "退回",
}


# Where goods lie that came back and go to the buyer again.
RETURNS = "退货区"


@dataclass(frozen=True)
class ExtraLine:
    """Goods of such a parcel, named as an order line is: of the SKU that is held for it, else the line's own.

    What came back lies where returns lie: it has no ``sku``, so that nobody takes another piece from the shelf.
    """

    order_id: str
    product: Product
    sku: Sku | None
    sku_properties_name: str
    outer_sku_id: str
    num: int
    # Whether they can be packed: what is held is held still, and what came back is here.
    ready: bool
    # Where it lies, where that is no shelf.
    place: str = ""

    @property
    def product_id(self) -> int:
        """The id of the product."""
        return self.product.pk


Goods = OrderLine | ExtraLine


def extra_lines_of(parcels: Iterable[Parcel]) -> dict[int, list[ExtraLine]]:
    """The goods of those of these parcels that are sent after the sale, in the order of the shelves.

    One statement where there is such a parcel, else none.
    """
    after = [parcel.pk for parcel in parcels if parcel.purpose != Parcel.Purpose.ORDER]
    if not after:
        return {}
    goods = ExtraGoods.objects.filter(parcel__in=after, live=True)
    goods = goods.select_related("parcel", "line__product", "hold__sku__product").order_by("line", "pk")
    found: dict[int, list[ExtraLine]] = {}
    for piece in goods:
        found.setdefault(piece.parcel_id, []).append(as_line(piece))
    for lines in found.values():
        lines.sort(key=lambda line: (line.sku.shelf if line.sku else "", line.product.title))
    return found


def as_line(goods: ExtraGoods) -> ExtraLine:
    """One of the goods as a line."""
    line = goods.line
    if goods.hold is None:
        return ExtraLine(
            line.order_id,
            line.product,
            None,
            line.sku_properties_name,
            line.outer_sku_id,
            goods.num,
            ready=True,
            place=RETURNS if goods.parcel.purpose == Parcel.Purpose.SENT_BACK else "",
        )
    sku = goods.hold.sku
    return ExtraLine(
        line.order_id,
        sku.product,
        sku,
        sku.sku_properties_name,
        sku.outer_sku_id,
        goods.num,
        ready=goods.hold.released_at is None,
    )


_FOLLOWED = Composed(
    lambda: (
        Parcel.objects.filter(order=Given("tid"))
        .exclude(purpose=Parcel.Purpose.ORDER)
        .exclude(stage=ParcelStage.VOIDED)
        .select_related("batch")
        .annotate(pieces=Sum("extra_goods__num", filter=Q(extra_goods__live=True), default=0))
        .order_by("pk")
    ),
    pages=["order"],
)


def extra_parcels_of(tid: str) -> list[tuple[Parcel, int]]:
    """The parcels that followed after the sale of an order, with how many pieces, newest last: one statement."""
    return [(parcel, parcel.pieces) for parcel in _FOLLOWED(tid=tid)]
