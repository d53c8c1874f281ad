"""What the desk is busy with, done by the services, so that flags, requests and histories are real."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from orders.approval_kinds import LATE_PAYMENT
from orders.models import Consent, Flag, Hold, Order, Payment, Sku
from orders.rules.closing import UNPAID_KEPT
from orders.rules.holds import AUTOMATIC_REASON, HAND_HOLD
from orders.rules.notes import NOTE_TEXTS, NoteForm
from orders.rules.products import ProductKind
from orders.services import flags, holds, notes, ownership, stock
from orders.services.closing import close_with_consent
from orders.services.flags import FlagRequest, set_flag
from orders.services.payments import PaymentMessage, record_payment
from orders.states import CloseReason, Status
from shopdesk.base import audit
from shopdesk.base.models import Approval, AuditEntry
from shopdesk.base.money import quantize
from shopdesk.base.services import approvals
from shopdesk.desk.demo.cast import Cast
from shopdesk.desk.demo.drafts import Draft
from shopdesk.desk.demo.lives import Life
from shopdesk.desk.demo.makers import Workshop

Story = Callable[[], None]
HOUR = timedelta(hours=1)


def tell_stories(workshop: Workshop, cast: Cast) -> list[Story]:
    """Make the orders of all stories, and answer what is to be done once they are written."""
    teller = _Teller(workshop, cast)
    return [*teller.money(), *teller.red_flags(), *teller.desk_work()]


class _Teller:
    def __init__(self, workshop: Workshop, cast: Cast) -> None:
        self._shop = workshop
        self._cast = cast
        self._now = workshop.now
        self._agent, self._colleague = workshop.crew.agents[:2]
        self._supervisor = workshop.crew.supervisors[0]
        self._crew = workshop.crew

    # Orders that stories begin with ---------------------------------------------------------------

    def _unpaid(self, nick: str, hours: float) -> Draft:
        created = self._now - timedelta(hours=hours)
        return self._shop.make(self._cast.person(nick, "浙江"), created, life=Life(), is_noted=False)

    def _closed(self, nick: str, hours: float, kind: ProductKind = ProductKind.PROXY_PREORDER) -> Draft:
        """Placed that long ago and closed by the clock."""
        created = (self._now - timedelta(hours=hours)).replace(microsecond=0)
        life = Life(
            Status.TRADE_CLOSED_BY_TAOBAO.value, CloseReason.TIMEOUT.value, end_time=created + UNPAID_KEPT
        )
        basket = [(self._shop.catalogue.pick_kind(self._shop.random, kind), 1)]
        person = self._cast.person(nick, "江苏")
        return self._shop.make(person, created, life=life, basket=basket, is_noted=False)

    def _paid(self, nick: str, hours: float, kind: ProductKind = ProductKind.PROXY_PREORDER) -> Draft:
        pay_time = self._now - timedelta(hours=hours)
        life = Life(Status.WAIT_SELLER_SEND_GOODS.value, pay_time=pay_time)
        basket = [(self._shop.catalogue.pick_kind(self._shop.random, kind), 1)]
        created = pay_time - timedelta(minutes=6)
        return self._shop.make(self._cast.person(nick), created, life=life, basket=basket, is_noted=False)

    # Money (O5) -----------------------------------------------------------------------------------

    def money(self) -> list[Story]:
        """Part paid, overpaid, paid twice; paid late: waiting, in time after all, reopened, refunded."""
        part, part_overdue = self._unpaid("先付一半的丸子", 20), self._unpaid("只付了定金的年糕", 73.5)
        over, twice = self._unpaid("多付了的汤圆", 9), self._paid("付了两次的包子", 30)
        waiting, in_time = self._closed("付晚了的小肥", 77), self._closed("卡点付款的锦鲤", 80)
        sold_out = self._closed("重开缺货的橘猫", 79, ProductKind.PROXY_STOCK)
        reopened, refunded = self._closed("晚付重开的画眉", 130), self._closed("晚付退款的云雀", 150)
        return [
            lambda: self._pay(part, 19, share="0.5"),
            lambda: self._pay(part_overdue, 72, share="0.3"),
            lambda: self._pay(over, 8, extra="10.00"),
            lambda: self._pay(twice, 29),
            lambda: self._pay(waiting, 2),
            lambda: self._pay(in_time, 7.9, paid_hours=8.05),
            lambda: self._pay_for_sold_out(sold_out),
            lambda: self._decide_late(reopened, 40, approve=True),
            lambda: self._decide_late(refunded, 60, approve=False),
        ]

    def _pay(
        self,
        draft: Draft,
        hours: float,
        *,
        paid_hours: float | None = None,
        share: str = "1",
        extra: str = "0",
    ) -> None:
        """A payment heard of ``hours`` ago, made a minute before or ``paid_hours`` ago."""
        heard_at = self._now - timedelta(hours=hours)
        paid_at = heard_at - timedelta(minutes=1)
        if paid_hours is not None:
            paid_at = self._now - timedelta(hours=paid_hours)
        amount = quantize(draft.order.payment * Decimal(share)) + Decimal(extra)
        number = f"{paid_at:%Y%m%d}22009{draft.order.tid[4:]}"
        message = PaymentMessage(number, amount, paid_at, Payment.Method.ALIPAY)
        with audit.origin(AuditEntry.Origin.IMPORT):
            record_payment(draft.order.tid, message, now=heard_at)

    def _pay_for_sold_out(self, draft: Draft) -> None:
        """What was held for it went back to the shelf at its closing, and was sold since."""
        order, ((item, num),) = draft.order, draft.basket
        Hold.objects.create(
            sku_id=item.sku.pk,
            order_id=order.tid,
            line_id=draft.lines[0].pk,
            num=num,
            reason=AUTOMATIC_REASON,
            placed_at=order.created,
            released_at=order.end_time,
            release=Hold.Release.CLOSED,
        )
        sku = Sku.objects.get(pk=item.sku.pk)
        stock.count(
            sku.pk,
            sku.held,
            seen=sku.stock,
            reason="盘点，多出的已卖掉",
            actor=self._crew.warehouse[0],
            now=self._ago(7),
        )
        self._pay(draft, 6.5, paid_hours=7.2)

    def _decide_late(self, draft: Draft, hours: float, *, approve: bool) -> None:
        self._pay(draft, hours)
        request = Approval.objects.get(
            kind=LATE_PAYMENT, subject_id=draft.order.tid, status=Approval.Status.PENDING
        )
        decided_at = self._now - timedelta(hours=hours - 1)
        with audit.origin(AuditEntry.Origin.PAGE):
            if approve:
                approvals.approve(request.pk, actor=self._supervisor, now=decided_at)
            else:
                approvals.refuse(
                    request.pk, reason="货已卖完，退款给客户", actor=self._supervisor, now=decided_at
                )

    # Red flags (N3, N4) ---------------------------------------------------------------------------

    def red_flags(self) -> list[Story]:
        """One of each form, to each addressee."""
        to = Flag.Addressee
        told: tuple[tuple[str, str, str, dict[str, str]], ...] = (
            (NoteForm.CARRIER, "改快递", to.WAREHOUSE, {"carrier": "顺丰"}),
            (NoteForm.STOCK_KEPT, "留货", to.WAREHOUSE, {"goods": "帆布单肩包"}),
            (NoteForm.PART_SENT, "部分已发", to.NEXT_SHIFT, {"goods": "A和B", "invoice_no": "中通7551"}),
            (NoteForm.ADDRESS, "改地址", to.WAREHOUSE, {"address": "浙江省 杭州市 西湖区 示例路8号2栋301室"}),
            (NoteForm.DELIVERY_TIME, "送货时间", to.NEXT_SHIFT, {"delivery_time": "周六上午"}),
            (NoteForm.INVOICE, "要发票", to.SUPERVISOR,
             {"title": "示例科技有限公司", "tax_number": "91000000EXAMPLE09X"}),
            (NoteForm.CARD, "附贺卡", to.WAREHOUSE, {"text": "生日快乐，天天开心"}),
            (NoteForm.GIFT, "送赠品", to.AGENT, {"gift": "发圈"}),
            (NoteForm.FORWARDER, "转运", to.WAREHOUSE, {}),
            (NoteForm.FREE, "投诉风险", to.SUPERVISOR, {}),
        )  # fmt: skip
        stories: list[Story] = []
        for number, (form, label, addressee, fields) in enumerate(told):
            draft = self._paid(f"{label}的客人", 5 + number * 3)
            text = (
                NOTE_TEXTS[form].format(**fields) if form in NOTE_TEXTS else "客户说再不发就投诉，请主管联系"
            )
            request = FlagRequest(
                Order.SellerFlag.RED,
                label=label,
                text=text,
                addressee=addressee,
                until=self._now + timedelta(hours=(number - 1) * 8 + 4) if number else self._now - HOUR,
                form=form,
            )
            stories.append(partial(self._flag, draft, request, number))
        return stories

    def _flag(self, draft: Draft, request: FlagRequest, number: int) -> None:
        actor = (self._agent, self._colleague)[number % 2]
        at = self._now - timedelta(hours=2, minutes=7 * number)
        with audit.origin(AuditEntry.Origin.PAGE):
            flag = set_flag(draft.order.tid, request, actor=actor, now=at)
            if flag is not None and number % 4 == 1:
                reader = self._crew.addressed(flag.addressee)[0]
                flags.acknowledge(draft.order.tid, flag.pk, actor=reader, now=at + timedelta(minutes=25))

    # The rest of the desk -------------------------------------------------------------------------

    def desk_work(self) -> list[Story]:
        """A closing with consent, a hold by hand, a talk in notes, an order taken over."""
        unwanted = self._unpaid("不想要了的核桃", 26)
        kept = self._paid("等补款的麻花", 18, ProductKind.STANDARD)
        talk = self._paid("问了三次的话梅", 40)
        return [
            lambda: self._close_with_consent(unwanted),
            lambda: self._keep_by_hand(kept),
            lambda: self._talk(talk),
        ]

    def _close_with_consent(self, draft: Draft) -> None:
        at = self._now - 3 * HOUR
        with audit.origin(AuditEntry.Origin.PAGE):
            close_with_consent(
                draft.order.tid,
                version=draft.order.version,
                channel=Consent.Channel.WANGWANG,
                agreed_at=at - timedelta(minutes=4),
                remark="客户旺旺说拍错了，同意关闭",
                actor=self._agent,
                now=at,
            )

    def _keep_by_hand(self, draft: Draft) -> None:
        """Both the desk's own holds and one by hand, still to be signed by the warehouse (F5)."""
        at = self._now - 5 * HOUR
        free = Sku.objects.filter(stock__gt=2, held=0).order_by("pk").first()
        if free is None:
            return
        order = Order.objects.get(pk=draft.order.tid)
        with audit.origin(AuditEntry.Origin.PAGE):
            holds.place(
                free.pk,
                1,
                reason="客户加购，等补款后一起发",
                order=order,
                until=at + HAND_HOLD,
                actor=self._agent,
                now=at,
            )

    def _talk(self, draft: Draft) -> None:
        tid = draft.order.tid
        said: tuple[tuple[int, str], ...] = (
            (30, "客户问什么时候发货，已解释直送7到15天"),
            (16, "客户又问，答应到货当天发"),
            (3, "客户要求到货前先拍照"),
        )
        with audit.origin(AuditEntry.Origin.PAGE):
            for hours, text in said:
                notes.add_note(tid, text, actor=self._agent, now=self._ago(hours))
            ownership.take_over(tid, actor=self._colleague, now=self._ago(2))
            blue = FlagRequest(Order.SellerFlag.BLUE, label="正常", text="已接手，到货优先发")
            set_flag(tid, blue, actor=self._colleague, now=self._ago(1))

    def _ago(self, hours: float) -> datetime:
        return self._now - timedelta(hours=hours)
