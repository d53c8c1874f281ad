"""Setting and clearing flags (N1, N3)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import Flag, Order, PlatformTask
from orders.rules.flags import check_colour, check_label, check_red, is_for
from orders.rules.notes import NoteForm
from orders.services.locks import lock_order
from orders.services.marks import bring_back
from orders.services.notes import write_note
from orders.services.ownership import own
from orders.services.platform import open_task
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, Forbidden, VersionConflict
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

NO_CHECK = -1


@dataclass(frozen=True)
class FlagRequest:
    """What the form asks for: colour; for red also why (label and note), to whom and until when (N3)."""

    seller_flag: int
    label: str = ""
    text: str = ""
    addressee: str = ""
    until: datetime | None = None
    form: str = NoteForm.FREE


@transaction.atomic
def set_flag(
    tid: str,
    request: FlagRequest,
    *,
    actor: Staff,
    seen_flag: int | None = NO_CHECK,
    now: datetime | None = None,
) -> Flag | None:
    """Set an order's flag, or clear it with grey; answers the open flag.

    ``seen_flag`` is the flag's id as the page showed it, ``None`` for grey. Raises ``Forbidden`` (N1) by role,
    ``VersionConflict`` (T5) when somebody else changed the flag meanwhile, ``DomainError`` (N1) for a colour
    that the shop does not use or a label that cannot be kept, (N3) for a red flag that does not say why, to whom and
    until when.
    """
    if not actor.may(Permission.FLAG_AND_NOTE):
        raise Forbidden("N1", _("Your role does not set flags."))
    order = lock_order(tid)
    now = now or clock.now()
    current = open_flag(order)
    if seen_flag != NO_CHECK and seen_flag != (current.pk if current else None):
        raise VersionConflict(
            "T5",
            _("Somebody changed this flag since you opened it. Look at it as it is now, then try again."),
        )
    check_colour(request.seller_flag)
    check_label(request.label)
    check_red(request.seller_flag, request.label, request.text, request.addressee, request.until, now)
    own(order, actor, now=now)
    if request.seller_flag == Order.SellerFlag.GREY:
        if current is not None:
            _end(order, current, now=now)
            audit.record(events.flag_cleared(current), at=now, actor=actor)
        return None
    return raise_flag(order, request, actor=actor, now=now)


def raise_flag(order: Order, request: FlagRequest, *, actor: Staff | None, now: datetime) -> Flag:
    """Set a flag on an order that is locked; without ``actor`` the desk itself sets it."""
    current = open_flag(order)
    note = None
    if request.text.strip():
        note = write_note(order, request.text, actor=actor, form=request.form, now=now)
    if current is not None:
        _end(order, current, now=now)
    flag = Flag.objects.create(
        order=order,
        seller_flag=request.seller_flag,
        label=request.label,
        note=note,
        addressee=request.addressee,
        until=request.until,
        set_by=actor,
        set_at=now,
    )
    order.seller_flag = request.seller_flag
    order.save(update_fields=["seller_flag"])
    if request.seller_flag == Order.SellerFlag.RED:
        bring_back([order.tid], actor=actor, now=now)
    open_task(order, PlatformTask.Kind.FLAG, now=now)
    audit.record(events.flagged(flag, current), at=now, actor=actor)
    return flag


@transaction.atomic
def acknowledge(tid: str, flag_id: int, *, actor: Staff, now: datetime | None = None) -> Flag:
    """Say that the order's flag was seen by those it is for.

    Raises ``Forbidden`` (N3) for everybody else, ``Conflict`` (N3) if late.
    """
    if not actor.may(Permission.FLAG_AND_NOTE):
        raise Forbidden("N3", _("Your role does not set flags."))
    now = now or clock.now()
    flag = Flag.objects.select_for_update().filter(order=tid, pk=flag_id, ended_at__isnull=True).first()
    if flag is None or flag.acknowledged_at is not None:
        raise Conflict("N3", _("This flag was acknowledged or changed already."))
    if not is_for(actor.role, flag.addressee):
        raise Forbidden("N3", _("Only those whom the flag is for acknowledge it."))
    flag.acknowledged_by, flag.acknowledged_at = actor, now
    flag.save(update_fields=["acknowledged_by", "acknowledged_at"])
    audit.record(events.flag_acknowledged(flag), at=now, actor=actor)
    return flag


def lower_flag(order: Order, label: str, *, now: datetime) -> None:
    """Take off the flag that the desk itself set for something that is settled now; any other flag stays."""
    flag = open_flag(order)
    if flag is not None and flag.set_by_id is None and flag.label == label:
        _end(order, flag, now=now)
        audit.record(events.flag_cleared(flag), at=now, actor=None)


def open_flag(order: Order) -> Flag | None:
    """The flag that stands on the order now."""
    return Flag.objects.filter(order=order, ended_at__isnull=True).first()


def _end(order: Order, flag: Flag, *, now: datetime) -> None:
    flag.ended_at = now
    flag.save(update_fields=["ended_at"])
    order.seller_flag = Order.SellerFlag.GREY
    order.save(update_fields=["seller_flag"])
    open_task(order, PlatformTask.Kind.FLAG, now=now)
