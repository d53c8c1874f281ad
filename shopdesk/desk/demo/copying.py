"""Writing many rows by COPY, and the keys that rows get before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from operator import attrgetter

from django.db import connection, models
from psycopg.types.json import Jsonb

KEYS_AT_ONCE = 1000


def copy_rows(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """Write unsaved rows of one model and answer how many.

    Each has its key, or none has and the table gives it. Constraints and triggers hold as for any INSERT.
    """
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return 0
    fields = [
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key and getattr(first, field.attname) is None)
    ]
    json_places = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]
    values = attrgetter(*(field.attname for field in fields))
    columns = ", ".join(f'"{field.column}"' for field in fields)
    count = 0
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy,
    ):
        for row in chain([first], iterator):
            cells = values(row)
            if json_places:
                cells = list(cells)
                for place in json_places:
                    cells[place] = Jsonb(cells[place])
            copy.write_row(cells)
            count += 1
    return count


def keys_of(model: type[models.Model]) -> Iterator[int]:
    """Keys of rows to come, taken from the table's own sequence, so that rows can name each other."""
    table, column = model._meta.db_table, model._meta.pk.column if model._meta.pk else "id"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, column, KEYS_AT_ONCE],
            )
            keys = [key for (key,) in cursor.fetchall()]
        yield from keys


def prepare_audit_months(first: date, last: date) -> None:
    """Make the audit log's partitions of these months, where no entry of theirs lies elsewhere already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM base_auditentry_other WHERE at >= %s::date - 32 AND at < %s::date + 32 LIMIT 1",
            [first, last],
        )
        if cursor.fetchone() is None:
            cursor.execute("SELECT audit_ensure_months(%s::date, %s::date)", [first, last])


def analyze(tables: Sequence[type[models.Model]]) -> None:
    """Let the planner know what was written."""
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')
