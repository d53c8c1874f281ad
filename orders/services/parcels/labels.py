"""The carrier's label file of a batch: the one place where the warehouse gets phone numbers (T1, F1)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.events import parcels as events
from orders.models import Note, Order, Parcel, PrintBatch
from orders.rules.notes import NoteForm
from orders.selectors.extra_goods import PURPOSE_WORDS, Goods
from orders.selectors.readiness import with_readiness
from orders.selectors.warehouse import carrier_name, lines_of
from orders.states import ParcelStage
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.spreadsheets import Cell

# The carriers' own programs read these, whatever language the desk speaks.
HEADER = (
    "包裹号", "订单号", "收件人", "手机", "电话", "省份", "地址", "邮编", "快递公司", "物品", "件数", "备注"
)  # fmt: skip


@transaction.atomic
def take_label_file(
    batch_id: int, *, kind: str, actor: Staff, now: datetime | None = None
) -> list[list[Cell]]:
    """The rows of a batch's label file under ``HEADER``; that somebody took it is audited, the numbers are not.

    A parcel whose slip is void by now, or that a change waits for, gets no label. Raises ``Forbidden`` (T1) by
    role, ``DomainError`` (F1) for no batch, ``Conflict`` (F1) where no parcel of it can be labelled.
    """
    if not actor.may(Permission.LABEL_FILE):
        raise Forbidden("T1", _("Your role does not take the carrier's file."))
    batch = PrintBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise DomainError("F1", _("There is no batch %(number)s.") % {"number": batch_id})
    parcels = list(
        with_readiness(Parcel.objects.filter(slips__batch=batch, slips__voided_at__isnull=True))
        .filter(stage__in=(ParcelStage.PRINTED, ParcelStage.PACKED), noticed=False)
        .select_related("order")
        .order_by("pk")
    )
    if not parcels:
        raise Conflict(
            "F1", _("No parcel of this batch waits for a label: they are out, or their slips are void.")
        )
    lines = lines_of(parcels)
    wishes: dict[str, list[str]] = {}
    told = Note.objects.filter(form=NoteForm.DELIVERY_TIME, cleared_at__isnull=True)
    for tid, text in told.filter(order__in=[parcel.order_id for parcel in parcels]).values_list(
        "order", "text"
    ):
        wishes.setdefault(tid, []).append(text)
    audit.record(
        events.labels_taken(batch, parcels=len(parcels), kind=kind), at=now or clock.now(), actor=actor
    )
    return [
        _row(parcel, parcel.order, lines.get(parcel.pk, []), wishes.get(parcel.order_id, []))
        for parcel in parcels
    ]


def _row(parcel: Parcel, order: Order, lines: list[Goods], wishes: list[str]) -> list[Cell]:
    tids = sorted({line.order_id for line in lines} or {order.tid})
    goods = "；".join(f"{line.product.title} {line.sku_properties_name} ×{line.num}" for line in lines)
    return [
        f"P{parcel.pk}", " ".join(tids), order.receiver_name, order.receiver_mobile, order.receiver_phone,
        order.receiver_state, order.receiver_address, order.receiver_zip, carrier_name(parcel.carrier), goods,
        sum(line.num for line in lines), "；".join(filter(None, [PURPOSE_WORDS.get(parcel.purpose), *wishes])),
    ]  # fmt: skip
