"""T3: fields, claims and the words that make them, by plain values."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.states import Status
from shopdesk.desk.rules.replies import fill, fitting_moments, says_the_same
from shopdesk.desk.rules.reply_claims import Claim, untagged, untrue
from shopdesk.desk.rules.reply_facts import ReplyFacts, TicketFacts
from shopdesk.desk.rules.reply_fields import CHINESE, ENGLISH, FIELDS, unknown_fields
from tests.factories import NOW

UNPAID = ReplyFacts(
    now=NOW,
    tid="4326",
    status=Status.WAIT_BUYER_PAY,
    nick="小草莓",
    goods="小白鞋 白色 / 37",
    payment=Decimal("492.60"),
    post_fee=Decimal("6.00"),
    closes_at=NOW + timedelta(hours=23, minutes=10),
)
PAID = replace(
    UNPAID, status=Status.WAIT_SELLER_SEND_GOODS, closes_at=None, ship_by=NOW + timedelta(hours=47)
)
SENT = replace(
    PAID, status=Status.WAIT_BUYER_CONFIRM_GOODS, ship_by=None, carrier="中通快递", tracking="7551000000001"
)
CLOSED = replace(UNPAID, status=Status.TRADE_CLOSED_BY_TAOBAO, closes_at=None)
TICKET = TicketFacts(number="T7", kind="return", decision="accepted", return_address="杭州 某仓")
RETURNING = replace(SENT, ticket=TICKET)


def stops(text: str, facts: ReplyFacts, *claims: str) -> list[str]:
    return [stop.what for stop in fill(text, claims, facts, CHINESE).stops]


def test_a_text_is_filled_in_both_languages() -> None:
    text = "{nick} {tid} {goods} {payment} {post_fee} {time_left} {pay_by}"

    assert fill(text, [], UNPAID, CHINESE).text == (
        "小草莓 4326 小白鞋 白色 / 37 ¥492.60 ¥6.00 23小时10分钟 11月23日11:10"
    )
    assert fill("{time_left}, {pay_by}", [], UNPAID, ENGLISH).text == "23 h 10 min, 2026-11-23 11:10"
    assert fill("{carrier} {tracking}", ["shipped"], SENT, CHINESE).text == "中通快递 7551000000001"


@pytest.mark.parametrize("name", list(FIELDS))
def test_a_field_without_a_value_stops_and_stays_in_its_braces(name: str) -> None:
    nothing = ReplyFacts(now=NOW, tid="", status=Status.WAIT_BUYER_PAY)

    filled = fill(f"看 {{{name}}}", [], nothing, CHINESE)

    assert filled.text == f"看 {{{name}}}"
    [stop] = filled.stops
    assert (stop.what, stop.is_field, stop.reason) == (f"{{{name}}}", True, FIELDS[name].missing)


TRUE: list[tuple[str, ReplyFacts, ReplyFacts]] = [
    # claim, facts of which it is true, facts of which it is not
    (Claim.UNPAID, UNPAID, PAID),
    (Claim.UNPAID, UNPAID, CLOSED),
    (Claim.UNPAID, UNPAID, replace(UNPAID, closes_at=None)),
    (Claim.PRICED, replace(UNPAID, priced=True), UNPAID),
    (Claim.PAID, PAID, UNPAID),
    (Claim.PAID, SENT, CLOSED),
    (Claim.IN_STOCK, replace(PAID, ready=True), PAID),
    (Claim.NOT_SHIPPED, PAID, SENT),
    (Claim.NOT_SHIPPED, PAID, UNPAID),
    (Claim.PART_SHIPPED, replace(PAID, partly_shipped=True), PAID),
    (Claim.PART_SHIPPED, replace(PAID, partly_shipped=True), SENT),
    (Claim.SHIPPED, SENT, PAID),
    (Claim.SHIPPED, replace(SENT, status=Status.TRADE_FINISHED), replace(PAID, partly_shipped=True)),
    (Claim.SHIPPED, SENT, replace(SENT, status=Status.TRADE_CLOSED)),
    (Claim.SIGNED, replace(SENT, signed=True), SENT),
    (Claim.CLOSED, CLOSED, UNPAID),
    (Claim.REFUNDED, replace(PAID, refunded=Decimal(5)), PAID),
    (Claim.REFUND_DUE, replace(PAID, refund_due=Decimal(5)), PAID),
    # On a ticket its own money counts, not that of the order.
    (
        Claim.REFUNDED,
        replace(SENT, ticket=replace(TICKET, refunded=True)),
        replace(RETURNING, refunded=Decimal(5)),
    ),
    (Claim.REFUND_DUE, replace(SENT, ticket=replace(TICKET, refund_due=True)), RETURNING),
    (Claim.RETURN_ACCEPTED, RETURNING, SENT),
    (Claim.RETURN_ACCEPTED, RETURNING, replace(SENT, ticket=replace(TICKET, decision="asked"))),
    (Claim.RETURN_ACCEPTED, RETURNING, replace(SENT, ticket=replace(TICKET, kind="exchange_sku"))),
    (Claim.EXCHANGE_ACCEPTED, replace(SENT, ticket=replace(TICKET, kind="exchange_style")), RETURNING),
    (Claim.REFUSED, replace(SENT, ticket=replace(TICKET, decision="refused")), RETURNING),
    (Claim.RETURN_RECEIVED, replace(SENT, ticket=replace(TICKET, received=True)), RETURNING),
    (Claim.EXCHANGE_SENT, replace(SENT, ticket=replace(TICKET, sent_tracking="中通 1")), RETURNING),
]


@pytest.mark.parametrize(("claim", "so", "not_so"), TRUE)
def test_a_claim_is_checked_against_the_facts(claim: str, so: ReplyFacts, not_so: ReplyFacts) -> None:
    assert untrue(claim, so) is None
    reason = untrue(claim, not_so)
    assert reason
    [stop] = fill("亲", [claim], not_so, CHINESE).stops
    assert (stop.what, stop.reason, stop.is_field) == (claim, reason, False)


def test_every_claim_is_in_the_table() -> None:
    assert {claim for claim, *_ in TRUE} == set(Claim)


def test_shipped_on_an_unshipped_order_is_stopped_with_every_reason() -> None:
    assert stops("已发货，{carrier} {tracking}", PAID, "shipped") == ["{carrier}", "{tracking}", "shipped"]


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("{nick}，{price}", ["price"]),
        ("{ nick }", [" nick "]),
        ("{nick", [""]),
        ("nick}", [""]),
        ("{}", [""]),
        ("{{nick}}", [""]),
        ("{nick} {tid}", []),
    ],
)
def test_unknown_fields_are_found(text: str, unknown: list[str]) -> None:
    assert unknown_fields(text) == unknown


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("亲，您的宝贝已发货", "shipped"),
        ("亲，已经给您寄出啦", "shipped"),
        ("Your order has been shipped.", "shipped"),
        ("部分宝贝已经发出", "part_shipped"),
        ("单号 {tracking}", "shipped"),
        ("收到您的付款啦", "paid"),
        ("已为您退款", "refunded"),
        ("退款已到账", "refunded"),
        ("给您退 {refund}", "refunded"),
        ("这款有货哦", "in_stock"),
        ("同意您的退货", "return_accepted"),
        ("寄到 {return_address}", "return_accepted"),
        ("换货申请已通过", "exchange_accepted"),
        ("换货已经寄出", "exchange_sent"),
        ("还没有付款哦", "unpaid"),
        ("还没有发货，请稍等", "not_shipped"),
        ("已签收，还满意吗", "signed"),
        ("已为您改价", "priced"),
        ("订单已关闭", "closed"),
        ("退回的宝贝已收到", "return_received"),
        ("原因：{refusal}", "refused"),
    ],
)
def test_words_that_claim_something_ask_for_the_tag(text: str, claim: str) -> None:
    found = untagged(text, [])
    assert found is not None
    assert claim in found[1]
    assert untagged(text, [claim]) is None
    assert untagged(text, {"greeting"}) == found


@pytest.mark.parametrize(
    "text",
    [
        "如果您已付款，请忽略",
        "若已发货，单号会同步到订单里",
        "已发货后不能改地址",
        "等已签收再联系我",
        "If it has been shipped, please wait.",
        "宝贝48小时内发货",
        "我们会尽快为您发货",
        "支持七天无理由退货",
        "没有质量问题不能退换",
    ],
)
def test_conditions_and_promises_claim_nothing(text: str) -> None:
    assert untagged(text, []) is None


def test_a_condition_covers_its_own_clause_only() -> None:
    found = untagged("如果有问题请联系我，您的宝贝已发货", [])

    assert found is not None
    assert found[0] == "已发货"


def test_a_copied_text_is_held_against_the_facts_of_now() -> None:
    text = "亲，{payment}，还剩{time_left}"
    said = fill(text, [], UNPAID, CHINESE).text
    later = replace(UNPAID, now=NOW + timedelta(minutes=2))

    assert says_the_same(text, said, later, CHINESE)  # the time moves on
    assert not says_the_same(text, said, replace(later, payment=Decimal("480.00")), CHINESE)
    assert not says_the_same(text, said + "送您礼物", later, CHINESE)
    assert not says_the_same(text, text, later, CHINESE)


@given(st.text(max_size=60), st.sampled_from([UNPAID, PAID, SENT, CLOSED, RETURNING]))
def test_what_is_filled_says_the_same_and_holds_no_field(text: str, facts: ReplyFacts) -> None:
    template = text.replace("{", "").replace("}", "") + "{goods}{payment}"

    filled = fill(template, [], facts, CHINESE)

    assert not filled.stops
    assert "{" not in filled.text
    assert says_the_same(template, filled.text, facts, CHINESE)


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        (UNPAID, "chasing"),
        (PAID, "payment"),
        (SENT, "shipping"),
        (RETURNING, "return"),
        (replace(SENT, ticket=replace(TICKET, kind="exchange_sku")), "exchange"),
        (replace(SENT, ticket=replace(TICKET, decision="refused")), "refusal"),
        (replace(SENT, status=Status.TRADE_FINISHED), "farewell"),
    ],
)
def test_the_likeliest_moment_comes_first(facts: Any, first: str) -> None:
    assert fitting_moments(facts)[0] == first
