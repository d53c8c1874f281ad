"""The roster as a grid: people down, the days of a week across (T2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import RosterEntry, ShiftSwap, Staff
from shopdesk.base.permissions import Role
from shopdesk.base.selectors.roster import entries, fingerprint, seat, shift_hours
from shopdesk.base.services.roster import fixed_shifts
from shopdesk.base.shifts import DAY, WEEK, Plan, Shift, ShiftCode, in_force, running, week_of

# What may be chosen for somebody on a day: nothing, one shift, or all of them.
CHOICES: Sequence[tuple[str, ...]] = ((), *((code,) for code in ShiftCode.values), tuple(ShiftCode.values))
WEEKS_TO_SWAP = 3
SWAPS_SHOWN = 12
ROLE_ORDER = [Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE, Role.MANAGER]


@dataclass(frozen=True)
class Choice:
    """What a planner may choose; one that would change a shift that has begun cannot be chosen."""

    value: str
    words: str
    chosen: bool
    fixed: bool


@dataclass(frozen=True)
class Cell:
    """Somebody's shifts on a day. ``choices`` is empty where nothing can be changed any more."""

    name: str
    label: str
    codes: Sequence[str]
    choices: Sequence[Choice]
    today: bool
    # What was chosen, where a save was refused because somebody else had changed the week.
    differs: bool

    @property
    def words(self) -> str:
        """The shifts by their names."""
        return " + ".join(str(ShiftCode(code).label) for code in self.codes)


@dataclass(frozen=True)
class Row:
    """One person's week."""

    staff: Staff
    cells: Sequence[Cell]
    own: bool


@dataclass(frozen=True)
class Day:
    """The head of a column, and how many work each shift."""

    day: date
    today: bool
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Week:
    """The roster of a week."""

    days: Sequence[Day]
    rows: Sequence[Row]
    hours: Sequence[Shift]
    seen: str
    before: date
    after: date
    this: bool
    planned: bool

    @property
    def monday(self) -> date:
        """Its first day."""
        return self.days[0].day


def cell_name(staff_id: int, day: date) -> str:
    """The name of a cell in the form."""
    return f"s{staff_id}-{day:%Y%m%d}"


def asked_week(text: str, now: datetime) -> date:
    """The Monday of the week that an address asks for; of this week for none that could be."""
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    today = now.astimezone(SHANGHAI).date()
    return week_of(day if day is not None and 2000 < day.year < 2100 else today)[0]


def read_week(
    day: date,
    *,
    staff: Staff,
    now: datetime,
    chosen: Mapping[tuple[int, date], Collection[str]] | None = None,
) -> Week:
    """A week's roster: three statements. ``chosen`` is what a refused save had chosen."""
    today = now.astimezone(SHANGHAI).date()
    days = week_of(day)
    found = entries(days[0], days[-1])
    seats = {seat(entry) for entry in found}
    people = Staff.objects.filter(Q(is_active=True) | Q(pk__in={entry.staff_id for entry in found}))
    hours = shift_hours()
    fixed = fixed_shifts(days, now)
    ordered = sorted(
        people, key=lambda person: (ROLE_ORDER.index(Role(person.role)), person.signature, person.pk)
    )
    rows = []
    for person in ordered:
        cells = []
        for on in days:
            works = tuple(code for code in ShiftCode.values if (person.pk, on, code) in seats)
            wanted = tuple(chosen[person.pk, on]) if chosen and (person.pk, on) in chosen else works
            choices = _choices(works, wanted, {code for begun, code in fixed if begun == on})
            label = _("%(name)s, %(day)s") % {"name": person, "day": f"{on:%m-%d}"}
            name = cell_name(person.pk, on)
            changeable = any(not choice.fixed for choice in choices if choice.value != " ".join(works))
            cells.append(
                Cell(name, label, works, choices if changeable else (), on == today, wanted != works)
            )
        rows.append(Row(person, cells, own=person.pk == staff.pk))
    return Week(
        [Day(on, on == today, _counts(seats, on)) for on in days],
        rows,
        in_force(hours, days[-1]),
        fingerprint(seats),
        days[0] - DAY * WEEK,
        days[0] + DAY * WEEK,
        this=today in days,
        planned=bool(seats),
    )


