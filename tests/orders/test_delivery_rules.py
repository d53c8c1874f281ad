"""F7: states, what they mean, and by when a parcel is to be signed for."""

from datetime import timedelta

import pytest

from orders.rules.deliveries import (
    CHINESE_NAMES,
    TROUBLE,
    TrackingState,
    comes_into_trouble,
    deliver_by,
    is_overdue,
    standing,
    state_of,
)
from tests.factories import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "days"), [("core", 3), ("mainland", 5), ("remote", 8), ("hmt", 10), ("overseas", 20)]
)
def test_each_zone_has_its_days(zone: str, days: int) -> None:
    assert deliver_by(NOW, zone) == NOW + timedelta(days=days)


def test_no_zone_no_date() -> None:
    with pytest.raises(KeyError):
        deliver_by(NOW, "moon")


def test_the_states_are_kuaidi100s() -> None:
    assert [int(state) for state in TrackingState] == list(range(15))
    assert {int(state) for state in TROUBLE} == {2, 4, 6, 13, 14}
    assert {int(state): CHINESE_NAMES[state][0] for state in TrackingState} == {
        0: "在途", 1: "揽收", 2: "疑难", 3: "签收", 4: "退签", 5: "派件", 6: "退回", 7: "转投", 8: "清关",
        9: "状态9", 10: "待清关", 11: "清关中", 12: "已清关", 13: "清关异常", 14: "拒签",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("0", 0), ("14", 14), (" 3 ", 3), ("签收", 3), ("已签收", 3), ("派件中", 5), ("拒收", 14),
        ("1001", 0), ("103", 1), ("202", 2), ("301", 3), ("401", 4), ("501", 5),
        ("15", None), ("99", None), ("1004", None), ("99999", None), ("", None), ("飞了", None), ("３", None),
        ("-1", None), ("3.0", None),
    ],
)  # fmt: skip
def test_a_state_is_read_from_number_or_name(text: str, state: int | None) -> None:
    assert state_of(text) == state


def test_nothing_heard_is_no_state() -> None:
    assert (standing([]).state, standing([]).at, standing([]).signed_at) == (None, None, None)


def test_the_newest_counts_in_whatever_order_it_was_heard() -> None:
    news = [(NOW + 2 * HOUR, 5), (NOW, 1), (NOW + HOUR, 0)]

    for order in (news, news[::-1]):
        assert (standing(order).state, standing(order).at) == (5, NOW + 2 * HOUR)


def test_signing_outranks_what_is_of_the_same_moment_and_stays() -> None:
    assert standing([(NOW, 3), (NOW, 5)]).state == 3
    later = standing([(NOW + HOUR, 3), (NOW, 3), (NOW + 2 * HOUR, 6)])
    assert (later.state, later.signed_at) == (6, NOW)


@pytest.mark.parametrize(
    ("before", "after", "comes"),
    [
        (None, 2, True),
        (0, 13, True),
        (2, 2, False),
        (2, 14, True),
        (2, 0, False),
        (None, None, False),
        (0, 9, False),
    ],
)
def test_another_kind_of_trouble_counts_anew(before: int | None, after: int | None, comes: bool) -> None:
    assert comes_into_trouble(before, after) == comes


def test_overdue_from_the_moment_on() -> None:
    assert is_overdue(NOW, NOW)
    assert not is_overdue(NOW + timedelta(seconds=1), NOW)
    assert not is_overdue(None, NOW)
