"""A simulated month of tickets: the clock job by two workers at once, killed at random, against an oracle of its own.

What must come out is worked out here from A6's numbers and never read from the code that is tried.
"""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, connections, transaction

from afterservice.models import Ticket
from afterservice.services import clocks
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.services.locks import lock_ticket
from orders.models import TrackingNews
from shopdesk.base.models import Staff
from shopdesk.desk.benchmarks.ticket_rows import ALLOWED, NOT_ALLOWED, Wanted, make_tickets

HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta(minutes=5)
MONTH = 30 * DAY
# A6 and A13, word for word: hours that each runs, hours that it warns ahead, what happens at zero.
RULES: dict[str, tuple[int, tuple[int, ...], str]] = {
    "answer": (24, (4,), "supervisor"),
    "decide": (48, (8,), "accept"),
    "send_back": (240, (48,), "close"),
    "inspect": (168, (24,), "supervisor"),
    "repair": (720, (72,), "supervisor"),
    "agree_visit": (72, (24,), "supervisor"),
    "visit": (360, (48,), "supervisor"),
    "visit_repair": (720, (72,), "supervisor"),
    "confirm": (240, (24,), "settle"),
    "follow_up": (168, (), "close"),
    "platform": (0, (24, 4), "supervisor"),
}
# How likely a worker dies in a run, and at which statement at the latest.
DEATHS, LONGEST_LIFE = 0.25, 60
BUSY = 12 * TICK


class Killed(BaseException):
    """The worker died: nothing may catch it."""


@dataclass
class Life:
    """What happens to one ticket, and when: staff meet the clock, or let it stand still; or nobody does anything."""

    clock: str
    since: datetime
    due_at: datetime
    warnings: tuple[datetime, ...]
    effect: str
    met_at: datetime | None = None
    pause: tuple[datetime, datetime] | None = None
    signed_at: datetime | None = None
    product: str = ALLOWED
    number: int = 0

    def warned(self) -> list[datetime]:
        """The moments at which it must warn."""
        return [self._moved(at) for at in self.warnings if self._lives(at)]

    def expires(self) -> datetime | None:
        """The moment at which it must run out."""
        return self._moved(self.due_at) if self._lives(self.due_at) else None

    def _moved(self, at: datetime) -> datetime:
        return at + (self.pause[1] - self.pause[0]) if self.pause and at > self.pause[0] else at

    def _lives(self, at: datetime) -> bool:
        return self.met_at is None or self._moved(at) < self.met_at


def plan_lives(count: int, start: datetime, seed: int) -> list[Life]:
    """Lives of so many tickets that are opened in the first twenty days, most every six hours,
    as lists come in; those with a clock of thirty days in the twenty before."""
    dice = random.Random(seed)  # noqa: S311 (the same month each time)
    return [_life(list(RULES)[place % len(RULES)], start, dice) for place in range(count)]


def _life(kind: str, start: datetime, dice: random.Random) -> Life:
    hours, ahead, effect = RULES[kind]
    since = start + dice.randrange(20 * 4) * 6 * HOUR
    if dice.random() < 0.1:
        since += timedelta(seconds=dice.randrange(3600))
    if hours * HOUR >= MONTH:
        since -= 20 * DAY  # what takes a month was begun before it
    due_at = since + (hours or dice.randrange(30, 200)) * HOUR
    life = Life(kind, since, due_at, tuple(due_at - hour * HOUR for hour in ahead), effect)
    if kind == "decide":
        life.product = dice.choice((ALLOWED, NOT_ALLOWED))
    fate = dice.random()
    if fate < 0.3:
        life.met_at = _clear_of(life, since + dice.random() * (due_at - since) * 1.2)
    elif fate < 0.45 and kind != "platform":
        paused_at = _clear_of(life, since + dice.random() * (due_at - since) * 0.9)
        life.pause = (paused_at, paused_at + dice.randrange(1, 60) * HOUR)
    elif fate < 0.6 and kind == "inspect":
        # The warehouse scanned it before the carrier told of it: the time runs from the signing.
        earlier = dice.randrange(1, 20) * HOUR
        life.signed_at, life.due_at = since - earlier, due_at - earlier
        life.warnings = tuple(at - earlier for at in life.warnings)
    return life


def _clear_of(life: Life, deed: datetime) -> datetime:
    """Later than what the job may still be busy with: whether a killed one did it before would be open."""
    moments = (*life.warnings, life.due_at)
    return deed + BUSY if any(at <= deed < at + BUSY for at in moments) else deed


def simulate(count: int, start: datetime, *, seed: int, every_tick: bool, spare_ticks: int = 0) -> Month:
    """Live through the month. Without ``every_tick`` only ticks at which anything can happen, and random others, run.

    Left-out ticks are between moments of the oracle: whatever an early or late run would do shows at the next one.
    """
    dice = random.Random(seed + 1)  # noqa: S311
    lives = plan_lives(count, start, seed)
    made = make_tickets(
        [
            Wanted(life.clock, life.since, life.due_at if life.clock == "platform" else None, life.product)
            for life in lives
        ]
    )
    for life, ticket in zip(lives, made, strict=True):
        life.number = ticket.pk
    month = Month(lives, start, dice)
    if every_tick:
        month.plan(start + TICK * step for step in range(int(MONTH / TICK) + 1))
    else:
        month.plan_moments(spare_ticks)
    with ThreadPoolExecutor(2) as workers:
        month.live(workers)
        for end in [workers.submit(_go_home, month.gate) for _one in range(2)]:
            end.result()
    return month


