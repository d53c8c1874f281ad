"""A5–A8: which step comes next and what it waits for, as a table; when the address may be seen."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from afterservice.models import Ticket
from afterservice.rules.exchanges import (
    ExchangeFacts,
    StepCode,
    address_shown,
    next_step,
    require_before,
    require_like_price,
    steps_of,
)
from afterservice.rules.kinds import TicketKind
from afterservice.rules.settling import WAYS
from afterservice.states import Goods
from shopdesk.base.errors import DomainError

C = StepCode
A7 = [C.RECEIPT, C.RESALE, C.TARGET, C.HOLD, C.SIGNED, C.NOTE, C.ADDRESS, C.POSTAGE, C.NUMBER, C.RECEIVED,
      C.INSPECTED, C.PARCEL, C.SENT]  # fmt: skip
A8 = [C.RECEIPT, C.RESALE, C.EXCEPTION, C.TIED, C.TARGET, C.HOLD, C.SIGNED, C.DIFFERENCE, C.NOTE, C.ADDRESS,
      C.POSTAGE, C.NUMBER, C.RECEIVED, C.INSPECTED, C.PARCEL, C.SENT]  # fmt: skip

# One thing after the other happens; after each, the step that is next.
WALK_A7: list[tuple[dict[str, Any], StepCode | None]] = [
    ({}, C.RECEIPT),
    ({"receipt_known": True}, C.RESALE),
    ({"resale_asked": True}, C.TARGET),
    ({"has_targets": True}, C.TARGET),  # chosen, and none on the shelf
    ({"targets_in_stock": True}, C.HOLD),
    ({"held": True}, C.SIGNED),
    ({"hold_signed": True}, C.NOTE),
    ({"address_given": True, "goods": Goods.AWAITED}, C.POSTAGE),  # nobody said how much
    ({"postage_due": Decimal("12.00")}, C.POSTAGE),
    ({"postage_paid": Decimal("12.00")}, C.NUMBER),
    ({"number_noted": True, "goods": Goods.SENT}, C.RECEIVED),
    ({"goods": Goods.RECEIVED}, C.INSPECTED),
    ({"goods": Goods.FAILED}, C.INSPECTED),
    ({"goods": Goods.TAKEN}, C.PARCEL),
    ({"parcel_planned": True}, C.SENT),
    ({"parcel_sent": True}, None),
]


def test_an_exchange_of_size_goes_step_by_step() -> None:
    facts = ExchangeFacts(TicketKind.EXCHANGE_SKU)
    for happened, following in WALK_A7:
        facts = replace(facts, **happened)
        step = next_step(facts)
        assert (step.code if step else None) == following, happened
        assert step is None or step.waits_for


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("exchange_sku", A7),
        ("exchange_style", A8),
        ("return", [C.RECEIPT, C.RESALE, C.ADDRESS, C.NUMBER, C.RECEIVED, C.INSPECTED]),
        ("repair", [C.ADDRESS, C.NUMBER, C.RECEIVED, C.PARCEL, C.SENT]),
        ("resend", [C.PARCEL, C.SENT]),
        # Kinds without goods skip the goods steps (A5).
        ("refund_only", []),
        ("compensation", []),
        ("bad_review", []),
        ("dispute", []),
        ("price_protection", []),
        ("postage_refund", []),
    ],
)
def test_each_kind_has_its_steps(kind: str, codes: list[StepCode]) -> None:
    assert [step.code for step in steps_of(ExchangeFacts(kind))] == codes


def test_a_style_waits_for_its_difference_before_the_address() -> None:
    facts = ExchangeFacts(
        TicketKind.EXCHANGE_STYLE,
        receipt_known=True,
        resale_asked=True,
        exception_told=True,
        tied=True,
        held=True,
        hold_signed=True,
        difference_due=Decimal("21.00"),
        difference_paid=Decimal("20.99"),
    )

    step = next_step(facts)

    assert step is not None
    assert (step.code, step.rule) == (C.DIFFERENCE, "A8")
    assert "¥0.01" in str(step.waits_for)
    with pytest.raises(DomainError) as refusal:
        require_before(facts, C.NOTE)
    assert refusal.value.code == "A8"
    require_before(replace(facts, difference_paid=Decimal("21.00")), C.NOTE)


@pytest.mark.parametrize(
    ("kind", "fields", "shown"),
    [
        ("return", {}, True),
        ("return", {"accepted": False}, False),
        ("exchange_sku", {}, True),
        ("exchange_style", {}, False),  # nothing is tied: nobody knows the difference
        ("exchange_style", {"tied": True}, True),  # the same price
        ("exchange_style", {"tied": True, "difference_due": Decimal("5.00")}, False),
        (
            "exchange_style",
            {"tied": True, "difference_due": Decimal("5.00"), "difference_paid": Decimal("4.99")},
            False,
        ),
        (
            "exchange_style",
            {"tied": True, "difference_due": Decimal("5.00"), "difference_paid": Decimal("5.00")},
            True,
        ),
        ("refund_only", {}, False),
    ],
)
def test_the_address_is_shown_when_the_difference_is_paid(
    kind: str, fields: dict[str, Any], shown: bool
) -> None:
    assert address_shown(ExchangeFacts(kind, **fields)) is shown


@pytest.mark.parametrize(
    ("paid", "wanted", "like"),
    [
        ("100.00", "120.00", True),
        ("100.00", "120.01", False),
        ("100.00", "80.00", True),
        ("100.00", "79.99", False),
        ("100.00", "100.00", True),
    ],
)
def test_like_price_is_within_a_fifth(paid: str, wanted: str, like: bool) -> None:
    if like:
        require_like_price(Decimal(paid), Decimal(wanted))
        return
    with pytest.raises(DomainError) as refusal:
        require_like_price(Decimal(paid), Decimal(wanted))
    assert refusal.value.code == "A8"


def test_ways_are_those_that_tickets_know() -> None:
    assert set(WAYS) == set(TicketKind)
    assert set().union(*WAYS.values()) == set(Ticket.Settlement.values)
