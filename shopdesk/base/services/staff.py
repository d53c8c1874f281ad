"""Staff accounts: made, changed, switched off, never deleted; every change audited (D4, T1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axes.utils import reset as reset_lockout
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission, Role

CHANGED = "staff.changed"
FIELDS = ("username", "role", "signature", "is_active")


@transaction.atomic
def create_staff(
    values: Mapping[str, Any], password: str, *, actor: Staff | None, now: datetime | None = None
) -> Staff:
    """Make an account from ``FIELDS`` and a password. Raises ``Forbidden`` (T1) by role.

    ``None`` is whoever runs commands on the machine itself: an empty shop has nobody else.
    """
    if actor is not None:
        _guard(actor)
    staff = Staff(**{name: values[name] for name in FIELDS})
    staff.set_password(password)
    staff.save()
    _record(staff, {}, _facts(staff) | {"password": "set"}, actor, now)
    return staff


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

    Raises ``Forbidden`` (T1) by role, ``DomainError`` (T1) where no manager would be left.
    """
    _guard(actor)
    staff = Staff.objects.select_for_update().get(pk=staff_id)
    check_a_manager_remains(staff, role=values["role"], is_active=values["is_active"])
    before = _facts(staff)
    for name in FIELDS:
        setattr(staff, name, values[name])
    after = _facts(staff)
    if password:
        staff.set_password(password)
        after["password"] = "set"  # noqa: S105 (says that it was set, not what it is)
    changed = {name for name in after if after[name] != before.get(name)}
    if changed:
        staff.save()
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


@transaction.atomic
def unlock(staff: Staff, *, actor: Staff, now: datetime | None = None) -> None:
    """Let somebody try to sign in again who is locked out. Raises ``Forbidden`` (T1) by role."""
    _guard(actor)
    reset_lockout(username=staff.username)
    _record(staff, {}, {"unlocked": True}, actor, now)


def _guard(actor: Staff) -> None:
    if not actor.may(Permission.ADMINISTER):
        raise Forbidden("T1", _("Only a manager changes staff accounts."))


def _facts(staff: Staff) -> dict[str, Any]:
    return {name: getattr(staff, name) for name in FIELDS}


def _record(
    staff: Staff, before: dict[str, Any], after: dict[str, Any], actor: Staff | None, now: datetime | None
) -> None:
    audit.record(Fact(CHANGED, "staff", str(staff.pk), before, after), at=now or clock.now(), actor=actor)
