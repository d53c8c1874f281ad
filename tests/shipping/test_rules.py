"""S1–S6: carriers, fees and what the shop gives."""

from decimal import Decimal

import pytest

from shipping.provinces import Zone
from shipping.rules import Tariff, buyer_pays_extra_weight, choose_carrier, is_free, postage, rebate
from shopdesk.base.errors import DomainError

TEN_AND_FOUR = Tariff("zhongtong", "四川", Decimal(1), Decimal(10), Decimal(1), Decimal(4))
HALF_KILOS = Tariff("ems", "海外", Decimal("0.5"), Decimal(120), Decimal("0.5"), Decimal(40))


@pytest.mark.parametrize(
    ("tariff", "weight", "fee"),
    [
        (TEN_AND_FOUR, None, "10.00"),
        (TEN_AND_FOUR, "0", "10.00"),
        (TEN_AND_FOUR, "1", "10.00"),
        (TEN_AND_FOUR, "1.001", "14.00"),
        (TEN_AND_FOUR, "2", "14.00"),
        (TEN_AND_FOUR, "2.4", "18.00"),
        (HALF_KILOS, "0.5", "120.00"),
        (HALF_KILOS, "0.51", "160.00"),
        (HALF_KILOS, "1.5", "200.00"),
    ],
)
def test_the_fee(tariff: Tariff, weight: str | None, fee: str) -> None:
    assert tariff.fee(Decimal(weight) if weight is not None else None) == Decimal(fee)


@pytest.mark.parametrize(
    ("carrier", "zone", "buyers"),
    [
        ("zhongtong", Zone.CORE, False),
        ("zhongtong", Zone.MAINLAND, False),
        ("zhongtong", Zone.REMOTE, True),
        ("shunfeng", Zone.CORE, True),
        ("shunfeng", Zone.HMT, True),
        ("yunda", Zone.MAINLAND, True),
        ("ems", Zone.OVERSEAS, True),
    ],
)
def test_who_pays_extra_weight(carrier: str, zone: Zone, buyers: bool) -> None:
    assert buyer_pays_extra_weight(carrier, zone) is buyers
    if carrier == "zhongtong":
        assert postage(TEN_AND_FOUR, zone, Decimal(3)) == (Decimal(18) if buyers else Decimal(10))


@pytest.mark.parametrize(
    ("zone", "asked", "carrier"),
    [
        (Zone.CORE, None, "zhongtong"),
        (Zone.CORE, "yunda", "yunda"),
        (Zone.HMT, None, "shunfeng"),
        (Zone.HMT, "shunfeng", "shunfeng"),
        (Zone.HMT, "zhongtong", None),
        (Zone.OVERSEAS, None, "ems"),
        (Zone.OVERSEAS, "shunfeng", None),
    ],
)
def test_where_what_goes(zone: Zone, asked: str | None, carrier: str | None) -> None:
    if carrier is not None:
        assert choose_carrier(zone, asked) == carrier
        return
    with pytest.raises(DomainError) as refusal:
        choose_carrier(zone, asked)
    assert refusal.value.code == "S5"


@pytest.mark.parametrize(
    ("zone", "goods", "free", "off"),
    [
        (Zone.CORE, "499.99", False, "0"),
        (Zone.CORE, "500.00", True, "0"),
        (Zone.MAINLAND, "999.99", False, "0"),
        (Zone.MAINLAND, "1000.00", True, "0"),
        (Zone.REMOTE, "999.99", False, "0"),
        (Zone.REMOTE, "1000.00", False, "10.00"),
        (Zone.HMT, "99999.00", False, "0"),
        (Zone.OVERSEAS, "99999.00", False, "0"),
    ],
)
def test_what_the_shop_gives(zone: Zone, goods: str, free: bool, off: str) -> None:
    assert is_free(zone, Decimal(goods)) is free
    assert rebate(zone, Decimal(goods)) == Decimal(off)
