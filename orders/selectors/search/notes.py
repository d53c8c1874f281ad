"""Searching the notes written here and, beside them, the memos on Taobao."""

from psycopg import sql

from orders.rules.search import Term
from orders.selectors.scope import Place, Scope
from orders.selectors.search.walk import NOTES, Pace, search
from orders.selectors.search.words import WITH_LOOKUP, at_pace, holds, of_hits, word_values

# Few orders have a note or a memo, so their rows lie scattered: the index of grams is asked after one step.
SCATTERED = Pace(steps=1, hits=3)


def by_note(term: Term, scope: Scope) -> list[Place]:
    """Orders of which a note written here, or the memo on Taobao, holds the words."""
    if scope.conditions:
        return _in_either(term, scope)
    note = holds(sql.SQL("n.text"), term)
    hits = sql.SQL(
        "({memo_hits}) UNION ALL (SELECT n.order_created AS created, n.order_id AS tid FROM orders_note n"
        " WHERE search_grams(n.text) @> %(grams)s AND {note} AND {span} LIMIT %(cap)s + 1)"
    ).format(
        memo_hits=_memo_hits(term, scope),
        note=note,
        span=scope.span(sql.SQL("n.order_created"), sql.SQL("n.order_id")),
    )
    test = holds(sql.SQL("o.text"), term)
    return search(test, word_values(term), scope, of_hits(hits, scope), SCATTERED, NOTES)


def _memo_hits(term: Term, scope: Scope) -> sql.Composable:
    return sql.SQL(
        "SELECT o.created, o.tid FROM orders_order o WHERE search_grams(o.seller_memo) @> %(grams)s"
        " AND o.seller_memo <> '' AND {holds} AND {where} LIMIT %(cap)s + 1"
    ).format(holds=holds(sql.SQL("o.seller_memo"), term), where=scope.where)


def _in_either(term: Term, scope: Scope) -> list[Place]:
    """Under other filters the orders come first, and each is asked for its memo and its notes."""
    note = holds(sql.SQL("n.text"), term)
    test = sql.SQL(
        "({memo} OR coalesce((SELECT bool_or({note}) FROM orders_note n WHERE n.order_id = o.tid), FALSE))"
    ).format(memo=holds(sql.SQL("o.seller_memo"), term), note=note)
    hits = sql.SQL(
        "({memo_hits}) UNION ALL SELECT o.created, o.tid FROM (SELECT n.order_id FROM orders_note n"
        " WHERE search_grams(n.text) @> %(grams)s AND {note} LIMIT %(cap)s + 1) n"
        " JOIN orders_order o ON o.tid = n.order_id WHERE {where}"
    ).format(memo_hits=_memo_hits(term, scope), note=note, where=scope.where)
    return search(test, word_values(term), scope, of_hits(hits, scope), at_pace(WITH_LOOKUP, term))
