"""One run of a fault: the crowd at work, the fault, the recovery, and what is on record afterwards."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import redis

from shopdesk.desk.chaos.callers import Access, Answer, Crowd, ask
from shopdesk.desk.chaos.handed_over import Work, is_taken_up
from shopdesk.desk.chaos.ledger import Write, find, told_of_nothing
from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.twice import DUE, TWICE, count
from shopdesk.desk.chaos.waiting import afresh, wait_until

# Seconds: of load before and after a fault; within which the desk must have recovered by itself.
BEFORE, AFTER, RECOVERED_WITHIN = 2.0, 1.0, 60.0
QUICKLY = 3.0
OVERDUE_ORDERS = 60
MOST_QUEUED = 4
KINDS = ("note", "order", "payment", "evidence")

# Copies of an unpaid order, placed 74 hours ago: the job must close each once.
_MAKE_OVERDUE = """
INSERT INTO orders_order
SELECT copied.*
FROM (
    SELECT * FROM orders_order
    WHERE status = 'WAIT_BUYER_PAY' AND paid_fee = 0 AND NOT payment_pending AND NOT tied
    ORDER BY created DESC LIMIT 1
) pattern, generate_series(1, %(orders)s) number,
LATERAL jsonb_populate_record(NULL::orders_order, to_jsonb(pattern) || jsonb_build_object(
    'tid', %(prefix)s || lpad(number::text, 6, '0'), 'created', now() - interval '74 hours', 'version', 1
)) copied
"""


@dataclass
class Outcome:
    """What one run of a fault came to."""

    fault: str
    number: int
    under_way: str = ""
    lost: int = 0
    doubled: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    recovered: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost or doubled, and the desk recovered by itself and said what was wrong."""
        return not (self.lost or self.doubled or self.wrong) and self.recovered is not None


