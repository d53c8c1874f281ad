"""The bill of last month's parcels as the default carrier would send it, with what is usually wrong in one (F8)."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal

from orders.models import CarrierBillLine, Order, OrderLine, Parcel, ParcelLine
from orders.rules.carrier_bills import Verdict
from orders.rules.products import ProductKind
from orders.services.carrier_bills import read_bill, resolve_line
from orders.states import ParcelStage, Status
from shipping.carriers import carrier_of
from shipping.selectors import tariffs_through_time
from shipping.services import ensure_starting_tariffs
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.listing import midnight
from shopdesk.base.models import Staff

CARRIER = "zhongtong"
HEADER = "日期,运单号,目的省份,计费重量,运费\n"


def check_a_bill(supervisor: Staff, now: datetime) -> None:
    """Read a bill in which some parcels cost too much, two stand twice, one is not ours, and some are missing."""
    ensure_starting_tariffs()
    this_month = now.astimezone(SHANGHAI).date().replace(day=1)
    month = (this_month - timedelta(days=1)).replace(day=1)
    tariff_at = tariffs_through_time()
    rows = []
    for number, parcel in enumerate(_sent(midnight(month), midnight(this_month), now)):
        province = parcel.order.receiver_state
        tariff = tariff_at(CARRIER, province, parcel.shipped_at) if parcel.shipped_at else None
        if tariff is None or parcel.shipped_at is None or number % 19 == 7:
            continue  # never billed
        # What we weighed ourselves shows where the carrier weighed too much.
        weight = (parcel.weight_kg or Decimal(1)) + (1 if number % 13 == 4 else 0)
        day = parcel.shipped_at.astimezone(SHANGHAI).date()
        row = f"{day},{parcel.invoice_no},{province},{weight},{tariff.fee(weight)}\n"
        rows += [row, row] if number in (10, 40) else [row]
    if not rows:
        return
    rows.append(f"{month + timedelta(days=8)},7550000000001,浙江,1,6.00\n")
    content = io.BytesIO((HEADER + "".join(rows)).encode("utf-8-sig"))
    name = f"中通{month:%Y年%m月}对账单.csv"
    bill = read_bill(content, carrier=CARRIER, month=month, file_name=name, actor=supervisor, now=now).bill
    over = list(CarrierBillLine.objects.filter(bill=bill, verdict=Verdict.OVER).order_by("pk")[:2])
    for line, (resolution, word) in zip(
        over, (("settled", "网点同意下月抵扣"), ("disputed", "网点说是泡货，要称重照片")), strict=False
    ):
        resolve_line(line.pk, resolution, word, actor=supervisor, now=now)


def _sent(since: datetime, until: datetime, now: datetime) -> list[Parcel]:
    """The parcels of orders that were sent in these days and signed for, made with what was in them."""
    orders = Order.objects.filter(
        status=Status.TRADE_FINISHED, consign_time__gte=since, consign_time__lt=until, parcels=None
    ).exclude(invoice_no="")
    parcels = [
        Parcel(
            order=order,
            buyer_id=order.buyer_id,
            stage=ParcelStage.SHIPPED,
            carrier=CARRIER,
            invoice_no=order.invoice_no,
            planned_at=order.pay_time or order.created,
            shipped_at=order.consign_time,
            signed_at=order.signed_time or order.end_time or now,
            weight_kg=Decimal("0.8"),
        )
        for order in orders.order_by("consign_time", "tid")
        if carrier_of(order.logistics_company) == CARRIER
    ]
    Parcel.objects.bulk_create(parcels)
    parcel_of = {parcel.order_id: parcel for parcel in parcels}
    sent = OrderLine.objects.filter(order__in=parcel_of, refunded_at=None, product__virtual=False)
    ParcelLine.objects.bulk_create(
        ParcelLine(parcel=parcel_of[line.order_id], order_id=line.order_id, line=line, live=True)
        for line in sent.exclude(product__kind=ProductKind.POSTAGE_LINK).order_by("pk")
    )
    return parcels
