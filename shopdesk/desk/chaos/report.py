"""A line for each run, and the accounts by which the crowd calls."""

from __future__ import annotations

from collections.abc import Iterator

from shopdesk.desk.chaos.callers import Access
from shopdesk.desk.chaos.scene import Outcome

HEADER = f"{'fault':<10} {'run':>3} {'lost':>5} {'twice':>5} {'back after':>10}  under way · what callers were told"


def lines(outcome: Outcome) -> Iterator[str]:
    """The line of a run, and one more for each thing that went wrong in it."""
    told = ", ".join(f"{times} × {what}" for what, times in outcome.errors.most_common(4)) or "no error"
    back = f"{outcome.recovered:.1f} s" if outcome.recovered is not None else "NOT"
    yield (
        f"{outcome.fault:<10} {outcome.number:>3} {outcome.lost:>5} {outcome.doubled:>5} {back:>10}  "
        f"{outcome.under_way} · {told}"
    )
    for what in outcome.wrong[:8]:
        yield f"{'':<10}     WRONG: {what}"


def make_access() -> Access:
    """A token with all scopes, and the session of an agent."""
    from django.test import Client

    from shopdesk.api.access import Scope
    from shopdesk.api.services.tokens import NewToken, make_token
    from shopdesk.base.models import Staff

    manager = Staff.objects.create_user("chaos-manager", password=None, role="manager", signature="混沌店长")
    wanted = NewToken("chaos", "supervisor", tuple(Scope.values), calls_a_minute=100_000)
    _token, key = make_token(wanted, actor=manager)
    person = Client()
    person.force_login(Staff.objects.create_user("chaos-agent", password=None, role="agent", signature="混"))
    return Access(key, person.cookies["sessionid"].value)
