"""T2: how much of a span is shift time, and when a span of shift time has passed."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.shifts import SHIFTS, Shift, duty, earliest_end, latest_start, shift_time

FOUR_HOURS = timedelta(hours=4)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        ("22 09:00", "22 13:00", "4:00:00"),
        ("22 08:29", "22 08:31", "0:01:00"),
        ("22 17:00", "22 17:30", "0:30:00"),  # both shifts are there: it counts once
        ("22 23:00", "23 09:30", "3:00:00"),  # nobody from 01:00 to 08:30
        ("23 01:00", "23 08:30", "0:00:00"),
        ("23 00:30", "23 01:00", "0:30:00"),
        ("22 08:30", "23 08:30", "16:30:00"),
        ("22 12:00", "25 12:00", "2 days, 1:30:00"),
        ("22 12:00", "22 12:00", "0:00:00"),
        ("22 13:00", "22 12:00", "0:00:00"),
    ],
)
def test_only_time_within_a_shift_counts(start: str, end: str, counted: str) -> None:
    assert str(shift_time(at(start), at(end))) == counted


@pytest.mark.parametrize(
    ("asked", "over"),
    [
        ("22 09:00", "22 13:00"),
        ("22 08:30", "22 12:30"),
        ("22 03:00", "22 12:30"),  # the night does not count
        ("22 20:59", "23 00:59"),
        ("22 21:00", "23 01:00"),
        ("22 21:01", "23 08:31"),
        ("22 23:30", "23 11:00"),
        ("22 16:00", "22 20:00"),  # the half hour of both shifts counts once
    ],
)
def test_four_hours_of_shift_time_are_over_at(asked: str, over: str) -> None:
    assert earliest_end(at(asked), FOUR_HOURS) == at(over)
    assert shift_time(at(asked), at(over)) == FOUR_HOURS


@pytest.mark.parametrize(
    ("now", "asked"),
    [("22 13:00", "22 09:00"), ("22 12:30", "22 08:30"), ("22 12:29", "22 00:59"), ("23 04:00", "22 21:00")],
)
def test_what_was_asked_until_then_waited_four_hours(now: str, asked: str) -> None:
    assert latest_start(at(now), FOUR_HOURS) == at(asked)


moments = st.integers(0, 2 * 365 * 24 * 3600).map(
    lambda seconds: at("01 00:00").astimezone(UTC) + timedelta(seconds=seconds)
)
spans = st.timedeltas(timedelta(seconds=1), timedelta(hours=60))
times = st.times().map(lambda moment: moment.replace(microsecond=0))
rosters = st.lists(st.builds(Shift, st.just("x"), times, times), min_size=1, max_size=4)


@given(asked=moments, now=moments, span=spans, shifts=rosters)
def test_both_ways_to_ask_agree(asked: datetime, now: datetime, span: timedelta, shifts: list[Shift]) -> None:
    waited = shift_time(asked, now, shifts) >= span

    assert waited == (asked <= latest_start(now, span, shifts)) == (now >= earliest_end(asked, span, shifts))


@given(start=moments, one=spans, other=spans, shifts=rosters)
def test_shift_time_adds_up(start: datetime, one: timedelta, other: timedelta, shifts: list[Shift]) -> None:
    middle, end = start + one, start + one + other

    counted = shift_time(start, middle, shifts) + shift_time(middle, end, shifts)
    assert shift_time(start, end, shifts) == counted <= one + other


def test_the_day_and_the_late_shift_hold_each_other() -> None:
    assert [shift.code for shift in SHIFTS] == ["day", "late"]
    assert duty(at("22 00:00"), at("23 00:00")) == [
        (at("22 00:00"), at("22 01:00")),
        (at("22 08:30"), at("22 17:30")),
        (at("22 17:30"), at("23 00:00")),
    ]


def test_a_shift_of_a_whole_day_counts_every_hour() -> None:
    always = [Shift("always", time(0), time(0))]

    assert earliest_end(at("22 21:01"), FOUR_HOURS, always) == at("23 01:01")


def test_where_nobody_is_ever_on_duty_nothing_is_ever_over() -> None:
    with pytest.raises(ValueError, match="nobody"):
        latest_start(at("22 12:00"), FOUR_HOURS, [])
