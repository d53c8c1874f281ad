"""Finding the newest orders that hold some words, whatever the planner believes about these words.

A plain ``WHERE … ORDER BY … LIMIT`` over a condition that no index answers leaves the planner to guess whether
the word is common, and for Chinese words it guesses wrong by orders of magnitude. Three steps, each of which may be
the last; the first two are one statement:

1. Walk the newest orders a little way and test each: so many from the index that gives the list's order, and on
   while that pays. A common word fills the page here, and so does any word where the other filters leave few orders.
2. Gather what holds the word (buyers, products, orders) from its index of grams, up to a cap, and take the
   newest orders of those. A rare word ends here.
3. A word with more holders than the cap is common enough to walk on until the page is full.
"""

from collections.abc import Mapping, Sequence
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
class Gathering:
    """What holds the words, by their index of grams.

    ``holders`` defines the query ``holder``, of at most ``cap`` rows and one, and what else is wanted; ``places`` are
    the first orders of those. Both are to look only where ``unanswered.so``.
    """

    holders: sql.Composable
    places: sql.Composable
    cap: int


_STEPS = sql.SQL(
    "step AS ("
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
    ")"
)
# What the steps found, in the order of the walk.
_WALKED = sql.SQL("SELECT number, seen, times, tids FROM step WHERE number > 0")
_UNANSWERED = sql.SQL(
    "SELECT bool_and(seen >= %(step)s) AND max(found) < %(limit)s AS so FROM step WHERE number > 0"
)
# After that one row more: how many hold the words, and the first of their orders.
_GATHERED = sql.SQL(
    "unanswered AS MATERIALIZED ({unanswered}), {holders}, place AS ({places})"
    " {walked} SELECT NULL::int AS number, (SELECT count(*) FROM holder WHERE (SELECT so FROM unanswered)) AS seen,"
    "  array_agg(created ORDER BY created {way}, tid {way}) AS times,"
    '  array_agg(tid ORDER BY created {way}, tid {way})::text[] COLLATE "C" AS tids FROM place ORDER BY number'
)


# What a walk goes through: orders; or notes and memos, each through an index that holds only those, and all of an
# order together (hence the ties).
ORDERS = sql.SQL(
    "SELECT o.created, o.tid, o.buyer_nick, o.invoice_no, o.receiver_name, o.seller_memo"
    " FROM orders_order o WHERE {where} AND (o.created, o.tid) {side} (s.created, s.tid)"
    " ORDER BY o.created {way}, o.tid {way}"
)
NOTES = sql.SQL(
    "(SELECT n.order_created AS created, n.order_id AS tid, n.text FROM orders_note n"
    " WHERE (n.order_created, n.order_id) {side} (s.created, s.tid) AND {note_span}"
    " ORDER BY n.order_created {way}, n.order_id {way} FETCH FIRST (%(step)s) ROWS WITH TIES)"
    " UNION ALL"
    " (SELECT o.created, o.tid, o.seller_memo FROM orders_order o"
    " WHERE o.seller_memo <> '' AND {where} AND (o.created, o.tid) {side} (s.created, s.tid)"
    " ORDER BY o.created {way}, o.tid {way} FETCH FIRST (%(step)s) ROWS ONLY)"
    " ORDER BY created {way}, tid {way}"
)


def search(
    test: sql.Composable,
    values: Mapping[str, Any],
    scope: Scope,
    gathering: Gathering,
    pace: Pace | None,
    source: sql.SQL = ORDERS,
) -> list[Place]:
    """The first orders (or notes) of a scope, newest first, that pass a test, in the three steps described above.

    Without a ``pace`` nothing is walked at first.
    """
    values = {**scope.values, **values, "step": STEP, "cap": gathering.cap}
    gathered = _GATHERED.format(
        unanswered=_UNANSWERED if pace else sql.SQL("SELECT TRUE AS so"),
        holders=gathering.holders,
        places=gathering.places,
        walked=sql.SQL("{} UNION ALL").format(_WALKED) if pace else sql.SQL(""),
        way=scope.direction,
    )
    if pace is None:
        rows = run(sql.SQL("WITH {}").format(gathered), values)
    else:
        statement = sql.SQL("WITH RECURSIVE {}, {}").format(_steps(test, scope, source), gathered)
        rows = run(statement, {**values, "steps": pace.steps, "hits": pace.hits})
    *walked, (_number, held, times, tids) = rows
    found = _places_in(walked)
    if pace and (walked[-1][1] < STEP or len(found) >= scope.limit):
        return found[: scope.limit]
    if held > gathering.cap:
        return walk_to_the_end(test, values, scope, source)
    return _places_in([(None, held, times, tids)])


def walk_to_the_end(
    test: sql.Composable, values: Mapping[str, Any], scope: Scope, source: sql.SQL = ORDERS
) -> list[Place]:
    """Test the orders (or notes) of a scope, newest first, until the page is full; notes know no other filters."""
    statement = sql.SQL("WITH RECURSIVE {} {} ORDER BY number").format(_steps(test, scope, source), _WALKED)
    pace = {"step": STEP, "steps": TO_THE_END, "hits": 0}
    return _places_in(run(statement, {**scope.values, **values, **pace}))[: scope.limit]


def _steps(test: sql.Composable, scope: Scope, source: sql.SQL) -> sql.Composable:
    return _STEPS.format(
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


def _places_in(rows: Sequence[tuple[Any, ...]]) -> list[Place]:
    places = (
        Place(created, tid)
        for _number, _seen, times, tids in rows
        for created, tid in zip(times or (), tids or (), strict=True)
    )
    # An order's notes stand for it once.
    return list(dict.fromkeys(places))
