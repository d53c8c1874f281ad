"""Who works in the made-up shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from orders.rules.flags import is_for
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Role
from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD, DEMO_USERNAMES

_DEMO_STAFF = dict(
    zip(
        DEMO_USERNAMES,
        (
            (Role.AGENT, "娜娜"),
            (Role.AGENT, "小雨"),
            (Role.SUPERVISOR, "老王"),
            (Role.SUPERVISOR, "陈姐"),
            (Role.WAREHOUSE, "阿强"),
            (Role.MANAGER, "店长"),
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class Crew:
    """Who signs notes and sets flags. Somebody without an account signs, but is named by no key."""

    agents: Sequence[Staff]
    supervisors: Sequence[Staff]
    warehouse: Sequence[Staff]

    def addressed(self, addressee: str) -> Sequence[Staff]:
        """Those whom a flag is for (N3)."""
        by_role = {Role.AGENT: self.agents, Role.SUPERVISOR: self.supervisors, Role.WAREHOUSE: self.warehouse}
        return next(staff for role, staff in by_role.items() if is_for(role, addressee))


def make_demo_staff(now: datetime) -> Crew:
    """The accounts of the published sign-ins; they can be used, so they are made for a demo shop only."""
    password = make_password(DEMO_PASSWORD)
    Staff.objects.bulk_create(
        Staff(
            username=username,
            password=password,
            role=role,
            signature=signature,
            is_staff=role == Role.MANAGER,  # Django's name for who may open the admin pages
            date_joined=now,
        )
        for username, (role, signature) in _DEMO_STAFF.items()
    )
    return present_crew()


def present_crew() -> Crew:
    """The shop's own staff, by role; nobody with an account where a role has none."""
    by_role: dict[str, list[Staff]] = {}
    for member in Staff.objects.filter(is_active=True).order_by("pk"):
        by_role.setdefault(member.role, []).append(member)

    def of(role: Role, signature: str) -> list[Staff]:
        return by_role.get(role) or [Staff(role=role, signature=signature)]

    return Crew(of(Role.AGENT, "娜娜"), of(Role.SUPERVISOR, "老王"), of(Role.WAREHOUSE, "阿强"))
