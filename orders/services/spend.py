"""Telling the members' ledger what orders count (M1)."""

from collections.abc import Iterable

from members.models import SpendEntry
from members.services import Spent, record_spend
from orders.rules.products import ProductKind
from orders.rules.spend import counted
from shopdesk.base.arrays import text_array
from shopdesk.base.prepared import prepared_cursor

# What the orders say, and what the ledger has of them already: the caller has locked them, so both stay.
_READ = f"""
SELECT placed.tid, placed.buyer_nick, placed.status, placed.goods_payable, coalesce(lines.links, 0),
    coalesce(lines.refunded, 0), placed.refund_fee, coalesce(placed.pay_time, placed.created),
    goods.buyer_id, goods.amount, refund.buyer_id, refund.amount
FROM orders_order AS placed
LEFT JOIN LATERAL (
    SELECT sum(line.payment) FILTER (WHERE product.kind = '{ProductKind.POSTAGE_LINK.value}') AS links,
        sum(line.refund_fee) FILTER (WHERE product.kind <> '{ProductKind.POSTAGE_LINK.value}') AS refunded
    FROM orders_orderline AS line JOIN orders_product AS product ON product.id = line.product_id
    WHERE line.order_id = placed.tid
) AS lines ON true
LEFT JOIN members_spendentry AS goods
    ON goods.tid = placed.tid AND goods.kind = '{SpendEntry.Kind.ORDER.value}'
LEFT JOIN members_spendentry AS refund
    ON refund.tid = placed.tid AND refund.kind = '{SpendEntry.Kind.REFUND.value}'
WHERE placed.tid = ANY (%s) AND placed.buyer_nick IS NOT NULL
"""  # noqa: S608 (nothing from outside)


def tell_spend(tids: Iterable[str]) -> None:
    """Keep the ledger in step with these orders, with one read and two writes however many they are (M1).

    Counted from payment: what was paid for goods, without postage and postage links, less refunds of goods.
    Orders of an unknown buyer count for nobody until a file names them. What the ledger says already is not told
    again. The caller holds the orders' locks.
    """
    tids = set(tids)
    if not tids:
        return
    with prepared_cursor() as cursor:
        cursor.execute(_READ, [text_array(tids)])
        orders = cursor.fetchall()
    told = []
    for tid, nick, status, payable, links, refunded, refund_fee, at, *known in orders:
        spent = counted(status, payable, links, refunded, refund_fee)
        for kind, amount, had in (
            (SpendEntry.Kind.ORDER, spent.goods, known[:2]),
            (SpendEntry.Kind.REFUND, -spent.refunded, known[2:]),
        ):
            if had != [nick, amount] and (amount or had != [None, None]):
                told.append(Spent(nick, kind, tid, amount, at))
    record_spend(told)
