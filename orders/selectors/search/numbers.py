"""Searching by numbers and codes: order, tracking and phone numbers, SKU codes. Each is an index look-up."""

from psycopg import sql

from orders.rules.search import Term
from orders.selectors.scope import Place, Scope, places, run
from orders.selectors.search.walk import walk_to_the_end
from orders.selectors.search.words import line_conditions

NUMBERS_CAP = 1500
# Beyond every character, in the order of code points that these columns are kept in.
_BEYOND = "\U0010ffff"


def by_tid(term: Term, scope: Scope) -> list[Place]:
    """Orders whose number begins as given."""
    return _by_beginning(sql.SQL("o.tid"), term, scope)


_NOTHING = sql.SQL("")
# An order knows the number of its last parcel; that of a first one stands on the parcel (S8).
_IN_PARCELS = (
    " UNION SELECT * FROM (SELECT o.created, o.tid FROM unnest(%(numbers)s::text[]) AS number"
    " JOIN orders_parcel p ON p.invoice_no >= number AND p.invoice_no < number || %(beyond)s"
    " JOIN orders_parcelline l ON l.parcel_id = p.id AND l.live JOIN orders_order o ON o.tid = l.order_id"
    " WHERE p.invoice_no <> '' AND {where} LIMIT %(cap)s) AS of_parcels"
)


def by_tracking(term: Term, scope: Scope) -> list[Place]:
    """Orders of which a tracking number begins as given, in either letter case."""
    in_parcels = sql.SQL(_IN_PARCELS).format(where=scope.where)
    return _by_beginning(sql.SQL("o.invoice_no"), term, scope, also=in_parcels)


def _by_beginning(
    column: sql.SQL, term: Term, scope: Scope, *, also: sql.Composable = _NOTHING
) -> list[Place]:
    numbers = sorted({term.compact, term.compact.upper()})
    statement = sql.SQL(
        "WITH hit AS MATERIALIZED (SELECT * FROM"
        " (SELECT o.created, o.tid FROM unnest(%(numbers)s::text[]) AS number"
        " JOIN orders_order o ON {column} >= number AND {column} < number || %(beyond)s"
        " WHERE {column} <> '' AND {where} LIMIT %(cap)s) AS of_orders{also})"
        " SELECT DISTINCT created, tid, (SELECT count(*) FROM hit) FROM hit"
        " ORDER BY created {way}, tid {way} LIMIT %(limit)s"
    ).format(column=column, where=scope.where, way=scope.direction, also=also)
    values = {"numbers": numbers, "beyond": _BEYOND, "cap": NUMBERS_CAP + 1}
    rows = run(statement, scope.values | values)
    if not rows or rows[0][2] <= NUMBERS_CAP:
        return places(rows)
    # A beginning that so many share fills the page soon.
    test = sql.SQL("({})").format(
        sql.SQL(" OR ").join(
            sql.SQL("starts_with({}, {})").format(column, sql.Placeholder(f"number_{place}"))
            for place, _number in enumerate(numbers)
        )
    )
    return walk_to_the_end(test, {f"number_{place}": number for place, number in enumerate(numbers)}, scope)


def by_phone(term: Term, scope: Scope) -> list[Place]:
    """Orders to a mobile number, given whole."""
    return _by_phone(sql.SQL("o.receiver_mobile"), term, scope)


def by_phone_end(term: Term, scope: Scope) -> list[Place]:
    """Orders to a mobile number that ends in the four digits given."""
    return _by_phone(sql.SQL("right(o.receiver_mobile, 4)"), term, scope)


def _by_phone(column: sql.SQL, term: Term, scope: Scope) -> list[Place]:
    statement = sql.SQL(
        "SELECT o.created, o.tid FROM orders_order o"
        " WHERE {column} = %(number)s AND o.receiver_mobile <> '' AND {where}"
        " ORDER BY o.created {way}, o.tid {way} LIMIT %(limit)s"
    ).format(column=column, where=scope.where, way=scope.direction)
    return places(run(statement, scope.values | {"number": term.compact}))


def by_sku(term: Term, scope: Scope) -> list[Place]:
    """Orders with a line of the SKU code given, as typed or in capitals."""
    statement = sql.SQL(
        "SELECT DISTINCT hit.created, hit.tid FROM unnest(%(codes)s::text[]) AS code CROSS JOIN LATERAL ("
        " SELECT DISTINCT l.order_created AS created, l.order_id AS tid FROM orders_orderline l"
        " WHERE l.outer_sku_id = code AND l.outer_sku_id <> '' AND {where}"
        " ORDER BY l.order_created {way}, l.order_id {way} LIMIT %(limit)s) hit"
        " ORDER BY hit.created {way}, hit.tid {way} LIMIT %(limit)s"
    ).format(where=line_conditions(scope), way=scope.direction)
    codes = sorted({term.text, term.compact, term.compact.upper()})
    return places(run(statement, scope.values | {"codes": codes}))
