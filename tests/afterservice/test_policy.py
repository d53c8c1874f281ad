"""A3, A4, A8: the whole table × request × moment × stock × how often, and what the table does not say."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterservice.rules.kinds import Problem, TicketKind
from afterservice.rules.policy import verdict
from afterservice.rules.policy_table import FAULTS, Facts, Span, is_like_price, window_end
from afterservice.rules.verdicts import Outcome, Payer, strictest
from orders.rules.products import ProductKind
from shopdesk.base.clock import SHANGHAI

# Signed for on a Thursday morning; the seconds do not count.
RECEIVED = datetime(2026, 11, 19, 9, 0, 37, tzinfo=SHANGHAI)
END_48H = datetime(2026, 11, 21, 9, 0, tzinfo=SHANGHAI)
END_7D = datetime(2026, 11, 27, 0, 0, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)

RETURN, SKU, STYLE = TicketKind.RETURN, TicketKind.EXCHANGE_SKU, TicketKind.EXCHANGE_STYLE
KINDS = (RETURN, SKU, STYLE)
# The rulebook's table, as it stands there: return, size/colour, style, end of the window, times.
NO, YES, ASK = "no", "yes", "supervisor"
RULEBOOK: dict[str, tuple[str, str, str, datetime | None, int | None]] = {
    "proxy_preorder": (NO, NO, ASK, END_48H, 1),
    "proxy_stock": (NO, ASK, ASK, END_48H, 1),
    "custom": (NO, YES, ASK, END_48H, 1),
    "standard": (YES, YES, YES, END_7D, None),
    # The table's last row: no window, no times.
    "special_price": (NO, NO, NO, None, None),
    "virtual": (NO, NO, NO, None, None),
    "postage_link": (NO, NO, NO, None, None),
}
EXCLUDED: dict[str, dict[str, Any]] = {"special_price": {"special_price": True}, "virtual": {"virtual": True}}
MOMENTS = ("in", "last", "past")


def facts(kind: str = RETURN, product_kind: str = "standard", **fields: Any) -> Facts:
    """A request by choice, the day after receipt, unless said otherwise."""
    defaults: dict[str, Any] = {
        "problem": Problem.CHANGED_MIND,
        "asked_at": RECEIVED + timedelta(days=1),
        "received": RECEIVED,
    }
    return Facts(kind=kind, product_kind=product_kind, **(defaults | fields))


def expected(kind: str, product_kind: str, moment: str, stock: int, times: int) -> tuple[str, str]:
    """Outcome and rule by the rulebook's words, worked out without the code under test."""
    *cells, _end, most = RULEBOOK[product_kind]
    cell = cells[KINDS.index(TicketKind(kind))]
    if cell == NO or moment == "past":
        return "outside", "A3"
    if most is not None and times > most:
        return "outside", "A3"
    if kind == SKU and not stock:
        return "outside", "A3"
    if cell == YES:
        return "allowed", "A3"
    return "supervisor", "A8" if kind == STYLE else "A3"


TABLE = list(product(RULEBOOK, KINDS, MOMENTS, (3, 0), (1, 2)))


@pytest.mark.parametrize(
    ("product_kind", "kind", "moment", "stock", "times"),
    TABLE,
    ids=["-".join(map(str, row)) for row in TABLE],
)
def test_the_table(product_kind: str, kind: str, moment: str, stock: int, times: int) -> None:
    end = RULEBOOK[product_kind][3]
    last = end or END_7D
    asked_at = {"in": RECEIVED + timedelta(hours=1), "last": last, "past": last + SECOND}[moment]
    earlier = (RECEIVED + timedelta(minutes=30),) * (times - 1)
    row = "standard" if product_kind in EXCLUDED else product_kind
    fields = EXCLUDED.get(product_kind, {})

    said = verdict(facts(kind, row, asked_at=asked_at, stock_free=stock, earlier=earlier, **fields))

    assert (said.outcome, said.rule) == expected(kind, product_kind, moment, stock, times)
    assert said.window_end == end
    assert said.postage == Payer.BUYER
    assert (said.exception_needs is None) == said.allowed


