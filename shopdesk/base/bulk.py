"""Writing thousands of rows with one statement: COPY in, or COPY beside and UPDATE from there."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.db import connection, models
from psycopg import sql


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows by COPY, if there are any. ``columns`` are database columns; values are what psycopg adapts."""
    remaining = iter(rows)
    for first in remaining:
        with connection.cursor() as cursor:
            _copy(cursor, model._meta.db_table, columns, chain([first], remaining))


def update_rows(
    model: type[models.Model],
    key: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    also: str = "",
) -> None:
    """Update rows by one statement; each row gives ``key`` and then ``columns``.

    ``also`` is further SQL for SET, such as ``version = target.version + 1``. Call it inside a transaction.
    """
    table = model._meta.db_table
    names = sql.SQL(", ").join(map(sql.Identifier, (key, *columns)))
    assignments: list[sql.Composable] = [
        sql.SQL("{} = incoming.{}").format(sql.Identifier(column), sql.Identifier(column))
        for column in columns
    ]
    if also:
        assignments.append(sql.SQL(also))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                names, sql.Identifier(table)
            )
        )
        _copy(cursor, "incoming", (key, *columns), rows)
        cursor.execute(
            sql.SQL("UPDATE {} AS target SET {} FROM incoming WHERE target.{} = incoming.{}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(assignments),
                sql.Identifier(key),
                sql.Identifier(key),
            )
        )


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
