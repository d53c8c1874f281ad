"""The clock jumps; two beats start each job; two of every process do the same things."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from shopdesk.desk.chaos import stepped
from shopdesk.desk.chaos.callers import Access
from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.receiver import receiving
from shopdesk.desk.chaos.scene import Outcome, Scene
from shopdesk.desk.chaos.twice import count
from shopdesk.desk.chaos.waiting import afresh, wait_until

HOURS_AHEAD = 2
STAYS = 7.0
# Orders that were closed and are not closed any more.
_MOVED_BACK = """
SELECT count(*) FROM base_auditentry entry JOIN orders_order ON tid = entry.subject_id
WHERE entry.action = 'order.closed' AND status NOT IN ('TRADE_CLOSED', 'TRADE_CLOSED_BY_TAOBAO')
"""


def clock_jump(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """The clock of web, worker and beat goes two hours ahead in the midst of everything, and back again."""
    from shopdesk.api.services.deliveries import send_test
    from shopdesk.base.models import Staff

    clock = desk.folder / "clock"
    clock.write_text("0")
    desk.ensure(stepped={stepped.VARIABLE: str(clock)})
    scene = Scene(desk, access, "clock", number)
    moved_back = count(_MOVED_BACK)
    with receiving("order.paid") as (receiver, webhook), scene.under_load():
        clock.write_text(str(HOURS_AHEAD * 3600))
        time.sleep(STAYS)
        clock.write_text("0")
        scene.lift()
        # Beat alone starts deliveries: one that comes through says that beat goes on.
        told = send_test(webhook, actor=Staff.objects.get(username="chaos-manager"))
        if not wait_until(lambda: bool(receiver.got[str(told.event_id)]), 30):
            scene.outcome.wrong.append("beat starts nothing any more")
        scene.await_recovery()
    afresh()
    scene.outcome.doubled += count(_MOVED_BACK) - moved_back
    return scene.outcome


def two_beats(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """Two beats start every job of a whole minute, each its own."""
    desk.ensure(beats=2)
    scene = Scene(desk, access, "beats", number)
    with scene.under_load(jobs=False, allowed=()):
        # Past the next whole minute, at which every beat starts the jobs of each minute.
        time.sleep(60 - time.time() % 60 + 5)
        scene.lift()
        scene.await_recovery(jobs=False)
    names = scene.runs_by_name()
    doubled = sorted(name for name, times in names.items() if times > 1)
    scene.outcome.under_way += f"; started twice: {', '.join(doubled)}"
    if "close_unpaid_orders" not in doubled:
        scene.outcome.wrong.append(f"the two beats did not both start a job: {names}")
    return scene.outcome


def two_of_each(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """Two web processes, two workers and two beats; every note is sent to both web processes at once."""
    desk.ensure(workers=2, beats=2)
    scene = Scene(desk, access, "doubled", number)
    with ThreadPoolExecutor(4) as pool, scene.under_load(allowed=()) as crowd:

        def to_both(_port: int, number: int) -> None:
            write = crowd.note(10**6 + number, crowd.tids[number % len(crowd.tids)])
            with crowd.ledger.lock:
                crowd.ledger.writes.append(write)
            for sent in [pool.submit(crowd.send, port, write) for port in crowd.ports]:
                sent.result()

        crowd.also.append(to_both)
        time.sleep(8)
        scene.lift()
        scene.await_recovery()
    return scene.outcome
