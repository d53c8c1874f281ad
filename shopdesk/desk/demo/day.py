"""What an agent's day leaves behind: tags, stars, orders put off, replies sent, many orders at once (N6, T3, O17)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from afterservice.models import Ticket
from afterservice.selectors.ticket_page import WITH_ALL
from members.models import Buyer, BuyerTag
from members.services.tags import make_tag, put_tag
from orders.models import BulkRun, Flag, Order
from orders.rules.closing import placed_before
from orders.services.bulk.actions import Asked
from orders.services.bulk.running import prepare, start
from orders.services.flags import FlagRequest
from orders.services.marks import snooze, star
from orders.states import Status
from shopdesk.base import audit
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.permissions import Role
from shopdesk.base.services.exempting import exempt
from shopdesk.desk.demo.cards import describe_products
from shopdesk.desk.demo.staff import Crew
from shopdesk.desk.models import CannedReply
from shopdesk.desk.rules.reply_fields import CHINESE
from shopdesk.desk.selectors.replies import fill_reply
from shopdesk.desk.selectors.reply_facts import order_facts, ticket_facts
from shopdesk.desk.services.replies import ensure_starting_replies
from shopdesk.desk.services.reply_sending import send_to_order, send_to_ticket

HOUR = timedelta(hours=1)
TAGS = (
    ("老客", BuyerTag.Colour.BLUE, "买过五单以上，优先回复"),
    ("要求多", BuyerTag.Colour.ORANGE, "尺码、做工问得细，发货前先拍照"),
    ("爱退货", BuyerTag.Colour.RED, "退换超过三次，下单前把规则说清楚"),
    ("转运", BuyerTag.Colour.PURPLE, "收货地址是转运仓，要一次发齐"),
    ("送礼", BuyerTag.Colour.TEAL, "常买来送人，不放价格单"),
)
# What is sent by which moment's replies, in this order.
SENT = {
    Status.WAIT_BUYER_PAY: ("payment", "price", "greeting"),
    Status.WAIT_SELLER_SEND_GOODS: ("payment", "shipping", "greeting"),
    Status.WAIT_BUYER_CONFIRM_GOODS: ("shipping", "farewell"),
    Status.TRADE_FINISHED: ("farewell",),
}
SENT_OF_A_STATE, TICKETS_WRITTEN_TO = 5, 4


def live_through_a_day(crew: Crew, now: datetime) -> None:
    """All of it, by the services. Nothing where nobody has an account."""
    manager = Staff.objects.filter(role=Role.MANAGER).order_by("pk").first()
    if manager is None or len(crew.agents) < 2 or any(agent.pk is None for agent in crew.agents):
        return
    with audit.origin(AuditEntry.Origin.PAGE):
        describe_products(manager, now)
        _tag_buyers(crew, manager, now)
        _mark_orders(crew, now)
        _send_replies(crew, now)
        _work_many(crew, now)
        _exempt_one(crew, now)


def _tag_buyers(crew: Crew, manager: Staff, now: datetime) -> None:
    tags = [make_tag(*tag, actor=manager, now=now - 30 * 24 * HOUR) for tag in TAGS]
    known = Buyer.objects.filter(orders__status__in=(Status.WAIT_BUYER_PAY, Status.WAIT_SELLER_SEND_GOODS))
    for number, nick in enumerate(
        known.distinct().order_by("-spend", "nick").values_list("nick", flat=True)[:24]
    ):
        agent = crew.agents[number % 2]
        at = now - (number + 1) * 20 * HOUR
        put_tag(nick, tags[0 if number < 8 else number % len(tags)].pk, actor=agent, now=at)
        if number % 6 == 5:
            put_tag(nick, tags[(number + 1) % len(tags)].pk, actor=agent, now=at)


def _mark_orders(crew: Crew, now: datetime) -> None:
    paid = Order.objects.filter(status=Status.WAIT_SELLER_SEND_GOODS, buyer__isnull=False)
    tids = list(paid.order_by("-created", "-tid").values_list("tid", flat=True)[5:17])
    tomorrow = (now + 24 * HOUR).astimezone(SHANGHAI).replace(hour=9, minute=0, second=0, microsecond=0)
    for agent, own in zip(crew.agents, (tids[::2], tids[1::2]), strict=False):
        for number, tid in enumerate(own[:4]):
            star(tid, actor=agent, now=now - (number + 1) * HOUR)
        snooze(own[4], now - HOUR / 6, actor=agent, now=now - 20 * HOUR)  # it is back, at the top
        snooze(own[5], tomorrow, actor=agent, now=now - 2 * HOUR)


def _send_replies(crew: Crew, now: datetime) -> None:
    ensure_starting_replies()
    shared = list(CannedReply.objects.filter(owner=None, retired_at=None).order_by("pk"))
    channels = ("wangwang", "wangwang", "phone")
    for status, moments in SENT.items():
        orders = Order.objects.filter(status=status, buyer__isnull=False, created__lt=now - 9 * HOUR)
        if status == Status.WAIT_BUYER_PAY:
            orders = orders.filter(created__gt=placed_before(now))
        for number, order in enumerate(orders.order_by("-created", "-tid")[:SENT_OF_A_STATE]):
            at = now - (1 + number) * HOUR / 2
            facts = order_facts(order, now=at)
            for reply in _of(shared, moments[number % len(moments) :] + moments):
                filled = fill_reply(reply, facts, CHINESE)
                if not filled.stops:
                    said = {"language": CHINESE, "text": filled.text, "channel": channels[number % 3]}
                    send_to_order(order.tid, reply.pk, **said, actor=crew.agents[number % 2], now=at)
                    break
    answered = Ticket.objects.filter(case__in=("answered", "decided"), opened_at__lt=now - 9 * HOUR)
    for number, ticket in enumerate(answered.select_related(*WITH_ALL).order_by("-pk")[:TICKETS_WRITTEN_TO]):
        at = now - (1 + number) * HOUR / 3
        facts = ticket_facts(ticket, now=at)
        for reply in _of(shared, ("exchange", "return", "refusal")):
            filled = fill_reply(reply, facts, CHINESE)
            if not filled.stops:
                said = {"language": CHINESE, "text": filled.text, "channel": "taobao"}
                send_to_ticket(ticket.pk, reply.pk, **said, actor=crew.agents[number % 2], now=at)
                break


def _of(replies: list[CannedReply], moments: Iterable[str]) -> list[CannedReply]:
    """Those of these moments, in the moments' order."""
    return [reply for moment in dict.fromkeys(moments) for reply in replies if reply.moment == moment]


