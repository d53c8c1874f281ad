"""M2–M4: the discount by brackets, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import STARTING_TIERS, bracket_parts, discount_on, share

money = st.decimals("0", "60000", places=2)
amounts = st.lists(st.decimals("0.01", "9000", places=2), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("spend", "amount", "discount"),
    [
        ("749.00", "499.00", "12.40"),  # M3a
        ("459.00", "790.00", "12.45"),  # M3b
        ("0.00", "1000.00", "0.00"),
        ("0.00", "1000.01", "0.00"),  # 0.0005 rounds half up to nothing
        ("0.00", "1000.10", "0.01"),  # 0.005 rounds half up to a cent
        ("999.99", "0.01", "0.00"),
        ("1000.00", "100.00", "5.00"),
        ("0.00", "25000.00", "1400.00"),
        ("10000.00", "100.00", "6.00"),
        ("20000.00", "100.00", "7.00"),
        ("9999.00", "2.00", "0.11"),
    ],
)
def test_the_discount(spend: str, amount: str, discount: str) -> None:
    assert discount_on(Decimal(spend), Decimal(amount), STARTING_TIERS) == Decimal(discount)


@pytest.mark.parametrize(
    ("spend", "tier", "following"),
    [
        ("0", None, "初级"),
        ("999.99", None, "初级"),
        ("1000", "初级", "中级"),
        ("9999.99", "初级", "中级"),
        ("10000", "中级", "高级"),
        ("20000", "高级", None),
    ],
)
def test_tiers_are_reached_at_exactly_their_amount(
    spend: str, tier: str | None, following: str | None
) -> None:
    reached = STARTING_TIERS.tier_of(Decimal(spend))
    above = STARTING_TIERS.next_after(Decimal(spend))

    assert (reached.name if reached else None) == tier
    assert (above.name if above else None) == following


@given(spend=money, lines=amounts)
def test_splitting_an_amount_in_any_way_gives_the_same_discount(spend: Decimal, lines: list[Decimal]) -> None:
    total = discount_on(spend, sum(lines, Decimal(0)), STARTING_TIERS)

    assert sum(share(total, lines), Decimal(0)) == total


@given(spend=money, lines=amounts)
def test_no_line_costs_less_than_nothing(spend: Decimal, lines: list[Decimal]) -> None:
    total = discount_on(spend, sum(lines, Decimal(0)), STARTING_TIERS)

    assert all(0 <= part <= line for part, line in zip(share(total, lines), lines, strict=True))


@given(spend=money, amount=money)
def test_the_parts_are_the_amount(spend: Decimal, amount: Decimal) -> None:
    parts = bracket_parts(spend, amount, STARTING_TIERS)

    assert sum((part.amount for part in parts), Decimal(0)) == amount
    rates = [part.rate for part in parts]
    assert rates == sorted(rates, reverse=True)


@given(spend=money, amount=money, more=money)
def test_nobody_pays_less_for_spending_less(spend: Decimal, amount: Decimal, more: Decimal) -> None:
    assert discount_on(spend, amount, STARTING_TIERS) <= discount_on(spend + more, amount, STARTING_TIERS)


@given(spend=money, amount=money, more=money)
def test_more_goods_never_cost_less(spend: Decimal, amount: Decimal, more: Decimal) -> None:
    less = amount - discount_on(spend, amount, STARTING_TIERS)

    assert amount + more - discount_on(spend, amount + more, STARTING_TIERS) >= less


@given(
    below=st.decimals("0", "998", places=2),
    spend=st.decimals("0", "998", places=2),
    amount=st.just(Decimal(1)),
)
def test_spend_counts_only_through_the_brackets(below: Decimal, spend: Decimal, amount: Decimal) -> None:
    assert discount_on(below, amount, STARTING_TIERS) == discount_on(spend, amount, STARTING_TIERS) == 0
