"""Reading who works when (T2), and who is asked first (P3)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db.models import Exists, Q, QuerySet

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import Approval, RosterEntry, ShiftHours, ShiftSwap, Staff
from shopdesk.base.permissions import Permission, Role
from shopdesk.base.shifts import STARTING_SHIFTS, Duty, Plan, Shift, running

# A request that is older was escalated long ago: which days were planned before does not matter to it.
LOOKED_BACK = timedelta(days=30)
Seat = tuple[int, date, str]


def shift_hours() -> list[Shift]:
    """Each shift with its hours, and each change of them: one statement."""
    return [*STARTING_SHIFTS, *(row.shift() for row in ShiftHours.objects.all())]


def supervision(now: datetime) -> Plan:
    """When supervisors are on shift (P3): two statements.

    **Our reading:** on a day for which the roster names a supervisor, the shifts of supervisors; on any other day all
    shifts, so that no request waits for ever because nobody was planned.
    """
    planned = RosterEntry.objects.filter(
        staff__role=Role.SUPERVISOR,
        staff__is_active=True,
        day__gte=now.astimezone(SHANGHAI).date() - LOOKED_BACK,
    )
    of_days: dict[date, set[str]] = {}
    for day, code in planned.values_list("day", "shift").distinct():
        of_days.setdefault(day, set()).add(code)
    return Plan(shift_hours(), of_days)


def working(shifts: Iterable[Duty]) -> QuerySet[RosterEntry]:
    """The roster of some shifts; nobody who was switched off."""
    wanted = Q()
    for shift in shifts:
        wanted |= Q(day=shift.day, shift=shift.code)
    found = RosterEntry.objects.filter(staff__is_active=True)
    return found.filter(wanted) if wanted else found.none()


def supervisors_on_shift(now: datetime, plan: Plan) -> list[Staff]:
    """Who is asked first (P3): the supervisors on shift, by name; nobody where the roster names none."""
    on = working(running(now, plan)).filter(staff__role=Role.SUPERVISOR)
    return list(Staff.objects.filter(pk__in=on.values("staff")).order_by("signature", "pk"))


def asked_of(staff: Staff, requests: QuerySet[Approval], now: datetime) -> QuerySet[Approval]:
    """The requests that wait for this supervisor (P3): on shift all of them, else only those that are everybody's.

    Where the roster names no supervisor for now, they wait for every one. Nobody decides their own.
    """
    if not staff.may(Permission.DECIDE_APPROVAL):
        return requests.none()
    on = working(running(now, Plan(shift_hours()))).filter(staff__role=Role.SUPERVISOR)
    others = requests.exclude(requested_by=staff)
    return others.filter(Q(escalated_at__isnull=False) | Exists(on.filter(staff=staff)) | ~Exists(on))


def entries(first: date, last: date) -> list[RosterEntry]:
    """The roster of some days, with who works: one statement."""
    found = RosterEntry.objects.filter(day__gte=first, day__lte=last)
    return list(found.select_related("staff").order_by("day", "shift", "staff_id"))


def seat(entry: RosterEntry) -> Seat:
    """Who works which shift on which day."""
    return entry.staff_id, entry.day, entry.shift


def fingerprint(seats: Iterable[Seat]) -> str:
    """What a week's roster was when it was shown, so that nobody saves over somebody else's change (T5)."""
    text = " ".join(f"{staff}:{day}:{shift}" for staff, day, shift in sorted(seats))
    return sha256(text.encode()).hexdigest()[:16]


def open_swaps(today: date) -> QuerySet[ShiftSwap]:
    """Swaps that wait for an answer."""
    return ShiftSwap.objects.filter(status=ShiftSwap.Status.ASKED, day__gte=today)


def swaps_to_answer(staff: Staff, now: datetime) -> QuerySet[ShiftSwap]:
    """Those that wait for this person."""
    return open_swaps(now.astimezone(SHANGHAI).date()).filter(colleague=staff)