class Month:
    """Staff, the clock and two mortal workers. ``clean`` says of each tick that ran whether both lived."""

    def __init__(self, lives: Sequence[Life], start: datetime, dice: random.Random) -> None:
        self.lives, self.start, self.dice = lives, start, dice
        self.end = start + MONTH
        self.ticks = self.killed = 0
        self.gate = threading.Barrier(2)
        self.clean: dict[datetime, bool] = {}
        self._ticks: list[datetime] = []
        self._deeds = sorted(self._staff(), key=lambda deed: deed[0])
        self._agent = Staff.objects.create_user(username=f"month{dice.random()}", role="agent")

    def plan(self, ticks: Iterable[datetime]) -> None:
        """Run at these ticks."""
        for tick in ticks:
            heapq.heappush(self._ticks, tick)

    def plan_moments(self, spare: int) -> None:
        """Run where something must happen, and at ``spare`` ticks before such moments and at random."""
        moments = {at for life in self.lives for at in (*life.warned(), life.expires()) if at}
        ticks = {self.tick_of(at) for at in moments}
        # Just before the moments, too, of some: nothing may happen early.
        ticks |= {tick - TICK for tick in self.dice.sample(sorted(ticks), min(spare, len(ticks)))}
        ticks |= {self.start + TICK * self.dice.randrange(int(MONTH / TICK)) for _one in range(spare)}
        self.plan(ticks)

    def live(self, workers: ThreadPoolExecutor) -> None:
        """Tick by tick: what staff did meanwhile, then the job."""
        self._workers, previous = workers, None
        while self._ticks:
            tick = heapq.heappop(self._ticks)
            # The month is over with a tick that both lived through: until then what was due at its end is open.
            if tick == previous or (tick > self.end and self.clean.get(previous or tick, True)):
                continue
            previous = tick
            while self._deeds and self._deeds[0][0] <= tick:
                _at, deed = self._deeds.pop(0)
                deed()
            self.clean[tick] = self._tick(tick)
            if not self.clean[tick]:
                self.plan([tick + TICK])
            if any(self._confirms(tick)):
                self.plan([tick + 7 * DAY])  # the follow-up of what was settled now

    def _confirms(self, tick: datetime) -> Iterable[bool]:
        since = tick - 6 * TICK
        return (
            since < (life.expires() or self.start) <= tick for life in self.lives if life.effect == "settle"
        )

    def _tick(self, now: datetime) -> bool:
        """Two workers at once; whether both lived."""
        deaths = [
            self.dice.randrange(1, LONGEST_LIFE) if self.dice.random() < DEATHS else 0 for _one in range(2)
        ]
        ends = [
            end.result() for end in [self._workers.submit(_work, self.gate, now, death) for death in deaths]
        ]
        dead = [end for end in ends if end is not None]
        _wait_for_burial(dead)
        self.ticks += 1
        self.killed += len(dead)
        return not dead

    def tick_of(self, at: datetime) -> datetime:
        """The first tick at or after a moment."""
        return self.start + TICK * -(-(at - self.start) // TICK)

    def _staff(self) -> Iterable[tuple[datetime, Callable[[], None]]]:
        for life in self.lives:
            if life.met_at is not None:
                yield life.met_at, lambda life=life: self._meet(life)  # type: ignore[misc]
            if life.pause is not None:
                paused_at, resumed_at = life.pause
                yield paused_at, lambda life=life: self._pause(life)  # type: ignore[misc]
                yield resumed_at, lambda life=life: self._resume(life)  # type: ignore[misc]
            if life.signed_at is not None:
                yield life.since, lambda life=life: self._sign(life)  # type: ignore[misc]

    @transaction.atomic
    def _meet(self, life: Life) -> None:
        assert life.met_at is not None  # noqa: S101
        clocks.stop(lock_ticket(life.number), life.clock, now=life.met_at)

    def _pause(self, life: Life) -> None:
        assert life.pause is not None  # noqa: S101
        clocks.pause(life.number, life.clock, reason="等客户补图", actor=self._agent, now=life.pause[0])

    def _resume(self, life: Life) -> None:
        assert life.pause is not None  # noqa: S101
        clocks.resume(life.number, life.clock, actor=self._agent, now=life.pause[1])

    def _sign(self, life: Life) -> None:
        number = f"ZR{life.number:010d}"
        Ticket.objects.filter(pk=life.number).update(return_invoice_no=number)
        TrackingNews.objects.create(
            carrier="zhongtong",
            invoice_no=number,
            state=3,
            at=life.signed_at or life.since,
            source="hand",
            heard_at=life.since,
        )


def _go_home(gate: threading.Barrier) -> None:
    """Each thread closes the connection that it worked with."""
    gate.wait()
    connections.close_all()


def _work(gate: threading.Barrier, now: datetime, dies_at: int) -> int | None:
    """One run on a connection of its own, which is cut at statement ``dies_at``. Answers whose backend was left."""
    said = 0
    connection.ensure_connection()
    backend: int = connection.connection.info.backend_pid

    def statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal said
        said += 1
        if said == dies_at:
            connection.connection.close()
            raise Killed
        return execute(sql, params, many, context)

    gate.wait()  # both at once, each in its own thread
    try:
        with connection.execute_wrapper(statement):
            result = flag_return_deadlines(now, False)
    except Killed:
        connection.close()
        return backend
    if result.failed:
        raise AssertionError(f"{result.failed} rows failed at {now}")
    return None


def _wait_for_burial(backends: Sequence[int]) -> None:
    """Until the server has rolled back what the dead left: five minutes are enough for that, here none pass."""
    until = time.monotonic() + 10
    while backends and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", [list(backends)])
            if cursor.fetchone() == (0,):
                return
