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


# While this names anything, databases of made orders are filled once and then copied: ``scripts/bench`` sets it.
SHARED = "BENCH_SHARED"


@contextmanager
def scratch_database(name: str, *, orders: int = 0, keep: bool = False) -> Iterator[None]:
    """Make a database with all tables and let this process and its children use it, while the block lasts.

    With ``orders`` so many are made in it, as they are after their first night. It is dropped afterwards; with
    ``keep`` it stays, and a later call of that name finds it.
    """
    shop_address = os.environ.get("DATABASE_URL") or embedded.database_url()
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # a line per request would bury the report
    try:
        if not _exists(shop_address, name):
            shared = os.environ.get(SHARED, "")
            if orders and shared:
                model = f"{shared}_{orders}"
                if not _exists(shop_address, model):
                    _make(shop_address, model, orders)
                _run(
                    shop_address,
                    sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(_named(name), _named(model)),
                )
            else:
                _make(shop_address, name, orders)
        _use(shop_address, name)
        manage("migrate", "--verbosity", "0")  # one that was kept may be older than the code
        yield
    finally:
        os.environ["DATABASE_URL"] = shop_address
        if not keep:
            drop_database(name)


def drop_database(name: str) -> None:
    """Drop a scratch database, if it is there."""
    shop_address = os.environ.get("DATABASE_URL") or embedded.database_url()
    _run(shop_address, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_named(name)))


def _make(shop_address: str, name: str, orders: int) -> None:
    """Create it with all tables, what a shop starts with, and so many orders."""
    _run(shop_address, sql.SQL("CREATE DATABASE {}").format(_named(name)))
    _use(shop_address, name)
    manage("migrate", "--verbosity", "0")
    manage("ensure_configuration", "--verbosity", "0")
    if orders:
        say(f"Making {orders} orders …")
        manage("make_orders", str(orders), "--seed", "1")
        # Autovacuum does this within the day; it also files what lies in the lists before the indexes of grams.
        _run(os.environ["DATABASE_URL"], sql.SQL("VACUUM (ANALYZE)"))


def _use(shop_address: str, name: str) -> None:
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(shop_address)._replace(path=f"/{PREFIX}{name}"))


def _exists(shop_address: str, name: str) -> bool:
    with psycopg.connect(shop_address) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [PREFIX + name])
        return found.fetchone() is not None


def _named(name: str) -> sql.Identifier:
    return sql.Identifier(PREFIX + name)


def _run(address: str, statement: sql.Composed | sql.SQL) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


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
