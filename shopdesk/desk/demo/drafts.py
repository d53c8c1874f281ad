"""Putting an order together, with its lines, money and history, and writing many such orders at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.db import connection

from members.models import Buyer, SpendEntry
from orders.models import Consent, Flag, Hold, Note, Order, OrderLine, Payment, PlatformTask
from orders.rules.holds import AUTOMATIC_REASON
from orders.rules.products import ProductKind
from orders.rules.spend import counted
from orders.services.parcels.planning import plan
from orders.states import Status
from shipping.carriers import CARRIERS, DEFAULT_CARRIERS
from shipping.provinces import Zone, zone_of
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry
from shopdesk.base.money import ZERO
from shopdesk.desk.demo.catalogue import Catalogue, Item
from shopdesk.desk.demo.copying import copy_models, keys_of
from shopdesk.desk.demo.lives import Life, live
from shopdesk.desk.demo.people import Person
from shopdesk.desk.demo.prices import discounts, postage_of
from shopdesk.desk.demo.words import BUYER_MESSAGES

NUMBERS_BEGIN = datetime(2016, 1, 1, tzinfo=SHANGHAI)
MESSAGE_SHARE, OTHER_CARRIER_SHARE, PART_REFUND_SHARE = 0.16, 0.12, 0.02
LINE_COUNTS, LINE_COUNT_WEIGHTS = (1, 2, 3, 4, 5), (62, 25, 9, 3, 1)
METHODS = tuple(method.value for method in Payment.Method if method != Payment.Method.UNKNOWN)
METHOD_WEIGHTS = (34, 14, 16, 4, 14, 3, 10, 2, 3)
WAITING = frozenset({Status.WAIT_BUYER_PAY.value, Status.WAIT_SELLER_SEND_GOODS.value})
TRACKING_BEGINNINGS = {"zhongtong": "757", "shunfeng": "SF1", "ems": "11"}
REFUND_DONE = "退款成功"

_RAISE_HELD = """
UPDATE orders_sku SET held = held + more.num, stock = greatest(stock, held + more.num)
FROM unnest(%s::bigint[], %s::int[]) AS more (id, num) WHERE orders_sku.id = more.id
"""

_SUM_SPEND = """
UPDATE members_buyer SET spend = ledger.amount
FROM (SELECT buyer_id, sum(amount) AS amount FROM members_spendentry GROUP BY buyer_id) AS ledger
WHERE members_buyer.nick = ledger.buyer_id AND members_buyer.spend <> ledger.amount
"""

Basket = Sequence[tuple[Item, int]]


@dataclass(slots=True)
class Draft:
    """An order with everything that belongs to it, not written yet."""

    order: Order
    life: Life
    basket: Basket
    lines: list[OrderLine] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    tasks: list[PlatformTask] = field(default_factory=list)
    entries: list[AuditEntry] = field(default_factory=list)


class Drafter:
    """Makes orders one after the other; what a buyer spent so far decides the discount of the next (M2)."""

    def __init__(self, random: Random, catalogue: Catalogue, now: datetime, tid_prefix: str) -> None:
        self.random = random
        self.catalogue = catalogue
        self.now = now
        self._tid_prefix = tid_prefix
        self._made = 0
        self._spend: dict[str, Decimal] = {}

    def draft(
        self,
        person: Person,
        created: datetime,
        *,
        basket: Basket | None = None,
        life: Life | None = None,
        has_lines: bool = True,
        message: str | None = None,
    ) -> Draft:
        """An order of ``person``; what is not given is left to chance."""
        random = self.random
        if basket is None:
            basket = self._basket()
        zone = zone_of(person.state)
        if life is None:
            kinds = {item.product.kind for item, _ in basket}
            life = live(random, created, self.now, kinds, zone)
        if message is None:
            message = random.choice(BUYER_MESSAGES) if random.random() < MESSAGE_SHARE else ""
        order = Order(
            tid=self._next_tid(person, created),
            buyer_id=person.nick,
            status=life.status,
            close_reason=life.close_reason,
            partly_shipped=life.partly_shipped,
            payment_pending=life.payment_pending,
            created=created,
            pay_time=life.pay_time,
            consign_time=life.consign_time,
            signed_time=life.signed_time,
            end_time=life.end_time,
            buyer_message=message,
            receiver_name=person.name,
            receiver_state=person.state,
            receiver_address=person.address,
            receiver_mobile=person.mobile,
            num=sum(num for _, num in basket),
        )
        draft = Draft(order, life, basket)
        self._price(draft)
        if has_lines:
            self._hold(draft)
        else:
            draft.lines.clear()
        if life.pay_time is not None:
            self._pay(draft, life.pay_time)
        if life.consign_time is not None or life.partly_shipped:
            self._send(order, zone)
        return draft

    def _basket(self) -> Basket:
        count = self.random.choices(LINE_COUNTS, LINE_COUNT_WEIGHTS)[0]
        items = self.catalogue.pick(self.random, count)
        return [(item, 1 if self.random.random() < 0.88 else self.random.randint(2, 4)) for item in items]

    def _next_tid(self, person: Person, created: datetime) -> str:
        """19 digits as Taobao's: growing with time, and the same four at the end for one buyer."""
        self._made += 1
        seconds = int((created - NUMBERS_BEGIN).total_seconds())
        return f"{self._tid_prefix}{seconds:09d}{self._made % 100:02d}{person.number * 37 % 10_000:04d}"

    def _price(self, draft: Draft) -> None:
        """The lines and the order's money. The price of an unpaid order is not changed yet (O8)."""
        order = draft.order
        amounts = [item.price * num for item, num in draft.basket]
        is_link = [item.product.kind == ProductKind.POSTAGE_LINK for item, _ in draft.basket]
        regular = [
            ZERO if link or item.product.special_price else amount
            for amount, link, (item, _) in zip(amounts, is_link, draft.basket, strict=True)
        ]
        goods = sum((amount for amount, link in zip(amounts, is_link, strict=True) if not link), ZERO)
        taken_off = [ZERO] * len(amounts)
        if order.pay_time is not None and order.buyer_id is not None:
            before = self._spend.get(order.buyer_id, ZERO)
            taken_off = discounts(before, regular)
            goods -= sum(taken_off, ZERO)
            if order.status != Status.TRADE_CLOSED:
                self._spend[order.buyer_id] = before + goods
        order.discount_fee = sum(taken_off, ZERO)
        order.goods_payable = sum(amounts, ZERO) - order.discount_fee
        order.post_fee = ZERO if all(is_link) else postage_of(order.receiver_state, goods)
        order.payment = order.goods_payable + order.post_fee
        many = len(amounts) > 1
        for position, (item, num) in enumerate(draft.basket, start=1):
            draft.lines.append(
                OrderLine(
                    order_id=order.tid,
                    position=position,
                    oid=f"{4 + position}{order.tid[1:]}" if many else order.tid,
                    product_id=item.product.pk,
                    sku_id=item.sku.pk,
                    sku_properties_name=item.sku.sku_properties_name,
                    outer_sku_id=item.sku.outer_sku_id,
                    price=item.price,
                    num=num,
                    discount_fee=taken_off[position - 1],
                    payment=amounts[position - 1] - taken_off[position - 1],
                    order_created=order.created,
                )
            )

    def _hold(self, draft: Draft) -> None:
        """F5: shelf lines are held from placing until closing or shipping."""
        order = draft.order
        if order.status not in WAITING or order.partly_shipped:
            return
        for (item, num), line in zip(draft.basket, draft.lines, strict=True):
            if item.is_on_shelf and not item.is_sold_out:
                draft.holds.append(
                    Hold(
                        sku_id=item.sku.pk,
                        order_id=order.tid,
                        line=line,
                        num=num,
                        reason=AUTOMATIC_REASON,
                        placed_at=order.created,
                    )
                )

    def _pay(self, draft: Draft, pay_time: datetime) -> None:
        order = draft.order
        order.paid_fee = order.payment
        draft.payments.append(
            Payment(
                order_id=order.tid,
                payment_no=f"{pay_time.astimezone(SHANGHAI):%Y%m%d}22001{order.tid[4:]}",
                amount=order.payment,
                method=self._method(draft),
                status=Payment.Status.APPLIED.value,
                paid_at=pay_time,
                heard_at=pay_time + timedelta(seconds=self.random.randint(1, 40)),
            )
        )
        if order.status == Status.TRADE_CLOSED:
            order.refund_fee = order.payment
            for line in draft.lines:
                line.refund_status, line.refund_fee = REFUND_DONE, line.payment
        elif len(draft.lines) > 1 and order.signed_time and self.random.random() < PART_REFUND_SHARE:
            line = draft.lines[-1]
            line.refund_status, line.refund_fee, order.refund_fee = REFUND_DONE, line.payment, line.payment

    def _method(self, draft: Draft) -> str:
        method = self.random.choices(METHODS, METHOD_WEIGHTS)[0]
        if method == Payment.Method.INTERNATIONAL_CARD and any(
            item.product.virtual for item, _ in draft.basket
        ):
            return Payment.Method.ALIPAY.value  # O11: such cards pay no virtual goods
        return method

    def _send(self, order: Order, zone: Zone) -> None:
        """A carrier and a tracking number that looks like the carrier's (S1)."""
        code = DEFAULT_CARRIERS[zone]
        if zone in (Zone.CORE, Zone.MAINLAND) and self.random.random() < OTHER_CARRIER_SHARE:
            code = "shunfeng"
        order.logistics_company = CARRIERS[code].name
        order.invoice_no = TRACKING_BEGINNINGS[code] + order.tid[4:15]


