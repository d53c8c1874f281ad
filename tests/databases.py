"""The tests' database: migrated once for the code as it is, then copied by every process that runs tests.

``python -m tests.databases`` migrates ahead of them, while something else runs.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.db import connection, transaction

PROJECT = Path(__file__).resolve().parent.parent
# All that the migrated database and the demo shop are made from: any change of it makes them anew.
SOURCES = (
    *(f"{app}/**/*.py" for app in ("shopdesk", "members", "shipping", "orders", "afterservice")),
    "tests/databases.py",
    "tests/factories.py",
    "*.lock",
)
TEMPLATE = "test_shopdesk_template_"
UNFINISHED = "test_shopdesk_unfinished"
# What `migrate` itself writes, which is the same after every test.
OF_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}
LOCK = 4326  # the advisory lock under which one process at a time makes databases


@contextmanager
def own_database() -> Iterator[None]:
    """Work on a copy of the migrated database, which goes away at the end."""
    with _copy(connection.creation._get_test_db_name(), _migrated):
        yield


@contextmanager
def demo_shop() -> Iterator[None]:
    """Work on a copy of the demo shop at ``NOW``, which is opened once; changes stay until the end, then go."""
    with _copy(f"{connection.settings_dict['NAME']}_demo", _with_demo_shop):
        yield


def empty_tables() -> None:
    """Leave no row but those of ``migrate``, as ``flush`` does, which makes the files of all tables anew.

    Foreign keys and tables that forbid it are overruled, as they are by TRUNCATE; a superuser alone may do so.
    """
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - OF_MIGRATE)
    deletes = ";".join(f'DELETE FROM "{name}"' for name in tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica;{deletes}")


def may_empty_tables() -> bool:
    """Whether the tests' account is a superuser, as the embedded server's is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@contextmanager
def _server() -> Iterator[Any]:
    """The server, for one process at a time."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield cursor


@contextmanager
def _copy(name: str, template: Callable[[Any], str]) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    with _server() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template(cursor)}"')
        # Nobody asks what is left of it when the machine crashes.
        cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    _turn_to(name)
    try:
        yield
    finally:
        _turn_to(before)
        with _server() as cursor:
            # A thread of the live server may still hold a connection.
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrated(cursor: Any) -> str:
    """The name of the migrated database, which is made unless it is there; what is left of other code goes."""
    name = TEMPLATE + _fingerprint()
    found = _databases(cursor)
    if name in found:
        return name
    for other in found:
        cursor.execute(f'DROP DATABASE "{other}"')
    before, test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    own, test["NAME"] = test["NAME"], UNFINISHED
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        test["NAME"] = own
        _turn_to(before)
    cursor.execute(f'ALTER DATABASE "{UNFINISHED}" RENAME TO "{name}"')
    return name


def _with_demo_shop(cursor: Any) -> str:
    migrated = _migrated(cursor)
    name = f"{migrated}_demo"
    if name in _databases(cursor):
        return name
    # Models, which can be loaded only once the settings are.
    from shopdesk.desk.demo.shop import open_demo_shop
    from tests.factories import NOW

    before = connection.settings_dict["NAME"]
    cursor.execute(f'DROP DATABASE IF EXISTS "{UNFINISHED}"')
    cursor.execute(f'CREATE DATABASE "{UNFINISHED}" TEMPLATE "{migrated}"')
    _turn_to(UNFINISHED)
    try:
        with transaction.atomic():
            open_demo_shop(NOW, seed=1)
            connection.run_on_commit.clear()  # nobody is told of it
    finally:
        _turn_to(before)
    cursor.execute(f'ALTER DATABASE "{UNFINISHED}" RENAME TO "{name}"')
    return name


def _databases(cursor: Any) -> set[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATE])
    return {row[0] for row in cursor.fetchall()}


def _fingerprint() -> str:
    found = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in PROJECT.glob(pattern)):
        found.update(f"{path.relative_to(PROJECT)}\n".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    django.setup()
    with _server() as server:
        _migrated(server)
