"""Database and broker go and come back under load."""

from __future__ import annotations

import signal
import time

from shopdesk.desk.chaos.callers import SAID_OF_DATABASE, Access, ask, upload_list
from shopdesk.desk.chaos.handed_over import all_kinds
from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.scene import Outcome, Scene

AWAY = 3.0
# Fast: what is under way is broken off. Immediate: as after a power cut. Killed: the same, by nobody's wish.
DATABASE_ENDS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)


def database_restarted(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """PostgreSQL ends in each of its ways and is started again; web, worker and beat are left alone."""
    desk.ensure()
    scene = Scene(desk, access, "database", number)
    with scene.under_load() as crowd:
        works = all_kinds(desk, scene.mark, number)
        for work in works:
            work.start()
        desk.crash_database(DATABASE_ENDS[(number - 1) % len(DATABASE_ENDS)])
        away = time.monotonic()
        for port in crowd.ports:
            for language, words in SAID_OF_DATABASE.items():
                scene.expect(f"a page ({language})", crowd.read_page(port, "/orders/", language), 503, words)
            scene.expect("/readyz", ask(port, "GET", "/readyz"), 503, "unreachable")
            scene.expect("/healthz", ask(port, "GET", "/healthz"), 200)
        time.sleep(max(0.0, AWAY - (time.monotonic() - away)))
        scene.lift()
        desk.database.start()
        scene.await_recovery()
        scene.finish(works)
    return scene.outcome


def broker_gone(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """Valkey is killed with all that it held, and comes back empty: what no worker had taken is queued no more."""
    desk.ensure()
    scene = Scene(desk, access, "broker", number)
    with scene.under_load(allowed=()) as crowd:
        works = all_kinds(desk, scene.mark, number)
        desk.pause_workers()
        for work in works:
            work.start()
        desk.crash_broker()
        away = time.monotonic()
        for port in crowd.ports:
            scene.expect("/readyz", ask(port, "GET", "/readyz"), 503, "broker")
            scene.expect("an import", upload_list(port, access), 200, "queue of the desk does not answer")
            told = upload_list(port, access, htmx=True)
            scene.expect("an import by htmx", told, 503, "queue of the desk does not answer")
        time.sleep(max(0.0, AWAY - (time.monotonic() - away)))
        scene.lift()
        desk.broker.start()
        desk.resume_workers()
        scene.await_recovery()
        scene.finish(works)
    return scene.outcome
