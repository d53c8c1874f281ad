"""Buyers who are there for a reason: each shows something that the rules or the pages are about."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from orders.rules.closing import UNPAID_KEPT
from orders.rules.products import ProductKind
from orders.states import Status
from shipping.provinces import PROVINCES
from shopdesk.desk.demo.catalogue import Item
from shopdesk.desk.demo.drafts import Draft
from shopdesk.desk.demo.lives import Life
from shopdesk.desk.demo.makers import Workshop
from shopdesk.desk.demo.people import Person, make_person

# M4: spends below, at and above each tier.
NEAR_TIERS = ("999", "999.99", "1000", "1000.01", "9999.99", "10000", "10001", "19999", "20000", "20001")
# Until the desk closes them, in minutes; what is past is closed by the job's next run.
MINUTES_LEFT = (-90, -30, -5, 0, 3, 4, 6, 8, 11, 15, 20, 30, 45, 60, 90, 120, 180, 300, 480, 640, 900, 1400)
MANY_ORDERS = 64
FIRST_NUMBER = 5000


class Cast:
    """Makes the orders of these buyers."""

    def __init__(self, workshop: Workshop) -> None:
        self._shop = workshop
        self._now = workshop.now
        self._random = workshop.random
        self._number = FIRST_NUMBER

    def make_all(self) -> None:
        """Everybody."""
        self._every_province()
        self._near_tiers()
        self._regular()
        self._due_soon()
        self._siblings()
        self._odd_imports()
        self._late()
        self._waiting_for_stock()
        self._links()

    def person(self, nick: str | None, state: str | None = None) -> Person:
        """A buyer of that nick, who lives there."""
        self._number += 1
        return make_person(self._random, nick, self._number, state)

    def _ago(self, **span: float) -> timedelta:
        return timedelta(**span) + timedelta(seconds=self._random.randint(0, 50))

    def _every_province(self) -> None:
        for number, state in enumerate(PROVINCES):
            person = self.person(f"住在{state}的小肥" if number % 7 == 0 else f"{state}的{number}号", state)
            self._shop.make(person, self._now - self._ago(days=2 + number * 2))

    def _near_tiers(self) -> None:
        for place, target in enumerate(NEAR_TIERS):
            person = self.person(f"攒到{target}的糖糖", ("上海", "广东", "浙江", "四川")[place % 4])
            self._spend_exactly(person, Decimal(target))
            self._shop.make(person, self._now - self._ago(hours=1 + place), life=Life(), is_noted=False)

    def _spend_exactly(self, person: Person, target: Decimal) -> None:
        """Regular orders, then one special-price item, which has no discount (M2), makes the sum right."""
        special = self._shop.catalogue.titled("亚麻衬衫裙")[0]
        costly = self._shop.catalogue.titled("羽绒服")[0]
        left, days = target, 88.0
        while left > 0:
            basket = [(self._shop.catalogue.pick_kind(self._random, ProductKind.PROXY_STOCK), 1)]
            if left > 2 * costly.price:
                basket = [(costly, 1)]
            if basket[0][0].price >= left - 5:
                basket = [(special._replace(price=left), 1)]
            draft = self._finished(person, days, basket)
            left -= draft.order.goods_payable
            days = max(days - 4, 8)

    def _finished(self, person: Person, days: float, basket: list[tuple[Item, int]]) -> Draft:
        created = (self._now - self._ago(days=days)).replace(microsecond=0)
        life = Life(
            Status.TRADE_FINISHED.value,
            pay_time=created + timedelta(minutes=7),
            consign_time=created + timedelta(hours=26),
            signed_time=created + timedelta(days=4),
            end_time=created + timedelta(days=6),
        )
        return self._shop.make(person, created, basket=basket, life=life)

    def _regular(self) -> None:
        """One buyer with many orders."""
        person = self.person("小肥猪的日常", "浙江")
        for number in range(MANY_ORDERS):
            self._shop.make(person, self._now - self._ago(days=0.2 + 88 * number / MANY_ORDERS))

    def _due_soon(self) -> None:
        for number, minutes in enumerate(MINUTES_LEFT):
            person = self.person(f"还没想好的{('豆豆', '小肥', '米米')[number % 3]}{number}")
            created = self._now - UNPAID_KEPT + timedelta(minutes=minutes)
            self._shop.make(person, created, life=Life(), is_noted=False)

    def _siblings(self) -> None:
        """Two orders within three days to one address: what S7 adds up."""
        for nick, state, prices in (
            ("两单一起发的果果", "江苏", ("300.00", "250.00")),
            ("三天内又来的朵朵", "广东", ("640.00", "420.00")),
            ("小肥家的两单", "上海", ("199.00", "229.00")),
        ):
            person = self.person(nick, state)
            item = self._shop.catalogue.titled("圆领卫衣")[0]
            paid_at = self._now - timedelta(days=2)
            first = [(item._replace(price=Decimal(prices[0])), 1)]
            second = [(item._replace(price=Decimal(prices[1])), 1)]
            life = Life(Status.WAIT_SELLER_SEND_GOODS.value, pay_time=paid_at.replace(microsecond=0))
            self._shop.make(person, paid_at - timedelta(minutes=9), basket=first, life=life, is_noted=False)
            placed = self._now - self._ago(hours=3)
            self._shop.make(person, placed, basket=second, life=Life(), is_noted=False)

    def _odd_imports(self) -> None:
        """What exports leave out, and what the platform is still doing."""
        for number in range(12):  # newer exports do not name the buyer
            self._shop.make(self.person(None), self._now - self._ago(days=1 + number * 3))
        for number in range(14):  # their item list has not come yet
            person = self.person(f"明细还没到的贝贝{number}")
            self._shop.make(person, self._now - self._ago(hours=2 + number), has_lines=False)
        for hours in (5, 30, 75):
            person = self.person(f"外卡付款的kiki{hours}", "海外")
            life = Life(payment_pending=True)
            self._shop.make(person, self._now - self._ago(hours=hours), life=life, is_noted=False)
        shelf = ProductKind.PROXY_STOCK, ProductKind.PROXY_PREORDER
        for number in range(8):
            person = self.person(f"先发一件的乐乐{number}")
            basket = [(self._shop.catalogue.pick_kind(self._random, kind), 1) for kind in shelf]
            pay_time = (self._now - self._ago(days=3 + number)).replace(microsecond=0)
            life = Life(Status.WAIT_SELLER_SEND_GOODS.value, pay_time=pay_time, partly_shipped=True)
            self._shop.make(person, pay_time - timedelta(minutes=20), basket=basket, life=life)

    def _late(self) -> None:
        """Paid and not shipped in time (O13), and one that no batch ever held (O15)."""
        for kind, days in (
            (ProductKind.PROXY_STOCK, 2.2), (ProductKind.STANDARD, 3.1), (ProductKind.PROXY_STOCK, 1.9),
            (ProductKind.PROXY_PREORDER, 14.6), (ProductKind.PROXY_PREORDER, 16.0),
            (ProductKind.PROXY_PREORDER, 19.5), (ProductKind.CUSTOM, 15.5),
        ):  # fmt: skip
            person = self.person(f"等了{days:g}天的栗子")
            pay_time = (self._now - self._ago(days=days)).replace(microsecond=0)
            life = Life(Status.WAIT_SELLER_SEND_GOODS.value, pay_time=pay_time)
            basket = [(self._shop.catalogue.pick_kind(self._random, kind), 1)]
            self._shop.make(person, pay_time - timedelta(minutes=4), basket=basket, life=life)

    def _waiting_for_stock(self) -> None:
        """Paid, and what they bought is sold out (F5)."""
        for number, item in enumerate(self._shop.catalogue.sold_out * 2):
            person = self.person(f"等补货的橙子{number}")
            pay_time = (self._now - self._ago(hours=6 + number * 7)).replace(microsecond=0)
            life = Life(Status.WAIT_SELLER_SEND_GOODS.value, pay_time=pay_time)
            placed = pay_time - timedelta(minutes=5)
            self._shop.make(person, placed, basket=[(item, 1)], life=life, is_noted=False)

    def _links(self) -> None:
        """Differences paid by postage link."""
        for number in range(9):
            person = self.person(f"补邮费的奶茶{number}")
            link = self._shop.catalogue.pick_kind(self._random, ProductKind.POSTAGE_LINK)
            basket = [(link, self._random.randint(1, 14))]
            created = self._now - self._ago(days=number * 4 + 0.5)
            pay_time = (created + timedelta(minutes=3)).replace(microsecond=0)
            life = Life(Status.WAIT_SELLER_SEND_GOODS.value, pay_time=pay_time)
            if number:
                sent = pay_time + timedelta(hours=number)
                life = Life(Status.TRADE_FINISHED.value, pay_time=pay_time, consign_time=sent, end_time=sent)
            self._shop.make(person, created, basket=basket, life=life, message="补运费", is_noted=False)