def test_the_table_has_a_row_for_every_kind_that_has_goods() -> None:
    assert set(RULEBOOK) - set(EXCLUDED) == set(ProductKind.values)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "excluded",
    [
        {"special_price": True},
        {"virtual": True},
        {"product_kind": "postage_link"},
    ],
)
@pytest.mark.parametrize("received", [RECEIVED, None])
def test_special_prices_links_and_virtual_goods_are_outside(
    kind: str, excluded: dict[str, Any], received: datetime | None
) -> None:
    said = verdict(replace(facts(kind, stock_free=3), received=received, **excluded))

    assert (said.outcome, said.rule) == ("outside", "A3")
    assert said.exception_needs is not None


@pytest.mark.parametrize(
    ("received", "span", "end"),
    [
        ("2026-11-19 09:00:00", Span.HOURS_48, "2026-11-21 09:00:00"),
        ("2026-11-19 09:00:59", Span.HOURS_48, "2026-11-21 09:00:00"),
        ("2026-12-31 23:59:59", Span.HOURS_48, "2027-01-02 23:59:00"),
        ("2026-11-19 00:00:00", Span.DAYS_7, "2026-11-27 00:00:00"),
        ("2026-11-19 23:59:59", Span.DAYS_7, "2026-11-27 00:00:00"),
        ("2026-11-20 00:00:00", Span.DAYS_7, "2026-11-28 00:00:00"),
        ("2024-02-25 12:00:00", Span.DAYS_7, "2024-03-04 00:00:00"),
    ],
)
def test_windows(received: str, span: Span, end: str) -> None:
    moment = datetime.fromisoformat(received).replace(tzinfo=SHANGHAI)

    assert window_end(moment, span) == datetime.fromisoformat(end).replace(tzinfo=SHANGHAI)


def test_the_day_of_receipt_is_shanghais_wherever_the_time_is_told() -> None:
    # 17:30 in London is 01:30 on the next day in Shanghai.
    told = datetime(2026, 11, 18, 17, 30, tzinfo=ZoneInfo("Europe/London"))

    assert window_end(told, Span.DAYS_7) == END_7D


def test_the_reason_names_the_numbers() -> None:
    late = verdict(facts(SKU, "custom", asked_at=END_48H + SECOND, stock_free=3))
    often = verdict(facts(SKU, "custom", stock_free=3, earlier=(RECEIVED,)))
    none_left = verdict(facts(SKU, stock_free=1, num=2))

    assert str(late.reason) == "48 hours from receipt ended 11-21 09:00."
    assert str(often.reason) == "Once is all: a request for this line was accepted 11-19 09:00."
    assert str(none_left.reason) == "Only if in stock: 1 free, 2 wanted."


@pytest.mark.parametrize("problem", Problem.values)
@pytest.mark.parametrize("product_kind", ProductKind.values)
@pytest.mark.parametrize(
    "kind",
    [
        RETURN,
        TicketKind.REFUND_ONLY,
        SKU,
        STYLE,
        TicketKind.REPAIR,
        TicketKind.RESEND,
        TicketKind.POSTAGE_REFUND,
    ],
)
def test_faults_are_always_accepted_with_evidence(kind: str, product_kind: str, problem: str) -> None:
    """At any time, any number of times, for every product, whether or not anybody knows the receipt time."""
    asked = facts(
        kind,
        product_kind,
        problem=problem,
        received=None,
        asked_at=RECEIVED + timedelta(days=400),
        special_price=True,
        earlier=(RECEIVED,),
        stock_free=3 if kind == SKU else None,
    )

    with_evidence, without = verdict(replace(asked, evidence=True)), verdict(asked)

    if problem in FAULTS:
        assert (with_evidence.outcome, with_evidence.rule) == ("allowed", "A3")
        assert (without.outcome, without.rule) == ("needs_evidence", "A3")
        assert with_evidence.postage != Payer.BUYER
    else:
        assert not with_evidence.allowed
        assert with_evidence == without


