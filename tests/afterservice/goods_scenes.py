"""Accepted tickets on the way through their steps, for the tests of goods and money."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from afterservice.models import Clock, ReturnAddress, Ticket, TicketLine
from afterservice.rules.kinds import TicketKind
from afterservice.rules.refunds import Ask
from afterservice.services import buyer_pays, exchanging, paying_back, returning
from afterservice.services.deadlines import flag_return_deadlines
from afterservice.states import Case, Decision
from orders.models import Order, Parcel, Sku
from orders.services import hand_holds
from orders.services.parcels.printing import print_parcels
from orders.services.parcels.shipping import ship
from orders.services.parcels.stages import pack
from orders.states import Status
from shopdesk.base.models import Staff
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_line, make_order, make_sku, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

ADDRESS = "江苏省南通市示例路1号 退货组 13800000000"
SHOE, HAS, WANTED = "小白鞋", "颜色分类：白色;尺码：37", "颜色分类：白色;尺码：38"
RETURN_NO = "YT7551234567890"


def d(text: str) -> Decimal:
    return Decimal(text)


def keep_address(text: str = ADDRESS) -> ReturnAddress:
    """The shop keeps a return address."""
    return ReturnAddress.objects.get_or_create(text=text, defaults={"valid_from": NOW - timedelta(days=30)})[
        0
    ]


def sent_order(*prices: str, num: int = 1, post_fee: str = "6.00", nick: str = "") -> Order:
    """An order of shoes, each line with its own SKU, shipped and signed for."""
    prices = prices or ("499.00",)
    goods = sum(map(Decimal, prices))
    order = make_shipped_order(
        nick,
        shipped_at=NOW - timedelta(days=4),
        signed_time=NOW - timedelta(days=1),
        goods_payable=goods,
        post_fee=Decimal(post_fee),
    )
    for number, price in enumerate(prices):
        title = f"{SHOE}{number or ''}"
        sku = Sku.objects.filter(product__title=title, sku_properties_name=HAS).first()
        sku = sku or make_sku(title, HAS, shelf="A-1-1")
        make_line(order, title, price=Decimal(price) / num, num=num, payment=Decimal(price), sku=sku)
    make_shipped_parcel(order)
    return order


def accepted(order: Order | None = None, *, num: int | None = None, **fields: Any) -> Ticket:
    """An accepted ticket about every line of the order, or ``num`` pieces of each."""
    order = order or sent_order()
    agent = fields.pop("decided_by", None) or make_staff("agent")
    fields = {
        "case": Case.DECIDED,
        "decision": Decision.ACCEPTED,
        "decided_at": NOW - timedelta(minutes=30),
        "decided_by": agent,
        "owner": agent,
    } | fields
    ticket = make_ticket(order, **fields)
    if num is not None:
        TicketLine.objects.filter(ticket=ticket).update(num=num)
    return Ticket.objects.get(pk=ticket.pk)


def now_of(ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    return Ticket.objects.select_related("order", "refund", "parcel", "tied_order").get(pk=ticket.pk)


def due_of(ticket: Ticket) -> dict[str, int]:
    """The running clocks and their days from now."""
    rows = Clock.objects.filter(ticket=ticket, stopped_at__isnull=True)
    return {row.kind: round((row.due_at - NOW).total_seconds() / 86400) for row in rows}


def photo(name: str = "a.png") -> SimpleUploadedFile:
    """A photo as a phone sends it."""
    content = BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")


def awaited(ticket: Ticket, agent: Staff | None = None) -> Ticket:
    """A return whose buyer has the address."""
    keep_address()
    agent = agent or make_staff("agent")
    exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    returning.give_address(ticket.pk, actor=agent, now=NOW)
    return now_of(ticket)


def sent(ticket: Ticket, agent: Staff | None = None, number: str = RETURN_NO) -> Ticket:
    """A return on its way back."""
    awaited(ticket, agent)
    returning.note_return(ticket.pk, "yuantong", number, actor=agent or make_staff("agent"), now=NOW)
    return now_of(ticket)


def received(ticket: Ticket, keeper: Staff | None = None, number: str = RETURN_NO) -> Ticket:
    """A return that was scanned at the door."""
    sent(ticket, number=number)
    returning.receive(number, actor=keeper or make_staff("warehouse"), now=NOW)
    return now_of(ticket)


def passed(ticket: Ticket, keeper: Staff | None = None, number: str = RETURN_NO) -> Ticket:
    """A return that passed its inspection."""
    keeper = keeper or make_staff("warehouse")
    received(ticket, keeper, number)
    returning.inspect(ticket.pk, passed=True, found="完好", actor=keeper, now=NOW)
    return now_of(ticket)


def failed(ticket: Ticket, keeper: Staff | None = None, number: str = RETURN_NO) -> Ticket:
    """A return that failed its inspection, with a photo."""
    keeper = keeper or make_staff("warehouse")
    received(ticket, keeper, number)
    returning.inspect(ticket.pk, passed=False, found="有污渍", photos=[photo()], actor=keeper, now=NOW)
    return now_of(ticket)


def exchange(order: Order | None = None, stock: int = 1, **fields: Any) -> tuple[Ticket, Sku]:
    """An accepted exchange of size, and the SKU that is wanted, with so many pieces on the shelf."""
    order = order or sent_order()
    ticket = accepted(order, kind=TicketKind.EXCHANGE_SKU, **fields)
    wanted = make_sku(SHOE, WANTED, stock=stock, shelf="A-1-2")
    return ticket, wanted


def kept(
    ticket: Ticket, sku: Sku, agent: Staff | None = None, *, signed: bool = True, given: bool = True
) -> Ticket:
    """An exchange whose goods are kept, and put aside by the warehouse; its postage ``given`` by a supervisor."""
    agent = agent or make_staff("agent")
    keep_address()
    line = ticket.lines.get()
    exchanging.ask_resale(ticket.pk, actor=agent, now=NOW)
    exchanging.choose_target(ticket.pk, line.line_id, sku.pk, actor=agent, now=NOW)
    exchanging.hold_targets(ticket.pk, actor=agent, now=NOW)
    if given:
        buyer_pays.set_postage(ticket.pk, d("0.00"), actor=make_staff("supervisor"), now=NOW)
    if signed:
        sign(ticket)
    return now_of(ticket)


def sign(ticket: Ticket) -> None:
    """The warehouse signs what is kept for a ticket."""
    for line in ticket.lines.select_related("hold"):
        assert line.hold is not None
        hand_holds.sign(line.hold.pk, actor=make_staff("warehouse"), now=NOW)


def style_exchange(cost: str = "520.00", **fields: Any) -> tuple[Ticket, Order]:
    """An accepted exchange of style, and the buyer's unpaid order for the new one."""
    order = sent_order(nick="换款的人")
    ticket = accepted(order, kind=TicketKind.EXCHANGE_STYLE, agreed_by=make_staff("agent"), **fields)
    new = make_order("换款的人", goods_payable=d(cost), post_fee=d("0.00"))
    make_line(
        new,
        "红裙子",
        price=d(cost),
        sku=make_sku("红裙子", "尺码：M", stock=2),
        sku_properties_name="尺码：M",
    )
    return ticket, new


