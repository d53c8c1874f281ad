"""Swapping shifts (T2): one asks, the colleague accepts; nobody works one shift twice, past shifts are fixed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import RosterEntry, ShiftSwap, Staff
from shopdesk.base.selectors.roster import Seat
from shopdesk.base.services.roster import SUBJECT, fixed_shifts, let_swaps_lapse, lock_roster

Status = ShiftSwap.Status


@transaction.atomic
def ask_swap(
    day: date,
    shift: str,
    colleague_id: int,
    *,
    in_return: tuple[date, str] | None = None,
    actor: Staff,
    now: datetime | None = None,
) -> ShiftSwap:
    """Ask a colleague of the same role to take a shift of one's own, perhaps for one of theirs.

    Raises ``DomainError`` (T2) where the swap could not be made, ``Conflict`` (T2) where it was asked already.
    """
    lock_roster()
    now = now or clock.now()
    colleague = Staff.objects.filter(pk=colleague_id, is_active=True).exclude(pk=actor.pk).first()
    if colleague is None or colleague.role != actor.role:
        raise DomainError("T2", _("Ask a colleague of your own role."), field="colleague")
    if ShiftSwap.objects.filter(asked_by=actor, day=day, shift=shift, status=Status.ASKED).exists():
        raise Conflict("T2", _("You asked somebody to take this shift already. Take that back first."))
    return_day, return_shift = in_return or (None, "")
    swap = ShiftSwap(
        asked_by=actor,
        colleague=colleague,
        day=day,
        shift=shift,
        return_day=return_day,
        return_shift=return_shift,
        asked_at=now,
    )
    _check(swap, now)
    swap.save()
    _record("swap.asked", swap, {}, actor, now)
    return swap


@transaction.atomic
def accept_swap(swap_id: int, *, actor: Staff, now: datetime | None = None) -> ShiftSwap:
    """Take the shift, and give the one in return (T2).

    Raises ``Forbidden`` (T2) for everybody but who was asked, ``Conflict`` (T2) when it was answered already,
    ``DomainError`` (T2) where the roster does not allow it any more.
    """
    lock_roster()
    now = now or clock.now()
    swap = _open(swap_id)
    if swap.colleague_id != actor.pk:
        raise Forbidden("T2", _("Only the colleague who was asked answers."))
    _check(swap, now)
    moved = _seats(swap)
    for (staff, day, shift), taker in moved.items():
        RosterEntry.objects.filter(staff=staff, day=day, shift=shift).update(staff=taker)
    _end(swap, Status.ACCEPTED, actor, now)
    let_swaps_lapse(moved.keys(), now=now, actor=None)
    return swap


@transaction.atomic
def refuse_swap(swap_id: int, *, actor: Staff, now: datetime | None = None) -> ShiftSwap:
    """Say no. Raises as ``accept_swap`` does."""
    lock_roster()
    swap = _open(swap_id)
    if swap.colleague_id != actor.pk:
        raise Forbidden("T2", _("Only the colleague who was asked answers."))
    return _end(swap, Status.REFUSED, actor, now or clock.now())


@transaction.atomic
def withdraw_swap(swap_id: int, *, actor: Staff, now: datetime | None = None) -> ShiftSwap:
    """Ask no more. Raises ``Forbidden`` (T2) for everybody but who asked, ``Conflict`` (T2) when it was answered."""
    lock_roster()
    swap = _open(swap_id)
    if swap.asked_by_id != actor.pk:
        raise Forbidden("T2", _("Only the person who asked takes it back."))
    return _end(swap, Status.WITHDRAWN, actor, now or clock.now())


def _open(swap_id: int) -> ShiftSwap:
    """The swap, while it waits. The roster is locked, so nobody else answers it."""
    swap = ShiftSwap.objects.select_related("asked_by", "colleague").filter(pk=swap_id).first()
    if swap is None:
        raise DomainError("T2", _("There is no such swap."))
    if swap.status != Status.ASKED:
        raise Conflict(
            "T2", _("This swap was answered already: %(status)s.") % {"status": swap.get_status_display()}
        )
    return swap


def _seats(swap: ShiftSwap) -> Mapping[Seat, int]:
    """Who gives which shift, and who takes it."""
    moved = {(swap.asked_by_id, swap.day, swap.shift): swap.colleague_id}
    if swap.return_day is not None:
        moved[swap.colleague_id, swap.return_day, swap.return_shift] = swap.asked_by_id
    return moved


def _check(swap: ShiftSwap, now: datetime) -> None:
    moved = _seats(swap)
    if len({(day, shift) for _staff, day, shift in moved}) < len(moved):
        raise DomainError("T2", _("Both work this shift: there is nothing to swap."))
    fixed = fixed_shifts({day for _staff, day, _shift in moved}, now)
    for (staff, day, shift), taker in moved.items():
        if (day, shift) in fixed:
            raise DomainError("T2", _("A shift that has begun is fixed. Change the ones still to come."))
        on = set(RosterEntry.objects.filter(day=day, shift=shift).values_list("staff", flat=True))
        if staff not in on:
            raise DomainError("T2", _("The roster has changed: this shift is somebody else's now."))
        if taker in on:
            raise DomainError(
                "T2", _("Who would take the shift works it already: nobody works a shift twice.")
            )
    if not swap.colleague.is_active:
        raise DomainError("T2", _("Somebody here was switched off and works no more. Look again."))


def _end(swap: ShiftSwap, status: Status, actor: Staff, now: datetime) -> ShiftSwap:
    swap.status, swap.ended_at = status, now
    swap.save(update_fields=["status", "ended_at"])
    _record(f"swap.{status}", swap, {"status": Status.ASKED}, actor, now)
    return swap


def _record(action: str, swap: ShiftSwap, before: Mapping[str, Any], actor: Staff, now: datetime) -> None:
    after = {
        "swap": swap.pk,
        "shift": swap.shift,
        "asked_by": swap.asked_by_id,
        "colleague": swap.colleague_id,
    }
    if swap.return_day is not None:
        after["in_return"] = f"{swap.return_day} {swap.return_shift}"
    audit.record(Fact(action, SUBJECT, str(swap.day), before, after), at=now, actor=actor)
