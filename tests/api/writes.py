"""Every write of the API, each with something that it can be done to and a body that does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from afterservice.rules.kinds import TicketKind
from orders.approval_kinds import SPECIAL_PRICE
from orders.models import Order, Sku
from orders.services.special_prices import PriceWish, ask_for_price
from shopdesk.base.models import Export, Staff
from tests.afterservice import goods_scenes as goods
from tests.afterservice.decision_scenes import talk
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.api.callers import Caller
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders import parcel_scenes as parcels
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

# What is asked for: the arguments of the address, and the body.
Asked = tuple[dict[str, Any], dict[str, Any]]
# Stands in a body for a file, which is read once only.
PHOTO = "photo"


@dataclass(frozen=True)
class Write:
    """One write: makes its scene, and names the audit fact that stands for its happening once."""

    make: Callable[[Staff], Asked]
    fact: str
    status: int = 200


def address(name: str, arguments: Mapping[str, Any]) -> str:
    """Below /api/v1/."""
    return reverse(f"api:{name}", kwargs=arguments).removeprefix("/api/v1/")


def send(caller: Caller, name: str, asked: Asked, **headers: str) -> Any:
    """Make the call, as JSON or, with a file, as a form."""
    arguments, body = asked
    if PHOTO not in body.values():
        return caller.post(address(name, arguments), body, **headers)
    fields = {key: goods.photo() if value == PHOTO else value for key, value in body.items()}
    return caller.upload(address(name, arguments), fields, **headers)


def _unpaid(*titles: str) -> Order:
    order = make_order()
    for title in titles or ("小白鞋",):
        make_line(order, title)
    return order


def _on_unpaid(**body: Any) -> Callable[[Staff], Asked]:
    return lambda actor: ({"tid": _unpaid("小白鞋", "袜子").tid}, body)


def _told(actor: Staff) -> Asked:
    line = {"title": "小白鞋", "price": "499.00", "num": 1, "sku_properties_name": "颜色分类：白色;尺码：37"}
    return {}, {
        "tid": "4327000000000000555", "buyer_nick": "小美", "status": "WAIT_BUYER_PAY", "payment": "505.00",
        "post_fee": "6.00", "created": (NOW - timedelta(hours=1)).isoformat(), "orders": [line],
        "receiver_address": "上海 上海市 浦东新区 世纪大道1号",
    }  # fmt: skip


def _payment(actor: Staff) -> Asked:
    order = _unpaid()
    paid_at = (NOW - timedelta(minutes=5)).isoformat()
    return {"tid": order.tid}, {"payment_no": order.tid, "amount": "505.00", "paid_at": paid_at}


def _change_sku(actor: Staff) -> Asked:
    order = make_paid_order()
    parcels.shelf_line(order, "小白靴")
    black = make_sku("小白靴", "颜色分类：黑色;尺码：37", stock=3)
    return {"tid": order.tid}, {"position": 1, "sku_id": black.pk}


def _change_address(actor: Staff) -> Asked:
    order = make_paid_order()
    parcels.shelf_line(order, "小白靴")
    return {"tid": order.tid}, {"receiver_address": "上海 上海市 浦东新区 世纪大道2号"}


def _refund(actor: Staff) -> Asked:
    order = make_paid_order()
    make_line(order)
    return {"tid": order.tid}, {"positions": [1], "reason": "不要了"}


def _finish(actor: Staff) -> Asked:
    order = make_shipped_order()
    make_line(order)
    make_shipped_parcel(order)
    return {"tid": order.tid}, {}


def _parcel(as_it_is: Callable[[Order], Any], **body: Any) -> Callable[[Staff], Asked]:
    def make(actor: Staff) -> Asked:
        order = parcels.ready_order()
        as_it_is(order)
        return {"tid": order.tid, "number": parcels.parcel_of(order).pk}, body

    return make


def _notice(actor: Staff) -> Asked:
    order = parcels.ready_order()
    return {"pk": parcels.notice_on(order, stage="planned").pk}, {}


def _open(actor: Staff) -> Asked:
    tid = make_received_order().tid
    body = {"kind": "return", "problem": "changed_mind", "lines": [{"position": 1}], "text": "不喜欢"}
    return {}, {"tid": tid, **body}


def _on(ticket: Callable[[], Any], **body: Any) -> Callable[[Staff], Asked]:
    return lambda actor: ({"number": ticket().pk}, body)


def _refuse(actor: Staff) -> Asked:
    ticket = make_ticket()
    talk(ticket)
    return {"number": ticket.pk}, {"reason": "超过七天"}


def _exchange() -> tuple[Any, Sku]:
    ticket = goods.accepted(kind=TicketKind.EXCHANGE_SKU)
    wanted = Sku.objects.filter(product__title=goods.SHOE, sku_properties_name=goods.WANTED).first()
    return ticket, wanted or make_sku(goods.SHOE, goods.WANTED, stock=9, shelf="A-1-2")


def _links(actor: Staff) -> Asked:
    ticket, _wanted = _exchange()
    goods.buyer_pays.set_postage(ticket.pk, Decimal("12.00"), actor=make_staff("agent"), now=NOW)
    paying = goods.link("12.00", str(ticket.buyer_id))
    return {"number": ticket.pk}, {"purpose": "postage", "links": [paying.tid]}


def _hold(actor: Staff) -> Asked:
    ticket, wanted = _exchange()
    agent = make_staff("agent")
    goods.exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    goods.exchanging.choose_target(ticket.pk, ticket.lines.get().line_id, wanted.pk, actor=agent, now=NOW)
    return {"number": ticket.pk}, {}


def _settled() -> Any:
    return make_ticket(
        case="settled", decision="accepted", goods="passed", money="paid", settlement="refunded",
        decided_at=NOW, settled_at=NOW,
    )  # fmt: skip


def _wish(asker: Callable[[Staff], Staff], **body: Any) -> Callable[[Staff], Asked]:
    def make(actor: Staff) -> Asked:
        order = _unpaid()
        wish = PriceWish(SPECIAL_PRICE, "老客户", Decimal("480.00"))
        return {"pk": ask_for_price(order.tid, wish, version=1, actor=asker(actor), now=NOW).pk}, body

    return make


def _failed_export(actor: Staff) -> Asked:
    at = {"created_at": NOW, "ended_at": NOW}
    export = Export.objects.create(code="returns", kind="csv", status="failed", created_by=actor, **at)
    return {"export": export.pk}, {}


_other = lambda actor: make_staff("agent")  # noqa: E731
_words = {"text": "亲，马上为您处理"}

# By the names of their addresses; a call that writes and stands not here fails the tests.
WRITES: dict[str, Write] = {
    "orders": Write(_told, "order.created", 201),
    "order-payments": Write(_payment, "order.paid", 201),
    "order-close": Write(_on_unpaid(channel="wangwang", agreed_at=NOW.isoformat()), "order.closed"),
    "order-drop-lines": Write(_on_unpaid(positions=[2], reason="unwanted"), "order.lines_dropped"),
    "order-price": Write(_on_unpaid(), "order.priced"),
    "order-change-sku": Write(_change_sku, "order.sku_changed"),
    "order-change-address": Write(_change_address, "order.address_changed"),
    "order-flag": Write(_on_unpaid(seller_flag=4), "flag.set"),
    "order-notes": Write(_on_unpaid(text="送贺卡"), "note.added", 201),
    "order-refund": Write(_refund, "refund.asked"),
    "order-finish": Write(_finish, "order.finished"),
    "parcel-print": Write(_parcel(lambda order: None), "parcel.printed"),
    "parcel-pack": Write(_parcel(parcels.printed), "parcel.packed"),
    "parcel-ship": Write(
        _parcel(parcels.packed, carrier="zhongtong", invoice_no=parcels.NUMBER), "parcel.shipped"
    ),
    "parcel-pull": Write(_parcel(parcels.packed, reason="少一件"), "parcel.pulled"),
    "notice-acknowledge": Write(_notice, "notice.acknowledged"),
    "tickets": Write(_open, "ticket.opened", 201),
    "ticket-answer": Write(_on(make_ticket, **_words), "message.said"),
    "ticket-messages": Write(_on(make_ticket, side="from_buyer", **_words), "message.said", 201),
    "ticket-accept": Write(_on(make_ticket), "decision.accepted"),
    "ticket-refuse": Write(_refuse, "decision.refused"),
    "ticket-cancel": Write(_on(make_ticket, text="不换了"), "ticket.withdrawn"),
    "ticket-evidence": Write(_on(make_ticket, file=PHOTO), "evidence.added", 201),
    "ticket-resale": Write(_on(goods.accepted), "goods.resale_asked"),
    "ticket-hold": Write(_hold, "exchange.held"),
    "ticket-postage": Write(
        lambda actor: ({"number": _exchange()[0].pk}, {"postage": "12.00"}), "exchange.postage_set"
    ),
    "ticket-links": Write(_links, "exchange.links_paid"),
    "ticket-give-address": Write(_on(lambda: _asked(goods.accepted())), "goods.address_given"),
    "ticket-return-shipped": Write(
        _on(lambda: goods.awaited(goods.accepted()), carrier="yuantong", invoice_no="YT7551234567001"),
        "goods.return_noted",
    ),
    "ticket-receive": Write(
        _on(lambda: goods.sent(goods.accepted(), number="YT7551234567002")), "goods.received"
    ),
    "ticket-inspect": Write(
        _on(lambda: goods.received(goods.accepted(), number="YT7551234567003"), result="pass", found="完好"),
        "goods.inspected",
    ),
    "ticket-settle": Write(
        _on(
            lambda: goods.passed(goods.accepted(), number="YT7551234567004"),
            way="refund", reason="退货", seen="499.00",
        ),
        "money.due",
    ),
    "ticket-follow-up": Write(_on(_settled, satisfaction=5), "ticket.followed_up"),
    "approval-approve": Write(_wish(_other), "approval.approved"),
    "approval-refuse": Write(_wish(_other, reason="太低"), "approval.refused"),
    "approval-withdraw": Write(_wish(lambda actor: actor), "approval.withdrawn"),
    "exports": Write(lambda actor: ({}, {"list": "returns"}), "list.exported", 202),
    "export-again": Write(_failed_export, "list.exported", 202),
}  # fmt: skip


def _asked(ticket: Any) -> Any:
    goods.keep_address()
    goods.exchanging.ask_resale(ticket.pk, actor=make_staff("agent"), now=NOW)
    return ticket
