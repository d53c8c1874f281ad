"""O3: one search box that knows what was typed by its shape, and finds it however broad or rare the word."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from orders.rules.search import LONGEST, Key, Term, fits, shape
from orders.selectors import scope
from orders.selectors.filters import OrderFilter
from orders.selectors.lists import read_orders
from orders.selectors.search import words
from orders.selectors.search.walk import STEP
from orders.services.notes import add_note
from orders.states import ParcelStage, Status
from shopdesk.base.models import Staff
from tests.factories import NOW, make_line, make_order, make_staff
from tests.orders.shipped_parcels import make_parcel

pytestmark = pytest.mark.django_db
ALL_KEYS = [key.value for key in Key]


def search(q: str, *, staff: Staff | None = None, cursor: str = "", size: int = 50, **parameters: str):  # type: ignore[no-untyped-def]
    wanted = OrderFilter.read({"q": q, **parameters})
    return read_orders(wanted, staff=staff or make_staff("agent"), now=NOW, cursor=cursor, size=size)


def tids(page: object) -> list[str]:
    return [row.order.tid for row in page.rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("4326000000000023758", Key.TID),
        ("351700000000000", Key.TID),
        (' ="35170000000007920" ', Key.TID),
        ("４３２６０００００００００２３７５８", Key.TID),
        ("13800007620", Key.PHONE),
        ("'13867323970", Key.PHONE),
        ("7620", Key.PHONE_END),
        ("75510000007920", Key.TRACKING),
        ("No:75510000007920", Key.TRACKING),
        ("sf1234567890123", Key.TRACKING),
        ("YT1234567890123", Key.TRACKING),
        ("MN0015-WR", Key.SKU),
        ("公主小肥", Key.NICK),
        ("肥", Key.NICK),
        ("tb767233682", Key.NICK),
        ("bella_贝贝15", Key.NICK),
        ("abc_2011", Key.NICK),
        ("123", Key.NICK),
        ("23800007620", Key.TRACKING),
    ],
)
def test_what_was_typed_is_taken_for_what_it_looks_like(typed: str, key: Key) -> None:
    assert shape(Term.read(typed)) == key


@pytest.mark.parametrize(
    ("q", "key"),
    [
        ("4326111111111111111", Key.TID),
        ("432611111111111", Key.TID),
        ("75510000007920", Key.TRACKING),
        ("sf1234567890123", Key.TRACKING),
        ("13912345678", Key.PHONE),
        ("5678", Key.PHONE_END),
        ("MN0015-wr", Key.SKU),
        ("小肥", Key.NICK),
        ("肥", Key.NICK),
        ("YANG", Key.NICK),
    ],
)
def test_each_key_finds_its_order_and_no_other(q: str, key: Key) -> None:
    wanted = make_order(
        "公主小肥yang",
        tid="4326111111111111111",
        receiver_mobile="13912345678",
        invoice_no="SF1234567890123" if q.startswith("sf") else "75510000007920",
    )
    make_line(wanted, outer_sku_id="MN0015-WR")
    make_line(make_order("别人", invoice_no="99999999999999"), outer_sku_id="MN0016-WR")

    page = search(q)

    assert tids(page) == [wanted.tid]
    assert page.key == page.assumed == key


@pytest.mark.parametrize(
    ("by", "q"),
    [
        ("title", "大衣"),
        ("title", "衣"),
        ("title", "羊毛 大衣"),
        ("title", "momonaco"),
        ("receiver", "傅文静"),
        ("receiver", "静"),
        ("note", "发票"),
        ("note", "票"),
        ("note", "贺卡"),
    ],
)
def test_words_of_one_and_two_characters_are_found(by: str, q: str) -> None:
    agent = make_staff("agent")
    wanted = make_order(receiver_name="傅文静", seller_memo="附贺卡(娜娜9.9)")
    make_line(wanted, "【Momonaco Made】羊毛混纺大衣")
    add_note(wanted.tid, "要发票", actor=agent, now=NOW)
    other = make_order(receiver_name="张三", seller_memo="发顺丰")
    make_line(other, "小白鞋")

    assert tids(search(q, by=by)) == [wanted.tid]


def test_where_the_assumed_key_finds_nothing_the_others_are_tried_and_said() -> None:
    order = make_order("某人", receiver_name="李四")
    make_line(order, "羊毛大衣")

    page = search("大衣")

    assert (page.assumed, page.key, tids(page)) == (Key.NICK, Key.TITLE, [order.tid])
    assert search("大衣", by="nick").rows == []


def test_nothing_found_by_any_key_takes_a_bounded_number_of_statements() -> None:
    make_line(make_order())
    agent = make_staff("agent")
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert search("查无此人", staff=agent).rows == []
    for _number in range(60):
        make_line(make_order())
    with CaptureQueriesContext(connection) as many:
        assert search("查无此人", staff=agent).rows == []

    assert len(many) == len(few) <= 10


@pytest.mark.parametrize("holders_cap", [0, 1500])
@pytest.mark.parametrize(
    ("by", "q"), [("nick", "小肥"), ("title", "大衣"), ("receiver", "文静"), ("note", "发票")]
)
def test_pages_are_complete_and_disjoint_under_equal_times(
    by: str, q: str, holders_cap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the word is rare (few holders) or broad (more than the cap), and whichever way the list is read."""
    monkeypatch.setattr(words, "HOLDERS_CAP", holders_cap)
    monkeypatch.setattr(words, "ORDERS_CAP", holders_cap)
    monkeypatch.setattr("orders.selectors.search.walk.STEP", 4)
    expected, writer = [], make_staff("supervisor")
    for number in range(23):
        moment = NOW - timedelta(hours=number // 10)
        fits = number % 3 != 0
        order = make_order(
            f"小肥{number % 5}" if fits else f"别人{number}",
            created=moment,
            receiver_name="傅文静" if fits else "张三",
            seller_memo="要发票" if fits and number % 2 else "",
        )
        make_line(order, f"羊毛大衣{number % 4}" if fits else "小白鞋")
        make_line(order, f"羊毛大衣{(number + 1) % 4}" if fits else "小白鞋")
        if fits and not number % 2:
            add_note(order.tid, "发票抬头", actor=writer, now=NOW)
            add_note(order.tid, "发票税号", actor=writer, now=NOW)
        if fits:
            expected.append(order)
    expected.sort(key=lambda order: (order.created, order.tid), reverse=True)

    agent, seen, cursor = make_staff("agent"), [], ""
    while True:
        page = search(q, by=by, staff=agent, cursor=cursor, size=4)
        seen += tids(page)
        last = page
        if page.older is None:
            break
        cursor = page.older
    assert seen == [order.tid for order in expected]

    upwards = tids(last)
    while last.newer:
        last = search(q, by=by, staff=agent, cursor=last.newer, size=4)
        upwards = tids(last) + upwards
    assert upwards == seen


@pytest.mark.parametrize("number", ["4326", "43260000"])
def test_a_number_that_very_many_share_still_gives_the_newest_first(
    number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.selectors.search.numbers.NUMBERS_CAP", 2)
    orders = [make_order(created=NOW - timedelta(hours=hour)) for hour in range(6)]

    assert tids(search(number, by="tid", size=3)) == [order.tid for order in orders[:3]]


@pytest.mark.parametrize("typed", ["75519999000001", "75519999000002", "7551999900000"])
def test_each_of_two_parcels_is_found_by_its_number(typed: str) -> None:
    order = make_order(invoice_no="75519999000002")
    make_parcel(order, stage=ParcelStage.SHIPPED, invoice_no="75519999000001")

    assert tids(search(typed, by="tracking")) == [order.tid]


@pytest.mark.parametrize(
    "by", ["nick", "title", "receiver", "note", "sku", "tracking", "phone", "phone_end", "tid"]
)
def test_a_search_combines_with_every_filter(by: str) -> None:
    agent = make_staff("agent")
    q = {
        "nick": "小肥", "title": "大衣", "receiver": "文静", "note": "发票", "sku": "MN-1",
        "tracking": "7551000000", "phone": "13912345678", "phone_end": "5678", "tid": "555555",
    }[by]  # fmt: skip

    def make(**fields: object) -> Order:
        fields = {
            "status": Status.WAIT_SELLER_SEND_GOODS, "receiver_state": "新疆", "owner": agent,
            "seller_flag": 4, "created": NOW - timedelta(days=2), **fields,
        }  # fmt: skip
        order = make_order(
            "小肥", tid=f"555555{Order.objects.count():013d}", receiver_name="傅文静", seller_memo="要发票",
            invoice_no=f"7551000000{Order.objects.count():04d}", receiver_mobile="13912345678", **fields,
        )  # fmt: skip
        make_line(order, "羊毛大衣", outer_sku_id="MN-1")
        return order

    wanted = make()
    make(status=Status.WAIT_BUYER_PAY)
    make(receiver_state="上海")
    make(owner=None)
    make(seller_flag=0)
    make(created=NOW - timedelta(days=9))
    make(created=NOW)

    page = search(
        q, staff=agent, by=by, status="WAIT_SELLER_SEND_GOODS", receiver_state="新疆", owner=str(agent.pk),
        seller_flag="4", created_from="2026-11-19", created_to="2026-11-20",
    )  # fmt: skip

    assert tids(page) == [wanted.tid]
    assert len(tids(search(q, staff=agent, by=by))) == 7


def test_the_walk_goes_past_its_first_step() -> None:
    """A word that only an old order holds is found behind more orders than one step reads."""
    wanted = make_order("公主", created=NOW - timedelta(days=9))
    Order.objects.bulk_create(
        Order(tid=f"9{number:018d}", status=Status.WAIT_BUYER_PAY, created=NOW, receiver_name="张三")
        for number in range(STEP + 5)
    )
    assert tids(search("公主", view="unpaid")) == [wanted.tid]


def test_a_word_in_no_note_costs_the_same_among_few_notes_and_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """One step through notes and memos; then the index of grams knows that none holds it."""
    monkeypatch.setattr("orders.selectors.search.walk.STEP", 4)
    steps: list[int] = []

    def run(*arguments: Any) -> list[tuple[Any, ...]]:
        rows = scope.run(*arguments)
        steps.append(len(rows) - 1)  # the last tells what was gathered
        return rows

    monkeypatch.setattr("orders.selectors.search.walk.run", run)
    agent = make_staff("agent")
    for number in range(1, 41):
        order = make_order(seller_memo="老客户(娜娜9.9)")
        add_note(order.tid, "送小礼物一份", actor=agent, now=NOW)
        if number in (4, 40):
            assert search("无处可寻", staff=agent, by="note").rows == []

    assert steps == [1, 1]


HOSTILE: Sequence[str] = [
    "%", "_", "\\", "%%%", "100%", "a_b", "\x00", "小\x00肥", "'; DROP TABLE orders_order; --", "🦄", "👩‍👩‍👧",
    "肥" * 10_000, "\ud800", "%(limit)s", "{where}", "* * *", " ", "İ", "ﬃ", "\u202e", "()[]{}|&!:*", "1" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("q", HOSTILE)
def test_hostile_text_finds_nothing_and_breaks_nothing(q: str) -> None:
    make_line(make_order("好人"))
    text = q.encode("utf-8", "replace").decode()
    for by in ["", *ALL_KEYS]:
        page = search(text, by=by)
        assert len(page.rows) in ({1} if not Term.read(text) else {0})


def test_signs_with_a_meaning_to_the_database_are_only_signs() -> None:
    wanted = make_order("a_b%c\\d")
    make_order("aXbYc")
    assert tids(search("a_b%c\\", by="nick")) == [wanted.tid]
    assert tids(search("_b%", by="nick")) == [wanted.tid]


def test_what_is_typed_is_cut_at_a_hundred_characters() -> None:
    assert len(Term.read("肥" * 10_000).text) == LONGEST


def test_the_warehouse_does_not_search_by_phone() -> None:
    make_order("某人", receiver_mobile="13912345678")
    warehouse = make_staff("warehouse")

    assert search("13912345678", staff=warehouse).rows == []
    assert search("5678", staff=warehouse, by="phone_end").rows == []


def test_a_number_fits_only_the_keys_that_it_can_be() -> None:
    assert {key for key in Key if fits(key, Term.read("大衣"))} == {
        Key.NICK, Key.SKU, Key.TITLE, Key.RECEIVER, Key.NOTE,
    }  # fmt: skip
