"""Whether a simulated month came out as A6 says: each warning and each expiry once, at its time, with its effect."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from afterservice.models import Clock, Ticket, TicketMessage
from orders.models import Note
from shopdesk.base.models import AuditEntry
from shopdesk.desk.benchmarks.clock_month import DAY, Life, Month
from shopdesk.desk.benchmarks.ticket_rows import NOT_ALLOWED


@dataclass
class Report:
    """What must have happened, and did; ``wrong`` says what did not, or not once, or not then."""

    warnings: int = 0
    expiries: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def judge(month: Month) -> Report:
    """Compare what is on record with what must have happened."""
    return _Judge(month).judge()


class _Judge:
    """Reads what is on record, by a few statements, and says what is wrong."""

    def __init__(self, month: Month) -> None:
        self.month, self.report = month, Report()
        self.clean = sorted(tick for tick, clean in month.clean.items() if clean)
        self.tickets = Ticket.objects.in_bulk([life.number for life in month.lives])
        self.happened: dict[tuple[int, str, str], list[datetime]] = defaultdict(list)
        entries = AuditEntry.objects.filter(
            subject_kind="ticket", action__in=("clock.warned", "clock.expired")
        ).order_by("at", "pk")
        for subject, action, after, at in entries.values_list("subject_id", "action", "after", "at"):
            self.happened[int(subject), after["clock"], action].append(at)
        self.notes = Counter[int]()
        for text in Note.objects.filter(author__isnull=True).values_list("text", flat=True):
            for piece in text.split("；"):
                self.notes[int(piece.removeprefix("售后T").partition("：")[0])] += 1
        said = TicketMessage.objects.filter(author__isnull=True, side=TicketMessage.Side.STAFF)
        self.logged = Counter(said.values_list("ticket_id", flat=True))
        self.told_orders = AuditEntry.objects.filter(
            subject_kind="order", action__startswith="after_sale."
        ).count()

    def judge(self) -> Report:
        """Life by life, and the sums."""
        for life in self.month.lives:
            self._warnings(life)
            self._expiry(life)
        told = self.report.warnings + self.report.expiries
        if told != self.told_orders:
            self.report.wrong.append(f"{told} things happened, and orders were told of {self.told_orders}")
        running = Clock.objects.filter(stopped_at=None, expired_at=None, paused_at=None)
        late = running.filter(due_at__lte=self.clean[-1]).count()
        if late:
            self.report.wrong.append(f"{late} clocks ran out and nothing happened")
        return self.report

    def _warnings(self, life: Life) -> None:
        wanted = [at for at in life.warned() if self._seen(at)]
        self._match(life, life.clock, "clock.warned", wanted)
        self.report.warnings += len(wanted)

    def _expiry(self, life: Life) -> None:
        at = life.expires()
        moment = self._expired(life, life.clock, at)
        effect = life.effect
        if effect == "accept" and life.product == NOT_ALLOWED:
            effect = "supervisor"
        if moment:
            self.report.effects[f"{life.clock}: {effect}"] += 1
        ticket = self.tickets[life.number]
        closed = moment if effect == "close" else None
        logged = int(closed is not None or (moment is not None and life.clock in ("repair", "visit_repair")))
        if effect == "settle" and moment is not None:
            # What the clock settled is closed seven days later (A13).
            closed = self._expired(life, "follow_up", moment + 7 * DAY)
            logged = int(closed is not None)
        flags = int(moment is not None and effect == "supervisor")
        if life.clock == "platform":
            flags += len(self.happened[life.number, "platform", "clock.warned"])
        found = {
            "to the supervisor": (ticket.escalated_at, moment if effect == "supervisor" else None),
            "accepted": (
                ticket.decided_at if effect == "accept" else None,
                moment if effect == "accept" else None,
            ),
            "decision": (
                effect == "accept" and ticket.decision == "accepted",
                effect == "accept" and bool(moment),
            ),
            "settled": (
                ticket.settled_at if effect == "settle" else None,
                moment if effect == "settle" else None,
            ),
            "closed": (ticket.closed_at, closed),
            "notes on the order": (self.notes[life.number], flags),
            "lines in the log": (self.logged[life.number], logged),
        }
        for what, (got, wanted) in found.items():
            if got != wanted:
                self._wrong(life, f"{what}: {got}, not {wanted}")

    def _expired(self, life: Life, kind: str, at: datetime | None) -> datetime | None:
        """When a clock ran out, once and in time; ``None`` where it must not have."""
        wanted = [at] if at is not None and self._seen(at) else []
        self._match(life, kind, "clock.expired", wanted)
        self.report.expiries += len(wanted)
        done = self.happened[life.number, kind, "clock.expired"]
        return done[0] if wanted and done else None

    def _match(self, life: Life, kind: str, action: str, wanted: Sequence[datetime]) -> None:
        got = self.happened[life.number, kind, action]
        if len(got) != len(wanted):
            self._wrong(life, f"{kind} {action} {len(got)} times, not {len(wanted)}")
            return
        for at, moment in zip(got, wanted, strict=True):
            tick = self.month.tick_of(moment)
            # Only where a worker was killed may it be later than the first tick after its moment.
            first_clean = self.clean[bisect_left(self.clean, tick)]
            if at < moment or tick not in self.month.clean or at > first_clean:
                self._wrong(life, f"{kind} {action} at {at}, it was due {moment}")

    def _seen(self, at: datetime) -> bool:
        """Whether a run that lived came at or after that moment."""
        return at <= self.clean[-1]

    def _wrong(self, life: Life, what: str) -> None:
        self.report.wrong.append(f"T{life.number} {what} ({life})")
