"""Quotes: gathering the facts that a price depends on, from an ask or from an order, and pricing them.

The price itself is worked out by ``orders.rules.quotes``, which knows no table.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from members.models import Buyer, SpendEntry
from members.selectors import is_free_for_life, tiers_at
from orders.models import Order, OrderLine, OrderTerms, ParcelLine, PostageCredit
from orders.rules.products import ProductKind, is_special_price, kind_of_title
from orders.rules.quotes import (
    JOINING_SPAN,
    JOINING_STATES,
    Quote,
    QuoteFacts,
    QuoteLine,
    Sibling,
    make_quote,
)
from orders.states import CLOSED, ParcelStage
from shipping.carriers import CARRIERS
from shipping.provinces import PROVINCES, province_of
from shipping.selectors import tariff_finder
from shopdesk.base import clock
from shopdesk.base.composed import Composed, Given
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO

MOST_LINES = 200
MOST_PIECES = 100_000
MOST_MONEY = Decimal("99999999.99")
MALFORMED = "malformed"


class MalformedAsk(DomainError):
    """The ask itself cannot be read: ``field`` says where."""

    status = 400

    def __init__(self, field: str, message: Any) -> None:
        super().__init__(MALFORMED, message, field=field)


def quote_ask(ask: Mapping[str, Any]) -> Quote:
    """Price what a program or a form asks (the ask of the API).

    Raises ``MalformedAsk`` for an ask that cannot be read, and whatever ``make_quote`` refuses.
    """
    return make_quote(facts_of_ask(ask))


def facts_of_ask(ask: Mapping[str, Any]) -> QuoteFacts:
    """The facts of an ask; what it leaves out is looked up or takes its default."""
    if not isinstance(ask, Mapping):
        raise MalformedAsk("", _("The ask must be a JSON object."))
    at = _moment(ask, "at") or clock.now()
    province = _province(ask)
    nick = ask.get("buyer_nick")
    spend = _amount(ask, "prior_spend")
    siblings = ask.get("sibling_orders")
    if nick is not None and not isinstance(nick, str):
        raise MalformedAsk("buyer_nick", _("The nick is a text."))
    if nick and spend is None:
        spend = Buyer.objects.filter(pk=nick).values_list("spend", flat=True).first()
    return QuoteFacts(
        at=at,
        prior_spend=max(spend or ZERO, ZERO),
        province=province,
        lines=_lines(ask),
        tiers=tiers_at(at),
        tariff_of=tariff_finder(at, province),
        carrier=_carrier(ask),
        weight_kg=_weight(ask, "weight_kg"),
        shelf_goods_first=_flag(ask, "shelf_goods_first"),
        lifetime_free_shipping=_flag(ask, "lifetime_free_shipping"),
        siblings=_siblings_of_ask(siblings)
        if siblings is not None
        else _siblings_of_buyer(nick, ask.get("receiver_address"), at),
    )


def quote_order(
    order: Order, *, at: datetime | None = None, carrier: str | None = None, shelf_first: bool | None = None
) -> Quote:
    """Price an order by the rules as they stood when it was placed, with a constant number of statements.

    The buyer's spend is taken without what this order itself counts. Raises what ``make_quote`` refuses.
    """
    return make_quote(facts_of_order(order, at=at, carrier=carrier, shelf_first=shelf_first))


def facts_of_order(
    order: Order,
    *,
    at: datetime | None = None,
    carrier: str | None = None,
    shelf_first: bool | None = None,
    lines: Sequence[OrderLine] | None = None,
    siblings: Sequence[tuple[Order, Sibling]] | None = None,
) -> QuoteFacts:
    """The facts of an order; ``lines`` prices it with other lines than it has.

    ``shelf_first`` tries two parcels, or one, where the order does not keep it so (S8).

    ``siblings`` are what ``siblings_of`` answered, where the caller has read them already.
    """
    at = at or order.created
    if lines is None:
        lines = list(order.lines.select_related("product").order_by("position"))
    if siblings is None:
        siblings = siblings_of(order)
    province = order.receiver_state if order.receiver_state in PROVINCES else None
    return QuoteFacts(
        at=order.created,
        prior_spend=_spend_before(order),
        province=province,
        lines=tuple(
            QuoteLine(line.product.title, line.price, line.num, line.product.kind, line.product.special_price)
            for line in lines
        ),
        tiers=tiers_at(at),
        tariff_of=tariff_finder(at, province),
        carrier=carrier,
        shelf_goods_first=order.shelf_goods_first if shelf_first is None else shelf_first,
        forwarder=order.forwarder,
        lifetime_free_shipping=is_free_for_life(order.buyer_id, order.receiver_address),
        siblings=tuple(sibling for _, sibling in siblings),
    )


def kept_carrier(order: Order) -> str | None:
    """The carrier that the order was last priced for, where another than the zone's own was asked for (S1)."""
    terms = OrderTerms.objects.filter(order=order).order_by("-priced_at", "-id")
    return terms.values_list("quote__asked_carrier", flat=True).first() or None


