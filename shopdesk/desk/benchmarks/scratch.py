"""A database for one benchmark, in the shop's cluster but never the shop's own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from shopdesk import embedded

PROJECT = Path(__file__).resolve().parents[3]
PREFIX = "shopdesk_bench_"


@contextmanager
def scratch_database(name: str, *, keep: bool = False) -> Iterator[None]:
    """Make a database with all tables and let this process and its children use it, while the block lasts.

    It is dropped afterwards; with ``keep`` it stays, and a later call of that name finds it.
    """
    shop_address = os.environ.get("DATABASE_URL") or embedded.database_url()
    database = sql.Identifier(PREFIX + name)
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # a line per request would bury the report
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(shop_address)._replace(path=f"/{PREFIX}{name}"))
    try:
        with psycopg.connect(shop_address, autocommit=True) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [PREFIX + name]
            ).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        manage("migrate", "--verbosity", "0")
        manage("ensure_configuration", "--verbosity", "0")
        yield
    finally:
        os.environ["DATABASE_URL"] = shop_address
        if not keep:
            with psycopg.connect(shop_address, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))


def command_line(*arguments: str) -> list[str]:
    """``manage.py`` with these arguments, as a command."""
    return [sys.executable, str(PROJECT / "manage.py"), *arguments]


def manage(*arguments: str) -> None:
    """Run ``manage.py`` in a process of its own; raises ``CalledProcessError`` when it fails."""
    subprocess.run(command_line(*arguments), check=True, stdout=sys.stderr)


def say(text: str) -> None:
    """A line of the benchmark's report."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
