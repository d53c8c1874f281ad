"""The one page of an order: what stands on it, for whom, and by how many statements."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from orders.models import Flag, Hold, Order, Payment
from orders.rules.flags import BLUE, RED
from orders.services import holds
from orders.services.flags import FlagRequest, set_flag
from orders.services.notes import add_note
from orders.services.ownership import take_over
from orders.services.payments import PaymentMessage, record_payment
from orders.services.phones import reveal_phone
from orders.states import CloseReason, Status
from shopdesk.base import audit
from shopdesk.base.audit import Fact
from shopdesk.base.models import Approval
from tests.factories import NOW, make_line, make_order, make_sku, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]


def page_of(client: Client, order: Order) -> str:
    response = client.get(f"/orders/{order.tid}/")
    assert response.status_code == 200
    return response.content.decode()


def test_everything_about_an_order_stands_on_its_page(client_of: ClientOf) -> None:
    order = make_order(
        "公主小肥",
        created=NOW - timedelta(hours=69, minutes=55),
        discount_fee=Decimal("12.50"),
        buyer_message="请尽快发货",
        seller_memo="老客户(娜娜9.9)",
        invoice_no="75510000007920",
        logistics_company="中通快递",
        receiver_name="傅文静",
        receiver_zip="310000",
    )
    make_order("公主小肥")
    make_line(order, "【韩国现货】小白鞋", outer_sku_id="MN0018-BK")
    make_line(order, "双眼皮贴 特价")
    add_note(order.tid, "送小礼物一份", actor=make_staff("agent", signature="小雨"), now=NOW)

    page = page_of(client_of("agent"), order)

    for text in (
        order.tid, "Waiting for payment", "closes in 2 h 05 min, 14:05", "【韩国现货】小白鞋", "白色 / 37",
        "on the shelf", "MN0018-BK", "special price", "¥499.00", "¥12.50", "¥6.00", "¥505.00", "请尽快发货",
        "老客户(娜娜9.9)",
        "送小礼物一份(小雨11.22)", "中通快递", "75510000007920", "傅文静", "310000", "138****7620", "公主小肥",
        "2 orders", "Owner: 小雨", "Note: 送小礼物一份", "Copy the memo",
    ):  # fmt: skip
        assert text in page, text
    assert "13800007620" not in page


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ("placed 11-19 12:00 · paid 11-19 12:30", "until 11-25 12:00", "since 11-22 12:00")),
        ("zh-hans", ("11-19 12:00 下单 · 11-19 12:30 付款", "到 11-25 12:00", "11-22 12:00 起")),
    ],
)
def test_times_stand_where_the_language_has_them(
    client_of: ClientOf, language: str, sentences: tuple[str, ...]
) -> None:
    placed = NOW - timedelta(hours=72)
    order = make_order(
        created=placed, status=Status.WAIT_SELLER_SEND_GOODS, pay_time=placed + timedelta(minutes=30)
    )
    holds.place(make_sku(stock=5).pk, 1, reason="留货", order=order, until=NOW + timedelta(hours=72), now=NOW)
    add_note(order.tid, "送小礼物一份", actor=make_staff("agent"), now=NOW)
    client = client_of("agent")
    client.cookies["django_language"] = language

    text = " ".join(strip_tags(page_of(client, order)).split())

    for sentence in sentences:
        assert sentence in text, sentence


def test_an_order_without_lines_says_so(client_of: ClientOf) -> None:
    page = page_of(client_of("agent"), make_order(num=3))
    assert "has not been imported yet: 3 pieces" in page


def test_an_order_without_a_buyer_says_so(client_of: ClientOf) -> None:
    assert "has not told who the buyer is" in page_of(client_of("agent"), make_order(nick=None))


def test_payments_are_listed_with_what_became_of_them(client_of: ClientOf) -> None:
    order = make_order(status=Status.TRADE_CLOSED_BY_TAOBAO, close_reason=CloseReason.TIMEOUT, end_time=NOW)
    Payment.objects.create(
        order=order, payment_no="P-1", amount=Decimal("505.00"), method=Payment.Method.HUABEI,
        status=Payment.Status.UNAPPLIED, paid_at=NOW, heard_at=NOW,
    )  # fmt: skip
    page = page_of(client_of("agent"), order)
    for text in ("P-1", "Huabei", "unapplied", "¥505.00", "Closed · not paid in time"):
        assert text in page


def test_part_of_the_money_shows_what_is_missing_and_no_countdown(client_of: ClientOf) -> None:
    order = make_order(paid_fee=Decimal("100.00"))
    page = page_of(client_of("agent"), order)
    assert "part paid: ¥100.00, ¥405.00 missing" in page
    assert "closes in" not in page


def test_a_red_flag_says_for_whom_and_waits_to_be_acknowledged(client_of: ClientOf) -> None:
    agent = make_staff("agent")
    order = make_order()
    red = FlagRequest(RED, "改地址", "新地址见旺旺", Flag.Addressee.WAREHOUSE, NOW + timedelta(hours=8))
    set_flag(order.tid, red, actor=agent, now=NOW)

    page = page_of(client_of("warehouse"), order)

    assert "red flag · 改地址 · for: warehouse · until 11-22 20:00" in page
    assert "Acknowledge" in page
    assert "Acknowledge" not in page_of(client_of("agent"), order)


def test_holds_and_requests_of_the_order_are_shown(client_of: ClientOf) -> None:
    order = make_order()
    sku = make_sku("小白鞋", stock=5)
    holds.place(sku.pk, 2, reason="下单自动留货", order=order, now=NOW)
    Hold.objects.update(until=NOW + timedelta(hours=72))
    Approval.objects.create(
        kind="late_payment", subject_kind="order", subject_id=order.tid, subject_version=1, rule="O5",
        reason="付款晚到", amount=Decimal("505.00"), requested_at=NOW,
    )  # fmt: skip

    page = page_of(client_of("supervisor"), order)

    for text in ("2 × 小白鞋", "下单自动留货", "付款晚到", "O5", "2 pieces kept from the shelf"):
        assert text in page


def test_notes_longer_than_a_memo_are_warned_about(client_of: ClientOf) -> None:
    order, agent, client = make_order(), make_staff("agent"), client_of("agent")
    add_note(order.tid, "短", actor=agent, now=NOW)
    assert "longer than one Taobao memo" not in page_of(client, order)
    add_note(order.tid, "长" * 330, actor=agent, now=NOW)
    page = page_of(client, order)
    assert "longer than one Taobao memo" in page
    assert "1020 of 1000 bytes" in page


def test_the_timeline_tells_what_happened_in_words(client_of: ClientOf) -> None:
    agent, other = make_staff("agent", signature="娜娜"), make_staff("agent", signature="小雨")
    order = make_order()
    audit.record(
        Fact("order.created", "order", order.tid, {}, {"status": "WAIT_BUYER_PAY"}), at=NOW, actor=None
    )
    take_over(order.tid, actor=agent, now=NOW)
    take_over(order.tid, actor=other, now=NOW)
    set_flag(order.tid, FlagRequest(BLUE, "已留"), actor=agent, now=NOW)
    set_flag(order.tid, FlagRequest(0), actor=agent, now=NOW)
    reveal_phone(order.tid, agent, now=NOW)
    record_payment(order.tid, PaymentMessage("P-9", Decimal("505.00"), NOW), now=NOW)
    audit.record(Fact("moon.landed", "order", order.tid, {}, {}), at=NOW, actor=None)

    page = page_of(client_of("agent"), order)

    for text in (
        "The order came in: Waiting for payment", "Owner: 娜娜 → 小雨", "Flag: blue · 已留", "Flag taken off: 已留",
        "Looked at the phone number", "Payment P-9 ¥505.00: the order is paid", "Waiting for payment → Paid",
        "moon.landed",
    ):  # fmt: skip
        assert text in page, text


def test_what_is_not_possible_is_there_and_says_why(client_of: ClientOf) -> None:
    order = make_order(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW)

    agent = page_of(client_of("agent"), order)
    warehouse = page_of(client_of("warehouse"), order)
    manager = page_of(client_of("manager"), order)

    assert "Only an order that waits for payment is closed here" in agent
    assert f'action="/orders/{order.tid}/close/"' not in agent
    assert f'action="/orders/{order.tid}/notes/"' in warehouse
    assert "Your role does not close orders." in warehouse
    assert f'action="/orders/{order.tid}/notes/"' not in manager
    assert "Your role does not set flags." in manager


def test_the_warehouse_sees_no_prices_and_no_phones(client_of: ClientOf) -> None:
    order = make_order(paid_fee=Decimal("77.77"), refund_fee=Decimal("1.11"))
    make_line(order, price=Decimal("987.65"), refund_status="退款成功", refund_fee=Decimal("3.33"))
    record_payment(order.tid, PaymentMessage("P-9", Decimal("123.45"), NOW), now=NOW)
    Approval.objects.create(
        kind="part_payment", subject_kind="order", subject_id=order.tid, subject_version=1, rule="O5",
        reason="少付", amount=Decimal("55.55"), requested_at=NOW,
    )  # fmt: skip

    page = page_of(client_of("warehouse"), order)

    assert "Payment P-9: " in page
    for secret in ("¥", "987.65", "77.77", "3.33", "55.55", "505.00", "13800007620", "7620"):
        assert secret not in page, secret


def test_what_an_unpaid_order_needs_of_its_buyer_is_asked_once(client_of: ClientOf) -> None:
    """Asked ahead by one value and then by another, a statement would be asked twice."""
    client, order = (
        client_of("agent"),
        make_order("小草莓", receiver_address="浙江省 杭州市 1号", receiver_state="浙江"),
    )
    make_line(order)
    page_of(client, order)

    with CaptureQueriesContext(connection) as captured:
        page_of(client, order)

    asked = [query["sql"] for query in captured]
    for table in ("orders_enquiry", "members_lifetimeshipping", "shipping_tariffrow", "members_spendentry"):
        assert len([sql for sql in asked if f'"{table}"' in sql]) == 1, table
    # The terms of now for the buyer's standing, and those of its day for the price.
    assert len([sql for sql in asked if 'FROM "members_tierversion"' in sql and "rows__rate" in sql]) == 2


def test_the_page_takes_a_constant_number_of_statements(client_of: ClientOf) -> None:
    client, agent = client_of("agent"), make_staff("agent")
    order = make_order()
    make_line(order)
    add_note(order.tid, "一", actor=agent, now=NOW)
    take_over(order.tid, actor=agent, now=NOW)
    page_of(client, order)
    with CaptureQueriesContext(connection) as captured:
        page_of(client, order)
    few = len(captured)
    for number in range(20):
        make_line(order, f"鞋{number}")
        add_note(order.tid, f"备注{number}", actor=agent, now=NOW)
        take_over(order.tid, actor=make_staff("agent"), now=NOW)
        make_order(order.buyer_id)
    with CaptureQueriesContext(connection) as captured:
        page_of(client, order)

    # Six of them for the price by the rules, two for marks and tags, two for chasing, one for promises, one for
    # tonight's exemption, four for replies.
    assert len(captured) == few <= 32


@pytest.mark.parametrize("tid", ["4326", "%00", "..%2f", "x" * 33, "a'b", "4326%20"])
def test_no_such_order_is_a_page_that_leads_on(client_of: ClientOf, tid: str) -> None:
    response = client_of("agent").get(f"/orders/{tid}/")
    assert response.status_code == 404
    assert 'role="search"' in response.content.decode()


@pytest.mark.parametrize(
    ("company", "number", "odd"),
    [
        ("中通快递", "75510000007920", False),
        ("中通快递", "SF1020304050607", True),
        ("顺丰速运", "SF1020304050607", False),
        ("隔壁老王快递", "1", False),
        ("中通快递", "", False),
    ],
)
def test_a_tracking_number_unlike_the_carriers_is_warned_of(
    client_of: ClientOf, company: str, number: str, odd: bool
) -> None:
    """S1: a warning, never a refusal; where the carrier is not known there is nothing to compare with."""
    order = make_order(
        status=Status.WAIT_BUYER_CONFIRM_GOODS, logistics_company=company, invoice_no=number, consign_time=NOW
    )

    assert ("unusual number" in page_of(client_of("agent"), order)) is odd
