"""M2, S2–S11: the whole price on plain values, by tables and by properties."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules import STARTING_TIERS
from orders.rules.products import ProductKind
from orders.rules.quotes import Quote, QuoteFacts, QuoteLine, Sibling, make_quote
from orders.states import Status
from shipping.provinces import zone_of
from shipping.rules import TWO_FREE_FROM, Tariff, benefit_from
from shipping.starting_tariffs import STARTING_TARIFFS
from shopdesk.base.errors import DomainError
from tests.factories import NOW

TARIFFS = {(row[0], row[1]): Tariff(*row, version="start") for row in STARTING_TARIFFS}
PAID = Status.WAIT_SELLER_SEND_GOODS
UNPAID = Status.WAIT_BUYER_PAY
SHELF, KOREA, LINK = ProductKind.PROXY_STOCK, ProductKind.PROXY_PREORDER, ProductKind.POSTAGE_LINK


def line(price: str | Decimal, num: int = 1, kind: str = ProductKind.STANDARD, **fields: Any) -> QuoteLine:
    return QuoteLine("a", Decimal(price), num, kind, **fields)


def sibling(goods: str, post_fee: str = "6.00", status: str = PAID, **placed: float) -> Sibling:
    ago = timedelta(**placed) if placed else timedelta(days=2)
    return Sibling(Decimal(goods), Decimal(post_fee), status, NOW - ago)


def quote(*lines: QuoteLine, province: str | None = "浙江", **facts: Any) -> Quote:
    facts.setdefault("prior_spend", Decimal(0))
    return make_quote(
        QuoteFacts(
            at=NOW,
            province=province,
            lines=lines,
            tiers=STARTING_TIERS,
            tariff_of=lambda carrier, to: TARIFFS.get((carrier, to)),
            **facts,
        )
    )


def figures(priced: Quote) -> tuple[str, str, str, str]:
    return f"{priced.goods_payable}", f"{priced.post_fee}", f"{priced.post_fee_credit}", f"{priced.payment}"


def rules(priced: Quote) -> list[str]:
    return [step.rule for step in priced.steps]


class TestThreeDays:
    """S7."""

    def test_the_worked_example(self) -> None:
        priced = quote(line("250.00"), siblings=(sibling("300.00"),))

        assert figures(priced) == ("250.00", "0.00", "6.00", "244.00")
        assert "S7" in rules(priced)

    @pytest.mark.parametrize(
        ("other", "counts"),
        [
            (sibling("300.00", days=3), True),
            (sibling("300.00", days=3, microseconds=1), False),
            (sibling("300.00", days=-3), True),
            (sibling("300.00", days=-3, microseconds=-1), False),
            (sibling("300.00", status=Status.WAIT_BUYER_CONFIRM_GOODS), False),
            (sibling("300.00", status=Status.TRADE_FINISHED), False),
            (sibling("300.00", status=Status.TRADE_CLOSED), False),
            (sibling("249.99"), False),
            (sibling("250.00"), True),
        ],
    )
    def test_what_adds_up(self, other: Sibling, counts: bool) -> None:
        priced = quote(line("250.00"), siblings=(other,))

        assert (priced.post_fee, priced.post_fee_credit) == (
            (Decimal(0), Decimal("6.00")) if counts else (Decimal("6.00"), Decimal(0))
        )

    def test_unpaid_orders_add_up_but_have_paid_no_postage(self) -> None:
        priced = quote(line("250.00"), siblings=(sibling("300.00", status=UNPAID),))

        assert figures(priced) == ("250.00", "0.00", "0.00", "250.00")

    @pytest.mark.parametrize(
        ("province", "joins"), [("广东", True), ("新疆", False), ("香港", False), ("海外", False)]
    )
    def test_only_core_and_mainland_join(self, province: str, joins: bool) -> None:
        alone = quote(line("600.00"), province=province)
        joined = quote(line("600.00"), province=province, siblings=(sibling("600.00", "8.00"),))

        assert (joined.payment < alone.payment) is joins

    def test_the_total_stays_above_nothing_and_the_rest_is_owed(self) -> None:
        priced = quote(line("4.00"), siblings=(sibling("600.00", "6.00"),))

        assert figures(priced) == ("4.00", "0.00", "3.99", "0.01")
        assert priced.post_fee_owed == Decimal("2.01")

    def test_several_orders_paid_several_postages(self) -> None:
        others = (sibling("100.00"), sibling("100.00"), sibling("100.00", "0.00"))

        assert figures(quote(line("250.00"), siblings=others)) == ("250.00", "0.00", "12.00", "238.00")


class TestTwoParcels:
    """S8, S9."""

    mixed = (line("200.00", kind=SHELF), line("400.00", kind=KOREA))

    def test_free_shipping_is_free_once(self) -> None:
        priced = quote(*self.mixed, shelf_goods_first=True)

        assert (priced.parcels, priced.post_fee) == (2, Decimal("6.00"))

    def test_a_paying_order_pays_both(self) -> None:
        priced = quote(line("20.00", kind=SHELF), line("40.00", kind=KOREA), shelf_goods_first=True)

        assert (priced.parcels, priced.post_fee) == (2, Decimal("12.00"))
        assert "S8" in rules(priced)

    def test_not_asked_is_one_parcel(self) -> None:
        assert quote(*self.mixed).parcels == 1

    @pytest.mark.parametrize("kind", [SHELF, KOREA])
    def test_goods_of_one_place_are_one_parcel(self, kind: str) -> None:
        assert quote(line("200.00", kind=kind), shelf_goods_first=True).parcels == 1

    def test_from_3000_both_are_free_without_being_asked(self) -> None:
        spent = Decimal(0)
        # 3063.16 less 5 % of what is over 1000 is 2999.99 and a bit; one cent more reaches 3000.
        short = quote(line("1000.00", kind=SHELF), line("2105.25", kind=KOREA), prior_spend=spent)
        enough = quote(line("1000.00", kind=SHELF), line("2105.27", kind=KOREA), prior_spend=spent)

        assert (short.goods_payable, short.parcels) == (Decimal("2999.99"), 1)
        assert (enough.goods_payable, enough.parcels, enough.post_fee) == (Decimal("3000.01"), 2, 0)

    def test_each_parcel_is_weighed_by_its_own_lines(self) -> None:
        priced = quote(
            line("20.00", kind=SHELF, weight_kg=Decimal("0.5")),
            line("40.00", num=3, kind=KOREA, weight_kg=Decimal("0.8")),
            carrier="shunfeng",
            shelf_goods_first=True,
        )

        assert priced.post_fee == Decimal("14.00") + Decimal("18.00")

    def test_free_for_life_covers_both(self) -> None:
        priced = quote(
            line("20.00", kind=SHELF),
            line("40.00", kind=KOREA),
            shelf_goods_first=True,
            lifetime_free_shipping=True,
        )

        assert (priced.parcels, priced.post_fee) == (2, 0)
        assert "S9" in rules(priced)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"province": None}, "S2"),
        ({"province": "香港", "carrier": "zhongtong"}, "S5"),
        ({"province": "海外", "carrier": "shunfeng"}, "S5"),
        ({"province": "浙江", "carrier": "yunda"}, "S3"),
        ({"province": "青海", "carrier": "ems"}, "S3"),
    ],
)
def test_what_cannot_be_priced_is_refused(facts: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        quote(line("100.00"), **facts)

    assert refusal.value.code == code


def test_links_alone_need_no_address_and_no_parcel() -> None:
    priced = quote(line("1.00", num=12, kind=ProductKind.POSTAGE_LINK), province=None)

    assert (priced.parcels, priced.goods_payable, priced.payment) == (0, 0, Decimal("12.00"))


def test_links_count_for_no_threshold() -> None:
    priced = quote(line("499.99"), line("12.00", kind=ProductKind.POSTAGE_LINK))

    assert figures(priced) == ("499.99", "6.00", "0.00", "517.99")


def test_special_price_goods_count_for_the_threshold_but_get_no_discount() -> None:
    priced = quote(line("461.00"), line("39.00", special_price=True), prior_spend=Decimal(5000))

    assert priced.discount_fee == Decimal("23.05")
    assert priced.lines[1].discount_fee == 0
    assert priced.goods_payable == Decimal("476.95")
    assert priced.post_fee == Decimal("6.00")


def test_every_step_names_its_rule_and_adds_up() -> None:
    priced = quote(
        line("900.00"),
        line("39.00", special_price=True),
        prior_spend=Decimal(749),
        siblings=(sibling("10.00"),),
    )

    assert all(step.rule and str(step) for step in priced.steps)
    postage = sum((step.amount for step in priced.steps if step.rule in ("S3", "S6", "S7", "S9")), Decimal(0))
    assert postage == priced.post_fee - priced.post_fee_credit


prices = st.decimals("0.01", "4000", places=2)
kinds = st.sampled_from([SHELF, KOREA, ProductKind.CUSTOM, ProductKind.STANDARD, ProductKind.POSTAGE_LINK])
lines = st.builds(
    lambda price, num, kind, special: QuoteLine("a", price, num, kind, special),
    prices,
    st.integers(1, 5),
    kinds,
    st.booleans(),
)
siblings = st.builds(
    lambda goods, fee, status, hours: Sibling(goods, fee, status, NOW - timedelta(hours=hours)),
    prices,
    st.decimals("0", "30", places=2),
    st.sampled_from([PAID, UNPAID, Status.WAIT_BUYER_CONFIRM_GOODS]),
    st.integers(-90, 90),
)
provinces = st.sampled_from(["浙江", "广东", "新疆", "香港", "海外"])


@given(
    goods=st.lists(lines, min_size=1, max_size=6),
    others=st.lists(siblings, max_size=3),
    province=provinces,
    spend=st.decimals("0", "30000", places=2),
    apart=st.booleans(),
    lifetime=st.booleans(),
)
def test_what_holds_of_every_price(
    goods: list[QuoteLine],
    others: list[Sibling],
    province: str,
    spend: Decimal,
    apart: bool,
    lifetime: bool,
) -> None:
    priced = quote(
        *goods,
        province=province,
        prior_spend=spend,
        siblings=tuple(others),
        shelf_goods_first=apart,
        lifetime_free_shipping=lifetime,
    )

    assert sum((row.payment for row in priced.lines), Decimal(0)) == priced.goods_payable + priced.links
    assert priced.payment == priced.goods_payable + priced.links + priced.post_fee - priced.post_fee_credit
    assert priced.payment >= Decimal("0.01") or priced.goods_payable + priced.links == 0
    assert all(row.payment >= 0 and row.discount_fee >= 0 for row in priced.lines)
    assert priced.post_fee >= 0
    paid = sum(
        (other.post_fee for other in others if other.status == PAID and abs(other.created - NOW).days <= 3),
        Decimal(0),
    )
    assert priced.post_fee_credit + priced.post_fee_owed in (0, *_possible_credits(others, paid))
    assert 0 <= priced.parcels <= 2


def _possible_credits(others: list[Sibling], most: Decimal) -> list[Decimal]:
    joined = [o.post_fee for o in others if o.status == PAID and abs(o.created - NOW) <= timedelta(hours=72)]
    assert sum(joined, Decimal(0)) <= most
    return [sum(joined, Decimal(0))]


@given(
    goods=st.lists(lines, min_size=1, max_size=4),
    more=lines,
    province=provinces,
    others=st.lists(siblings, max_size=2),
)
def test_adding_goods_costs_less_only_by_crossing_a_threshold(
    goods: list[QuoteLine], more: QuoteLine, province: str, others: list[Sibling]
) -> None:
    def price(*priced_lines: QuoteLine) -> Quote:
        return quote(*priced_lines, province=province, siblings=tuple(others))

    before, after = price(*goods), price(*goods, more)

    assert after.goods_payable + after.links >= before.goods_payable + before.links
    fallen = before.payment - after.payment
    if fallen > 0:
        assert _crosses_a_threshold(province, before, after, others)
    assert fallen <= before.post_fee + after.post_fee_credit


def _crosses_a_threshold(province: str, before: Quote, after: Quote, others: list[Sibling]) -> bool:
    """S6, S7: alone or together with the orders that add up; S8: two parcels free from 3000."""
    threshold = benefit_from(zone_of(province))
    together = sum(
        (
            o.goods_payable
            for o in others
            if o.status in (PAID, UNPAID) and abs(o.created - NOW) <= timedelta(days=3)
        ),
        Decimal(0),
    )
    if threshold is None:
        return False
    limits = (threshold, threshold - together, TWO_FREE_FROM)
    return any(before.goods_payable < limit <= after.goods_payable for limit in limits)


@given(
    parts=st.lists(st.decimals("0.01", "4000", places=2), min_size=1, max_size=8),
    special=st.decimals("0", "500", places=2),
    spend=st.decimals("0", "30000", places=2),
)
def test_splitting_an_amount_over_regular_lines_gives_the_same_discount_to_the_cent(
    parts: list[Decimal], special: Decimal, spend: Decimal
) -> None:
    """M2; special-price goods stand beside it and change nothing."""
    whole = quote(line(sum(parts, Decimal(0))), prior_spend=spend)
    split = quote(
        *map(line, parts), line(special, special_price=True), line("9.00", kind=LINK), prior_spend=spend
    )

    assert split.discount_fee == whole.discount_fee
    assert sum((row.discount_fee for row in split.lines), Decimal(0)) == whole.discount_fee
    assert [row.discount_fee for row in split.lines[-2:]] == [0, 0]


@given(
    bracket=st.sampled_from([(0, 1000), (1000, 10_000), (10_000, 20_000), (20_000, 60_000)]),
    amount=st.decimals("0.01", "999", places=2),
    places=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_the_discount_depends_on_spend_only_through_the_brackets(
    bracket: tuple[int, int], amount: Decimal, places: tuple[float, float]
) -> None:
    """M2: wherever in a bracket the spend lies, goods that stay in it get the same off."""
    low, high = Decimal(bracket[0]), Decimal(bracket[1]) - amount
    spends = [(low + (high - low) * Decimal(place)).quantize(Decimal("0.01")) for place in places]

    first, second = (quote(line(amount), prior_spend=spend).discount_fee for spend in spends)

    assert first == second


@given(
    spend=st.decimals("0", "30000", places=2),
    amount=st.decimals("0.01", "30000", places=2),
)
def test_what_is_over_a_bracket_is_charged_as_if_it_were_bought_apart(
    spend: Decimal, amount: Decimal
) -> None:
    """M2: like income tax; cutting an order at the brackets comes to the same, but for the rounding."""
    bounds = [bound for bound in (1000, 10_000, 20_000) if spend < bound < spend + amount]
    marks = [spend, *map(Decimal, bounds), spend + amount]

    apart = sum(
        (quote(line(high - low), prior_spend=low).discount_fee for low, high in pairwise(marks)), Decimal(0)
    )

    assert abs(quote(line(amount), prior_spend=spend).discount_fee - apart) <= Decimal("0.02")


@pytest.mark.parametrize("build", [lambda: quote(), lambda: quote(province=None)])
def test_nothing_cannot_be_priced(build: Callable[[], Quote]) -> None:
    with pytest.raises(DomainError) as refusal:
        build()

    assert refusal.value.code == "O12"