def _ledger_rows(draft: Draft) -> Iterator[SpendEntry]:
    """M1: what the order counts for its buyer."""
    order, links, refunded = draft.order, ZERO, ZERO
    if order.buyer_id is None:
        return
    for line, (item, _num) in zip(draft.lines, draft.basket, strict=False):
        if item.product.kind == ProductKind.POSTAGE_LINK:
            links += line.payment
        else:
            refunded += line.refund_fee
    spent = counted(order.status, order.goods_payable, links, refunded, order.refund_fee)
    for kind, amount in ((SpendEntry.Kind.ORDER, spent.goods), (SpendEntry.Kind.REFUND, -spent.refunded)):
        if amount:
            at = order.pay_time or order.created
            yield SpendEntry(buyer_id=order.buyer_id, kind=kind.value, tid=order.tid, amount=amount, at=at)


def sum_spend() -> None:
    """Bring each buyer's spend up to the ledger with one statement, once everything is written (M1).

    Not piece by piece: each change of a spend is written into every index of the buyers.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SUM_SPEND)


class Writer:
    """Writes drafts by COPY, buyers before their first order, and keeps shelf stock above its holds.

    The buyers' spend is left to ``sum_spend``, to be called after the last of them.
    """

    def __init__(self, now: datetime, known_nicks: Iterable[str] = ()) -> None:
        self.now = now
        self._nicks = set(known_nicks)
        self._line_keys = keys_of(OrderLine)

    def write(self, drafts: Sequence[Draft]) -> None:
        """Write everything of these orders. Call it inside a transaction."""
        buyers = []
        for draft in drafts:
            nick = draft.order.buyer_id
            if nick is not None and nick not in self._nicks:
                self._nicks.add(nick)
                buyers.append(Buyer(nick=nick, first_seen_at=draft.order.created))
        copy_models(Buyer, buyers)
        copy_models(Order, (draft.order for draft in drafts))
        copy_models(OrderLine, self._keyed(line for draft in drafts for line in draft.lines))
        copy_models(Payment, (payment for draft in drafts for payment in draft.payments))
        copy_models(Note, (note for draft in drafts for note in draft.notes))
        copy_models(Flag, (flag for draft in drafts for flag in draft.flags))
        copy_models(Consent, (consent for draft in drafts for consent in draft.consents))
        copy_models(PlatformTask, (task for draft in drafts for task in draft.tasks))
        copy_models(AuditEntry, (entry for draft in drafts for entry in draft.entries))
        copy_models(SpendEntry, (row for draft in drafts for row in _ledger_rows(draft)))
        paid = (draft.order for draft in drafts if draft.order.status == Status.WAIT_SELLER_SEND_GOODS)
        plan((order.tid for order in paid), now=self.now)
        self._write_holds([hold for draft in drafts for hold in draft.holds])

    def _keyed(self, lines: Iterable[OrderLine]) -> Sequence[OrderLine]:
        """The lines, each with the key that its hold names; taken before COPY has the connection to itself."""
        keyed = list(lines)
        for line, key in zip(keyed, self._line_keys, strict=False):
            line.pk = key
        return keyed

    def _write_holds(self, holds: list[Hold]) -> None:
        for hold in holds:
            hold.line_id = hold.line.pk if hold.line else None
        copy_models(Hold, holds)
        held = Counter[int]()
        for hold in holds:
            held[hold.sku_id] += hold.num
        with connection.cursor() as cursor:
            cursor.execute(_RAISE_HELD, [list(held), list(held.values())])
