"""Searching by words: buyer nick, product title, receiver; and the three steps that notes take too.

Three steps, each of which may be the last:

1. Walk the newest orders a little way. A common word fills the page here, and so does any word where the
   other filters leave few orders.
2. Gather what holds the word (buyers, products, orders) from its index of grams, up to a cap, and take the
   newest orders of those. A rare word ends here.
3. A word with more holders than the cap is common enough to walk on until the page is full.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from psycopg import sql

from orders.rules.search import Term
from orders.selectors.scope import Place, Scope, places, run
from orders.selectors.search.walk import ORDERS, Pace, walk, walk_to_the_end
from shopdesk.base.search import grams, like_pattern

HOLDERS_CAP = 1500
ORDERS_CAP = 2500
# A test of the order's own row is cheap; one that looks up its lines or notes costs several times as much.
OWN_ROW = Pace(steps=4, hits=3)
WITH_LOOKUP = Pace(steps=2, hits=5)
# A word of so many characters is mostly rare, and few orders hold all its grams: these are asked after one step.
LONG = 4


def word_values(term: Term, scope: Scope) -> dict[str, Any]:
    """The values that ``holds`` and the indexes of grams refer to, with those of the scope."""
    every_gram = {gram for word in term.words for gram in grams(word)}
    patterns = {f"pattern_{number}": like_pattern(word) for number, word in enumerate(term.words)}
    return {**scope.values, **patterns, "grams": sorted(every_gram)}


def holds(column: sql.SQL, term: Term) -> sql.Composable:
    """That a column holds every word. Words without letter case, as Chinese ones, skip the lower-casing."""
    parts = []
    for number, word in enumerate(term.words):
        text = column if word.lower() == word.upper() else sql.SQL("lower({})").format(column)
        parts.append(sql.SQL("{} LIKE {}").format(text, sql.Placeholder(f"pattern_{number}")))
    return sql.SQL("coalesce({}, FALSE)").format(sql.SQL(" AND ").join(parts))


def by_word(
    test: sql.Composable,
    gather: Callable[[Term, Scope], list[Place] | None],
    term: Term,
    scope: Scope,
    pace: Pace,
    source: sql.SQL = ORDERS,
) -> list[Place]:
    """Walk, gather, walk on: the three steps described above. ``gather`` answers ``None`` past its cap."""
    values = word_values(term, scope)
    if any(len(word) >= LONG for word in term.words):
        pace = replace(pace, steps=1)
    walked = walk(test, values, scope, pace, source)
    if walked.answered:
        return walked.places
    gathered = gather(term, scope)
    return walk_to_the_end(test, values, scope, source) if gathered is None else gathered


# Buyer nick --------------------------------------------------------------------------------------


def by_nick(term: Term, scope: Scope) -> list[Place]:
    """Orders of the buyers whose nick holds the words."""
    return by_word(holds(sql.SQL("o.buyer_nick"), term), _of_nicks, term, scope, OWN_ROW)


def _of_nicks(term: Term, scope: Scope) -> list[Place] | None:
    nicks = run(
        sql.SQL(
            "SELECT nick FROM members_buyer WHERE search_grams(nick) @> %(grams)s AND {holds} LIMIT %(cap)s"
        ).format(holds=holds(sql.SQL("nick"), term)),
        word_values(term, scope) | {"cap": HOLDERS_CAP + 1},
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


# Product title -----------------------------------------------------------------------------------


def by_title(term: Term, scope: Scope) -> list[Place]:
    """Orders with a product whose title holds the words: all buyers who bought it."""
    test = sql.SQL(
        # Which products hold the words is found once for all orders that are tested.
        "coalesce((SELECT bool_or(l.product_id IN ("
        "  SELECT p.id FROM orders_product p WHERE search_grams(p.title) @> %(grams)s AND {holds}))"
        " FROM orders_orderline l WHERE l.order_id = o.tid), FALSE)"
    ).format(holds=holds(sql.SQL("p.title"), term))
    if scope.conditions:
        return by_word(test, _of_products, term, scope, WITH_LOOKUP)
    # A shop has few products, and nothing else to ask: their newest lines come straight from an index.
    gathered = _of_products(term, scope)
    return walk_to_the_end(test, word_values(term, scope), scope) if gathered is None else gathered


def line_conditions(scope: Scope) -> sql.Composable:
    """The conditions of a scope on a line ``l``. Its order is looked up only where a filter asks for it."""
    span = scope.span(sql.SQL("l.order_created"), sql.SQL("l.order_id"))
    if not scope.conditions:
        return span
    # As a single value, so that it stays a look-up per line: the lines come in the list's order.
    return sql.SQL("{} AND (SELECT {} FROM orders_order o WHERE o.tid = l.order_id)").format(
        span, scope.filters
    )


def _of_products(term: Term, scope: Scope) -> list[Place] | None:
    products = run(
        sql.SQL(
            "SELECT id FROM orders_product WHERE search_grams(title) @> %(grams)s AND {holds} LIMIT %(cap)s"
        ).format(holds=holds(sql.SQL("title"), term)),
        word_values(term, scope) | {"cap": HOLDERS_CAP + 1},
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
    ).format(where=line_conditions(scope), way=scope.direction)
    ids = [product for (product,) in products]
    return places(run(statement, scope.values | {"products": ids})) if ids else []


# Receiver ----------------------------------------------------------------------------------------


def by_receiver(term: Term, scope: Scope) -> list[Place]:
    """Orders whose receiver's name holds the words."""
    name = holds(sql.SQL("o.receiver_name"), term)
    hits = sql.SQL(
        "SELECT o.created, o.tid FROM orders_order o WHERE search_grams(o.receiver_name) @> %(grams)s"
        " AND {holds} AND {where} LIMIT %(cap)s"
    ).format(holds=name, where=scope.where)
    return by_word(name, of_hits(hits, ORDERS_CAP), term, scope, OWN_ROW)


def of_hits(hits: sql.Composable, cap: int) -> Callable[[Term, Scope], list[Place] | None]:
    """Gather from a statement that gives the places of orders, in any order, and at most ``%(cap)s`` of them."""

    def gather(term: Term, scope: Scope) -> list[Place] | None:
        statement = sql.SQL(
            "WITH hit AS MATERIALIZED ({hits})"
            " SELECT DISTINCT created, tid, (SELECT count(*) FROM hit) FROM hit"
            " ORDER BY created {way}, tid {way} LIMIT %(limit)s"
        ).format(hits=hits, way=scope.direction)
        rows = run(statement, word_values(term, scope) | {"cap": cap + 1})
        return None if rows and rows[0][2] > cap else places(rows)

    return gather
