"""Walking the newest orders and testing each, in one statement that stops as soon as it may.

A plain ``WHERE … ORDER BY … LIMIT`` over a condition that no index answers leaves the planner to guess whether
the word is common, and for Chinese words it guesses wrong by orders of magnitude. Here each step reads a fixed
number of orders from the index that gives the list's order, and goes on only while that pays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from orders.selectors.scope import Place, Scope, run

STEP = 500
TO_THE_END = 1_000_000


@dataclass(frozen=True)
class Pace:
    """How far a walk goes: ``steps`` at least, and on while each step so far found ``hits`` on average."""

    steps: int
    hits: int


@dataclass(frozen=True)
class Walk:
    """What a walk found; ``answered`` where the page is full or there are no more orders to test."""

    places: list[Place]
    answered: bool


_STATEMENT = sql.SQL(
    "WITH RECURSIVE step AS ("
    " SELECT 0 AS number, {beyond}::timestamptz AS created, ''::text COLLATE \"C\" AS tid,"
    "        0::bigint AS found, %(step)s::bigint AS seen, NULL::timestamptz[] AS times,"
    '        NULL::text[] COLLATE "C" AS tids'
    " UNION ALL"
    " SELECT s.number + 1, c.created, c.tid, s.found + c.hits, c.seen, c.times, c.tids"
    " FROM step s CROSS JOIN LATERAL ("
    "  SELECT (array_agg(t.created ORDER BY {order}))[count(*)] AS created,"
    "         (array_agg(t.tid ORDER BY {order}))[count(*)] AS tid,"
    "         count(DISTINCT t.tid) FILTER (WHERE t.fits) AS hits, count(*) AS seen,"
    "         array_agg(t.created ORDER BY {order}) FILTER (WHERE t.fits) AS times,"
    "         array_agg(t.tid ORDER BY {order}) FILTER (WHERE t.fits) AS tids"
    # OFFSET 0: each test is made once, not for each of the columns above.
    "  FROM (SELECT o.created, o.tid, {test} AS fits FROM ({source}"
    "   FETCH FIRST (%(step)s) ROWS WITH TIES) o OFFSET 0) t"
    " ) c"
    " WHERE s.found < %(limit)s AND s.seen >= %(step)s"
    "   AND (s.number < %(steps)s OR s.found >= s.number * %(hits)s)"
    ") SELECT seen, times, tids FROM step WHERE number > 0 ORDER BY number"
)


# What a walk goes through: orders; or the notes of orders, an order's notes together (hence the ties).
ORDERS = sql.SQL(
    "SELECT o.created, o.tid, o.buyer_nick, o.invoice_no, o.receiver_name, o.seller_memo"
    " FROM orders_order o WHERE {where} AND (o.created, o.tid) {side} (s.created, s.tid)"
    " ORDER BY o.created {way}, o.tid {way}"
)
NOTES = sql.SQL(
    "SELECT n.order_created AS created, n.order_id AS tid, n.text FROM orders_note n"
    " WHERE (n.order_created, n.order_id) {side} (s.created, s.tid) AND {note_span}"
    " ORDER BY n.order_created {way}, n.order_id {way}"
)


def walk(
    test: sql.Composable, values: Mapping[str, Any], scope: Scope, pace: Pace, source: sql.SQL = ORDERS
) -> Walk:
    """Test the orders (or notes) of a scope, newest first, at the given pace; notes know no other filters."""
    statement = _STATEMENT.format(
        test=test,
        order=sql.SQL("t.created {way}, t.tid {way}").format(way=scope.direction),
        source=source.format(
            where=scope.where,
            note_span=scope.span(sql.SQL("n.order_created"), sql.SQL("n.order_id")),
            way=scope.direction,
            side=sql.SQL(">") if scope.backwards else sql.SQL("<"),
        ),
        beyond=sql.SQL("'-infinity'") if scope.backwards else sql.SQL("'infinity'"),
    )
    rows = run(statement, {**scope.values, **values, "step": STEP, "steps": pace.steps, "hits": pace.hits})
    found = list(
        dict.fromkeys(
            Place(created, tid)
            for _seen, times, tids in rows
            for created, tid in zip(times or (), tids or (), strict=True)
        )
    )
    ended = not rows or rows[-1][0] < STEP
    return Walk(found[: scope.limit], ended or len(found) >= scope.limit)


def walk_to_the_end(
    test: sql.Composable, values: Mapping[str, Any], scope: Scope, source: sql.SQL = ORDERS
) -> list[Place]:
    """Test the orders (or notes) of a scope, newest first, until the page is full."""
    return walk(test, values, scope, Pace(TO_THE_END, 0), source).places
