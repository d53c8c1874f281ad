"""Changing the address of a paid order (O10)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import events
from orders.approval_kinds import ADDRESS_WAIVER
from orders.change_quotes import ChangeQuote, quote_address_change
from orders.events import changes as facts
from orders.models import ChangeNotice, Order, PlatformTask, PostageCredit, RefundTask
from orders.rules.changes import (
    ADDRESS_LABEL,
    Terms,
    furthest,
    require_changeable,
    require_no_phone,
    shipped,
)
from orders.rules.notes import NOTE_TEXTS, NoteForm
from orders.selectors.changes import group_of, open_debt
from orders.selectors.stages import printed_parcels, stages_of_order
from orders.services.changes.joined import leave_group
from orders.services.changes.locking import lock_for_change, require_role
from orders.services.changes.settling import keep_terms, settle, waive
from orders.services.changes.telling import Telling, tell_warehouse, void_slips
from orders.services.joining import flag_left_behind
from orders.services.ownership import own
from orders.services.parcels.planning import plan
from orders.services.platform import open_task
from orders.services.reasons import require_reason
from orders.states import ParcelStage
from shipping.carriers import DEFAULT_CARRIERS
from shipping.provinces import PROVINCES, province_of, zone_of
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.models import Approval, Staff
from shopdesk.base.services import approvals

# The note has 500 characters, and says more than the address.
LONGEST_ADDRESS = 400
_RECEIVER = ("receiver_name", "receiver_mobile", "receiver_address", "receiver_state")


@dataclass(frozen=True)
class AddressChange:
    """What is asked for: the receiver as it shall be; by which terms, paid by which links, or to be waived.

    ``receiver_state`` is the province that somebody chose, for an address that does not say it (S2).
    """

    receiver_address: str
    receiver_name: str
    receiver_mobile: str
    receiver_state: str = ""
    terms: str = Terms.KEEP
    links: tuple[str, ...] = ()
    waive: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Before:
    """The receiver as it was."""

    address: str
    province: str
    group: tuple[str, ...]

    @property
    def joined_with(self) -> tuple[str, ...]:
        """The numbers of all that go together (S7); none where the order goes alone."""
        return self.group if len(self.group) > 1 else ()


@transaction.atomic
def change_address(
    tid: str, change: AddressChange, *, version: int, actor: Staff, now: datetime | None = None
) -> ChangeNotice | Approval:
    """Send a paid order elsewhere (O10): note, red flag, notice; a printed slip becomes void (F2).

    The difference in postage is paid by links, owed back, or (``waive``) given by a supervisor, who is asked
    before anything is changed. Another address leaves the joined orders (S7). Raises ``Forbidden`` (O10) by role,
    ``VersionConflict`` (T5), ``Conflict`` (O10, F2) by state and stage, ``DomainError`` (S2) for an unknown
    province, (T1) for a phone in the address, (O10) for no change or an unsettled difference, (P2) without a reason.
    """
    require_role("O10", actor)
    now = now or clock.now()
    order = lock_for_change(tid, version=version)
    stage, before = check(order, change)
    quote = _quote(order, change, now)
    own(order, actor, now=now)
    if change.waive and quote.difference > open_debt(order, RefundTask.Reason.LOWER_POSTAGE):
        return _ask(order, change, before, quote, actor=actor, now=now)
    return _apply(order, change, before, quote, stage=stage, actor=actor, now=now)


def apply_approved(approval: Approval, actor: Staff, now: datetime) -> None:
    """Make the change with its postage waived, after every check again (P2); it is the change of who asked."""
    order = lock_for_change(approval.subject_id, version=approval.subject_version)
    said = approval.after
    change = AddressChange(*(said[name] for name in ("address", "name", "mobile", "chosen", "terms")))
    stage, before = check(order, change)
    quote = _quote(order, change, now)
    if quote.difference != approval.amount:
        raise Conflict(
            "P2", _("The difference is another one than when this was asked. Refuse it, and ask anew.")
        )
    given = waive(quote, approval=approval.pk, who=actor)
    agent = approval.requested_by or actor
    _apply(order, change, before, given, stage=stage, actor=agent, now=now, approval=approval.pk)


def read_province(address: str, chosen: str) -> str:
    """The province that an address says, else the chosen one. Raises ``DomainError`` (S2) without either."""
    province = province_of(address) or chosen
    if province not in PROVINCES:
        raise DomainError(
            "S2",
            _("The province cannot be read from the address. Ask the buyer and choose it."),
            field="receiver_state",
        )
    return province


def check(order: Order, change: AddressChange) -> tuple[str, Before]:
    """The stage, and the receiver as it was; ``order`` names the new one afterwards, in memory only.

    Raises as the change does.
    """
    stage = furthest(stages_of_order(order.pk))
    require_changeable("O10", order.status, stage)
    if order.partly_shipped:
        raise shipped("F2")
    address = " ".join(change.receiver_address.split())
    if not address:
        raise DomainError("O10", _("Write the new address."), field="receiver_address")
    if len(address) > LONGEST_ADDRESS:
        raise DomainError("O10", _("An address holds 400 characters."), field="receiver_address")
    require_no_phone(address)
    before = Before(order.receiver_address, order.receiver_state, tuple(group_of(order)))
    old = [getattr(order, name) for name in _RECEIVER]
    order.receiver_address = address
    order.receiver_state = read_province(address, change.receiver_state)
    order.receiver_name = change.receiver_name.strip() or order.receiver_name
    order.receiver_mobile = change.receiver_mobile.strip() or order.receiver_mobile
    if [getattr(order, name) for name in _RECEIVER] == old:
        raise DomainError("O10", _("This is the receiver that the order has."), field="receiver_address")
    return stage, before


def _quote(order: Order, change: AddressChange, now: datetime) -> ChangeQuote:
    lines = list(order.lines.select_related("product").order_by("position"))
    return quote_address_change(order, lines, terms=change.terms, at=now)


def _ask(
    order: Order, change: AddressChange, before: Before, quote: ChangeQuote, *, actor: Staff, now: datetime
) -> Approval:
    return approvals.ask(
        ADDRESS_WAIVER,
        subject_kind=events.SUBJECT,
        subject_id=order.pk,
        subject_version=order.version,
        rule="O10",
        reason=require_reason(change.reason),
        before={"province": before.province, "address": before.address},
        after={
            "province": order.receiver_state,
            "address": order.receiver_address,
            "name": order.receiver_name,
            "mobile": order.receiver_mobile,
            "chosen": change.receiver_state,
            "terms": change.terms,
            "difference": str(quote.difference),
        },
        amount=quote.difference,
        requested_by=actor,
        now=now,
    )


def _apply(
    order: Order,
    change: AddressChange,
    before: Before,
    quote: ChangeQuote,
    *,
    stage: str,
    actor: Staff,
    now: datetime,
    approval: int | None = None,
) -> ChangeNotice:
    settle(
        order, quote, change.links, rule="O10", reason=RefundTask.Reason.LOWER_POSTAGE, actor=actor, now=now
    )
    order.version += 1
    order.save(update_fields=[*_RECEIVER, "version"])
    moves = order.receiver_address != before.address
    if moves:
        # S7: what was given for going together is in the difference; the other orders' postage is free again.
        PostageCredit.objects.filter(given_to=order).delete()
    notice = tell_warehouse(order, address_telling(order, before), stage=stage, actor=actor, now=now)
    if moves:
        leave_group(order, before.group, actor=actor, now=now)
        flag_left_behind(set(before.group) - {order.pk}, now=now)
    plan(before.group, now=now)
    if stage == ParcelStage.PRINTED:
        own_parcels = [parcel.pk for parcel in printed_parcels([order.pk])]
        for parcel in void_slips(own_parcels, notice, now=now):
            parcel.carrier = quote.asked_carrier or DEFAULT_CARRIERS[zone_of(order.receiver_state)]
            parcel.save(update_fields=["carrier"])
    keep_terms(order, quote, actor=actor, now=now)
    open_task(order, PlatformTask.Kind.ADDRESS, now=now)
    audit.record(
        facts.address_changed(
            order, before.province, difference=quote.difference, terms=change.terms, approval=approval
        ),
        at=now,
        actor=actor,
    )
    return notice


def address_telling(order: Order, before: Before) -> Telling:
    """What the warehouse reads; the note has the address, since that is personal."""
    return Telling(
        ChangeNotice.Kind.ADDRESS,
        ADDRESS_LABEL,
        NOTE_TEXTS[NoteForm.ADDRESS].format(address=order.receiver_address),
        before=before.province,
        after=order.receiver_state,
        form=NoteForm.ADDRESS,
    )
