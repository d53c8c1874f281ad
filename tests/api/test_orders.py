"""Orders by the API: lists, what is hidden, and taking orders in."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order, OrderLine, Payment
from orders.services.notes import add_note
from shipping.services import ensure_starting_tariffs
from shopdesk.base.models import AuditEntry
from tests.api.callers import Caller
from tests.factories import make_line, make_order, make_paid_order, make_staff
from tests.orders.parcel_scenes import printed, ready_order

pytestmark = pytest.mark.django_db
TOLD = {
    "tid": "4327000000000000778",
    "buyer_nick": "小美",
    "status": "WAIT_BUYER_PAY",
    "payment": "505.00",
    "post_fee": "6.00",
    "created": "2026-11-22T10:00:00+08:00",
    "receiver_address": "浙江省 杭州市 余杭区 文一西路1号",
    "orders": [
        {"oid": "1", "title": "小白鞋", "price": "499.00", "num": 1, "sku_properties_name": "颜色分类：白色"},
        {"oid": "2", "title": "邮费补差价", "price": "1.00", "num": 6},
    ],
}


def test_the_list_goes_on_by_its_cursor_and_back() -> None:
    tids = [order.tid for order in (make_order() for _ in range(5))]
    for tid in tids:
        make_line(Order.objects.get(pk=tid))
    caller = Caller("agent", "orders:read")

    first = caller.get("orders/", limit=2).json()
    second = caller.get("orders/", limit=2, cursor=first["next"]).json()
    back = caller.get("orders/", limit=2, cursor=second["previous"]).json()

    every = [row["tid"] for row in caller.get("orders/").json()["results"]]
    assert sorted(every) == sorted(tids)
    assert [row["tid"] for row in first["results"] + second["results"]] == every[:4]
    assert back["results"] == first["results"]
    assert first["previous"] is None
    assert first["results"][0]["payment"] == "505.00"
    assert first["results"][0]["orders"][0]["title"] == "小白鞋"


def test_the_number_of_statements_does_not_grow() -> None:
    caller = Caller("agent", "orders:read")
    counts = []
    for more in (1, 10):
        for _ in range(more):
            make_line(make_order())
        caller.get("orders/")
        with CaptureQueriesContext(connection) as statements:
            caller.get("orders/")
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 8


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "WAIT_BUYER_PAY"}, "unpaid"),
        ({"status": "WAIT_SELLER_SEND_GOODS"}, "paid"),
        ({"buyer_nick": "小美"}, "paid"),
        ({"title": "大衣"}, "paid"),
        ({"q": "小美"}, "paid"),
        ({"seller_flag": "1"}, None),
        ({"attention": "red"}, None),
        ({"attention": "true"}, None),
        ({"created_from": "2026-11-22", "created_to": "2026-11-22", "status": "WAIT_BUYER_PAY"}, "unpaid"),
        ({"created_to": "2026-11-20"}, None),
    ],
)
def test_filters(query: dict[str, str], found: str | None) -> None:
    unpaid, paid = make_order("阿花"), make_paid_order("小美")
    make_line(unpaid)
    make_line(paid, "大衣")

    rows = Caller("agent").get("orders/", **query).json()["results"]

    wanted = {"unpaid": [unpaid.tid], "paid": [paid.tid], None: []}
    assert [row["tid"] for row in rows] == wanted[found]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "abcd"),
        ({"created_from": "2026-11-22"}, "bcd"),
        ({"created_to": "2026-11-21"}, "a"),
        ({"created_from": "2026-11-22", "created_to": "2026-11-22"}, "bcd"),
        ({"created_from": "2026-11-22T10:00:00"}, "cd"),
        ({"created_from": "2026-11-22 10:00:00.000001"}, "d"),
        ({"created_to": "2026-11-22T10:00:00"}, "ab"),
        ({"created_from": "2026-11-22T10:00:00Z"}, "d"),
        ({"created_from": "2026-11-22T02:00:00+00:00", "created_to": "2026-11-22T18:00:00+08:00"}, "c"),
        ({"created_from": "2026-11-21T23:59:59.999999-00:30", "created_to": "2026-11-22"}, "cd"),
    ],
)
def test_orders_placed_in_a_span_of_time(query: dict[str, str], found: str) -> None:
    for tid, placed in (
        ("a", "2026-11-21T23:59:59.999999+08:00"),
        ("b", "2026-11-22T00:00:00+08:00"),
        ("c", "2026-11-22T10:00:00+08:00"),
        ("d", "2026-11-22T18:00:00+08:00"),
    ):
        make_line(make_order(tid=tid, created=datetime.fromisoformat(placed)))

    rows = Caller("agent").get("orders/", **query).json()["results"]

    assert "".join(sorted(row["tid"] for row in rows)) == found


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-31", "2026-13-01", "1999-12-31", "9999-12-31", "0001-01-01T00:00:00+08:00", "22.11.2026", "today",
        "2026-11-22T25:00:00", "2026-11-22T10:00:00 08:00", "2026-11-22T10:00:00+99:00",
    ],
)  # fmt: skip
def test_what_is_no_time(value: str) -> None:
    for name in ("created_from", "created_to"):
        answer = Caller("agent").get("orders/", **{name: value})

        assert (answer.status_code, answer.json()["field"]) == (400, name), answer.content.decode()


def test_a_warehouse_sees_no_prices_and_no_phones() -> None:
    order = ready_order(receiver_mobile="13812345678", buyer_message="打我电话13812345678")
    printed(order)
    add_note(order.tid, "电话13812345678", actor=make_staff("agent"))
    paid: Any = {"payment_no": "p", "amount": Decimal("505.00"), "status": "applied"}
    Payment.objects.create(order=order, heard_at=order.created, **paid)
    caller = Caller("warehouse")

    for path in ("orders/", f"orders/{order.tid}/", f"orders/{order.tid}/parcels/", "change-notices/"):
        text = caller.get(path).content.decode()
        assert "505.00" not in text
        assert "499.00" not in text
        assert "2345678" not in text
    listed = caller.get("orders/").json()["results"][0]
    assert listed["payment"] is None
    assert listed["receiver_mobile"] is None
    assert Caller("agent").get("orders/").json()["results"][0]["receiver_mobile"] == "138****5678"


def test_an_order_is_taken_in_once_and_brought_forward() -> None:
    caller = Caller("supervisor", "orders:write")

    created = caller.post("orders/", TOLD)
    again = caller.post("orders/", TOLD)
    paid = caller.post(
        "orders/",
        {
            **TOLD,
            "status": "SELLER_CONSIGNED_PART",
            "received_payment": "505.00",
            "pay_time": "2026-11-22T10:05:00+08:00",
        },
    )
    back = caller.post("orders/", TOLD)

    assert (created.status_code, created.json()) == (
        201,
        {"tid": TOLD["tid"], "outcome": "created", "lines": 2},
    )
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert (paid.status_code, paid.json()["outcome"]) == (200, "updated")
    assert back.json()["outcome"] == "unchanged"
    assert caller.post("orders/", TOLD, If_Match='"1"').json()["code"] == "T5"
    order = Order.objects.get(pk=TOLD["tid"])
    assert (order.status, order.partly_shipped, order.receiver_state) == (
        "WAIT_SELLER_SEND_GOODS",
        True,
        "浙江",
    )
    assert OrderLine.objects.filter(order=order).count() == 2
    assert AuditEntry.objects.get(action="order.created", subject_id=order.tid).actor == caller.token.account
    assert Payment.objects.get(order=order).amount == Decimal("505.00")


def test_what_says_too_little_waits_and_what_contradicts_is_refused() -> None:
    caller = Caller("supervisor", "orders:write")

    waiting = caller.post("orders/", {"tid": "77", "orders": TOLD["orders"][:1]})
    make_paid_order(tid="78")
    refused = caller.post("orders/", {**TOLD, "tid": "78", "status": "TRADE_CLOSED_BY_TAOBAO", "orders": []})

    assert (waiting.status_code, waiting.json()["outcome"]) == (202, "waiting")
    assert not Order.objects.filter(pk="77").exists()
    rest = {"tid": "77", "payment": "499.00", "created": "2026-11-22T10:00:00+08:00"}
    came = caller.post("orders/", {**rest, "status": "WAIT_BUYER_PAY"})
    assert (came.status_code, came.json()["lines"]) == (201, 1)
    assert OrderLine.objects.get(order="77").product.title == "小白鞋"
    assert (refused.status_code, refused.json()["code"]) == (409, "D1")
    assert Order.objects.get(pk="78").status == "WAIT_SELLER_SEND_GOODS"


EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "data/quotes.json").read_text("utf-8")
)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_quotes_come_out_as_the_examples_say(example: dict[str, Any]) -> None:
    ensure_starting_tariffs()

    answer = Caller("agent", "orders:read").post("quotes/", example["ask"])

    body = answer.json()
    if error := example.get("error") or example.get("want", {}).get("error"):
        assert (answer.status_code, body["code"]) == (422, error)
        return
    assert answer.status_code == 200
    assert {name: body[name] for name in example["want"]} == example["want"]


def test_a_member_is_shown_with_tier_and_what_is_missing() -> None:
    order = make_order("小美")
    order.buyer.spend = Decimal("1200.00")  # type: ignore[union-attr]
    order.buyer.save()  # type: ignore[union-attr]

    body = Caller("agent", "orders:read").get("members/小美/").json()

    assert body["spend"] == "1200.00"
    assert body["tier"] == {"name": "初级", "threshold": "1000.00"}
    assert body["to_next_tier"] == "8800.00"
    assert body["lifetime_free_shipping"] is False


def test_a_new_order_takes_few_statements_however_many_its_lines() -> None:
    caller = Caller("supervisor", "orders:write")
    counts = []
    for number, lines in enumerate((1, 2, 40)):
        told = [
            {"title": "小白鞋", "price": "1.00", "num": 1, "oid": f"{number}-{line}"} for line in range(lines)
        ]
        body = {**TOLD, "tid": f"9{number}", "orders": told}
        with CaptureQueriesContext(connection) as statements:
            answer = caller.post("orders/", body, Idempotency_Key=f"{number}")
        assert (answer.status_code, answer.json()["lines"]) == (201, lines)
        counts.append(len(statements))

    # The first one met its product, its colour, and the first use of the token.
    assert counts[0] > counts[1] == counts[2] <= 21


def test_of_an_order_that_is_told_twice_at_once_there_is_one(transactional_db: None) -> None:
    caller = Caller("supervisor", "orders:write")
    start = Barrier(4)

    def tell() -> Any:
        start.wait(20)
        try:
            return caller.post("orders/", TOLD)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = [call.result(20) for call in [pool.submit(tell) for _ in range(4)]]

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert sorted(OrderLine.objects.values_list("order", "oid")) == [(TOLD["tid"], "1"), (TOLD["tid"], "2")]
    assert AuditEntry.objects.filter(action="order.created").count() == 1
