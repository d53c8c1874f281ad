"""What happens to the clocks of tickets, as audit facts (A6, D4)."""

from datetime import datetime

from afterservice.events import fact
from afterservice.models import Clock, ClockPolicy
from shopdesk.base.audit import Fact


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def paused(clock: Clock) -> Fact:
    """Somebody let it stand still; the reason stands with the clock."""
    after = {"clock": clock.kind, "due": _at(clock.due_at), "reason": clock.pause_reason}
    return fact("clock.paused", clock.ticket_id, {}, after)


def resumed(clock: Clock, before: datetime, reason: str) -> Fact:
    """It runs again, and is due later by the length of the pause."""
    return fact(
        "clock.resumed",
        clock.ticket_id,
        {"due": _at(before), "reason": reason},
        {"clock": clock.kind, "due": _at(clock.due_at)},
    )


def terms_set(policy: ClockPolicy, before: ClockPolicy | None) -> Fact:
    """A manager laid down other terms for a kind of clock."""
    return Fact("clock.terms", "clock_policy", policy.kind, _terms(before) if before else {}, _terms(policy))


def _terms(policy: ClockPolicy) -> dict[str, int | str]:
    return {"hours": policy.hours, "warning_hours": policy.warning_hours, "at_zero": policy.at_zero}