def link(amount: str, nick: str) -> Order:
    """A paid postage link of a buyer."""
    paying = make_order(
        nick,
        goods_payable=d("0.00"),
        post_fee=d("0.00"),
        payment=d(amount),
        status=Status.WAIT_SELLER_SEND_GOODS,
        pay_time=NOW - timedelta(minutes=10),
        paid_fee=d(amount),
    )
    make_line(paying, "邮费补差价", price=d(amount))
    return paying


def shipped(parcel: Parcel, number: str = "73100000000999") -> Parcel:
    """The warehouse prints, packs and ships a parcel."""
    keeper = make_staff("warehouse")
    print_parcels([parcel.pk], actor=keeper, now=NOW)
    pack(parcel.pk, actor=keeper, now=NOW)
    ship(parcel.pk, carrier="zhongtong", invoice_no=number, actor=keeper, now=NOW)
    parcel.refresh_from_db()
    return parcel


def pay(ticket: Ticket, ask: Ask | None = None, actor: Staff | None = None, **fields: Any) -> Any:
    """Preview, then pay what was shown."""
    ask = ask or Ask()
    fields.setdefault("seen", paying_back.preview(now_of(ticket), ask).total)
    fields.setdefault("reason", "退货退款")
    return paying_back.pay_back(ticket.pk, ask, actor=actor or make_staff("agent"), now=NOW, **fields)


def caught_up(ticket: Ticket) -> bool:
    """The job ran: whether the ticket followed what happened elsewhere."""
    before = now_of(ticket).version
    flag_return_deadlines(NOW, False)
    return now_of(ticket).version != before
