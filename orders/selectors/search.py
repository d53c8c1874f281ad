"""Searching orders (O3): each key has its index, and each statement is bounded however broad the word.

Words are looked for in three steps, each of which may be the last:

1. *Walk* the newest orders a little way and test each. A broad word fills the page here, and so does any
   word where the other filters leave few orders.
2. *Gather* what holds the word (buyers, products, notes) from its index of grams, up to a cap, and take the
   newest orders of those. A rare word ends here.
3. A word with more holders than the cap is common enough to *walk* on until the page is full.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql.psycopg_any import sql

from orders.rules.search import Key, Term, keys_to_try
from orders.selectors.scope import Place, Scope, places, run
from shopdesk.base.search import grams

HOLDERS_CAP = 1500
# How far the first walk goes: far enough for a word in one order of twenty.
WALK = 1000
WALK_WITH_LOOKUPS = 400


@dataclass(frozen=True)
class Found:
    """What a search found, and by which key; ``assumed`` is the key that the shape suggested."""

    places: list[Place]
    key: Key
    assumed: Key


def find(term: Term, scope: Scope, *, allowed: frozenset[Key], by: Key | None = None) -> Found:
    """Look for a term by the key given, else by the one it looks like, else by the others in a fixed order."""
    if by is not None and by in allowed:
        return Found(_FINDERS[by](term, scope), by, by)
    tried = keys_to_try(term, allowed)
    for key in tried:
        if found := _FINDERS[key](term, scope):
            return Found(found, key, tried[0])
    return Found([], tried[0], tried[0])


def like_beginning(text: str) -> str:
    """A LIKE pattern for what begins with ``text``, letter case included."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _values(term: Term, scope: Scope) -> dict[str, Any]:
    every_gram = {gram for word in term.words for gram in grams(word)}
    beginnings = {like_beginning(number) for number in (term.compact, term.compact.upper())}
    return scope.values | {
        "grams": sorted(every_gram),
        "patterns": term.patterns,
        "beginnings": sorted(beginnings),
    }


def _walk(test: sql.Composable, term: Term, scope: Scope, reach: int | None) -> tuple[list[Place], bool]:
    """The orders among the newest ``reach`` that pass ``test``, and whether that answers the search."""
    statement = sql.SQL(
        "SELECT created, tid, fits, place FROM ("
        " SELECT o.created, o.tid, o.place, {test} AS fits FROM ("
        "  SELECT o.created, o.tid, o.buyer_nick, o.invoice_no, o.receiver_name, o.seller_memo,"
        "         row_number() OVER (ORDER BY o.created {way}, o.tid {way}) AS place"
        "  FROM orders_order o WHERE {where} ORDER BY o.created {way}, o.tid {way} LIMIT %(reach)s"
        " ) o"
        ") o WHERE fits OR place = %(reach)s ORDER BY created {way}, tid {way} LIMIT %(limit)s"
    ).format(test=test, where=scope.where, way=scope.direction)
    rows = run(statement, _values(term, scope) | {"reach": reach})
    found = places(row for row in rows if row[2])
    # The last row within reach comes along even where it does not fit: it tells that there may be more.
    stopped_short = bool(rows) and rows[-1][3] == reach
    return found, len(found) >= scope.limit or not stopped_short


def _by_word(
    test: sql.Composable,
    gather: Callable[[Term, Scope], list[Place] | None],
    term: Term,
    scope: Scope,
    reach: int,
) -> list[Place]:
    found, answered = _walk(test, term, scope, reach)
    if answered:
        return found
    gathered = gather(term, scope)
    if gathered is not None:
        return gathered
    return _walk(test, term, scope, None)[0]


# Buyer nick --------------------------------------------------------------------------------------

_NICK_TEST = sql.SQL("coalesce(lower(o.buyer_nick) LIKE ALL (%(patterns)s), FALSE)")


def _gather_nicks(term: Term, scope: Scope) -> list[Place] | None:
    nicks = run(
        sql.SQL(
            "SELECT nick FROM members_buyer WHERE search_grams(nick) @> %(grams)s"
            " AND lower(nick) LIKE ALL (%(patterns)s) LIMIT %(cap)s"
        ),
        _values(term, scope) | {"cap": HOLDERS_CAP + 1},
    )
    if len(nicks) > HOLDERS_CAP:
        return None
    # The newest orders of many buyers come from those few whose own newest order is newest.
    statement = sql.SQL(
        "WITH latest AS MATERIALIZED ("
        " SELECT nick, newest.created, newest.tid FROM unnest(%(nicks)s::text[]) AS nick CROSS JOIN LATERAL ("
        "  SELECT o.created, o.tid FROM orders_order o WHERE o.buyer_nick = nick AND {where}"
        "  ORDER BY o.created {way}, o.tid {way} LIMIT 1) newest"
        " ORDER BY newest.created {way}, newest.tid {way} LIMIT %(limit)s)"
        " SELECT page.created, page.tid FROM latest CROSS JOIN LATERAL ("
        "  SELECT o.created, o.tid FROM orders_order o WHERE o.buyer_nick = latest.nick AND {where}"
        "  ORDER BY o.created {way}, o.tid {way} LIMIT %(limit)s) page"
        " ORDER BY page.created {way}, page.tid {way} LIMIT %(limit)s"
    ).format(where=scope.where, way=scope.direction)
    return places(run(statement, scope.values | {"nicks": [nick for (nick,) in nicks]})) if nicks else []


