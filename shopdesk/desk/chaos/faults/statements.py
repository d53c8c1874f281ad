"""What happens between the desk and its tables: a COMMIT that is cut off, a migration while pages are served."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from shopdesk.desk.chaos.callers import Access
from shopdesk.desk.chaos.cutting_proxy import CuttingProxy
from shopdesk.desk.chaos.own_desk import OwnDesk
from shopdesk.desk.chaos.scene import Outcome, Scene

SECONDS = 8.0
# As docs/operations.md has it: what only adds, each statement by itself, waiting for no lock longer than this.
PATIENCE = "SET lock_timeout = '2s'"
MIGRATION = (
    "ALTER TABLE orders_order ADD COLUMN chaos text NULL",
    "ALTER TABLE orders_note ADD COLUMN chaos integer NOT NULL DEFAULT 0",
    "CREATE INDEX CONCURRENTLY chaos_by_time ON orders_order (chaos, created)",
    "CREATE TABLE chaos (id bigint PRIMARY KEY, tid varchar(32) REFERENCES orders_order (tid))",
)
BACK_AGAIN = (
    "DROP TABLE chaos",
    "DROP INDEX CONCURRENTLY chaos_by_time",
    "ALTER TABLE orders_note DROP COLUMN chaos",
    "ALTER TABLE orders_order DROP COLUMN chaos",
)
TRIES = 5


def commit_cut(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """Every third COMMIT of a web process is cut, in turns before and after the server did it."""
    desk.ensure()
    scene = Scene(desk, access, "commits", number)
    proxy = CuttingProxy(desk.folder / f"cut-{number}", desk.database.socket)
    port = desk.add_web({"DATABASE_URL": proxy.url})
    try:
        with scene.under_load(ports=[port]):
            with proxy.armed():
                time.sleep(SECONDS)
            scene.lift()
            scene.await_recovery()
    finally:
        desk.remove_web(port)
        proxy.close()
    cuts = " and ".join(f"{times} cut {when}" for when, times in sorted(proxy.cuts.items()))
    scene.outcome.under_way += f"; commits: {cuts}"
    if len(proxy.cuts) < 2:
        scene.outcome.wrong.append("too few commits were cut to say anything")
    return scene.outcome


def migration(desk: OwnDesk, access: Access, number: int) -> Outcome:
    """Columns, an index and a table are added and taken away while requests run: none may fail."""
    desk.ensure()
    scene = Scene(desk, access, "migration", number)
    tries = 0
    with scene.under_load(allowed=()), _connected(desk) as connection:
        for statement in (*MIGRATION, *BACK_AGAIN):
            tries += _until_let_in(connection, statement)
            time.sleep(0.3)
        scene.lift()
        scene.await_recovery()
    scene.outcome.under_way += f"; {len(MIGRATION) * 2} statements in {tries} tries"
    return scene.outcome


@contextmanager
def _connected(desk: OwnDesk) -> Iterator[psycopg.Connection]:
    with psycopg.connect(desk.database.url, autocommit=True) as connection:
        connection.execute(PATIENCE)
        yield connection


def _until_let_in(connection: psycopg.Connection, statement: str) -> int:
    """Run a statement, again where its lock was not to be had; answers how many tries it took."""
    for tried in range(1, TRIES + 1):
        try:
            connection.execute(statement.encode())
        except psycopg.errors.LockNotAvailable:
            if tried == TRIES:
                raise
        else:
            break
    return tried
