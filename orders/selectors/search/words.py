"""Searching by words: buyer nick, product title, receiver; how ``walk`` finds them."""

from dataclasses import replace
from typing import Any

from psycopg import sql

from orders.rules.search import Term
from orders.selectors.scope import Place, Scope
from orders.selectors.search.walk import Gathering, Pace, search
from shopdesk.base.search import grams, like_pattern

HOLDERS_CAP = 1500
ORDERS_CAP = 2500
# A test of the order's own row is cheap; one that looks up its lines or notes costs several times as much.
OWN_ROW = Pace(steps=4, hits=3)
WITH_LOOKUP = Pace(steps=2, hits=5)
# A word of so many characters is mostly rare, and few orders hold all its grams: these are asked after one step.
LONG = 4


def word_values(term: Term) -> dict[str, Any]:
    """The values that ``holds`` and the indexes of grams refer to."""
    every_gram = {gram for word in term.words for gram in grams(word)}
    patterns = {f"pattern_{number}": like_pattern(word) for number, word in enumerate(term.words)}
    return {**patterns, "grams": sorted(every_gram)}


def holds(column: sql.SQL, term: Term) -> sql.Composable:
    """That a column holds every word. Words without letter case, as Chinese ones, skip the lower-casing."""
    parts = []
    for number, word in enumerate(term.words):
        text = column if word.lower() == word.upper() else sql.SQL("lower({})").format(column)
        parts.append(sql.SQL("{} LIKE {}").format(text, sql.Placeholder(f"pattern_{number}")))
    return sql.SQL("coalesce({}, FALSE)").format(sql.SQL(" AND ").join(parts))


def at_pace(pace: Pace, term: Term) -> Pace:
    """How far to walk before the index of grams is asked."""
    return replace(pace, steps=1) if any(len(word) >= LONG for word in term.words) else pace


def of_hits(hits: sql.Composable, scope: Scope) -> Gathering:
    """Gather from a statement that gives the places of orders, in any order, and at most ``%(cap)s`` and one."""
    places = sql.SQL(
        "SELECT DISTINCT created, tid FROM holder WHERE (SELECT so FROM unanswered)"
        " ORDER BY created {way}, tid {way} LIMIT %(limit)s"
    ).format(way=scope.direction)
    return Gathering(sql.SQL("holder AS MATERIALIZED ({})").format(hits), places, ORDERS_CAP)


# Buyer nick --------------------------------------------------------------------------------------


def by_nick(term: Term, scope: Scope) -> list[Place]:
    """Orders of the buyers whose nick holds the words."""
    test = holds(sql.SQL("o.buyer_nick"), term)
    return search(test, word_values(term), scope, _of_nicks(term, scope), at_pace(OWN_ROW, term))


def _of_nicks(term: Term, scope: Scope) -> Gathering:
    # The newest orders of many buyers come from those few whose own newest order is newest.
    holders = sql.SQL(
        "holder AS MATERIALIZED ("
        " SELECT nick FROM members_buyer WHERE search_grams(nick) @> %(grams)s AND {holds} LIMIT %(cap)s + 1"
        "), latest AS MATERIALIZED ("
        " SELECT holder.nick, newest.created, newest.tid FROM holder CROSS JOIN LATERAL ("
        "  SELECT o.created, o.tid FROM orders_order o WHERE o.buyer_nick = holder.nick AND {where}"
        "  ORDER BY o.created {way}, o.tid {way} LIMIT 1) newest"
        " WHERE (SELECT so FROM unanswered) AND (SELECT count(*) <= %(cap)s FROM holder)"
        " ORDER BY newest.created {way}, newest.tid {way} LIMIT %(limit)s)"
    ).format(holds=holds(sql.SQL("nick"), term), where=scope.where, way=scope.direction)
    places = sql.SQL(
        "SELECT page.created, page.tid FROM latest CROSS JOIN LATERAL ("
        " SELECT o.created, o.tid FROM orders_order o WHERE o.buyer_nick = latest.nick AND {where}"
        " ORDER BY o.created {way}, o.tid {way} LIMIT %(limit)s) page"
        " ORDER BY page.created {way}, page.tid {way} LIMIT %(limit)s"
    ).format(where=scope.where, way=scope.direction)
    return Gathering(holders, places, HOLDERS_CAP)