def _choices(works: tuple[str, ...], wanted: tuple[str, ...], fixed: Collection[str]) -> list[Choice]:
    made = []
    for codes in CHOICES:
        words = " + ".join(str(ShiftCode(code).label) for code in codes) or "—"
        barred = any((code in codes) != (code in works) for code in fixed)
        made.append(Choice(" ".join(codes), words, set(codes) == set(wanted), barred))
    return made


def _counts(seats: Collection[tuple[int, date, str]], day: date) -> list[tuple[str, int]]:
    return [
        (str(ShiftCode(code).label), sum(1 for _staff, on, shift in seats if (on, shift) == (day, code)))
        for code in ShiftCode.values
    ]


@dataclass(frozen=True)
class SwapOffer:
    """What may be asked for: a shift of one's own, or who takes it and for what in return."""

    value: str
    words: str


def shifts_to_give(staff: Staff, now: datetime) -> list[SwapOffer]:
    """One's own shifts of the next weeks that have not begun."""
    fixed = fixed_shifts([now.astimezone(SHANGHAI).date()], now)
    return [
        SwapOffer(f"{entry.day} {entry.shift}", f"{entry.day:%m-%d} {entry.get_shift_display()}")
        for entry in _to_come(now).filter(staff=staff)
        if (entry.day, entry.shift) not in fixed
    ]


def takers(staff: Staff, now: datetime) -> list[SwapOffer]:
    """Colleagues of the same role: for nothing in return, or for one of their shifts."""
    colleagues = Staff.objects.filter(role=staff.role, is_active=True).exclude(pk=staff.pk)
    offers = [
        SwapOffer(str(person.pk), _("%(name)s, nothing in return") % {"name": person})
        for person in colleagues.order_by("signature", "pk")
    ]
    theirs = _to_come(now).filter(staff__role=staff.role, staff__is_active=True).exclude(staff=staff)
    today = now.astimezone(SHANGHAI).date()
    fixed = fixed_shifts([today], now)
    return offers + [
        SwapOffer(
            f"{entry.staff_id} {entry.day} {entry.shift}",
            _("%(name)s, for their %(day)s %(shift)s")
            % {"name": entry.staff, "day": f"{entry.day:%m-%d}", "shift": entry.get_shift_display()},
        )
        for entry in theirs.select_related("staff")
        if (entry.day, entry.shift) not in fixed
    ]


def _to_come(now: datetime) -> QuerySet[RosterEntry]:
    today = now.astimezone(SHANGHAI).date()
    return RosterEntry.objects.filter(day__gte=today, day__lte=today + DAY * WEEK * WEEKS_TO_SWAP).order_by(
        "day", "shift", "staff_id"
    )


def recent_swaps(now: datetime) -> list[ShiftSwap]:
    """Swaps of shifts still to come, those that wait first."""
    today = now.astimezone(SHANGHAI).date()
    found = ShiftSwap.objects.filter(day__gte=today).select_related("asked_by", "colleague")
    waiting = list(found.filter(status=ShiftSwap.Status.ASKED).order_by("day", "pk"))
    ended = found.exclude(status=ShiftSwap.Status.ASKED).order_by("-ended_at")[:SWAPS_SHOWN]
    return [*waiting, *ended]


def on_shift_now(now: datetime) -> list[tuple[str, list[str]]]:
    """Which shifts are on, and who works them: two statements."""
    shifts = running(now, Plan(shift_hours()))
    found = entries(min(shift.day for shift in shifts), max(shift.day for shift in shifts)) if shifts else []
    return [
        (
            str(ShiftCode(shift.code).label),
            [str(entry.staff) for entry in found if (entry.day, entry.shift) == (shift.day, shift.code)],
        )
        for shift in shifts
    ]