class Scene:
    """One run. ``number`` counts the runs of this fault from 1."""

    def __init__(self, desk: OwnDesk, access: Access, fault: str, number: int) -> None:
        self.desk, self.access, self.number = desk, access, number
        self.outcome = Outcome(fault, number)
        self.mark = f"{os.getpid() % 10000}-{fault[:3]}{number}-"
        self.began: datetime = _now()
        self.lifted = time.monotonic()
        self.crowd: Crowd | None = None
        self.taken_up = ""
        self._stop_jobs = threading.Event()

    def make_overdue(self) -> None:
        """Give the job that closes unpaid orders something to do."""
        from django.db import connection

        with connection.cursor() as cursor:
            prefix = f"79{abs(hash(self.mark)) % 10**8:08d}"
            cursor.execute(_MAKE_OVERDUE, {"prefix": prefix, "orders": OVERDUE_ORDERS})

    @contextmanager
    def under_load(
        self, *, ports: Sequence[int] = (), jobs: bool = True, allowed: Sequence[int] = (503,)
    ) -> Iterator[Crowd]:
        """The crowd calls and the jobs are queued while the block lasts; then every write is settled and judged."""
        from orders.models import Order

        self.make_overdue()
        tids = list(
            Order.objects.exclude(status="WAIT_BUYER_PAY").order_by("tid").values_list("tid", flat=True)[:40]
        )
        due = (_now() - timedelta(hours=1)).isoformat()
        crowd = Crowd(ports or list(self.desk.web), self.access, self.mark, tids, due)
        crowd.allowed = frozenset(allowed)
        self.crowd = crowd
        queueing = threading.Thread(target=self._queue_jobs)
        for port in crowd.ports:
            # The first page of a process takes longer than any other: templates are read, connections made.
            wait_until(partial(_serves, crowd, port), RECOVERED_WITHIN)
        with crowd:
            if jobs:
                queueing.start()
            time.sleep(BEFORE)
            try:
                yield crowd
                time.sleep(AFTER)
            finally:
                self._stop_jobs.set()
                if jobs:
                    queueing.join()
        self.settle()

    def lift(self) -> None:
        """The fault is over as of now."""
        self.lifted = time.monotonic()

    def await_recovery(self, *, jobs: bool = True) -> None:
        """Until every web process serves pages and writes and, with ``jobs``, a worker runs what is queued."""
        from shopdesk.base.models import JobRun

        crowd = self.crowd
        assert crowd is not None  # noqa: S101 (nothing is awaited without load)
        deadline = self.lifted + RECOVERED_WITHIN
        since = _now()
        waiting: list[tuple[str, Callable[[], bool]]] = [
            (f"pages of {port}", partial(_serves, crowd, port)) for port in crowd.ports
        ]
        if jobs:
            _queue("lapse_approvals")
            ended = JobRun.objects.filter(ended_at__gte=since, error="")
            waiting.append(("a worker", lambda: _asks_anew(ended.exists)))
        while waiting and time.monotonic() < deadline:
            waiting = [(what, is_there) for what, is_there in waiting if not is_there()]
            time.sleep(0.1)
        if waiting:
            self.outcome.wrong.append(f"not back: {', '.join(what for what, _is_there in waiting)}")
        else:
            self.outcome.recovered = time.monotonic() - self.lifted
        if not self.desk.all_live():
            self.outcome.wrong.append("a process ended by itself")

    def expect(self, what: str, answer: Answer, status: int, words: str = "") -> None:
        """Hold an answer to what it must be while the fault lasts."""
        if answer.status != status or words not in answer.text:
            self.outcome.wrong.append(
                f"{what} answered {answer.status} {answer.text[:80]!r}, not {status} {words}"
            )

    def settle(self) -> None:
        """Judge what failed as it stands, send it again by the same key, and judge everything."""
        assert self.crowd is not None  # noqa: S101
        writes = self.crowd.ledger.writes
        afresh()
        found = find(KINDS, self.mark)
        half = [write for write in writes if found.judge(write) == "half"]
        for write in writes:
            if not write.told and not write.refused:
                self._send_again(self.crowd, write)
        self.finish_jobs()
        found = find(KINDS, self.mark)
        verdicts = Counter(found.judge(write) for write in writes)
        self.outcome.lost += verdicts["lost"] + verdicts["half"] + len(half) + told_of_nothing()
        self.outcome.doubled += verdicts["doubled"]
        self.judge_jobs()
        ledger = self.crowd.ledger
        refused = Counter(write.refused for write in writes if write.refused)
        self.outcome.wrong += [f"{times} × refused {what}" for what, times in refused.items()]
        self.outcome.wrong += [f"{times} × {what}" for what, times in ledger.bad.items()]
        self.outcome.errors += ledger.errors
        failed = sum(write.failed for write in writes)
        self.outcome.under_way = (
            f"{ledger.reads} reads, {len(writes)} writes ({failed} sent again), {self.job_runs()} job runs"
            f"{self.taken_up}"
        )

    def judge_jobs(self) -> None:
        """What the jobs left: nothing twice, nothing that was due left over."""
        self.outcome.lost += count(DUE)
        self.outcome.doubled += sum(count(statement) for statement in TWICE.values())

    def finish(self, works: Sequence[Work]) -> None:
        """Let what was handed over and got lost be taken up, and judge it."""
        afresh()
        lost = sum(not wait_until(work.is_done, QUICKLY) for work in works)
        for work in works:
            if not is_taken_up(work):
                self.outcome.wrong.append(f"{work.name} was not done by itself")
            missing, doubled = work.judge()
            self.outcome.lost += missing
            self.outcome.doubled += doubled
        self.taken_up = f"; {lost} of {len(works)} kinds of work handed over were lost and taken up"

    def runs_by_name(self) -> dict[str, int]:
        """How many runs of each job this run of the fault saw."""
        from django.db.models import Count

        from shopdesk.base.models import JobRun

        runs = JobRun.objects.filter(started_at__gte=self.began).order_by()
        return dict(runs.values_list("name").annotate(Count("pk")))

    def job_runs(self) -> int:
        """How many runs of jobs this run of the fault saw."""
        from shopdesk.base.models import JobRun

        return JobRun.objects.filter(started_at__gte=self.began).count()

    def finish_jobs(self) -> None:
        """Let the jobs run once more, as the clock would, until nothing is left to do."""
        afresh()
        _queue("close_unpaid_orders")
        wait_until(lambda: not count(DUE) and not _queued(), RECOVERED_WITHIN)

    def _send_again(self, crowd: Crowd, write: Write) -> None:
        deadline = time.monotonic() + RECOVERED_WITHIN
        while time.monotonic() < deadline and not write.told:
            write.refused = ""
            answer = crowd.send(crowd.ports[0], write)
            if write.refused and not write.refused.startswith("409"):
                return
            if not write.told:  # the first call is still running, or it cannot be done yet
                time.sleep(0.5)
        if not write.told:
            self.outcome.wrong.append(f"{write.kind} could not be repeated: {answer.status} {answer.message}")

    def _queue_jobs(self) -> None:
        from shopdesk.base import jobs

        while not self._stop_jobs.is_set():
            for job in jobs.registered():
                # No further ahead of the worker than it can be at the end of the run.
                while _queued() > MOST_QUEUED:
                    if self._stop_jobs.wait(0.1):
                        return
                if self._stop_jobs.wait(0.05):
                    return
                _queue(job.name)


def _serves(crowd: Crowd, port: int) -> bool:
    headers = {"Cookie": f"sessionid={crowd.access.session}"}
    page = ask(port, "GET", "/orders/", headers=headers)
    return page.status == 200 and ask(port, "GET", "/readyz").status == 200


def _asks_anew(ask_database: Callable[[], bool]) -> bool:
    from django.db import Error

    try:
        return ask_database()
    except Error:
        afresh()
        return False


def _queued() -> int:
    """How much is queued that no worker has taken; nothing while the broker is away."""
    try:
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
            return int(broker.llen("celery"))
    except redis.RedisError:
        return 0


def _queue(name: str) -> bool:
    """Queue a job; ``False`` where the broker does not answer."""
    from kombu.exceptions import OperationalError

    from shopdesk.base.tasks import run_job

    try:
        run_job.apply_async((name,), expires=60)
    except (OperationalError, OSError):
        return False
    return True


def _now() -> Any:
    from shopdesk.base import clock

    return clock.now()
