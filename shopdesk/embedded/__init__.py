"""The PostgreSQL and the Valkey of a machine that has neither: one of each for a project folder.

Whoever needs a server first starts it, everybody after finds it, and it outlives them all, so that the
second start of the project takes a moment. Both listen on a socket file only, whose folder is closed to
other accounts; nothing here is meant for production, where `DATABASE_URL` and `REDIS_URL` are set.

A process id in a file proves nothing after a crash, since another program may have got the same number.
So every server inherits an open lock file: as long as the lock is held, some process of it is alive.
"""

from __future__ import annotations

from pathlib import Path

from shopdesk.embedded.postgres import PostgresCluster
from shopdesk.embedded.server import EmbeddedServerError
from shopdesk.embedded.valkey import ValkeyServer, celery_broker_url

__all__ = [
    "EmbeddedServerError",
    "PostgresCluster",
    "ValkeyServer",
    "celery_broker_url",
    "database_url",
    "redis_url",
]

VAR = Path(__file__).resolve().parents[2] / "var"


def database_url() -> str:
    """The address of the project's embedded PostgreSQL, which is started unless it runs."""
    server = PostgresCluster(VAR / "postgres")
    server.start()
    return server.url


def redis_url() -> str:
    """The address of the project's embedded Valkey, which is started unless it runs."""
    server = ValkeyServer(VAR / "valkey")
    server.start()
    return server.url
