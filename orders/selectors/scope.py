"""Which orders a read goes through: the filters, and the place in the list to read from, as SQL.

The list's statements are written out, since each must be driven by one particular index whatever the
planner believes about Chinese words and rare states. Values are always bound, never written into a statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import sql

from shopdesk.base.listing import Position
from shopdesk.base.replica import report_connection


class Place(NamedTuple):
    """Where an order stands in the list: newest first, then by number."""

    created: datetime
    tid: str


@dataclass(frozen=True)
class Clause:
    """One condition on an order ``o``, with its values by name."""

    text: sql.SQL
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """The orders under some conditions, placed in a span of time, from a position on.

    Conditions on the time stand apart, because other tables repeat it and their indexes bound it too.
    """

    conditions: Sequence[Clause] = ()
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    position: Position | None = None
    limit: int = 51

    @property
    def backwards(self) -> bool:
        """Whether the list is read upwards, towards newer orders."""
        return self.position is not None and self.position.backwards

    @property
    def direction(self) -> sql.SQL:
        """Which way the indexes are read."""
        return sql.SQL("ASC") if self.backwards else sql.SQL("DESC")

    @property
    def values(self) -> dict[str, Any]:
        """All values that ``span``, ``filters`` and ``where`` refer to."""
        values: dict[str, Any] = {"limit": self.limit}
        for clause in self.conditions:
            values.update(clause.values)
        if self.placed_from is not None:
            values["placed_from"] = self.placed_from
        if self.placed_before is not None:
            values["placed_before"] = self.placed_before
        if self.position is not None:
            values.update(position_created=self.position.moment, position_tid=self.position.key)
        return values

    def span(self, created: sql.SQL, tid: sql.SQL) -> sql.Composable:
        """The condition on the time and the position, over the columns that hold them."""
        parts: list[sql.Composable] = [sql.SQL("TRUE")]
        if self.placed_from is not None:
            parts.append(sql.SQL("{} >= %(placed_from)s").format(created))
        if self.placed_before is not None:
            parts.append(sql.SQL("{} < %(placed_before)s").format(created))
        if self.position is not None:
            side = sql.SQL(">") if self.backwards else sql.SQL("<")
            parts.append(
                sql.SQL("({}, {}) {} (%(position_created)s, %(position_tid)s)").format(created, tid, side)
            )
        return sql.SQL(" AND ").join(parts)

    @property
    def filters(self) -> sql.Composable:
        """The conditions on ``o`` other than time and position."""
        return sql.SQL(" AND ").join([clause.text for clause in self.conditions] or [sql.SQL("TRUE")])

    @property
    def where(self) -> sql.Composable:
        """Everything that an order ``o`` of this scope fulfils."""
        return sql.SQL("{} AND {}").format(self.span(sql.SQL("o.created"), sql.SQL("o.tid")), self.filters)


def run(statement: sql.Composable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement and answer all its rows; for a file, those of the replica."""
    with report_connection().cursor() as cursor:
        cursor.execute(statement.as_string(), values)
        return list(cursor.fetchall())


def places(rows: Iterable[Sequence[Any]]) -> list[Place]:
    """The first two columns of rows as places."""
    return [Place(row[0], row[1]) for row in rows]


def newest(scope: Scope) -> list[Place]:
    """The first orders of a scope, in the order of the list as it is read."""
    statement = sql.SQL(
        "SELECT o.created, o.tid FROM orders_order o WHERE {where}"
        " ORDER BY o.created {way}, o.tid {way} LIMIT %(limit)s"
    ).format(where=scope.where, way=scope.direction)
    return places(run(statement, scope.values))