def _by_nick(term: Term, scope: Scope) -> list[Place]:
    return _by_word(_NICK_TEST, _gather_nicks, term, scope, WALK)


# Product title -----------------------------------------------------------------------------------

_TITLE_TEST = sql.SQL(
    "coalesce((SELECT bool_or(lower(p.title) LIKE ALL (%(patterns)s)) FROM orders_orderline l"
    " JOIN orders_product p ON p.id = l.product_id WHERE l.order_id = o.tid), FALSE)"
)


def _lines(scope: Scope) -> dict[str, sql.Composable]:
    """The conditions of a scope on a line ``l``. Its order is looked up only where a filter asks for it."""
    span = scope.span(sql.SQL("l.order_created"), sql.SQL("l.order_id"))
    if scope.conditions:
        # As a single value, so that it stays a look-up per line: the lines come in the list's order.
        span = sql.SQL(
            "{span} AND (SELECT {filters} FROM orders_order o WHERE o.tid = l.order_id)"
        ).format(span=span, filters=scope.filters)
    return {"where": span, "way": scope.direction}


def _gather_products(term: Term, scope: Scope) -> list[Place] | None:
    products = run(
        sql.SQL(
            "SELECT id FROM orders_product WHERE search_grams(title) @> %(grams)s"
            " AND lower(title) LIKE ALL (%(patterns)s) LIMIT %(cap)s"
        ),
        _values(term, scope) | {"cap": HOLDERS_CAP + 1},
    )
    if len(products) > HOLDERS_CAP:
        return None
    # As for nicks; several products may share one newest order, so ranks are counted, not rows.
    statement = sql.SQL(
        "WITH latest AS MATERIALIZED ("
        " SELECT product, dense_rank() OVER (ORDER BY newest.created {way}, newest.tid {way}) AS place"
        " FROM unnest(%(products)s::bigint[]) AS product CROSS JOIN LATERAL ("
        "  SELECT l.order_created AS created, l.order_id AS tid FROM orders_orderline l"
        "  WHERE l.product_id = product AND {where}"
        "  ORDER BY l.order_created {way}, l.order_id {way} LIMIT 1) newest)"
        " SELECT DISTINCT page.created, page.tid FROM latest CROSS JOIN LATERAL ("
        "  SELECT DISTINCT l.order_created AS created, l.order_id AS tid FROM orders_orderline l"
        "  WHERE l.product_id = latest.product AND {where}"
        "  ORDER BY l.order_created {way}, l.order_id {way} LIMIT %(limit)s) page"
        " WHERE latest.place <= %(limit)s ORDER BY page.created {way}, page.tid {way} LIMIT %(limit)s"
    ).format(**_lines(scope))
    ids = [product for (product,) in products]
    return places(run(statement, scope.values | {"products": ids})) if ids else []


def _by_title(term: Term, scope: Scope) -> list[Place]:
    if not scope.conditions:
        # A shop has few products: their newest lines are read straight from an index, broad word or not.
        gathered = _gather_products(term, scope)
        return _walk(_TITLE_TEST, term, scope, None)[0] if gathered is None else gathered
    return _by_word(_TITLE_TEST, _gather_products, term, scope, WALK_WITH_LOOKUPS)


# Receiver and notes ------------------------------------------------------------------------------

_RECEIVER_TEST = sql.SQL("lower(o.receiver_name) LIKE ALL (%(patterns)s)")
_NOTE_TEST = sql.SQL(
    "(lower(o.seller_memo) LIKE ALL (%(patterns)s) OR coalesce((SELECT bool_or("
    "lower(n.text) LIKE ALL (%(patterns)s)) FROM orders_note n WHERE n.order_id = o.tid), FALSE))"
)
_RECEIVER_HITS = sql.SQL(
    "SELECT o.created, o.tid FROM orders_order o WHERE search_grams(o.receiver_name) @> %(grams)s"
    " AND lower(o.receiver_name) LIKE ALL (%(patterns)s) AND {where} LIMIT %(cap)s"
)
# The memo on Taobao is searched with the notes written here.
_NOTE_HITS = sql.SQL(
    "(SELECT o.created, o.tid FROM orders_order o WHERE search_grams(o.seller_memo) @> %(grams)s"
    " AND o.seller_memo <> '' AND lower(o.seller_memo) LIKE ALL (%(patterns)s) AND {where} LIMIT %(cap)s)"
    " UNION ALL SELECT o.created, o.tid FROM (SELECT DISTINCT n.order_id FROM orders_note n"
    " WHERE search_grams(n.text) @> %(grams)s AND lower(n.text) LIKE ALL (%(patterns)s) LIMIT %(cap)s) n"
    " JOIN orders_order o ON o.tid = n.order_id WHERE {where}"
)


