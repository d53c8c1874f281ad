"""Writing thousands of rows with one statement: COPY in, or COPY beside and UPDATE from there. A few are inserted."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from django.db import connection, models
from psycopg import sql

from shopdesk.base.prepared import prepared_cursor

# So many values are inserted by a statement that the server has planned; COPY takes two answers more for each.
_FEW_VALUES = 50


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows, if there are any: a few by INSERT, many by COPY.

    ``columns`` are database columns; values are what psycopg adapts, each to the type of its column.
    """
    remaining = iter(rows)
    table, most = model._meta.db_table, _FEW_VALUES // len(columns)
    few = list(islice(remaining, most + 1))
    if not few:
        return
    if len(few) <= most:
        with prepared_cursor() as cursor:
            cursor.execute(_insertion(table, tuple(columns), len(few)), list(chain.from_iterable(few)))
        return
    with connection.cursor() as cursor:
        _copy(cursor, table, columns, chain(few, remaining))


def create_all(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model with keys from its sequence, which the rows then have: one statement and COPY.

    For hundreds of rows this takes a fraction of what ``bulk_create`` does, which builds one statement of them all.
    Values are what psycopg adapts: no JSON.
    """
    if not rows:
        return
    meta = rows[0]._meta
    key = meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, key.column, len(rows)],
        )
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            setattr(row, key.attname, number)
    fields = meta.concrete_fields
    names = [field.attname for field in fields]
    copy_rows(
        type(rows[0]),
        [str(field.column) for field in fields],
        ([getattr(row, name) for name in names] for row in rows),
    )
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


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
    with cursor.copy(_statement(table, tuple(columns))) as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _statement(table: str, columns: tuple[str, ...]) -> bytes:
    """Composed once for each table: to quote forty names takes longer than to send one row."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names).as_bytes()


@cache
def _insertion(table: str, columns: tuple[str, ...], count: int) -> str:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    row = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))
    rows = sql.SQL(", ").join([row] * count)
    return sql.SQL("INSERT INTO {} ({}) VALUES {}").format(sql.Identifier(table), names, rows).as_string()
