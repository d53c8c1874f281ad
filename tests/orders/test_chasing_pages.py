"""O14: the list of unpaid orders, the box on the order page, and the two registers with their files."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from python_calamine import CalamineWorkbook

from orders.models import Enquiry, Order, Reminder, UnpaidReason
from orders.services.chasing import ReasonRequest, ReminderRequest, find_reason, remind
from orders.services.enquiries import EnquiryRequest, write_enquiry
from orders.states import CloseReason, Status
from shopdesk.base import clock
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_staff

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LIST, UNPAID, ENQUIRIES = (reverse(f"chasing:{name}") for name in ("list", "unpaid", "enquiries"))


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def closed_order(nick: str, **fields: Any) -> Order:
    fields = {"close_reason": CloseReason.TIMEOUT, "end_time": NOW, "created": NOW - 72 * HOUR} | fields
    return make_order(nick, status=Status.TRADE_CLOSED_BY_TAOBAO, **fields)


def enquiry(nick: str, question: str = "有货吗", ago: timedelta = HOUR, why_not: str = "") -> Enquiry:
    request = EnquiryRequest(nick, question, NOW - ago, why_not)
    return write_enquiry(request, actor=make_staff("agent"), now=NOW)


def page(client: Client, address: str, **query: str) -> str:
    return client.get(address, query).content.decode()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_list_is_soonest_first_with_words_that_are_ready(client_of: Callable[..., Client]) -> None:
    soon = make_order("小肥", created=NOW - 67 * HOUR, buyer_message="158cm穿S可以吗")
    make_line(soon, "大衣")
    later = make_order("大肥", created=NOW - HOUR)
    make_line(later)
    no_lines = make_order("没有明细", created=NOW - HOUR)

    content = page(client_of("agent"), LIST)

    assert content.index(soon.tid) < content.index(later.tid)
    assert (
        escape("小肥您好，您之前问过的“大衣 白色 / 37”已经拍下啦，应付505.00元，订单还保留5小时") in content
    )
    assert "大肥您好，您拍下的" in content
    assert "158cm穿S可以吗" in content
    assert no_lines.tid in content
    assert content.count("The item list of this order is not imported yet") == 1


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"view": "due"}, "a"),
        ({"view": "now"}, "abd"),
        ({"view": "never"}, "ad"),
        ({"view": "open"}, "c"),
        ({"view": "all"}, "abcd"),
        ({"view": "all", "asked": "yes"}, "bd"),
        ({"view": "all", "asked": "no"}, "ac"),
        ({"view": "all", "mine": "1"}, "b"),
        ({"view": "all", "q": "nick-c"}, "c"),
        ({"view": "nonsense", "cursor": "x"}, "abd"),
    ],
)
def test_views_and_filters(query: dict[str, str], shown: str, client_of: Callable[..., Client]) -> None:
    me, client = make_staff("agent"), Client()
    client.force_login(me)
    orders = {
        "a": make_order("nick-a", created=NOW - 61 * HOUR),
        "b": make_order("nick-b", created=NOW - 40 * HOUR, owner=me, buyer_message="包邮吗"),
        "c": make_order("nick-c", created=NOW - 30 * HOUR),
        "d": make_order("nick-d"),
    }
    enquiry("nick-d", ago=2 * HOUR)
    Reminder.objects.create(
        order=orders["b"], at=NOW - 13 * HOUR, by=me, channel="sms", outcome="will_pay", outcome_at=NOW,
        outcome_by=me,
    )  # fmt: skip
    Reminder.objects.create(order=orders["c"], at=NOW - HOUR, by=me, channel="sms")

    content = page(client, LIST, **query)

    assert {name for name, order in orders.items() if f"chase-{order.tid}" in content} == set(shown)


def test_the_strip_shows_agents_their_own_and_supervisors_all(client_of: Callable[..., Client]) -> None:
    anna, ben = make_staff("agent"), make_staff("agent", signature="小雨")
    for agent, goods in ((anna, "100.10"), (ben, "200.20")):
        order = make_paid_order(goods_payable=Decimal(goods), created=NOW - 5 * HOUR)
        Reminder.objects.create(order=order, at=NOW - 2 * HOUR, by=agent, channel="wangwang")
    client = Client()
    client.force_login(anna)

    own, everybodys = page(client, LIST), page(client_of("supervisor"), LIST)

    assert "¥106.10" in own
    assert "¥206.20" not in own
    assert "¥312.30" in everybodys
    assert "¥206.20" in everybodys


@pytest.mark.parametrize("htmx", [True, False])
def test_a_reminder_is_logged_from_the_list_and_refused_in_its_row(
    htmx: bool, client_of: Callable[..., Client]
) -> None:
    client, order = client_of("agent"), make_order(created=NOW - 20 * HOUR)
    address = reverse("chasing:reminder-sent", args=[order.tid])
    headers = {"HX-Request": "true"} if htmx else {}

    answer = client.post(address, {"channel": "phone", "remark": "晚上付"}, headers=headers)
    again = client.post(address, {"channel": "sms", "remark": "再催一次"}, headers=headers)

    assert answer.status_code == (200 if htmx else 302)
    assert Reminder.objects.get().remark == "晚上付"
    assert again.status_code == 422
    assert "The next may be sent from 11-23 00:00." in again.content.decode()
    assert htmx or "再催一次" in again.content.decode()  # nothing typed is lost
    if htmx:
        assert again["HX-Retarget"] == f"#refusal-{order.tid}"


def test_an_outcome_is_noted_from_the_list(client_of: Callable[..., Client]) -> None:
    reminder = remind(make_order().tid, ReminderRequest("sms"), actor=make_staff("agent"), now=NOW)

    answer = client_of("agent").post(
        reverse("chasing:reminder-result", args=[reminder.pk]), {"outcome": "no_answer", "seen": ""}
    )

    reminder.refresh_from_db()
    assert (answer.status_code, reminder.outcome) == (302, "no_answer")


def test_the_order_page_reminds_and_tells_it_in_the_timeline(client_of: Callable[..., Client]) -> None:
    client, order = client_of("agent"), make_order("小肥")
    make_line(order)

    client.post(reverse("orders:remind", args=[order.tid]), {"channel": "wangwang"})
    refused = client.post(reverse("orders:remind", args=[order.tid]), {"channel": "sms", "remark": "再催"})
    reminder = Reminder.objects.get()
    client.post(
        reverse("orders:reminder-outcome", args=[order.tid]),
        {"reminder": reminder.pk, "outcome": "question", "seen": "", "remark": ""},
    )

    assert (refused.status_code, reminder.channel) == (422, "wangwang")
    content = page(client, reverse("orders:detail", args=[order.tid]))
    assert "The buyer was reminded to pay: Wangwang chat" in content
    assert "What came of the reminder: has a question" in content
    assert "12 hours must pass" in content
    assert "chasing-title" not in page(client_of("warehouse"), reverse("orders:detail", args=[order.tid]))


def test_why_it_was_not_paid_is_kept_from_register_and_order_page(client_of: Callable[..., Client]) -> None:
    client, order = client_of("agent"), closed_order("小肥")

    first = client.post(reverse("chasing:why-unpaid", args=[order.tid]), {"reason": "price", "words": "贵"})
    late = client.post(reverse("chasing:why-unpaid", args=[order.tid]), {"reason": "size", "words": "没S码"})
    client.post(
        reverse("orders:unpaid-reason", args=[order.tid]), {"reason": "wait", "words": "", "seen": "price"}
    )

    assert (first.status_code, late.status_code) == (302, 409)
    assert "没S码" in late.content.decode()  # nothing typed is lost
    assert UnpaidReason.objects.get().reason == "wait"
    assert "too long a wait" in page(client, reverse("orders:detail", args=[order.tid]))


def test_the_unpaid_register_filtered_and_as_files(client_of: Callable[..., Client]) -> None:
    agent, client = make_staff("agent"), client_of("supervisor")
    known = closed_order("=小肥", close_reason=CloseReason.BUYER)
    make_line(known, "大衣", num=2)
    Reminder.objects.create(order=known, at=NOW - 9 * HOUR, by=agent, channel="sms")
    find_reason(known.tid, ReasonRequest("price", "+别家便宜"), actor=agent, now=NOW)
    unknown = closed_order("大肥", created=NOW - 96 * HOUR)
    closed_order("换款", tied=True)
    make_order("没关闭")
    make_paid_order("付了")

    def shown(**query: str) -> set[str]:
        content = page(client, UNPAID, **query)
        return {order.tid for order in Order.objects.all() if f"unpaid-{order.tid}" in content}

    assert shown() == {known.tid, unknown.tid}
    assert shown(reason="price") == shown(closed="buyer") == shown(q="=小肥") == {known.tid}
    assert shown(reason="none") == shown(q=unknown.tid) == shown(to="2026-11-18") == {unknown.tid}
    export = reverse("export", args=["unpaid"])
    taken = client.post(f"{export}?reason=price", {"kind": "csv"})
    (row,) = rows(b"".join(taken.streaming_content))
    assert row == {
        "Order": known.tid,
        "Buyer": "'=小肥",
        "Placed": "2026-11-19 12:00",
        "Closed": "2026-11-22 12:00",
        "How it closed": "by the buyer",
        "Goods": "大衣 白色 / 37 ×2",
        "Amount": "505.00",
        "Reminders": "1",
        "Last outcome": "",
        "Why not paid": "too expensive",
        "In words": "'+别家便宜",
        "Found out by": str(agent),
    }
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.post(export, {"kind": "xlsx"}).content))
    sheet = book.get_sheet_by_index(0).to_python()
    assert [line[0] for line in sheet] == ["Order", known.tid, unknown.tid]
    assert sheet[1][6] == 505.0
    assert AuditEntry.objects.filter(action="list.exported", subject_id="unpaid").count() == 2


def test_the_enquiry_register_shows_what_was_ordered_later(client_of: Callable[..., Client]) -> None:
    client = client_of("supervisor")
    bought, not_bought = enquiry("小肥", ago=3 * HOUR), enquiry("大肥", why_not="price")
    before = make_order("小肥", created=NOW - 4 * HOUR)
    after = make_order("小肥", created=NOW - 2 * HOUR)

    def shown(**query: str) -> set[int]:
        content = page(client, ENQUIRIES, **query)
        return {row.pk for row in Enquiry.objects.all() if f'id="enquiry-{row.pk}"' in content}

    assert shown() == {bought.pk, not_bought.pk}
    assert shown(ordered="yes") == shown(why_not="none") == shown(q="小肥") == {bought.pk}
    assert shown(ordered="no") == shown(why_not="price") == {not_bought.pk}
    content = page(client, ENQUIRIES)
    assert after.tid in content
    assert before.tid not in content
    taken = client.post(reverse("export", args=["enquiries"]), {"kind": "csv"})
    told = {row["Nick"]: row["Ordered since"] for row in rows(b"".join(taken.streaming_content))}
    assert told == {"小肥": after.tid, "大肥": ""}


def test_an_enquiry_is_written_refused_and_corrected(client_of: Callable[..., Client]) -> None:
    client, add = client_of("agent"), reverse("chasing:enquiry-add")
    sent = {"nick": "小肥", "question": "有37码吗", "asked_at": "2026-11-22T11:00"}

    missing = client.post(add, sent | {"nick": ""})
    client.post(add, sent)
    written = Enquiry.objects.get()
    correct = reverse("chasing:enquiry-correct", args=[written.pk])
    wrong = client.post(correct, sent | {"question": "", "words": "记错了"})
    client.post(correct, sent | {"question": "有38码吗", "why_not": "size"})

    assert (missing.status_code, wrong.status_code) == (422, 422)
    assert "有37码吗" in missing.content.decode()
    assert "记错了" in wrong.content.decode()
    shown = page(client, ENQUIRIES)
    assert "有38码吗" in shown
    assert "有37码吗" not in shown
    assert written.asked_at == NOW - HOUR


@pytest.mark.parametrize(("address", "statements"), [(f"{LIST}?view=all", 10), (UNPAID, 5), (ENQUIRIES, 5)])
def test_a_constant_number_of_statements(
    address: str,
    statements: int,
    client_of: Callable[..., Client],
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    client, agent = client_of("supervisor"), make_staff("agent")

    def fill() -> None:
        for number in range(3):
            order = make_order(created=NOW - (20 + number) * HOUR)
            make_line(order)
            Reminder.objects.create(order=order, at=NOW - 15 * HOUR, by=agent, channel="sms")
            enquiry(str(order.buyer_id), ago=30 * HOUR)
            paid = make_paid_order(created=NOW - 5 * HOUR)
            Reminder.objects.create(order=paid, at=NOW - 2 * HOUR, by=agent, channel="sms")
            closed = closed_order("")
            make_line(closed)
            find_reason(closed.tid, ReasonRequest("price"), actor=agent, now=NOW)

    fill()
    with django_assert_max_num_queries(statements) as few:
        client.get(address)
    fill()
    with django_assert_max_num_queries(statements) as many:
        client.get(address)
    assert len(few) == len(many)
