"""D1: an import goes forward only."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.imports import Outcome, merge, path
from orders.states import CLOSED, RANK, CloseReason, Status
from tests.factories import NOW

PAID = Status.WAIT_SELLER_SEND_GOODS
SENT = Status.WAIT_BUYER_CONFIRM_GOODS


def row(status: str | None, **said: Any) -> dict[str, Any]:
    facts = {"created": NOW, "payment": Decimal("505.00"), "post_fee": Decimal("6.00")} | said
    return facts | ({"status": status} if status else {})


def known(status: str, **stored: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "status": status,
        "close_reason": "",
        "created": NOW,
        "payment": Decimal("505.00"),
        "post_fee": Decimal("6.00"),
        "goods_payable": Decimal("499.00"),
        "paid_fee": Decimal(0),
        "refund_fee": Decimal(0),
        "num": 1,
        "partly_shipped": False,
        "payment_pending": False,
        "pay_time": None,
    }
    return facts | stored


@pytest.mark.parametrize(
    ("start", "end", "moves"),
    [
        (Status.WAIT_BUYER_PAY, PAID, ("pay",)),
        (Status.WAIT_BUYER_PAY, SENT, ("pay", "ship")),
        (Status.WAIT_BUYER_PAY, Status.TRADE_FINISHED, ("pay", "ship", "finish")),
        (Status.WAIT_BUYER_PAY, Status.TRADE_CLOSED, ("pay", "close_refunded")),
        (Status.WAIT_BUYER_PAY, Status.TRADE_CLOSED_BY_TAOBAO, ("close_unpaid",)),
        (PAID, SENT, ("ship",)),
        (PAID, Status.TRADE_FINISHED, ("ship", "finish")),
        (PAID, Status.TRADE_CLOSED, ("close_refunded",)),
        (PAID, Status.TRADE_CLOSED_BY_TAOBAO, None),
        (PAID, Status.WAIT_BUYER_PAY, None),
        (SENT, PAID, None),
        (Status.TRADE_FINISHED, Status.TRADE_CLOSED, None),
        (Status.TRADE_CLOSED, PAID, None),
        (Status.TRADE_CLOSED_BY_TAOBAO, PAID, None),
    ],
)
def test_the_moves_between_two_states(start: str, end: str, moves: tuple[str, ...] | None) -> None:
    assert path(start, end) == moves


@pytest.mark.parametrize("missing", ["status", "created", "payment"])
def test_a_row_that_lacks_what_a_new_order_needs_waits(missing: str) -> None:
    facts = row(PAID)
    del facts[missing]

    assert merge(None, facts).outcome == Outcome.WAITING


def test_a_new_order_takes_all_that_the_row_says() -> None:
    decision = merge(None, row(PAID, pay_time=NOW, buyer_nick="小肥"))

    assert decision.outcome == Outcome.CREATED
    assert decision.changes["goods_payable"] == Decimal("499.00")
    assert (decision.changes["pay_time"], decision.changes["buyer_nick"]) == (NOW, "小肥")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.TRADE_CLOSED_BY_TAOBAO, CloseReason.UNPAID),
        (Status.TRADE_CLOSED, CloseReason.REFUND),
    ],
)
def test_a_closed_order_says_why(status: str, reason: str) -> None:
    assert merge(None, row(status, pay_time=NOW)).changes["close_reason"] == reason
    assert ("pay_time" in merge(None, row(status, pay_time=NOW)).changes) is (status == Status.TRADE_CLOSED)


def test_a_higher_state_brings_all_its_facts() -> None:
    decision = merge(
        known(Status.WAIT_BUYER_PAY, payment_pending=True),
        row(SENT, payment=Decimal("500.00"), pay_time=NOW, invoice_no="7551"),
    )

    assert decision.moves == ("pay", "ship")
    assert decision.changes == {
        "status": SENT,
        "payment": Decimal("500.00"),
        "pay_time": NOW,
        "invoice_no": "7551",
        "payment_pending": False,
    }


@pytest.mark.parametrize("status", [SENT, PAID, None])
def test_the_same_or_a_lower_state_fills_blanks_only(status: str | None) -> None:
    stored = known(SENT, invoice_no="7551", receiver_name="", buyer_nick=None)
    said = row(status, invoice_no="9999", receiver_name="张三", buyer_nick="小肥", payment=Decimal("1.00"))

    decision = merge(stored, said)

    assert (decision.outcome, decision.moves) == (Outcome.UPDATED, ())
    assert decision.changes == {"receiver_name": "张三", "buyer_nick": "小肥"}


def test_refunds_only_grow() -> None:
    stored = known(SENT, refund_fee=Decimal("20.00"))

    assert merge(stored, row(SENT, refund_fee=Decimal("30.00"))).changes == {"refund_fee": Decimal("30.00")}
    assert merge(stored, row(SENT, refund_fee=Decimal("10.00"))).outcome == Outcome.UNCHANGED


def test_postage_of_nothing_is_a_fact_and_not_a_blank() -> None:
    stored = known(SENT, post_fee=Decimal("0.00"))

    assert merge(stored, row(SENT, post_fee=Decimal("6.00"))).outcome == Outcome.UNCHANGED


@pytest.mark.parametrize("status", [PAID, SENT, Status.TRADE_FINISHED, Status.TRADE_CLOSED])
def test_paid_on_the_platform_but_closed_here_is_a_late_payment(status: str) -> None:
    stored = known(Status.TRADE_CLOSED_BY_TAOBAO, close_reason=CloseReason.TIMEOUT)

    assert merge(stored, row(status)).outcome == Outcome.LATE_PAYMENT


def test_never_paid_of_a_paid_order_is_a_contradiction() -> None:
    assert merge(known(PAID), row(Status.TRADE_CLOSED_BY_TAOBAO)).outcome == Outcome.CONTRADICTION


@pytest.mark.parametrize(
    ("here", "there", "outcome"),
    [
        (Status.TRADE_FINISHED, Status.TRADE_CLOSED, Outcome.OTHER_END),
        (Status.TRADE_CLOSED, Status.TRADE_FINISHED, Outcome.OTHER_END),
        (Status.TRADE_FINISHED, Status.TRADE_CLOSED_BY_TAOBAO, Outcome.CONTRADICTION),
        (Status.TRADE_CLOSED, Status.TRADE_CLOSED_BY_TAOBAO, Outcome.CONTRADICTION),
        (Status.TRADE_CLOSED_BY_TAOBAO, Status.TRADE_CLOSED_BY_TAOBAO, Outcome.UNCHANGED),
        (Status.TRADE_FINISHED, SENT, Outcome.UNCHANGED),
        (Status.TRADE_CLOSED_BY_TAOBAO, Status.WAIT_BUYER_PAY, Outcome.UNCHANGED),
    ],
)
def test_two_different_ends_contradict_each_other(here: str, there: str, outcome: Outcome) -> None:
    assert merge(known(here), row(there)).outcome == outcome


states = st.sampled_from(list(Status))
facts = st.fixed_dictionaries(
    {"status": states, "created": st.just(NOW), "payment": st.decimals("0.01", "999", places=2)},
    optional={
        "pay_time": st.just(NOW + timedelta(minutes=1)),
        "invoice_no": st.sampled_from(["7551", "7552"]),
        "refund_fee": st.decimals("0.01", "99", places=2),
        "receiver_name": st.sampled_from(["张三", "李四"]),
        "paid_fee": st.decimals("0.01", "999", places=2),
        "partly_shipped": st.booleans(),
    },
)


@given(rows=st.lists(facts, min_size=1, max_size=8))
def test_no_sequence_of_files_moves_anything_back(rows: list[dict[str, Any]]) -> None:
    first = merge(None, rows[0])
    state = known(Status.WAIT_BUYER_PAY, payment=Decimal(0), created=None) | first.changes
    for said in rows[1:]:
        decision = merge(state, said)
        if decision.outcome in (Outcome.CONTRADICTION, Outcome.OTHER_END, Outcome.LATE_PAYMENT):
            continue
        after = state | decision.changes
        assert RANK[Status(after["status"])] >= RANK[Status(state["status"])]
        assert after["refund_fee"] >= state["refund_fee"]
        assert after["paid_fee"] >= state["paid_fee"]
        if state["status"] in CLOSED:
            assert after["status"] == state["status"]
        if not decision.moves:
            for name, value in state.items():
                if value and name not in ("refund_fee", "paid_fee", "num", "partly_shipped"):
                    assert after[name] == value, name
        assert merge(after, said).outcome == Outcome.UNCHANGED
        state = after


@given(rows=st.lists(facts, min_size=2, max_size=4))
def test_the_state_does_not_depend_on_the_order_of_files(rows: list[dict[str, Any]]) -> None:
    """Where the platform went forward along one path, files in any order end in its last state."""
    paths = [
        (Status.WAIT_BUYER_PAY, PAID, SENT, Status.TRADE_FINISHED),
        (Status.WAIT_BUYER_PAY, PAID, Status.TRADE_CLOSED),
        (Status.WAIT_BUYER_PAY, Status.TRADE_CLOSED_BY_TAOBAO),
    ]
    for course in paths:
        told = [said | {"status": status} for said, status in zip(rows, course, strict=False)]
        last = told[-1]["status"]
        for shuffled in itertools.permutations(told):
            state: dict[str, Any] | None = None
            for said in shuffled:
                decision = merge(state, said)
                state = (state or known(Status.WAIT_BUYER_PAY)) | decision.changes
            assert state is not None
            assert state["status"] == last