def test_faults_are_what_the_rulebook_lists() -> None:
    assert {"damaged", "flawed", "wrong_item", "lost", "size", "colour", "material"} == FAULTS
    assert set(Problem.values) - FAULTS == {"changed_mind", "delayed", "how_to"}


def test_an_exchange_for_a_fault_that_cannot_be_sent_names_what_can_be_done() -> None:
    said = verdict(facts(SKU, problem=Problem.FLAWED, evidence=True, stock_free=0))

    assert (said.outcome, said.rule, said.postage) == ("outside", "A7", Payer.SHOP)
    assert "a return or a refund" in str(said.reason)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_receipt_time_is_asked_for(kind: str) -> None:
    said = verdict(facts(kind, received=None, stock_free=3))

    assert (said.outcome, said.rule) == ("needs_receipt_time", "A4")


@pytest.mark.parametrize("product_kind", ["proxy_preorder", "proxy_stock", "custom"])
def test_a_plain_no_needs_no_receipt_time(product_kind: str) -> None:
    assert verdict(facts(RETURN, product_kind, received=None)).rule == "A3"


@pytest.mark.parametrize(
    ("kind", "problem", "rule"),
    [
        (RETURN, "changed_mind", "F4"),
        (TicketKind.REFUND_ONLY, "delayed", "F4"),
        (RETURN, "damaged", "F4"),
        (TicketKind.RESEND, "lost", "F4"),
        (TicketKind.REPAIR, "flawed", "F4"),
        (TicketKind.POSTAGE_REFUND, "changed_mind", "F4"),
        (SKU, "changed_mind", "O9"),
        (STYLE, "size", "O9"),
    ],
)
def test_what_is_not_shipped_goes_another_way(kind: str, problem: str, rule: str) -> None:
    said = verdict(facts(kind, problem=problem, shipped=False, evidence=True, received=None))

    assert (said.outcome, said.rule) == ("not_now", rule)
    assert not said.may_be_asked


@pytest.mark.parametrize(
    ("kind", "problem", "outcome", "rule"),
    [
        (TicketKind.REFUND_ONLY, "changed_mind", "outside", "A3"),
        (TicketKind.REFUND_ONLY, "delayed", "outside", "A3"),
        (TicketKind.REPAIR, "how_to", "outside", "A3"),
        (TicketKind.RESEND, "changed_mind", "outside", "A3"),
        (TicketKind.POSTAGE_REFUND, "delayed", "supervisor", "A9"),
        (TicketKind.POSTAGE_REFUND, "changed_mind", "outside", "A9"),
        (TicketKind.BAD_REVIEW, "changed_mind", "allowed", "A1"),
        (TicketKind.DISPUTE, "damaged", "allowed", "A1"),
        (TicketKind.COMPENSATION, "delayed", "allowed", "A1"),
    ],
)
def test_what_the_table_is_silent_on(kind: str, problem: str, outcome: str, rule: str) -> None:
    said = verdict(facts(kind, problem=problem))

    assert (said.outcome, said.rule) == (outcome, rule)


@pytest.mark.parametrize(
    ("fields", "outcome", "rule"),
    [
        ({"evidence": True}, "allowed", "A3"),
        ({"evidence": True, "product_kind": "proxy_preorder"}, "allowed", "A3"),
        ({"evidence": True, "asked_at": END_7D}, "allowed", "A3"),
        ({"evidence": True, "asked_at": END_7D + SECOND}, "outside", "A3"),
        ({"evidence": True, "shipped": False, "received": None}, "allowed", "A3"),
        ({"evidence": True, "received": None}, "needs_receipt_time", "A4"),
        ({"evidence": True, "earlier": (RECEIVED,)}, "outside", "A3"),
        ({"evidence": True, "special_price": True}, "outside", "A3"),
        ({"evidence": True, "product_kind": "postage_link"}, "outside", "A3"),
        ({}, "needs_evidence", "A3"),
    ],
)
def test_price_protection(fields: dict[str, Any], outcome: str, rule: str) -> None:
    said = verdict(replace(facts(TicketKind.PRICE_PROTECTION), **fields))

    assert (said.outcome, said.rule) == (outcome, rule)


