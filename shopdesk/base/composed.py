"""Statements that are composed once: a page that reads thirty tables spends most of its time on writing SQL anew.

A queryset says what is read, with ``Given`` where each reading puts its own value in. Its SQL is written when it is
read for the first time; from then on a reading binds the values, runs the statement and builds the rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Expression, Field, ForeignObject, Lookup, QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)

from shopdesk.base.prepared import prepared_cursor
from shopdesk.base.replica import report_connection

Row = TypeVar("Row")
Build = Callable[[Iterable[Sequence[Any]]], list[Any]]


class Given(Expression):
    """A value that each reading gives by its name. It is bound as it is: a plain value, or a list for ``among``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A placeholder, with this itself as what is to be replaced by the value."""
        return "%s", (self,)


@ForeignObject.register_lookup
@Field.register_lookup
class Among(Lookup):
    """``field__among=Given("keys")``: the field is one of a list that is given, however long."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """``field = ANY (list)``."""
        field, own = self.process_lhs(compiler, connection)
        listed, given = self.process_rhs(compiler, connection)
        return f"{field} = ANY {listed}", (*own, *given)


@dataclass(frozen=True)
class _Statement:
    sql: str
    params: Sequence[Any]
    build: Build


class Composed(Generic[Row]):
    """A reading that is composed once in each process: ``read(tid="…")`` answers its rows.

    ``compose`` answers the queryset: of whole rows, with ``select_related`` and annotations, or of ``values_list``.
    What it depends on besides the given values, such as the language or the time, stays as it was at first.
    ``pages`` are those that ask it ahead: see ``ask_ahead`` and ``ask_further``.
    """

    def __init__(self, compose: Callable[[], QuerySet[Any, Row]], *, pages: Sequence[str] = ()) -> None:
        self._compose = compose
        self._statement: _Statement | None = None
        for page in pages:
            _ASKED_AHEAD[page].append(self)

    def __call__(self, **given: Any) -> list[Row]:
        """The rows by these values: one statement, where a queryset would be read: for a report, on the replica."""
        statement, values = self.bound(given)
        for ahead in _ahead.get().get(self, ()):
            if ahead.values == values:
                return statement.build(ahead.rows)
        with prepared_cursor(report_connection()) as cursor:
            cursor.execute(statement.sql, values)
            return statement.build(cursor.fetchall())

    def bound(self, given: Mapping[str, Any]) -> tuple[_Statement, list[Any]]:
        """The statement, and the values for its places."""
        statement = self._statement
        if statement is None:
            statement = self._statement = _written(self._compose())
        return statement, [given[part.name] if isinstance(part, Given) else part for part in statement.params]

    def first(self, **given: Any) -> Row | None:
        """The first row, if there is one. Let the queryset read no more than that."""
        rows = self(**given)
        return rows[0] if rows else None


@dataclass(frozen=True)
class _Ahead:
    values: list[Any]
    rows: list[Any]


_ASKED_AHEAD: dict[str, list[Composed[Any]]] = defaultdict(list)
_ahead: ContextVar[dict[Composed[Any], list[_Ahead]]] = ContextVar("ahead", default={})  # noqa: B039 (never changed)


@contextmanager
def ask_ahead(page: str, **given: Any) -> Iterator[None]:
    """Ask all that a page is composed of in one exchange with the server, so that nobody waits for each in turn.

    Within, a reading that gives the same values finds its rows here; what is written meanwhile it does not see.
    """
    before = _ahead.set({composed: [*found] for composed, found in _ahead.get().items()})
    try:
        _ask([page], given)
        yield
    finally:
        _ahead.reset(before)


def ask_further(*pages: str, **given: Any) -> None:
    """Ask what is known to be wanted once something was read, in one more exchange; only within ``ask_ahead``."""
    if _ahead.get():
        _ask(pages, given)


def _ask(pages: Sequence[str], given: Mapping[str, Any]) -> None:
    database = report_connection()
    asked = []
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors, database.connection.pipeline():
        for composed in [composed for page in pages for composed in _ASKED_AHEAD[page]]:
            statement, values = composed.bound(given)
            cursor = prepared_cursor(database)
            cursor.execute(statement.sql, values)
            asked.append((composed, values, cursor))
    for composed, values, cursor in asked:
        _ahead.get().setdefault(composed, []).append(_Ahead(values, cursor.fetchall()))


def _written(queryset: QuerySet[Any, Any]) -> _Statement:
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    kind = queryset._iterable_class
    if kind is ModelIterable:
        build = _rows_of(compiler)
    elif kind is FlatValuesListIterable:
        build = _single_of(compiler)
    elif kind is ValuesListIterable:
        build = _values_of(compiler)
    else:
        raise TypeError("Only rows and values_list can be composed.")
    return _Statement(sql, tuple(params), build)


def _converted(compiler: Any) -> Callable[[Iterable[Sequence[Any]]], Iterable[Sequence[Any]]]:
    converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])

    def converted(rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
        if not converters:
            return rows
        changed = [list(row) for row in rows]
        for position, (changes, expression) in converters.items():
            for row in changed:
                for change in changes:
                    row[position] = change(row[position], expression, connection)
        return changed

    return converted


def _values_of(compiler: Any) -> Build:
    converted, width = _converted(compiler), len(compiler.select)
    # What a distinct statement is ordered by stands behind what was asked for.
    return lambda rows: [tuple(row[:width]) for row in converted(rows)]


def _single_of(compiler: Any) -> Build:
    converted = _converted(compiler)
    return lambda rows: [row[0] for row in converted(rows)]


def _rows_of(compiler: Any) -> Build:
    converted = _converted(compiler)
    model, columns = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    first, last = columns[0], columns[-1] + 1
    names = [column.target.attname for column, _sql, _alias in compiler.select[first:last]]
    annotated = list(compiler.annotation_col_map.items())
    related = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of a later Django

    def build(rows: Iterable[Sequence[Any]]) -> list[Any]:
        built = []
        for row in converted(rows):
            one = model.from_db(DEFAULT_DB_ALIAS, names, row[first:last])
            for populator in related:
                populator.populate(row, one)
            for name, position in annotated:
                setattr(one, name, row[position])
            built.append(one)
        return built

    return build