def _gather_orders(hits: sql.SQL) -> Callable[[Term, Scope], list[Place] | None]:
    def gather(term: Term, scope: Scope) -> list[Place] | None:
        statement = sql.SQL(
            "WITH hit AS MATERIALIZED ({hits})"
            " SELECT DISTINCT created, tid, (SELECT count(*) FROM hit) FROM hit"
            " ORDER BY created {way}, tid {way} LIMIT %(limit)s"
        ).format(hits=hits.format(where=scope.where), way=scope.direction)
        rows = run(statement, _values(term, scope) | {"cap": HOLDERS_CAP + 1})
        return None if rows and rows[0][2] > HOLDERS_CAP else places(rows)

    return gather


def _by_receiver(term: Term, scope: Scope) -> list[Place]:
    return _by_word(_RECEIVER_TEST, _gather_orders(_RECEIVER_HITS), term, scope, WALK)


def _by_note(term: Term, scope: Scope) -> list[Place]:
    return _by_word(_NOTE_TEST, _gather_orders(_NOTE_HITS), term, scope, WALK_WITH_LOOKUPS)


# Numbers and codes -------------------------------------------------------------------------------

# Beyond every character, in the order of code points that these columns are kept in.
_BEYOND = "\U0010ffff"


def _by_number(column: sql.SQL) -> Callable[[Term, Scope], list[Place]]:
    """By the beginning of a number."""
    test = sql.SQL("{column} LIKE ANY (%(beginnings)s)").format(column=column)

    def gather(term: Term, scope: Scope) -> list[Place] | None:
        statement = sql.SQL(
            "WITH hit AS MATERIALIZED (SELECT o.created, o.tid FROM unnest(%(numbers)s::text[]) AS number"
            " JOIN orders_order o ON {column} >= number AND {column} < number || %(beyond)s"
            " WHERE {column} <> '' AND {where} LIMIT %(cap)s)"
            " SELECT DISTINCT created, tid, (SELECT count(*) FROM hit) FROM hit"
            " ORDER BY created {way}, tid {way} LIMIT %(limit)s"
        ).format(column=column, where=scope.where, way=scope.direction)
        numbers = sorted({term.compact, term.compact.upper()})
        values = {"numbers": numbers, "beyond": _BEYOND, "cap": HOLDERS_CAP + 1}
        rows = run(statement, scope.values | values)
        return None if rows and rows[0][2] > HOLDERS_CAP else places(rows)

    def find_number(term: Term, scope: Scope) -> list[Place]:
        gathered = gather(term, scope)
        return _walk(test, term, scope, None)[0] if gathered is None else gathered

    return find_number


def _by_phone(column: sql.SQL) -> Callable[[Term, Scope], list[Place]]:
    def find_phone(term: Term, scope: Scope) -> list[Place]:
        statement = sql.SQL(
            "SELECT o.created, o.tid FROM orders_order o"
            " WHERE {column} = %(number)s AND o.receiver_mobile <> '' AND {where}"
            " ORDER BY o.created {way}, o.tid {way} LIMIT %(limit)s"
        ).format(column=column, where=scope.where, way=scope.direction)
        return places(run(statement, scope.values | {"number": term.compact}))

    return find_phone


def _by_sku(term: Term, scope: Scope) -> list[Place]:
    statement = sql.SQL(
        "SELECT DISTINCT hit.created, hit.tid FROM unnest(%(codes)s::text[]) AS code CROSS JOIN LATERAL ("
        " SELECT DISTINCT l.order_created AS created, l.order_id AS tid FROM orders_orderline l"
        " WHERE l.outer_sku_id = code AND l.outer_sku_id <> '' AND {where}"
        " ORDER BY l.order_created {way}, l.order_id {way} LIMIT %(limit)s) hit"
        " ORDER BY hit.created {way}, hit.tid {way} LIMIT %(limit)s"
    ).format(**_lines(scope))
    codes = sorted({term.text, term.compact, term.compact.upper()})
    return places(run(statement, scope.values | {"codes": codes}))


_FINDERS: dict[Key, Callable[[Term, Scope], list[Place]]] = {
    Key.TID: _by_number(sql.SQL("o.tid")),
    Key.TRACKING: _by_number(sql.SQL("o.invoice_no")),
    Key.PHONE: _by_phone(sql.SQL("o.receiver_mobile")),
    Key.PHONE_END: _by_phone(sql.SQL("right(o.receiver_mobile, 4)")),
    Key.SKU: _by_sku,
    Key.NICK: _by_nick,
    Key.TITLE: _by_title,
    Key.RECEIVER: _by_receiver,
    Key.NOTE: _by_note,
}