@pytest.mark.parametrize(
    ("price", "other", "like"),
    [
        ("499.00", "598.80", True),
        ("499.00", "598.81", False),
        ("499.00", "399.20", True),
        ("499.00", "399.19", False),
        ("499.00", "499.00", True),
        ("0.00", "0.01", False),
    ],
)
def test_another_style_is_of_like_price(price: str, other: str, like: bool) -> None:
    assert is_like_price(Decimal(price), Decimal(other)) is like

    said = verdict(facts(STYLE, "custom", price=Decimal(price), target_price=Decimal(other)))

    assert (said.outcome, said.rule) == (("supervisor", "A8") if like else ("outside", "A8"))


def test_the_strictest_line_speaks_for_the_ticket() -> None:
    allowed, asked = verdict(facts(STYLE)), verdict(facts(STYLE, "custom"))
    outside = verdict(facts(RETURN, "custom"))

    assert strictest([allowed, asked]) is asked
    assert strictest([outside, asked, allowed]) is outside


MOMENT = st.integers(0, 10 * 366 * 86400).map(
    lambda s: datetime(2020, 1, 1, tzinfo=SHANGHAI) + timedelta(seconds=s)
)
ANYTHING = st.builds(
    Facts,
    kind=st.sampled_from(TicketKind.values),
    problem=st.sampled_from(Problem.values),
    product_kind=st.sampled_from(ProductKind.values),
    asked_at=MOMENT,
    received=st.none() | MOMENT,
    shipped=st.booleans(),
    special_price=st.booleans(),
    virtual=st.booleans(),
    evidence=st.booleans(),
    num=st.integers(1, 5),
    stock_free=st.none() | st.integers(0, 5),
    earlier=st.lists(MOMENT, max_size=3).map(tuple),
    price=st.none() | st.decimals(0, 9999, places=2),
    target_price=st.none() | st.decimals(0, 9999, places=2),
)


@given(ANYTHING)
def test_every_request_gets_an_answer_with_its_rule_and_reason(asked: Facts) -> None:
    said = verdict(asked)

    assert said.outcome in Outcome
    assert said.rule in {"A1", "A3", "A4", "A7", "A8", "A9", "F4", "O9"}
    assert "%" not in str(said.reason).replace("20 %", "")
    # Whatever a supervisor may be asked for says what that takes; nothing is a dead end.
    assert said.may_be_asked == (said.exception_needs is not None)
    if not said.allowed and not said.may_be_asked:
        assert said.outcome in (Outcome.NEEDS_RECEIPT, Outcome.NOT_NOW)


@given(ANYTHING, st.integers(1, 10**7))
def test_asking_later_or_more_often_never_makes_it_freer(asked: Facts, seconds: int) -> None:
    later = replace(asked, asked_at=asked.asked_at + timedelta(seconds=seconds))
    oftener = replace(asked, earlier=(*asked.earlier, asked.asked_at))

    freedom = list(Outcome).index
    assert freedom(verdict(later).outcome) >= freedom(verdict(asked).outcome)
    assert freedom(verdict(oftener).outcome) >= freedom(verdict(asked).outcome)


@given(ANYTHING)
def test_evidence_never_hurts(asked: Facts) -> None:
    bare, proven = replace(asked, evidence=False), replace(asked, evidence=True)

    if verdict(bare).allowed:
        assert verdict(proven).allowed
