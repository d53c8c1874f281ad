"""What buyers of the made-up shop ask for after the sale: tickets in every state, done by the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import F

from afterservice.models import Ticket, TicketMessage
from afterservice.rules.kinds import WITHOUT_GOODS, Problem, TicketKind
from afterservice.services.opening import NewTicket, open_ticket
from orders.models import OrderLine, Sku
from orders.rules.products import ProductKind
from orders.services import stock
from orders.states import Status
from shopdesk.base import audit
from shopdesk.base.models import AuditEntry
from shopdesk.desk.demo.cast import Cast
from shopdesk.desk.demo.coming_back import ComingBack, keep_return_address
from shopdesk.desk.demo.drafts import Draft
from shopdesk.desk.demo.lives import Life
from shopdesk.desk.demo.makers import Workshop
from shopdesk.desk.demo.ticket_steps import WANGWANG, Step, TicketSteps

Story = Callable[[], None]
TAOBAO = TicketMessage.Channel.TAOBAO
PREORDER, STANDARD, CUSTOM = ProductKind.PROXY_PREORDER, ProductKind.STANDARD, ProductKind.CUSTOM
SHELF = ProductKind.PROXY_STOCK


def sell_and_hear(workshop: Workshop, cast: Cast) -> list[Story]:
    """Make the orders of all requests, and answer what is to be done once they are written."""
    return _AfterSales(workshop, cast).stories()


class _AfterSales(TicketSteps):
    def __init__(self, workshop: Workshop, cast: Cast) -> None:
        super().__init__(workshop)
        self._shop, self._cast = workshop, cast
        self._back = ComingBack(self._owner, self._warehouse, self._ago)

    def stories(self) -> list[Story]:
        """Every request, in the order in which it was made."""
        told = [*self._undecided(), *self._decided(), *self._disputed()]
        told.append((200, lambda: keep_return_address(self._ago(200))))
        return [story for _opened, story in sorted(told, key=lambda one: -one[0])]

    # Requests by how far they are -------------------------------------------------------------------

    def _undecided(self) -> list[tuple[float, Story]]:
        """Just opened; nearly too late to answer; answered; with evidence; nobody knows the receipt time."""
        return [
            self._case(
                "想退货的草莓", STANDARD, 30, 2, "return", "changed_mind", "收到了，颜色不太适合我，想退。"
            ),
            self._case(
                "等回复的蓝莓",
                STANDARD,
                60,
                23.3,
                "exchange_sku",
                "changed_mind",
                "穿着有点紧，能换大一码吗？",
            ),
            self._case(
                "鞋底开胶的橙子",
                SHELF,
                40,
                29,
                "refund_only",
                "damaged",
                "才穿一次鞋底就开胶了，看图。",
                self._photo(28.9),
                self._photo(28.8),
                self._told(28, "亲，照片收到了，我们马上核实，今天给您答复。"),
            ),
            self._case(
                "快到期的樱桃",
                STANDARD,
                70,
                42,
                "exchange_sku",
                "size",
                "标的M，实际像S，想换L。",
                self._told(41, "亲，麻烦量一下胸围发我。"),
                self._heard(40, "平铺42厘米。"),
                self._photo(39.9),
            ),
            self._case(
                "不知签收的葡萄",
                STANDARD,
                None,
                5,
                "return",
                "changed_mind",
                "不想要了，可以退吗？",
                self._told(4.5, "亲，请问您是哪天收到的？"),
            ),
            self._case(
                "给差评的柠檬", PREORDER, 90, 6, "bad_review", "material", "面料和描述不一样，已经给了差评。"
            ),
            self._case(
                "要赔付的山竹",
                SHELF,
                52,
                9,
                "compensation",
                "delayed",
                "比答应的晚了三天，怎么补偿？",
                self._told(8, "亲，非常抱歉，我先帮您登记。"),
            ),
            self._case(
                "降价了的荔枝",
                STANDARD,
                48,
                3.5,
                "price_protection",
                "changed_mind",
                "刚买就降了30块，能补差价吗？",
            ),
            self._case("不会装的石榴", STANDARD, 26, 1, "repair", "how_to", "扣子不会装，装上去又掉。"),
            self._case(
                "晚到的芒果",
                PREORDER,
                44,
                20,
                "postage_refund",
                "delayed",
                "晚到了，邮费能退吗？",
                self._told(19, "亲，我问下主管。"),
                self._asked(18, "确实晚发两天，客户等得久，建议退邮费"),
            ),
        ]

    def _decided(self) -> list[tuple[float, Story]]:
        """Accepted by the rules, goods and parcels on their way; with the supervisor; refused; closed."""
        return [
            self._case(
                "改了评价的枇杷",
                PREORDER,
                150,
                70,
                "bad_review",
                "material",
                "面料偏薄，给了中评。",
                self._told(69, "亲，面料成分是按详情页的，给您送张优惠券可以吗？"),
                self._accepted(68),
                self._back.settled(50, "买家已改好评"),
            ),
            self._case(
                "可以退的西瓜",
                STANDARD,
                80,
                26,
                "return",
                "changed_mind",
                "没拆吊牌，想退。",
                self._told(25, "亲，可以的，保持吊牌完好哦。"),
                self._accepted(24),
                self._back.asked_for_resale(23.5),
                self._back.told_where(23),
                self._back.on_its_way(20, "75712345678901"),
                self._back.received(2),
            ),
            self._case(
                "换大一码的桃子",
                STANDARD,
                72,
                20,
                "exchange_sku",
                "changed_mind",
                "想换大一码。",
                self._told(19.5, "亲，有货，可以换。"),
                self._accepted(19),
                self._back.asked_for_resale(18.5),
                self._back.kept(18, "8.00"),
                self._back.told_where(17),
            ),
            self._case(
                "少了腰带的杏子",
                SHELF,
                50,
                22,
                "resend",
                "lost",
                "少了一条腰带。",
                self._photo(21.9, flawed=False),
                self._told(21, "亲，查到漏放了，马上补发。"),
                self._accepted(20.5),
                self._back.resent(20),
            ),
            self._case(
                "拉链坏了的李子",
                CUSTOM,
                100,
                46,
                "repair",
                "flawed",
                "拉链拉不上了，帮忙修一下。",
                self._photo(45.5),
                self._told(44, "亲，寄回来我们修。"),
                self._accepted(43),
            ),
            self._case(
                "丢件的椰子",
                SHELF,
                60,
                30,
                "refund_only",
                "lost",
                "快递说丢了。",
                self._photo(29.5, flawed=False),
                self._accepted(28),
            ),
            self._case(
                "定制想退的菠萝",
                CUSTOM,
                36,
                16,
                "return",
                "changed_mind",
                "做出来和想的不一样，想退。",
                self._told(15, "亲，定制款一般不退，我帮您问主管。"),
                self._asked(14.5, "老客户，衣服没下水，愿意承担邮费"),
            ),
            self._case(
                "想换款的木瓜",
                SHELF,
                30,
                12,
                "exchange_style",
                "changed_mind",
                "想换另一个款。",
                self._told(11.5, "亲，换款要主管同意，下不为例哦。"),
                self._asked(11, "客户第一次换，价格相近"),
            ),
            self._case(
                "被拒的香蕉",
                PREORDER,
                120,
                40,
                "return",
                "changed_mind",
                "不喜欢了，退。",
                *self._talk(39),
                self._refused(36, "代购商品不支持无理由退货，下单前已说明"),
            ),
        ]

    def _disputed(self) -> list[tuple[float, Story]]:
        """Refused, and then the buyer called Taobao in; or Taobao is due soon."""
        return [
            self._case(
                "找小二的榴莲",
                PREORDER,
                150,
                70,
                "return",
                "colour",
                "颜色和图片差太多，你们不退我就找淘宝。",
                *self._talk(69),
                self._refused(60, "色差在正常范围，已与买家沟通"),
                self._platform(20, 28, "淘宝客服介入，请在期限前举证"),
            ),
            self._case(
                "投诉的柚子",
                PREORDER,
                110,
                33,
                "dispute",
                "delayed",
                "已经在淘宝投诉你们延迟发货了。",
                self._told(32, "亲，我们马上联系淘宝客服说明情况。"),
                self._platform(31, 41, "买家投诉延迟发货，请在期限前回应"),
            ),
            self._case(
                "急着举证的火龙果",
                SHELF,
                130,
                55,
                "refund_only",
                "wrong_item",
                "发错货了还不承认。",
                *self._talk(54),
                self._platform(30, 3, "淘宝客服介入：请提交发货凭证"),
            ),
        ]

    # One request ------------------------------------------------------------------------------------

    def _case(
        self,
        nick: str,
        product: ProductKind,
        received: float | None,
        opened: float,
        kind: str,
        problem: str,
        said: str,
        *steps: Step,
    ) -> tuple[float, Story]:
        """An order received that many hours ago (unknown: shipped five days ago), a request, and what followed."""
        draft = self._order(nick, product, received, several=kind == TicketKind.EXCHANGE_SKU)

        def tell() -> None:
            with audit.origin(AuditEntry.Origin.PAGE):
                ticket = self._open(draft, opened, TicketKind(kind), Problem(problem), said)
                for step in steps:
                    step(ticket.pk)

        return opened, tell

    def _order(self, nick: str, product: ProductKind, received: float | None, *, several: bool) -> Draft:
        signed = None if received is None else self._ago(received)
        consigned = self._ago((received or 60) + 50)
        life = Life(
            Status.WAIT_BUYER_CONFIRM_GOODS.value,
            pay_time=consigned - timedelta(hours=20),
            consign_time=consigned,
            signed_time=signed,
        )
        item = self._shop.catalogue.pick_ordinary(self._shop.random, product, several=several)
        created = consigned - timedelta(hours=20, minutes=4)
        person = self._cast.person(nick)
        return self._shop.make(person, created, life=life, basket=[(item, 1)], is_noted=False)

    def _open(self, draft: Draft, hours: float, kind: TicketKind, problem: Problem, said: str) -> Ticket:
        line = OrderLine.objects.select_related("sku").get(order=draft.order.tid, position=1)
        target = self._another(line) if kind == TicketKind.EXCHANGE_SKU else None
        goods = () if kind in WITHOUT_GOODS else ((1, 1, target),)
        request = NewTicket(draft.order.tid, kind, problem, goods, said, WANGWANG)
        return open_ticket(request, actor=self._who(draft), now=self._ago(hours))

    def _another(self, line: OrderLine) -> int | None:
        others = Sku.objects.filter(product=line.product_id).order_by("pk")
        others = others.exclude(sku_properties_name=line.sku_properties_name)
        sku = others.filter(stock__gt=F("held")).first() or others.first()
        # Orders that wait for it take theirs first.
        while sku is not None and sku.stock <= sku.held:
            stock.receive(sku.pk, 2, reason="补货", actor=self._warehouse, now=self._ago(100))
            sku.refresh_from_db()
        return sku.pk if sku else None
