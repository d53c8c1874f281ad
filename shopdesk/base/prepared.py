"""Statements that are asked over and over: the server reads and plans them once for each connection.

Django sends each statement as text with its values written into it, so the server reads and plans it anew. For one
that touches a few rows by their keys, that is more work than to run it.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from psycopg.pq import Format


def prepared_cursor(database: BaseDatabaseWrapper | None = None, *, binary: bool = False) -> CursorWrapper:
    """As ``connection.cursor()``, for statements whose text is constant; their values travel beside them.

    Their plan must not depend on the values: none that filters by what only an index of some rows would find. After
    its first five times a statement stays prepared (``prepare_threshold`` in the settings; behind PgBouncer never).
    ``binary`` is for rows with many times: these are then not read from text.
    """
    database = connections[DEFAULT_DB_ALIAS] if database is None else database
    database.close_if_health_check_failed()
    database.ensure_connection()
    kind: Any = ServerBindingCursor  # its types know nothing of how it is made
    with database.wrap_database_errors:
        cursor = kind(database.connection)
        cursor.format = Format.BINARY if binary else Format.TEXT
    if database.queries_logged:
        return database.make_debug_cursor(cursor)
    return database.make_cursor(cursor)
