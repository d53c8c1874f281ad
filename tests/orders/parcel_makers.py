"""Parcels at every stage, for tests that do not go through the warehouse's own pages."""

from orders.models import Hold, Order, OrderLine, Parcel, PrintBatch, Sku, Slip
from orders.services import holds
from orders.services.parcels.planning import plan
from orders.services.parcels.slips import void_slip
from orders.states import ParcelStage
from tests.factories import NOW


def hold_line(line: OrderLine, *, stock: int = 5) -> Hold:
    """Give the line its SKU with stock, and hold its pieces."""
    sku, _made = Sku.objects.get_or_create(
        product=line.product, sku_properties_name=line.sku_properties_name, defaults={"stock": stock}
    )
    line.sku = sku
    line.save(update_fields=["sku"])
    return holds.place(sku.pk, line.num, reason="现货", order=line.order, line=line, now=NOW)


def make_planned_parcel(order: Order) -> Parcel:
    """The planned parcel of a paid order that has one."""
    plan([order.tid], now=NOW)
    return Parcel.objects.get(order=order, stage=ParcelStage.PLANNED)


def make_printed_parcel(order: Order) -> Parcel:
    """A parcel whose first slip lies in the warehouse."""
    parcel = make_planned_parcel(order)
    batch = PrintBatch.objects.create(created_at=NOW)
    parcel.stage, parcel.slip_version, parcel.batch, parcel.printed_at = ParcelStage.PRINTED, 1, batch, NOW
    parcel.save()
    Slip.objects.create(parcel=parcel, version=1, batch=batch, printed_at=NOW)
    return parcel


def make_packed_parcel(order: Order) -> Parcel:
    """A parcel that is packed."""
    parcel = make_printed_parcel(order)
    parcel.stage, parcel.packed_at = ParcelStage.PACKED, NOW
    parcel.save()
    return parcel


def make_shipped_parcel(order: Order) -> Parcel:
    """A parcel that is under way, its order not wholly shipped yet."""
    parcel = make_packed_parcel(order)
    parcel.stage, parcel.shipped_at = ParcelStage.SHIPPED, NOW
    parcel.carrier, parcel.invoice_no = "zhongtong", f"7551000{parcel.pk:07d}"
    parcel.save()
    return parcel


def pull(parcel: Parcel) -> None:
    """The warehouse takes the parcel out of the pile: it is planned again, its slip is void."""
    parcel.refresh_from_db()
    parcel.stage = ParcelStage.PLANNED
    parcel.save(update_fields=["stage"])
    void_slip(parcel, Slip.Void.PULLED, now=NOW)
    plan([parcel.order_id], now=NOW)


AT_STAGE = {
    ParcelStage.PLANNED: make_planned_parcel,
    ParcelStage.PRINTED: make_printed_parcel,
    ParcelStage.PACKED: make_packed_parcel,
    ParcelStage.SHIPPED: make_shipped_parcel,
}
