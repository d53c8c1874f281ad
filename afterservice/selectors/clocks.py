"""Reading clocks and their terms for pages (A6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from afterservice.models import Clock, ClockPolicy
from afterservice.rules.clocks import STARTING_TERMS, Awaits, ClockKind, Terms, choices_at_zero


class Stand:
    """How a clock stands, as the strip shows it."""

    RUNS = "runs"
    SOON = "soon"
    PAUSED = "paused"
    LATE = "late"
    DONE_LATE = "done_late"
    DONE = "done"


@dataclass(frozen=True)
class ShownClock:
    """A clock and how it stands."""

    clock: Clock
    stand: str

    @property
    def ours(self) -> bool:
        """It waits on us."""
        return self.clock.awaits == Awaits.US

    @property
    def red(self) -> bool:
        """It ran out: it stays red after the fact, done or not."""
        return self.stand in (Stand.LATE, Stand.DONE_LATE)

    @property
    def can_pause(self) -> bool:
        """It runs, and it is the shop's to let it stand still."""
        return self.stand in (Stand.RUNS, Stand.SOON) and self.clock.kind != ClockKind.PLATFORM


def stand_of(clock: Clock, now: datetime) -> str:
    """How a clock stands at a moment. One that is due and that the job has not looked at yet is late as well."""
    late = clock.expired_at is not None or clock.due_at <= (clock.stopped_at or clock.paused_at or now)
    if clock.stopped_at is not None:
        return Stand.DONE_LATE if late else Stand.DONE
    if clock.paused_at is not None:
        return Stand.PAUSED
    if late:
        return Stand.LATE
    return Stand.SOON if clock.warned_at is not None else Stand.RUNS


def read_strip(number: int, now: datetime) -> list[ShownClock]:
    """All clocks of a ticket, what is awaited first, soonest first, then what was, newest first: one statement."""
    clocks = Clock.objects.filter(ticket=number).select_related("paused_by")
    shown = [ShownClock(clock, stand_of(clock, now)) for clock in clocks]
    awaited = [item for item in shown if item.clock.stopped_at is None]
    stopped = [item for item in shown if item.clock.stopped_at is not None]
    awaited.sort(key=lambda item: (not item.ours, item.clock.due_at))
    stopped.sort(key=lambda item: (item.clock.stopped_at, item.clock.pk), reverse=True)
    return awaited + stopped


@dataclass(frozen=True)
class TermsRow:
    """The terms of one kind of clock: as they are, and all that were before, newest first."""

    kind: ClockKind
    terms: Terms
    policy: ClockPolicy | None
    earlier: Sequence[ClockPolicy]

    @property
    def at_zero_choices(self) -> list[tuple[str, str | Promise]]:
        """What may happen at zero."""
        return [(choice.value, choice.label) for choice in choices_at_zero(self.kind)]

    @property
    def has_span(self) -> bool:
        """Taobao says when its own is due."""
        return self.kind != ClockKind.PLATFORM

    @property
    def whom(self) -> str | Promise:
        """Whom it waits for."""
        return self.terms.awaits.label

    @property
    def begins(self) -> str | Promise:
        """What it runs from (A6)."""
        return BEGINS[self.kind]


# A6, A13: when each begins.
BEGINS: dict[ClockKind, str | Promise] = {
    ClockKind.ANSWER: _("from opening"),
    ClockKind.DECIDE: _("from opening"),
    ClockKind.SEND_BACK: _("from being given the address"),
    ClockKind.INSPECT: _("from the carrier's signing"),
    ClockKind.REPAIR: _("from receipt"),
    ClockKind.AGREE_VISIT: _("from acceptance"),
    ClockKind.VISIT: _("from acceptance"),
    ClockKind.VISIT_REPAIR: _("from the first visit"),
    ClockKind.CONFIRM: _("from the signing of the exchange"),
    ClockKind.FOLLOW_UP: _("from settling"),
    ClockKind.PLATFORM: _("Taobao's list says when"),
}


def read_terms(now: datetime) -> list[TermsRow]:
    """The terms of every kind of clock, in the order of A6, with their versions: one statement."""
    versions: dict[str, list[ClockPolicy]] = {kind: [] for kind in ClockKind}
    rows = ClockPolicy.objects.filter(valid_from__lte=now).select_related("changed_by")
    for policy in rows.order_by("-valid_from", "-pk"):
        versions[policy.kind].append(policy)
    return [
        TermsRow(kind, STARTING_TERMS[kind], None, [])
        if not found
        else TermsRow(kind, found[0].terms(STARTING_TERMS[kind].awaits), found[0], found[1:])
        for kind, found in ((ClockKind(kind), found) for kind, found in versions.items())
    ]