# Product title -----------------------------------------------------------------------------------


def by_title(term: Term, scope: Scope) -> list[Place]:
    """Orders with a product whose title holds the words: all buyers who bought it."""
    test = sql.SQL(
        # Which products hold the words is found once for all orders that are tested.
        "coalesce((SELECT bool_or(l.product_id IN ("
        "  SELECT p.id FROM orders_product p WHERE search_grams(p.title) @> %(grams)s AND {holds}))"
        " FROM orders_orderline l WHERE l.order_id = o.tid), FALSE)"
    ).format(holds=holds(sql.SQL("p.title"), term))
    # A shop has few products: where nothing else is asked, their newest lines come straight from an index.
    pace = at_pace(WITH_LOOKUP, term) if scope.conditions else None
    return search(test, word_values(term), scope, _of_products(term, scope), pace)


def line_conditions(scope: Scope) -> sql.Composable:
    """The conditions of a scope on a line ``l``. Its order is looked up only where a filter asks for it."""
    span = scope.span(sql.SQL("l.order_created"), sql.SQL("l.order_id"))
    if not scope.conditions:
        return span
    # As a single value, so that it stays a look-up per line: the lines come in the list's order.
    return sql.SQL("{} AND (SELECT {} FROM orders_order o WHERE o.tid = l.order_id)").format(
        span, scope.filters
    )


def _of_products(term: Term, scope: Scope) -> Gathering:
    # As for nicks; several products may share one newest order, so ranks are counted, not rows.
    holders = sql.SQL(
        "holder AS MATERIALIZED ("
        " SELECT id FROM orders_product WHERE search_grams(title) @> %(grams)s AND {holds} LIMIT %(cap)s + 1"
        "), latest AS MATERIALIZED ("
        " SELECT holder.id, dense_rank() OVER (ORDER BY newest.created {way}, newest.tid {way}) AS place"
        " FROM holder CROSS JOIN LATERAL ("
        "  SELECT l.order_created AS created, l.order_id AS tid FROM orders_orderline l"
        "  WHERE l.product_id = holder.id AND {where}"
        "  ORDER BY l.order_created {way}, l.order_id {way} LIMIT 1) newest"
        " WHERE (SELECT so FROM unanswered) AND (SELECT count(*) <= %(cap)s FROM holder))"
    ).format(holds=holds(sql.SQL("title"), term), where=line_conditions(scope), way=scope.direction)
    places = sql.SQL(
        "SELECT DISTINCT page.created, page.tid FROM latest CROSS JOIN LATERAL ("
        " SELECT DISTINCT l.order_created AS created, l.order_id AS tid FROM orders_orderline l"
        " WHERE l.product_id = latest.id AND {where}"
        " ORDER BY l.order_created {way}, l.order_id {way} LIMIT %(limit)s) page"
        " WHERE latest.place <= %(limit)s ORDER BY page.created {way}, page.tid {way} LIMIT %(limit)s"
    ).format(where=line_conditions(scope), way=scope.direction)
    return Gathering(holders, places, HOLDERS_CAP)


# Receiver ----------------------------------------------------------------------------------------


def by_receiver(term: Term, scope: Scope) -> list[Place]:
    """Orders whose receiver's name holds the words."""
    name = holds(sql.SQL("o.receiver_name"), term)
    hits = sql.SQL(
        "SELECT o.created, o.tid FROM orders_order o WHERE search_grams(o.receiver_name) @> %(grams)s"
        " AND {holds} AND {where} LIMIT %(cap)s + 1"
    ).format(holds=name, where=scope.where)
    return search(name, word_values(term), scope, of_hits(hits, scope), at_pace(OWN_ROW, term))
