"""Staff accounts: made, changed, switched off, never deleted; every change audited (D4, T1)."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axes.utils import reset as reset_lockout
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role

CHANGED = "staff.changed"
FIELDS = ("username", "role", "signature", "is_active")
# A temporary password: without letters and figures that look alike, long enough that nobody guesses it.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PARTS, _PART_LENGTH = 3, 4


@transaction.atomic
def create_staff(
    values: Mapping[str, Any], password: str, *, actor: Staff | None, now: datetime | None = None
) -> Staff:
    """Make an account from ``FIELDS`` and a password. Raises ``Forbidden`` (T1) by role.

    ``None`` is whoever runs commands on the machine itself: an empty shop has nobody else.
    """
    if actor is not None:
        check_administers(actor)
    staff = Staff(**{name: values[name] for name in FIELDS})
    staff.set_password(password)
    _save(staff)
    _record(staff, {}, _facts(staff) | {"password": "set"}, actor, now)
    return staff


@transaction.atomic
def open_account(
    values: Mapping[str, Any], *, actor: Staff, now: datetime | None = None
) -> tuple[Staff, str]:
    """Make an account with a temporary password, which nobody can read again. Raises as ``create_staff`` does."""
    password = _temporary()
    staff = create_staff(values, password, actor=actor, now=now)
    staff.password_is_temporary = True
    staff.save(update_fields=["password_is_temporary"])
    return staff, password


@transaction.atomic
def change_staff(
    staff_id: int,
    values: Mapping[str, Any],
    password: str = "",
    *,
    actor: Staff,
    now: datetime | None = None,
) -> Staff:
    """Change an account's ``FIELDS``, and its password where one is given.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) where no manager would be left, where it is one's own
    role, or for a name that is taken.
    """
    check_administers(actor)
    staff = locked_account(staff_id)
    check_a_manager_remains(staff, role=values["role"], is_active=values["is_active"])
    check_not_ones_own(staff, actor, role=values["role"], is_active=values["is_active"])
    before = _facts(staff)
    for name in FIELDS:
        setattr(staff, name, values[name])
    after = _facts(staff)
    if password:
        staff.set_password(password)
        staff.password_is_temporary = False
        after["password"] = "set"  # noqa: S105 (says that it was set, not what it is)
    changed = {name for name in after if after[name] != before.get(name)}
    if changed:
        _save(staff)
        _record(
            staff,
            {name: before[name] for name in changed if name in before},
            {name: after[name] for name in changed},
            actor,
            now,
        )
    return staff


def check_a_manager_remains(staff: Staff, *, role: str, is_active: bool) -> None:
    """Raises ``DomainError`` (T1) when the last active manager would go. Locks all managers."""
    if is_active and role == Role.MANAGER:
        return
    managers = Staff.objects.select_for_update().filter(role=Role.MANAGER, is_active=True).order_by("pk")
    if [manager.pk for manager in managers] == [staff.pk]:
        raise DomainError(
            "T1",
            _("This is the last active manager. Make somebody else one first, or nobody could."),
            field="role",
        )


def check_not_ones_own(staff: Staff, actor: Staff, *, role: str, is_active: bool) -> None:
    """Raises ``DomainError`` (T1) where somebody would change their own role, or switch themselves off."""
    if staff.pk == actor.pk and (role != staff.role or not is_active):
        raise DomainError(
            "T1",
            _("Nobody changes their own role or switches themselves off. Another manager must."),
            field="role",
        )


@transaction.atomic
def reset_password(staff_id: int, *, actor: Staff, now: datetime | None = None) -> str:
    """Give somebody a temporary password and end all their sessions. Answers it: nobody can read it again.

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) for one's own.
    """
    check_administers(actor)
    if staff_id == actor.pk:
        raise DomainError("T1", _("Change your own password on its page: it asks for the present one."))
    staff, password = locked_account(staff_id), _temporary()
    staff.set_password(password)
    staff.password_is_temporary = True
    staff.save(update_fields=["password", "password_is_temporary"])
    reset_lockout(username=staff.username)
    _record(staff, {}, {"password": "temporary"}, actor, now)
    return password


@transaction.atomic
def choose_password(staff: Staff, present: str, wanted: str, *, now: datetime | None = None) -> Staff:
    """Change one's own password. Raises ``DomainError`` (T1) for a wrong present one, a weak or the same new one."""
    staff = Staff.objects.select_for_update().get(pk=staff.pk)
    if not staff.check_password(present):
        raise DomainError("T1", _("This is not your present password. Type it again."), field="present")
    if wanted == present:
        raise DomainError("T1", _("Choose another password than the present one."), field="wanted")
    try:
        validate_password(wanted, staff)
    except ValidationError as error:
        raise DomainError("T1", " ".join(error.messages), field="wanted") from error
    staff.set_password(wanted)
    staff.password_is_temporary = False
    staff.save(update_fields=["password", "password_is_temporary"])
    _record(staff, {}, {"password": "set"}, staff, now)
    return staff


@transaction.atomic
def end_sessions(staff_id: int, *, actor: Staff, now: datetime | None = None) -> Staff:
    """Sign somebody out everywhere, or oneself. Raises ``Forbidden`` (T1) by role for others."""
    if staff_id != actor.pk:
        check_administers(actor)
    staff = locked_account(staff_id)
    staff.session_stamp += 1
    staff.save(update_fields=["session_stamp"])
    _record(staff, {}, {"sessions": "ended"}, actor, now)
    return staff


@transaction.atomic
def unlock(staff: Staff, *, actor: Staff, now: datetime | None = None) -> None:
    """Let somebody try to sign in again who is locked out. Raises ``Forbidden`` (T1) by role."""
    check_administers(actor)
    reset_lockout(username=staff.username)
    _record(staff, {}, {"unlocked": True}, actor, now)


def check_administers(actor: Staff) -> None:
    """Raises ``Forbidden`` (T1) for everybody but managers."""
    if not actor.may(Permission.ADMINISTER):
        raise Forbidden("T1", _("Only a manager changes staff accounts."))


def locked_account(staff_id: int) -> Staff:
    """The account, locked together with all managers and in one order: two managers who change each other take turns.

    Raises ``DomainError`` (T1) for nobody.
    """
    rows = Staff.objects.select_for_update().filter(Q(pk=staff_id) | Q(role=Role.MANAGER)).order_by("pk")
    staff = {row.pk: row for row in rows}.get(staff_id)
    if staff is None:
        raise DomainError("T1", _("There is no such account."))
    return staff


def _save(staff: Staff) -> None:
    """Save an account that is as its table wants it. Raises ``DomainError`` (T1) for one that is not."""
    try:
        with transaction.atomic():
            staff.full_clean(exclude=["password"])
            staff.save()
    except ValidationError as error:
        field = next(iter(error.message_dict))
        raise DomainError("T1", " ".join(error.messages), field=field) from error
    except IntegrityError as error:  # somebody took the name this moment
        raise DomainError(
            "T1", _("This sign-in name is taken. Choose another one."), field="username"
        ) from error


def _temporary() -> str:
    parts = ("".join(secrets.choice(_LETTERS) for _letter in range(_PART_LENGTH)) for _part in range(_PARTS))
    return "-".join(parts)


def _facts(staff: Staff) -> dict[str, Any]:
    return {name: getattr(staff, name) for name in FIELDS}


def _record(
    staff: Staff, before: dict[str, Any], after: dict[str, Any], actor: Staff | None, now: datetime | None
) -> None:
    audit.record(Fact(CHANGED, "staff", str(staff.pk), before, after), at=now or clock.now(), actor=actor)
