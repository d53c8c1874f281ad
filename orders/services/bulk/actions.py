"""What is done with many orders at once: the same checks as for one, each batch by a fixed number of statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders import events
from orders.models import BulkRow, BulkRun, Flag, Order, PlatformTask
from orders.rules.flags import GREY, RED, check_replaceable_unread, check_unchanged
from orders.rules.notes import NoteForm, clean_text
from orders.rules.owners import check_owner
from orders.services.flags import FlagRequest, check_request
from orders.services.marks import bring_back, check_until, lock_marks, snooze_all, star_all
from orders.services.notes import write_notes
from orders.services.ownership import give, own_all
from orders.services.platform_list import open_tasks
from shopdesk.base import audit
from shopdesk.base.bulk import create_all
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

# What an action needs to know: a flag, a text, an owner, a time; a star needs nothing.
Asked = FlagRequest | str | Staff | datetime | None
Refusals = dict[str, DomainError]
Perform = Callable[[Sequence[BulkRow], Mapping[str, Order], Mapping[str, Any], Staff, datetime], Refusals]
NEEDS: Mapping[str, Permission] = {
    BulkRun.Action.FLAG: Permission.FLAG_AND_NOTE,
    BulkRun.Action.NOTE: Permission.FLAG_AND_NOTE,
    BulkRun.Action.OWNER: Permission.WORK_ORDERS,
    BulkRun.Action.STAR: Permission.WORK_ORDERS,
    BulkRun.Action.SNOOZE: Permission.WORK_ORDERS,
}


def check_may(action: str, actor: Staff) -> None:
    """Raises ``Forbidden`` (T1) where a role does not do this, ``DomainError`` for no such action."""
    if action not in NEEDS:
        raise DomainError("", _("Choose what is to be done with these orders."))
    if not actor.may(NEEDS[action]):
        raise Forbidden("T1", _("Your role does not do this with orders."))


def checked_request(action: str, asked: Asked, actor: Staff, now: datetime) -> dict[str, Any]:
    """What is asked for, as a run keeps it: the flag, the text of the note, the new owner, or until when.

    Raises ``DomainError`` (N1, N2, N3, N6, O17) for what could be done with no order at all.
    """
    if isinstance(asked, FlagRequest):
        check_request(asked, now)
        if asked.text.strip():
            asked = replace(asked, text=clean_text(asked.text))
        return asdict(asked) | {"until": asked.until.isoformat() if asked.until else None}
    if isinstance(asked, str):
        return {"text": clean_text(asked)}
    if isinstance(asked, datetime):
        check_until(asked, now)
        return {"until": asked.isoformat()}
    if asked is None:
        return {}
    check_owner(actor.pk, actor.role, asked.pk, asked.role)
    return {"owner": asked.pk}


def refusals_at_preview(action: str, flags: Mapping[str, Flag], actor: Staff) -> Refusals:
    """The orders that cannot be done, by the flags that stand on the orders now."""
    if action != BulkRun.Action.FLAG:
        return {}
    refused: Refusals = {}
    for tid, flag in flags.items():
        try:
            check_replaceable_unread(flag.seller_flag, flag.set_by_id, flag.acknowledged_at, actor.pk)
        except DomainError as refusal:
            refused[tid] = refusal
    return refused


def _flag(
    rows: Sequence[BulkRow], orders: Mapping[str, Order], kept: Mapping[str, Any], actor: Staff, now: datetime
) -> Refusals:
    """N1, N3 for each order as ``set_flag`` does it for one."""
    request = flag_request(kept)
    check_request(request, now)
    current = {flag.order_id: flag for flag in Flag.objects.filter(order__in=orders, ended_at__isnull=True)}
    refused = refusals_at_preview(BulkRun.Action.FLAG, current, actor)
    for row in rows:
        flag = current.get(row.order_id)
        try:
            check_unchanged(row.seen_flag, flag.pk if flag else None, order=row.order_id)
        except DomainError as refusal:
            refused[row.order_id] = refusal
    chosen = [order for tid, order in orders.items() if tid not in refused]
    own_all(chosen, actor, now=now)
    replaced = [current[order.pk] for order in chosen if order.pk in current]
    Flag.objects.filter(pk__in=[flag.pk for flag in replaced]).update(ended_at=now)
    Order.objects.filter(pk__in=[order.pk for order in chosen]).update(seller_flag=request.seller_flag)
    if request.seller_flag == GREY:
        facts = [events.flag_cleared(flag) for flag in replaced]
        changed = [flag.order_id for flag in replaced]
    else:
        notes = {}
        if request.text:
            notes = write_notes(chosen, request.text, actor=actor, form=request.form, now=now)
        flags = [
            Flag(
                order=order,
                seller_flag=request.seller_flag,
                label=request.label,
                note=notes.get(order.pk),
                addressee=request.addressee,
                until=request.until,
                set_by=actor,
                set_at=now,
            )
            for order in chosen
        ]
        create_all(flags)
        if request.seller_flag == RED:
            bring_back([order.pk for order in chosen], actor=actor, now=now)
        facts = [events.flagged(flag, current.get(flag.order_id)) for flag in flags]
        changed = [order.pk for order in chosen]
    open_tasks(changed, PlatformTask.Kind.FLAG, now=now)
    audit.record_many(facts, at=now, actor=actor)
    return refused


def _note(
    rows: Sequence[BulkRow], orders: Mapping[str, Order], kept: Mapping[str, Any], actor: Staff, now: datetime
) -> Refusals:
    """N2 for each order as ``add_note`` does it for one."""
    chosen = list(orders.values())
    own_all(chosen, actor, now=now)
    write_notes(chosen, kept["text"], actor=actor, now=now)
    return {}


def _owner(
    rows: Sequence[BulkRow], orders: Mapping[str, Order], kept: Mapping[str, Any], actor: Staff, now: datetime
) -> Refusals:
    """O17 for each order as ``take_over`` does it for one."""
    owner = Staff.objects.get(pk=kept["owner"])
    check_owner(actor.pk, actor.role, owner.pk, owner.role)
    give(list(orders.values()), owner, actor=actor, now=now)
    return {}


def _star(
    rows: Sequence[BulkRow], orders: Mapping[str, Order], kept: Mapping[str, Any], actor: Staff, now: datetime
) -> Refusals:
    """N6 for each order as ``star`` does it for one."""
    lock_marks(actor)
    return star_all(list(orders), actor=actor, now=now)


def _snooze(
    rows: Sequence[BulkRow], orders: Mapping[str, Order], kept: Mapping[str, Any], actor: Staff, now: datetime
) -> Refusals:
    """N6 for each order as ``snooze`` does it for one."""
    until = datetime.fromisoformat(kept["until"])
    check_until(until, now)
    lock_marks(actor)
    return snooze_all(list(orders), until, actor=actor, now=now)


def flag_request(kept: Mapping[str, Any]) -> FlagRequest:
    """The flag that a run was asked for."""
    until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
    return FlagRequest(
        seller_flag=kept["seller_flag"],
        label=kept["label"],
        text=kept["text"],
        addressee=kept["addressee"],
        until=until,
        form=kept["form"] or NoteForm.FREE,
    )


PERFORM: Mapping[str, Perform] = {
    BulkRun.Action.FLAG: _flag,
    BulkRun.Action.NOTE: _note,
    BulkRun.Action.OWNER: _owner,
    BulkRun.Action.STAR: _star,
    BulkRun.Action.SNOOZE: _snooze,
}
