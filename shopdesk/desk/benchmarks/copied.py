"""The floor of an import: the rows that it left, put by COPY into a database that has the same tables."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg
from psycopg import sql

_TABLES = """
SELECT relname, relkind = 'p' FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""
# What a new database holds by itself, and what only says that a run took place.
_ALSO_WITHOUT = ("django_", "auth_", "base_jobrun")


def copy_out(folder: Path) -> None:
    """Write each table of the database in use to a file of its name."""
    folder.mkdir()
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for table, is_partitioned in connection.execute(_TABLES).fetchall():
            if not table.startswith(_ALSO_WITHOUT):
                # The rows of a partitioned table are copied out by a query only.
                source = "(SELECT * FROM {})" if is_partitioned else "{}"
                statement = _statement(f"COPY {source} TO STDOUT (FORMAT binary)", table)
                with (folder / table).open("wb") as file, connection.cursor().copy(statement) as rows:
                    for piece in rows:
                        file.write(piece)


def copy_in(folder: Path) -> float:
    """Put these files into the tables of the database in use, which are emptied before; answers the seconds."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        files = sorted(folder.iterdir())
        names = sql.SQL(", ").join(sql.Identifier(file.name) for file in files)
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        connection.commit()
        started = time.perf_counter()
        for file in files:
            with connection.cursor().copy(
                _statement("COPY {} FROM STDIN (FORMAT binary)", file.name)
            ) as rows:
                rows.write(file.read_bytes())
        connection.commit()
        return time.perf_counter() - started


def _statement(text: str, table: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(table))
