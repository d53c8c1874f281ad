"""Telling the members' ledger what orders count (M1)."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import DecimalField, F, Q, Sum, Value
from django.db.models.functions import Coalesce

from members.models import SpendEntry
from members.services import Spent, record_spend
from orders.models import Order
from orders.rules.products import ProductKind
from orders.rules.spend import counted
from shopdesk.base.money import ZERO

_MONEY: "DecimalField[Decimal, Decimal]" = DecimalField(max_digits=12, decimal_places=2)


def tell_spend(tids: Iterable[str]) -> None:
    """Keep the ledger in step with these orders, with two reads and one write however many they are (M1).

    Counted from payment: what was paid for goods, without postage and postage links, less refunds of goods.
    Orders of an unknown buyer count for nobody until a file names them.
    """
    tids = set(tids)
    if not tids:
        return
    link = Q(lines__product__kind=ProductKind.POSTAGE_LINK)
    orders = (
        Order.objects.filter(pk__in=tids, buyer__isnull=False)
        .annotate(
            links=Coalesce(Sum("lines__payment", filter=link), Value(ZERO), output_field=_MONEY),
            refunded=Coalesce(Sum("lines__refund_fee", filter=~link), Value(ZERO), output_field=_MONEY),
        )
        .values_list("tid", "buyer_id", "status", "goods_payable", "links", "refunded", "refund_fee")
        .annotate(at=Coalesce(F("pay_time"), F("created")))
    )
    told = []
    for tid, nick, status, payable, links, refunded, refund_fee, at in orders:
        spent = counted(status, payable, links, refunded, refund_fee)
        told.append(Spent(nick, SpendEntry.Kind.ORDER, tid, spent.goods, at))
        told.append(Spent(nick, SpendEntry.Kind.REFUND, tid, -spent.refunded, at))
    record_spend(told)
