"""How an order travels: its province where no address says it (S2), a forwarder (S5), shelf goods first (S8)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.change_quotes import quote_parcels_change
from orders.events import changes as facts
from orders.models import Order, RefundTask
from orders.rules.changes import furthest
from orders.rules.notes import NOTE_TEXTS, NoteForm
from orders.selectors.changes import group_of
from orders.selectors.stages import stages_of_order
from orders.services.changes.locking import lock_for_change, require_role
from orders.services.changes.settling import keep_terms, settle
from orders.services.notes import write_note
from orders.services.ownership import own
from orders.services.parcels.planning import plan
from orders.states import ParcelStage, Status
from shipping.provinces import PROVINCES, province_of
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Staff

_OPEN = frozenset({Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS})


@transaction.atomic
def choose_province(
    tid: str, province: str, *, version: int, actor: Staff, now: datetime | None = None
) -> Order:
    """Choose the province of an address that does not say it: the buyer was asked (S2).

    Raises ``Forbidden`` (S2) by role, ``VersionConflict`` (T5), ``Conflict`` (S2) for a closed order or an address
    that says its province, ``DomainError`` (S2) for none of the provinces.
    """
    require_role("S2", actor)
    now = now or clock.now()
    order = lock_for_change(tid, version=version)
    _require_open("S2", order)
    if province not in PROVINCES:
        raise DomainError("S2", _("Choose the province."), field="receiver_state")
    read = province_of(order.receiver_address)
    if read is not None and read != province:
        raise Conflict(
            "S2", _("The address says %(province)s: change the address instead.") % {"province": read}
        )
    own(order, actor, now=now)
    before, order.receiver_state = order.receiver_state, province
    order.version += 1
    order.save(update_fields=["receiver_state", "version"])
    plan(group_of(order), now=now)
    audit.record(facts.province_chosen(order, before), at=now, actor=actor)
    return order


@transaction.atomic
def set_forwarder(
    tid: str, wanted: bool, *, version: int, actor: Staff, now: datetime | None = None
) -> Order:
    """Mark an order as going to a forwarder in China, or not (S5): the note writes itself, nothing is split (S8).

    Raises ``Forbidden`` (S5) by role, ``VersionConflict`` (T5), ``Conflict`` (S5) for an order that is closed or
    whose parcel is printed or further, (S8) while its shelf goods go first.
    """
    require_role("S5", actor)
    now = now or clock.now()
    order = lock_for_change(tid, version=version)
    _require_planned("S5", order)
    if wanted and order.shelf_goods_first:
        raise Conflict("S8", _("Its shelf goods go first: undo that, a forwarder wants all at once."))
    if wanted == order.forwarder:
        return order
    _route(order, actor=actor, now=now, forwarder=wanted)
    if wanted:
        write_note(order, NOTE_TEXTS[NoteForm.FORWARDER], actor=actor, form=NoteForm.FORWARDER, now=now)
    plan(group_of(order), now=now)
    return order


@transaction.atomic
def set_shelf_goods_first(
    tid: str,
    wanted: bool,
    *,
    links: Sequence[str] = (),
    version: int,
    actor: Staff,
    now: datetime | None = None,
) -> Order:
    """Let shelf goods go ahead of the rest, or all together again (S8).

    A paid order pays the second parcel's postage by ``links`` first; a parcel less is owed back. An unpaid one is
    priced anew by whoever applies the price. Raises ``Forbidden`` (S8) by role, ``VersionConflict`` (T5),
    ``Conflict`` (S8) for a forwarder's order, one that is closed, or whose parcel is printed or further,
    ``DomainError`` (S8) for an unsettled difference, and whatever the quote refuses.
    """
    require_role("S8", actor)
    now = now or clock.now()
    order = lock_for_change(tid, version=version)
    _require_planned("S8", order)
    if wanted and order.forwarder:
        raise Conflict("S5", _("A forwarder wants all at once: nothing goes first."))
    if wanted == order.shelf_goods_first:
        return order
    _route(order, actor=actor, now=now, shelf_goods_first=wanted)
    if order.status == Status.WAIT_SELLER_SEND_GOODS:
        change = quote_parcels_change(order, list(order.lines.select_related("product").order_by("position")))
        reason = RefundTask.Reason.LOWER_POSTAGE
        settle(order, change, links, rule="S8", reason=reason, actor=actor, now=now)
        keep_terms(order, change, actor=actor, now=now)
    plan(group_of(order), now=now)
    return order


def _route(order: Order, *, actor: Staff, now: datetime, **wanted: bool) -> None:
    before = {"forwarder": order.forwarder, "shelf_goods_first": order.shelf_goods_first}
    own(order, actor, now=now)
    for name, value in wanted.items():
        setattr(order, name, value)
    order.version += 1
    order.save(update_fields=[*wanted, "version"])
    audit.record(facts.routed(order, before), at=now, actor=actor)


def _require_open(rule: str, order: Order) -> None:
    if order.status not in _OPEN:
        raise Conflict(rule, _("This order is shipped or closed: it travels no more."))


def _require_planned(rule: str, order: Order) -> None:
    _require_open(rule, order)
    if furthest(stages_of_order(order.pk)) != ParcelStage.PLANNED:
        raise Conflict(rule, _("A parcel of it is printed already: ask the warehouse to pull it first."))
