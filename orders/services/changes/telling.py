"""Telling the warehouse of a change: red flag, note, notice, void slips (O9, O10, F2, F4)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from orders.models import ChangeNotice, Flag, Order, OrderLine, Parcel, Slip
from orders.rules.notes import NoteForm
from orders.services.flags import FlagRequest, raise_flag
from orders.services.notices import open_notice
from orders.services.parcels.slips import void_slip
from shopdesk.base import clock
from shopdesk.base.models import Staff

FLAG_HOURS = 24
LONGEST = 255


@dataclass(frozen=True)
class Telling:
    """What the warehouse is told: the kind of change, before and after in words, the note that is written."""

    kind: str
    label: str
    text: str
    before: str = ""
    after: str = ""
    line: OrderLine | None = None
    form: str = NoteForm.FREE


def tell_warehouse(
    order: Order, telling: Telling, *, stage: str, actor: Staff | None, now: datetime
) -> ChangeNotice:
    """Write the note with a red flag for the warehouse and open the notice. The order is locked by the caller."""
    request = FlagRequest(
        Order.SellerFlag.RED,
        label=telling.label,
        text=telling.text,
        addressee=Flag.Addressee.WAREHOUSE,
        until=now + clock.hours(FLAG_HOURS),
        form=telling.form,
    )
    flag = raise_flag(order, request, actor=actor, now=now)
    return open_notice(
        order,
        telling.kind,
        stage=stage,
        now=now,
        actor=actor,
        line=telling.line,
        before=_short(telling.before),
        after=_short(telling.after),
        note=flag.note,
    )


def void_slips(
    parcels: Collection[int], notice: ChangeNotice, *, now: datetime, reason: str = Slip.Void.CHANGED
) -> list[Parcel]:
    """Make the slips of printed parcels void, by the notice (F2). Their orders are locked by the caller."""
    locked = list(Parcel.objects.select_for_update(of=("self",)).filter(pk__in=parcels).order_by("pk"))
    for parcel in locked:
        void_slip(parcel, reason, now=now, notice=notice)
        parcel.version += 1
        parcel.save(update_fields=["version"])
    return locked


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
