"""The people of the shop, for the manager (T1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry, RosterEntry, Staff
from shopdesk.base.permissions import MATRIX, Permission, Role, may
from shopdesk.base.services import signing_in
from shopdesk.base.services.staff import CHANGED

COOLOFF = timedelta(hours=settings.AXES_COOLOFF_TIME)
HISTORY_SHOWN = 15


@dataclass(frozen=True)
class Person:
    """Somebody of the shop, when they work next, and whether they are locked out now."""

    staff: Staff
    next_shift: RosterEntry | None
    locked: bool


def read_people(*, active: bool, now: datetime) -> list[Person]:
    """Those who work here, or who were switched off, by role and name: three statements."""
    people = list(Staff.objects.filter(is_active=active))
    roles = list(Role)
    people.sort(key=lambda staff: (roles.index(Role(staff.role)), staff.signature, staff.pk))
    locked = locked_names((staff.username for staff in people), now)
    shifts = next_shifts(now)
    return [Person(staff, shifts.get(staff.pk), staff.username in locked) for staff in people]


def locked_names(usernames: Iterable[str], now: datetime) -> set[str]:
    """Which of some accounts somebody failed to sign in to so often that it is locked, from some address."""
    attempts = AccessAttempt.objects.filter(
        username__in=list(usernames),
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        attempt_time__gt=now - COOLOFF,
    )
    return set(attempts.values_list("username", flat=True))


def next_shifts(now: datetime) -> Mapping[int, RosterEntry]:
    """The shift of today or the first one to come, of everybody who has one."""
    ahead = RosterEntry.objects.filter(day__gte=now.astimezone(SHANGHAI).date())
    return {entry.staff_id: entry for entry in ahead.order_by("staff", "day", "shift").distinct("staff")}


def matrix() -> list[tuple[Permission, list[bool]]]:
    """What each role may do, as data: a row for each permission, a column for each role."""
    return [(permission, [may(role, permission) for role in Role]) for permission in MATRIX]


def abilities_of(staff: Staff) -> list[tuple[Permission, bool]]:
    """What somebody may do, and what not."""
    return [(permission, staff.may(permission)) for permission in MATRIX]


def history_of(staff: Staff) -> QuerySet[AuditEntry]:
    """What was changed about an account, the newest first."""
    entries = AuditEntry.objects.filter(subject_kind="staff", subject_id=str(staff.pk), action=CHANGED)
    return entries.select_related("actor").order_by("-at", "-pk")[:HISTORY_SHOWN]


def sign_ins_of(staff: Staff) -> list[tuple[AuditEntry, str]]:
    """The last times that somebody signed in or out as this person, or failed to, with what happened in words."""
    entries = AuditEntry.objects.filter(
        subject_kind="staff", subject_id=str(staff.pk), action__in=signing_in.ACTIONS
    ).order_by("-at", "-pk")[:HISTORY_SHOWN]
    return [(entry, _in_words(entry)) for entry in entries]


def _in_words(entry: AuditEntry) -> str:
    match entry.action:
        case signing_in.SIGNED_IN:
            factor = entry.after.get("second factor")
            return {
                "authenticator": _("signed in, with a code"),
                "recovery code": _("signed in, with a recovery code"),
            }.get(factor or "", _("signed in"))
        case signing_in.SIGNED_OUT:
            return _("signed out")
        case signing_in.LOCKED_OUT:
            return _("turned away after too many attempts")
    return _("wrong code") if entry.after.get("step") == "code" else _("wrong password")


def changes_of(entries: Iterable[AuditEntry]) -> list[tuple[AuditEntry, Sequence[str]]]:
    """Entries with what each changed in words."""
    return [
        (
            entry,
            [
                f"{name}: {entry.before[name]} → {value}" if name in entry.before else f"{name}: {value}"
                for name, value in entry.after.items()
            ],
        )
        for entry in entries
    ]