def siblings_of(order: Order) -> list[tuple[Order, Sibling]]:
    """The buyer's other orders to the same address that may add up with this one, oldest number first (S7).

    One that was placed for an exchange adds up with none (A8).
    """
    if order.buyer_id is None or not order.receiver_address or order.tied:
        return []
    found = _candidates(order.buyer_id, order.receiver_address, order.created, priced=order.pk)
    return [(other, as_sibling(other)) for other in found]


def as_sibling(order: Order) -> Sibling:
    """An order as another one's quote sees it: its goods less refunds, and the postage that was not given back."""
    return Sibling(
        goods_payable=max(order.goods_payable - order.links - max(order.refund_fee, order.refunded), ZERO),  # type: ignore[attr-defined]
        post_fee=ZERO if order.was_credited else order.post_fee,  # type: ignore[attr-defined]
        status=order.status,
        created=order.created,
    )


def _joining() -> QuerySet[Any]:
    # What was credited to the order being priced is to be given anew, and so is what a closed order did not use.
    gone = PostageCredit.objects.filter(paid_on=OuterRef("pk")).exclude(
        Q(given_to=Given("priced")) | Q(given_to__status__in=CLOSED)
    )
    is_link = Q(lines__product__kind=ProductKind.POSTAGE_LINK)
    back = Case(
        When(lines__refunded_at__isnull=False, then=F("lines__payment")), default=F("lines__refund_fee")
    )
    in_pile = ParcelLine.objects.filter(
        order=OuterRef("pk"), live=True, parcel__stage__in=(ParcelStage.PRINTED, ParcelStage.PACKED)
    )
    return (
        Order.objects.annotate(
            was_credited=Exists(gone),
            links=Sum("lines__payment", filter=is_link, default=ZERO),
            refunded=Sum(back, filter=~is_link, default=ZERO),
            slip_stage=Subquery(in_pile.values("parcel__stage")[:1]),
        )
        .filter(
            Q(partly_shipped=False),
            tied=False,
            buyer=Given("nick"),
            receiver_address=Given("address"),
            status__in=JOINING_STATES,
            created__gte=Given("since"),
            created__lte=Given("until"),
        )
        .exclude(pk=Given("priced"))
        .order_by("tid")
    )


_JOINING = Composed(_joining, pages=["unpaid order"])


def _candidates(nick: str, address: str, at: datetime, *, priced: str = "") -> list[Any]:
    return _JOINING(
        nick=nick, address=address, since=at - JOINING_SPAN, until=at + JOINING_SPAN, priced=priced
    )


_SPENT = Composed(
    lambda: Buyer.objects.filter(pk=Given("nick")).values_list(
        F("spend")
        - Coalesce(
            Subquery(
                SpendEntry.objects.filter(tid=Given("tid"))
                .values("tid")
                .annotate(sum=Sum("amount"))
                .values("sum")
            ),
            ZERO,
            output_field=DecimalField(),
        ),
        flat=True,
    ),
    pages=["unpaid order"],
)


def _spend_before(order: Order) -> Decimal:
    if order.buyer_id is None:
        return ZERO
    return max(_SPENT.first(nick=order.buyer_id, tid=order.tid) or ZERO, ZERO)


def _siblings_of_buyer(nick: str | None, address: object, at: datetime) -> tuple[Sibling, ...]:
    if not nick or not isinstance(address, str):
        return ()
    return tuple(as_sibling(order) for order in _candidates(nick, address, at))


