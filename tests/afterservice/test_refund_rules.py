"""A9 as decisions on plain values: cumulative rounding, the ceilings, postage by fault, the agents' limit."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.refunds import (
    Ask,
    LineMoney,
    OrderMoney,
    charged_for,
    difference,
    needs_supervisor,
    payback,
    shop_is_at_fault,
)
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO

CENTS = st.integers(min_value=0, max_value=1_000_000).map(lambda cents: Decimal(cents) / 100)


def d(text: str) -> Decimal:
    return Decimal(text)


def line(**fields: Any) -> LineMoney:
    """Three pieces that were charged 100.00 together, of which the ticket has one."""
    values: dict[str, Any] = {"line": 1, "num": 3, "payment": d("100.00"), "pieces": 1} | fields
    return LineMoney(left=values.pop("left", values["payment"]), **values)


def order(*lines: LineMoney, **fields: Any) -> OrderMoney:
    lines = lines or (line(),)
    values: dict[str, Any] = {"post_fee_left": d("6.00"), "left": d("106.00")} | fields
    return OrderMoney(lines=lines, **values)


@pytest.mark.parametrize(
    ("earlier", "pieces", "amount"),
    [(0, 1, "33.33"), (1, 1, "33.34"), (2, 1, "33.33"), (0, 2, "66.67"), (1, 2, "66.67"), (0, 3, "100.00"),
     (3, 1, "0.00")],
)  # fmt: skip
def test_pieces_are_charged_by_the_running_total(earlier: int, pieces: int, amount: str) -> None:
    assert charged_for(d("100.00"), 3, earlier, pieces) == d(amount)


@given(payment=CENTS, portions=st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_all_portions_of_a_line_sum_to_what_was_paid(payment: Decimal, portions: list[int]) -> None:
    num, earlier, total = sum(portions), 0, ZERO
    for pieces in portions:
        total += charged_for(payment, num, earlier, pieces)
        earlier += pieces

    assert total == payment


@given(
    payment=CENTS,
    post_fee=CENTS,
    num=st.integers(1, 9),
    asks=st.lists(
        st.tuples(st.integers(1, 9), st.none() | CENTS, st.sampled_from(Problem.values)), max_size=12
    ),
)
def test_over_any_sequence_of_refunds_no_line_gets_more_than_was_paid(
    payment: Decimal, post_fee: Decimal, num: int, asks: list[tuple[int, Decimal | None, str]]
) -> None:
    refunded, postage, earlier = ZERO, ZERO, 0
    for pieces, amount, problem in asks:
        pieces = min(pieces, num)
        facts = order(
            line(num=num, payment=payment, left=payment - refunded, pieces=pieces, earlier=earlier),
            post_fee_left=post_fee - postage,
            left=payment + post_fee - refunded - postage,
            takes_all=earlier + pieces >= num,
        )
        try:
            paid = payback(TicketKind.RETURN, problem, facts, Ask({} if amount is None else {1: amount}))
        except DomainError:
            continue
        refunded += paid.lines.get(1, ZERO)
        postage += paid.post_fee
        earlier += pieces
        assert all(amount > 0 for amount in paid.lines.values())
        assert paid.total == sum((step.amount for step in paid.steps), ZERO)

    assert refunded <= payment
    assert postage <= post_fee


@pytest.mark.parametrize(
    ("charged", "cost", "due", "back"),
    [
        (["499.00"], "520.00", "21.00", ["0.00"]),
        (["499.00"], "499.00", "0.00", ["0.00"]),
        (["499.00"], "430.00", "0.00", ["69.00"]),
        (["100.00", "200.00"], "270.00", "0.00", ["10.00", "20.00"]),
        (["33.33", "66.67", "0.00"], "90.01", "0.00", ["3.33", "6.66", "0.00"]),
    ],
)
def test_the_difference_to_another_style(charged: list[str], cost: str, due: str, back: list[str]) -> None:
    found = difference([d(amount) for amount in charged], d(cost))

    assert (found.due, list(found.back)) == (d(due), [d(amount) for amount in back])


@given(charged=st.lists(CENTS, min_size=1, max_size=6), cost=CENTS)
def test_the_difference_is_paid_by_one_side_to_the_cent(charged: list[Decimal], cost: Decimal) -> None:
    found = difference(charged, cost)

    assert sum(charged, ZERO) + found.due - sum(found.back, ZERO) == cost
    assert not found.due or not any(found.back)
    assert all(ZERO <= back <= paid for back, paid in zip(found.back, charged, strict=True))


def test_without_the_goods_only_what_another_style_costs_less_goes_back() -> None:
    facts = order(line(cheaper=d("5.00")), line(line=2, left=d("3.00"), cheaper=d("5.00")))

    paid = payback(TicketKind.EXCHANGE_STYLE, Problem.CHANGED_MIND, facts, Ask(goods=False))
    # Never more than is left of a line; an amount that is named takes the rule's place.
    assert (paid.lines, paid.post_fee) == ({1: d("5.00"), 2: d("3.00")}, ZERO)
    named = payback(TicketKind.EXCHANGE_STYLE, Problem.CHANGED_MIND, facts, Ask({1: ZERO}, goods=False))
    assert named.lines == {2: d("3.00")}


def test_what_others_refunded_of_these_pieces_is_not_refunded_again() -> None:
    facts = order(line(num=1, pieces=1, earlier=1, left=d("40.00")), left=d("46.00"))

    assert payback(TicketKind.RETURN, Problem.CHANGED_MIND, facts, Ask()).lines == {1: d("40.00")}


def test_no_refund_is_more_than_what_is_left_of_the_whole_order() -> None:
    facts = order(line(pieces=3), line(line=2, pieces=3), left=d("150.00"), post_fee_left=ZERO)

    paid = payback(TicketKind.RETURN, Problem.CHANGED_MIND, facts, Ask())

    assert paid.lines == {1: d("100.00"), 2: d("50.00")}
    assert paid.refund == d("150.00")


@pytest.mark.parametrize(
    ("kind", "problem", "facts", "post_fee"),
    [
        # Where the buyer changed their mind the postage stays, whatever goes back.
        ("return", "changed_mind", {"takes_all": True}, "0.00"),
        ("return", "how_to", {"takes_all": True}, "0.00"),
        # The shop's fault: the postage goes back once nothing of the order stays.
        ("return", "flawed", {"takes_all": True}, "6.00"),
        ("return", "wrong_item", {"takes_all": True}, "6.00"),
        ("return", "size", {"takes_all": True}, "6.00"),
        ("return", "flawed", {"takes_all": False}, "0.00"),
        # The shop owes it.
        ("postage_refund", "delayed", {}, "6.00"),
        ("postage_refund", "changed_mind", {}, "6.00"),
        # Nothing was shipped.
        ("refund_only", "changed_mind", {"shipped": False}, "6.00"),
        # Never more than is left of it, and of all.
        ("return", "flawed", {"takes_all": True, "post_fee_left": d("2.50")}, "2.50"),
        ("return", "flawed", {"takes_all": True, "left": d("34.00")}, "0.67"),
    ],
)
def test_postage_goes_back_by_fault(kind: str, problem: str, facts: dict[str, Any], post_fee: str) -> None:
    assert payback(kind, problem, order(**facts), Ask()).post_fee == d(post_fee)


@pytest.mark.parametrize(
    ("kind", "problem", "ask", "rule"),
    [
        ("return", "changed_mind", Ask({1: d("33.34")}), "A9"),  # its piece was charged 33.33
        ("return", "changed_mind", Ask({1: d("-1.00")}), "A9"),
        ("return", "changed_mind", Ask({1: d("1.005")}), "A9"),
        ("return", "changed_mind", Ask({2: d("1.00")}), "A9"),  # a line of another ticket
        ("return", "changed_mind", Ask(post_fee=d("6.00")), "A9"),
        ("return", "flawed", Ask(post_fee=d("6.00")), "A9"),  # other goods stay
        ("return", "changed_mind", Ask(return_postage=d("12.00")), "A3"),
        ("return", "flawed", Ask(invoice=d("12.00")), "A6"),
        ("price_protection", "changed_mind", Ask(), "A9"),  # nobody said how much
        ("compensation", "flawed", Ask(), "A9"),
        ("return", "changed_mind", Ask({1: ZERO}), "A9"),
    ],
)
def test_what_the_buyer_does_not_get_is_refused(kind: str, problem: str, ask: Ask, rule: str) -> None:
    with pytest.raises(DomainError) as refusal:
        payback(kind, problem, order(), ask)

    assert refusal.value.code == rule


def test_each_figure_names_its_rule() -> None:
    ask = Ask(return_postage=d("12.00"), compensation=d("20.00"))

    paid = payback(TicketKind.RETURN, Problem.DAMAGED, order(line(pieces=3), takes_all=True), ask)

    assert [(step.rule, step.amount) for step in paid.steps] == [
        ("A9", d("100.00")),
        ("A9", d("6.00")),
        ("A3", d("12.00")),
        ("P1", d("20.00")),
    ]
    assert (paid.refund, paid.owed, paid.total) == (d("106.00"), d("32.00"), d("138.00"))


@pytest.mark.parametrize(
    ("total", "before", "compensation", "rule"),
    [
        ("200.00", "0.00", "0.00", ""),
        ("200.01", "0.00", "0.00", "A9"),
        ("0.01", "200.00", "0.00", "A9"),
        ("100.00", "100.00", "0.00", ""),
        ("5.00", "0.00", "5.00", "P1"),
    ],
)
def test_above_the_limit_agents_ask(total: str, before: str, compensation: str, rule: str) -> None:
    assert needs_supervisor(d(total), d(before), d(compensation)) == rule


def test_fault_follows_the_problem() -> None:
    buyers = {problem for problem in Problem if not shop_is_at_fault(problem)}

    assert buyers == {Problem.CHANGED_MIND, Problem.HOW_TO}