def _work_many(crew: Crew, now: datetime) -> None:
    """A star for many, a note for many, and a flag that some orders refuse: a colleague's red one is unread there."""
    nana, yu = crew.agents[:2]
    paid = Order.objects.filter(status=Status.WAIT_SELLER_SEND_GOODS, buyer__isnull=False)
    tids = list(paid.order_by("-created", "-tid").values_list("tid", flat=True)[20:60])
    unread = Flag.objects.filter(ended_at=None, seller_flag=1, acknowledged_at=None).exclude(set_by=nana)
    refused = list(unread.order_by("order").values_list("order", flat=True)[:3])
    note = "仓库通知：年底快递晚一天，已在首页公告"
    # Orders that are flagged already keep their flag: only a note goes to them.
    unflagged = list(paid.filter(pk__in=tids, seller_flag=0).values_list("tid", flat=True)[:9])
    _run(BulkRun.Action.NOTE, tids[:30], note, yu, now - 4 * HOUR)
    _run(BulkRun.Action.STAR, tids[30:36], None, nana, now - 3 * HOUR)
    snoozed_until = now + 20 * HOUR
    _run(BulkRun.Action.SNOOZE, tids[36:40], snoozed_until, yu, now - 2 * HOUR)
    flag = FlagRequest(Order.SellerFlag.BLUE, label="正常", text="已核对，照常发货")
    _run(BulkRun.Action.FLAG, [*unflagged, *refused], flag, nana, now - HOUR)


def _run(action: BulkRun.Action, tids: list[str], asked: Asked, actor: Staff, now: datetime) -> None:
    run = prepare(action, tids, actor=actor, now=now)
    start(run.pk, asked, actor=actor, hand_to=_never, now=now)


def _never(run_id: int) -> None:
    raise AssertionError(f"{run_id}: so few orders are done at once")


def _exempt_one(crew: Crew, now: datetime) -> None:
    """An order that closes tonight, and is to be left alone until tomorrow (O4)."""
    soon = Order.objects.filter(
        status=Status.WAIT_BUYER_PAY,
        paid_fee=0,
        payment_pending=False,
        tied=False,
        created__range=(placed_before(now) + 4 * HOUR, placed_before(now) + 12 * HOUR),
    )
    order = soon.order_by("created", "tid").first()
    if order is not None:
        exempt(
            "close_unpaid_orders",
            order.tid,
            reason="客户出差，说好明早付款",
            until=now + 24 * HOUR,
            actor=crew.supervisors[0],
            now=now - HOUR,
        )
