"""The one scan box: a slip packs its parcel, the carrier's label that comes next ships it (F1, F3, F6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders.models import Parcel, Slip
from orders.rules.parcels import read_barcode
from orders.selectors.slips import why_void
from orders.services.notices import require_acknowledged
from orders.services.parcels.locks import require_warehouse, tids_of
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack
from orders.states import ParcelStage
from shipping.carriers import CARRIERS
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff


@dataclass(frozen=True)
class Scan:
    """What the box was told: the text, and the parcel whose tracking number is scanned next, if any."""

    text: str
    parcel: int | None = None
    carrier: str = ""


@dataclass(frozen=True)
class ScanResult:
    """Go on: what was done with which parcel; ``next_parcel`` waits for its tracking number."""

    title: str | Promise
    parcel: Parcel
    next_parcel: Parcel | None = None
    warnings: Sequence[str | Promise] = ()


def scan(asked: Scan, *, actor: Staff, now: datetime | None = None) -> ScanResult:
    """Do what a scan asks for: pack by a slip, then ship by the carrier's label.

    Raises ``Forbidden`` (F1) by role and whatever packing and shipping refuse; ``Conflict`` (F3) for a void or old
    slip, saying what changed and by whom, (F1) for a parcel that is out already; ``DomainError`` (F3) for a slip that
    is none of ours, or a label with no slip before it.
    """
    require_warehouse(actor)
    now = now or clock.now()
    barcode = read_barcode(asked.text)
    if barcode is not None:
        return _slip(*barcode, actor=actor, now=now)
    if asked.parcel is None:
        raise DomainError(
            "F3", _("This is no slip of ours. Scan the slip of the parcel first, then its label.")
        )
    carrier = asked.carrier
    if not carrier:
        carrier = Parcel.objects.filter(pk=asked.parcel).values_list("carrier", flat=True).first() or ""
    shipped = ship(asked.parcel, carrier=carrier, invoice_no=asked.text, actor=actor, now=now)
    title = _("Shipped: %(carrier)s %(number)s") % {
        "carrier": CARRIERS[carrier].name,
        "number": shipped.parcel.invoice_no,
    }
    return ScanResult(title, shipped.parcel, warnings=shipped.warnings)


def _slip(parcel_id: int, version: int, *, actor: Staff, now: datetime) -> ScanResult:
    slip = (
        Slip.objects.select_related("parcel", "notice__made_by")
        .filter(parcel=parcel_id, version=version)
        .first()
    )
    if slip is None:
        raise DomainError(
            "F3",
            _("There is no slip P%(parcel)s-%(version)s. Type what stands under the bars, or print it anew.")
            % {"parcel": parcel_id, "version": version},
        )
    if slip.voided_at is not None:
        raise Conflict("F3", why_void(slip))
    parcel = slip.parcel
    if parcel.stage == ParcelStage.SHIPPED:
        raise Conflict(
            "F1",
            _("Parcel P%(parcel)s is out already: %(carrier)s %(number)s.")
            % {
                "parcel": parcel_id,
                "carrier": CARRIERS[parcel.carrier].name if parcel.carrier in CARRIERS else parcel.carrier,
                "number": parcel.invoice_no,
            },
        )
    if parcel.stage == ParcelStage.PACKED:
        require_acknowledged(tids_of([parcel_id]).get(parcel_id, [parcel.order_id]))
        return ScanResult(_("Packed before. Now scan the carrier's label."), parcel, next_parcel=parcel)
    parcel = pack(parcel_id, actor=actor, now=now)
    return ScanResult(_("Packed. Now scan the carrier's label."), parcel, next_parcel=parcel)
