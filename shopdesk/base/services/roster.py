"""Planning who works when (T2). Past and running shifts are fixed; nobody works one shift twice."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import RosterEntry, ShiftHours, ShiftSwap, Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.selectors.roster import Seat, entries, fingerprint, seat, shift_hours
from shopdesk.base.shifts import DAY, WEEK, Plan, ShiftCode, week_of

# Whoever writes the roster takes turns behind this number of PostgreSQL's advisory locks.
_ROSTER_LOCK = 7_360_214
SUBJECT = "roster"


def lock_roster() -> None:
    """Let nobody else write the roster until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ROSTER_LOCK])


@transaction.atomic
def save_week(
    monday: date,
    wanted: Mapping[tuple[int, date], Collection[str]],
    *,
    seen: str,
    actor: Staff,
    now: datetime | None = None,
) -> int:
    """Plan a week: for each person and day in ``wanted`` the shifts that they work. Answers how many changed.

    ``seen`` is the fingerprint of the week as it was shown. Raises ``Forbidden`` (T2) by role, ``VersionConflict``
    (T5) where somebody changed the week meanwhile, ``DomainError`` (T2) for a shift that has begun.
    """
    _guard(actor)
    lock_roster()
    days = week_of(monday)
    present = {seat(entry) for entry in entries(days[0], days[-1])}
    if seen != fingerprint(present):
        raise VersionConflict(
            "T5",
            _(
                "Somebody changed this week since you opened it. It is shown as it is now, with what you chose "
                "marked: look, then save again."
            ),
        )
    asked = {(staff, day, code) for (staff, day), codes in wanted.items() for code in codes if day in days}
    gone = {taken for taken in present - asked if (taken[0], taken[1]) in wanted}
    return _apply(days, asked - present, gone, actor=actor, now=now or clock.now())


@transaction.atomic
def copy_last_week(monday: date, *, actor: Staff, now: datetime | None = None) -> int:
    """Plan a week as the one before it. Answers how many shifts were added.

    What is planned for somebody on a day stays as it is; shifts that have begun and people who were switched off are
    left out. Raises ``Forbidden`` (T2) by role.
    """
    _guard(actor)
    lock_roster()
    now = now or clock.now()
    days = week_of(monday)
    fixed = fixed_shifts(days, now)
    planned = {(entry.staff_id, entry.day) for entry in entries(days[0], days[-1])}
    before = entries(days[0] - DAY * WEEK, days[-1] - DAY * WEEK)
    copied = {
        (entry.staff_id, entry.day + DAY * WEEK, entry.shift) for entry in before if entry.staff.is_active
    }
    added = {
        (staff, day, code)
        for staff, day, code in copied
        if (staff, day) not in planned and (day, code) not in fixed
    }
    return _apply(days, added, set(), actor=actor, now=now)


@transaction.atomic
def change_hours(
    code: str, starts: time, ends: time, valid_from: date, *, actor: Staff, now: datetime | None = None
) -> ShiftHours:
    """Give a shift other hours from a day on (T2).

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T2) for a day that is not still to come, no length, or a
    second change on one day.
    """
    if not actor.may(Permission.ADMINISTER):
        raise Forbidden("T1", _("Only a manager changes the hours of shifts."))
    now = now or clock.now()
    if code not in ShiftCode.values:
        raise DomainError("T2", _("There is no such shift."), field="code")
    if valid_from <= now.astimezone(SHANGHAI).date():
        raise DomainError("T2", _("Choose a day still to come: past shifts are fixed."), field="valid_from")
    if starts == ends:
        raise DomainError("T2", _("A shift ends at another time than it starts."), field="ends")
    lock_roster()
    if ShiftHours.objects.filter(code=code, valid_from=valid_from).exists():
        raise DomainError(
            "T2", _("The hours already change on this day. Choose another one."), field="valid_from"
        )
    row = ShiftHours.objects.create(
        code=code, starts=starts, ends=ends, valid_from=valid_from, changed_by=actor
    )
    after = {"starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "valid_from": valid_from.isoformat()}
    audit.record(Fact("shift.hours", SUBJECT, code, {}, after), at=now, actor=actor)
    return row


def fixed_shifts(days: Collection[date], now: datetime) -> set[tuple[date, str]]:
    """The shifts of some days that have begun: nobody changes who works them any more (T2)."""
    plan = Plan(shift_hours())
    return {(day, shift.code) for day in days for shift in plan.on(day) if shift.starts <= now}


def let_swaps_lapse(gone: Collection[Seat], *, now: datetime, actor: Staff | None) -> None:
    """End the swaps that ask for, or offer, a shift that this person works no more. The roster is locked."""
    concerned = Q()
    for staff, day, code in gone:
        concerned |= Q(asked_by=staff, day=day, shift=code) | Q(
            colleague=staff, return_day=day, return_shift=code
        )
    if not concerned:
        return
    ended = list(ShiftSwap.objects.filter(concerned, status=ShiftSwap.Status.ASKED))
    ShiftSwap.objects.filter(pk__in=[swap.pk for swap in ended]).update(
        status=ShiftSwap.Status.LAPSED, ended_at=now
    )
    audit.record_many(
        [Fact("swap.lapsed", SUBJECT, str(swap.day), {}, {"swap": swap.pk}) for swap in ended],
        at=now,
        actor=actor,
    )


def _guard(actor: Staff) -> None:
    if not actor.may(Permission.PLAN_ROSTER):
        raise Forbidden("T2", _("Supervisors and managers plan the roster."))


def _apply(days: list[date], added: set[Seat], gone: set[Seat], *, actor: Staff, now: datetime) -> int:
    fixed = fixed_shifts(days, now)
    if any((day, code) in fixed for _staff, day, code in added | gone):
        raise DomainError("T2", _("A shift that has begun is fixed. Change the ones still to come."))
    people = {staff for staff, _day, _code in added}
    if Staff.objects.filter(pk__in=people, is_active=True).count() != len(people):
        raise DomainError("T2", _("Somebody here was switched off and works no more. Look again."))
    if any(code not in ShiftCode.values for _staff, _day, code in added):
        raise DomainError("T2", _("There is no such shift."))
    removed = Q()
    for staff, day, code in gone:
        removed |= Q(staff=staff, day=day, shift=code)
    if removed:
        RosterEntry.objects.filter(removed).delete()
        let_swaps_lapse(gone, now=now, actor=actor)
    RosterEntry.objects.bulk_create(
        RosterEntry(staff_id=staff, day=day, shift=code) for staff, day, code in sorted(added)
    )
    if added or gone:
        fact = Fact(
            "roster.planned",
            SUBJECT,
            str(days[0]),
            {"removed": _words(gone)},
            {"added": _words(added)},
        )
        audit.record(fact, at=now, actor=actor)
    return len(added) + len(gone)


def _words(seats: set[Seat]) -> list[str]:
    return [f"{staff} {day} {code}" for staff, day, code in sorted(seats)]
