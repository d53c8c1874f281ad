"""Writing many rows by COPY, and the keys that rows get before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb

from shopdesk.base.bulk import copy_rows

KEYS_AT_ONCE = 1000


def copy_models(model: type[models.Model], instances: Iterable[models.Model]) -> None:
    """Write unsaved instances of one model: each has its key, or none has and the table gives it.

    Constraints and triggers hold as for any INSERT.
    """
    iterator = iter(instances)
    first = next(iterator, None)
    if first is None:
        return
    fields = [
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key and getattr(first, field.attname) is None)
    ]
    read = attrgetter(*(field.attname for field in fields))
    rows: Iterable[Sequence[Any]] = map(read, chain([first], iterator))
    json_places = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]
    if json_places:
        rows = (_with_json(row, json_places) for row in rows)
    copy_rows(model, [field.column for field in fields if field.column], rows)


def _with_json(row: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    cells = list(row)
    for place in places:
        cells[place] = Jsonb(cells[place])
    return cells


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