def _siblings_of_ask(given: object) -> tuple[Sibling, ...]:
    if not isinstance(given, list) or len(given) > MOST_LINES:
        raise MalformedAsk("sibling_orders", _("The other orders are a list."))
    siblings = []
    for number, item in enumerate(given):
        where = f"sibling_orders[{number}]"
        if not isinstance(item, Mapping):
            raise MalformedAsk(where, _("Each other order must be a JSON object."))
        created = _moment(item, "created", where)
        goods = _amount(item, "goods_payable", where)
        if created is None or goods is None:
            raise MalformedAsk(where, _("Each other order has goods_payable and created."))
        status = item.get("status")
        if not isinstance(status, str):
            raise MalformedAsk(f"{where}.status", _("Each other order has a status of Taobao."))
        siblings.append(Sibling(goods, _amount(item, "post_fee", where) or ZERO, status, created))
    return tuple(siblings)


def _lines(ask: Mapping[str, Any]) -> tuple[QuoteLine, ...]:
    given = ask.get("lines")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_LINES:
        raise MalformedAsk("lines", _("The lines are a list of at least one line."))
    return tuple(_line(item, f"lines[{number}]") for number, item in enumerate(given))


def _line(item: object, where: str) -> QuoteLine:
    if not isinstance(item, Mapping):
        raise MalformedAsk(where, _("Each line must be a JSON object."))
    title = item.get("title")
    if not isinstance(title, str):
        raise MalformedAsk(f"{where}.title", _("Each line has a title."))
    price = _amount(item, "price", where)
    num = item.get("num", 1)
    if price is None:
        raise MalformedAsk(f"{where}.price", _("Each line has a price, as a string such as “499.00”."))
    if not isinstance(num, int) or isinstance(num, bool) or not 0 < num <= MOST_PIECES:
        raise MalformedAsk(f"{where}.num", _("Each line has a whole number of pieces, 1 or more."))
    kind = item.get("kind") or kind_of_title(title)
    if kind not in ProductKind.values:
        raise MalformedAsk(f"{where}.kind", _("This kind of product is not known."))
    special = item.get("special_price")
    return QuoteLine(
        title=title,
        price=price,
        num=num,
        kind=kind,
        special_price=is_special_price(title) if special is None else _flag(item, "special_price", where),
        weight_kg=_weight(item, "weight_kg", where),
    )


def _province(ask: Mapping[str, Any]) -> str | None:
    for name in ("receiver_state", "receiver_address"):
        given = ask.get(name)
        if given is None or given == "":
            continue
        if not isinstance(given, str):
            raise MalformedAsk(name, _("The address is a text."))
        if given in PROVINCES:
            return given
        if found := province_of(given):
            return found
    return None


def _carrier(ask: Mapping[str, Any]) -> str | None:
    given = ask.get("carrier")
    if given is None or given == "":
        return None
    if not isinstance(given, str) or given not in CARRIERS:
        raise MalformedAsk("carrier", _("This carrier is not known."))
    return given


def _flag(values: Mapping[str, Any], name: str, where: str = "") -> bool:
    given = values.get(name)
    if given is None:
        return False
    if not isinstance(given, bool):
        raise MalformedAsk(_place(where, name), _("This is either true or false."))
    return given


def _amount(values: Mapping[str, Any], name: str, where: str = "") -> Decimal | None:
    amount = _decimal(values.get(name), _place(where, name))
    if amount is None:
        return None
    exponent = amount.as_tuple().exponent
    if not 0 <= amount <= MOST_MONEY or not isinstance(exponent, int) or exponent < -2:
        raise MalformedAsk(_place(where, name), _("An amount is 0.00 or more, in yuan and cents."))
    return amount


def _weight(values: Mapping[str, Any], name: str, where: str = "") -> Decimal | None:
    weight = _decimal(values.get(name), _place(where, name))
    if weight is not None and not 0 <= weight <= 10_000:
        raise MalformedAsk(_place(where, name), _("A weight is 0 kg or more."))
    return weight


def _decimal(given: object, where: str) -> Decimal | None:
    if given is None or given == "":
        return None
    # A JSON number may have lost digits on its way: money and weight come as strings, whole numbers may pass.
    if not isinstance(given, str | int) or isinstance(given, bool):
        raise MalformedAsk(where, _("A number comes as a string, such as “499.00”."))
    try:
        number = Decimal(given)
    except InvalidOperation as error:
        raise MalformedAsk(where, _("This is no number.")) from error
    if not number.is_finite():
        raise MalformedAsk(where, _("This is no number."))
    return number


def _moment(values: Mapping[str, Any], name: str, where: str = "") -> datetime | None:
    given = values.get(name)
    if given is None or given == "":
        return None
    try:
        return clock.parse(str(given))
    except ValueError as error:
        raise MalformedAsk(_place(where, name), _("A time is written as 2026-11-22 10:00:00.")) from error


def _place(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
