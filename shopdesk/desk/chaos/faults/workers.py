"""A worker is killed in the midst of every job, and at its end; and in all that is handed to it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen

import psycopg

from shopdesk.desk.chaos import processes
from shopdesk.desk.chaos.callers import Access
from shopdesk.desk.chaos.handed_over import all_kinds, is_taken_up
from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.receiver import Receiver, receiving
from shopdesk.desk.chaos.scene import Outcome, Scene
from shopdesk.desk.chaos.waiting import afresh, wait_until

MIDST, END = 4711, 4712
# Whoever writes to the audit log, or ends a run of a job, waits at a gate while it is shut.
_GATES = f"""
CREATE OR REPLACE FUNCTION chaos_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(TG_ARGV[0]::bigint);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER chaos_midst BEFORE INSERT ON base_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION chaos_gate('{MIDST}');
CREATE OR REPLACE TRIGGER chaos_end BEFORE UPDATE ON base_jobrun
    FOR EACH STATEMENT EXECUTE FUNCTION chaos_gate('{END}');
"""
_WAITING = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid IN (4711, 4712) AND NOT granted"
REACHED_WITHIN, DONE_WITHIN, LEASE = 20.0, 40.0, 75.0
# In the third run these lose their whole worker, not its child alone: nobody delivers the task once more.
WHOLE = ("close_unpaid_orders", "flag_return_deadlines", "print_batch")


def worker_killed(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """Run 1 kills in the midst, run 2 at the end, run 3 the whole worker, which is started anew as systemd does."""
    from shopdesk.base import jobs

    desk.ensure(beats=0)
    scene = Scene(desk, access, "workers", number)
    scene.make_overdue()
    gates = (END,) if number % 3 == 2 else (MIDST, END)
    killed = 0
    with receiving("order.paid") as (receiver, webhook):
        event = _kill_in_delivery(scene, receiver, webhook)
        killed += 1
        for job in jobs.registered():
            killed += _kill_in_job(scene, job.name, gates, whole=number % 3 == 0 and job.name in WHOLE)
        for work in all_kinds(desk, scene.mark, number):
            if not _kill_in(scene, work.start, (MIDST,), whole=number % 3 == 0):
                scene.outcome.wrong.append(f"{work.name} never came to the gate")
                continue
            killed += 1
            # Of a child, the task is delivered once more; of a whole worker, it is taken up.
            if not (is_taken_up(work) if number % 3 == 0 else wait_until(work.is_done, DONE_WITHIN)):
                scene.outcome.wrong.append(f"{work.name} was not done after its worker was killed")
            lost, doubled = work.judge()
            scene.outcome.lost += lost
            scene.outcome.doubled += doubled
        # The lease of the delivery runs out a minute after the kill.
        scene.lift()
        if not wait_until(lambda: _delivered(receiver, event), LEASE):
            scene.outcome.wrong.append("the webhook was not delivered after its worker was killed")
    scene.finish_jobs()
    scene.judge_jobs()
    scene.outcome.recovered = time.monotonic() - scene.lifted
    kinds = f"{len(jobs.registered())} jobs and 4 kinds of work"
    scene.outcome.under_way = f"{killed} killed in {kinds}, {scene.job_runs()} runs"
    return scene.outcome


def _kill_in_job(scene: Scene, name: str, gates: tuple[int, ...], *, whole: bool) -> int:
    """Kill the worker in a job; a later run must end. Answers how many were killed."""
    from shopdesk.base.models import JobRun
    from shopdesk.base.tasks import run_job

    last = JobRun.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if not _kill_in(scene, lambda: run_job.delay(name), gates, whole=whole):
        scene.outcome.wrong.append(f"{name} never came to the gate")
        return 0
    if whole:
        run_job.delay(name)  # as the clock will
    runs = JobRun.objects.filter(name=name, pk__gt=last)
    if not wait_until(lambda: runs.filter(ended_at__isnull=False, error="").exists(), DONE_WITHIN):
        scene.outcome.wrong.append(f"{name} did not run again after it was killed")
    elif not runs.filter(ended_at__isnull=True).exists():
        scene.outcome.wrong.append(f"{name}: the run that was killed says that it ended")
    return 1


def _kill_in(scene: Scene, start: Callable[[], object], gates: tuple[int, ...], *, whole: bool) -> bool:
    """Start something, kill the worker at the gate, and let the rest through."""
    with _shut(scene.desk, gates) as waiting:
        start()
        if not wait_until(lambda: bool(waiting()), REACHED_WITHIN):
            return False
        _kill(scene.desk, whole=whole)
    return True


def _kill_in_delivery(scene: Scene, receiver: Receiver, webhook: int) -> str:
    """Kill the worker while a receiver is asked. Answers the number of the event."""
    from shopdesk.api.services.deliveries import send_test
    from shopdesk.api.tasks import deliver_webhooks
    from shopdesk.base.models import Staff

    receiver.goes_on.clear()
    told = send_test(webhook, actor=Staff.objects.get(username="chaos-manager"))
    deliver_webhooks.delay()
    if not receiver.called.wait(REACHED_WITHIN):
        scene.outcome.wrong.append("the webhook was never sent")
    _kill(scene.desk, whole=False)
    receiver.goes_on.set()
    return str(told.event_id)


def _delivered(receiver: Receiver, event: str) -> bool:
    from shopdesk.api.models import Delivery
    from shopdesk.api.tasks import deliver_webhooks

    deliver_webhooks.delay()
    time.sleep(1)
    return Delivery.objects.filter(event__pk=event, state=Delivery.State.DELIVERED).exists()


def _kill(desk: OwnDesk, *, whole: bool) -> None:
    worker = desk.workers[0]
    victims = processes.children(worker.pid)
    if whole:
        victims.insert(0, worker.pid)
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    if whole:
        worker.wait()
        desk.workers.remove(worker)
        desk.add_worker()
    else:
        _wait_for_heir(worker, victims)


def _wait_for_heir(worker: Popen[bytes], victims: list[int]) -> None:
    wait_until(lambda: not set(processes.children(worker.pid)) & set(victims), REACHED_WITHIN)


@contextmanager
def _shut(desk: OwnDesk, gates: tuple[int, ...]) -> Iterator[Callable[[], list[int]]]:
    """Shut the gates; answers who waits at one. Whoever still does when they open has lost its client."""
    afresh()
    with psycopg.connect(desk.database.url, autocommit=True) as keeper:
        keeper.execute(_GATES.encode())
        for gate in gates:
            keeper.execute("SELECT pg_advisory_lock(%s)", [gate])

        def waiting() -> list[int]:
            return [pid for (pid,) in keeper.execute(_WAITING).fetchall()]

        yield waiting
        for pid in waiting():
            keeper.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
