"""T2: how much of a span is shift time, and when a span of shift time has passed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.shifts import (
    STARTING_SHIFTS,
    Plan,
    Shift,
    duty,
    earliest_end,
    latest_start,
    next_of,
    running,
    shift_time,
)

FOUR_HOURS = timedelta(hours=4)
USUAL = Plan(STARTING_SHIFTS)


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
    assert str(shift_time(at(start), at(end), USUAL)) == counted


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
    assert earliest_end(at(asked), FOUR_HOURS, USUAL) == at(over)
    assert shift_time(at(asked), at(over), USUAL) == FOUR_HOURS


@pytest.mark.parametrize(
    ("now", "asked"),
    [("22 13:00", "22 09:00"), ("22 12:30", "22 08:30"), ("22 12:29", "22 00:59"), ("23 04:00", "22 21:00")],
)
def test_what_was_asked_until_then_waited_four_hours(now: str, asked: str) -> None:
    assert latest_start(at(now), FOUR_HOURS, USUAL) == at(asked)


moments = st.integers(0, 2 * 365 * 24 * 3600).map(
    lambda seconds: at("01 00:00").astimezone(UTC) + timedelta(seconds=seconds)
)
spans = st.timedeltas(timedelta(seconds=1), timedelta(hours=60))
times = st.times().map(lambda moment: moment.replace(microsecond=0))
shifts = st.lists(st.builds(Shift, st.sampled_from("abcd"), times, times), min_size=1, max_size=4)
days = st.dates(date(2026, 10, 20), date(2028, 12, 1))
# What a roster names of a day may be no shift at all: then nothing of it counts.
plans = st.builds(Plan, shifts, st.dictionaries(days, st.sets(st.sampled_from("abcd")), max_size=20))


@given(asked=moments, now=moments, span=spans, plan=plans)
def test_both_ways_to_ask_agree(asked: datetime, now: datetime, span: timedelta, plan: Plan) -> None:
    waited = shift_time(asked, now, plan) >= span

    assert waited == (asked <= latest_start(now, span, plan)) == (now >= earliest_end(asked, span, plan))


@given(start=moments, one=spans, other=spans, plan=plans)
def test_shift_time_adds_up(start: datetime, one: timedelta, other: timedelta, plan: Plan) -> None:
    middle, end = start + one, start + one + other

    counted = shift_time(start, middle, plan) + shift_time(middle, end, plan)
    assert shift_time(start, end, plan) == counted <= one + other


def test_the_day_and_the_late_shift_hold_each_other() -> None:
    assert [shift.code for shift in STARTING_SHIFTS] == ["day", "late"]
    assert duty(at("22 00:00"), at("23 00:00"), USUAL) == [
        (at("22 00:00"), at("22 01:00")),
        (at("22 08:30"), at("22 17:30")),
        (at("22 17:30"), at("23 00:00")),
    ]


def test_a_shift_of_a_whole_day_counts_every_hour() -> None:
    always = Plan([Shift("always", time(0), time(0))])

    assert earliest_end(at("22 21:01"), FOUR_HOURS, always) == at("23 01:01")


def test_where_nobody_is_ever_on_duty_nothing_is_ever_over() -> None:
    with pytest.raises(ValueError, match="nobody"):
        latest_start(at("22 12:00"), FOUR_HOURS, Plan([]))


def test_only_the_shifts_that_the_roster_names_count() -> None:
    late_only = Plan(STARTING_SHIFTS, {date(2026, 11, 22): {"late"}})

    assert earliest_end(at("22 09:00"), FOUR_HOURS, late_only) == at("22 21:00")
    assert earliest_end(at("23 09:00"), FOUR_HOURS, late_only) == at("23 13:00")  # nothing is planned for it


def test_hours_change_on_a_day_and_the_past_keeps_its_own() -> None:
    plan = Plan([*STARTING_SHIFTS, Shift("day", time(10), time(18), date(2026, 11, 23))])

    assert shift_time(at("22 08:00"), at("22 12:00"), plan) == timedelta(hours=3.5)
    assert shift_time(at("23 08:00"), at("23 12:00"), plan) == timedelta(hours=2)


@pytest.mark.parametrize(
    ("moment", "on", "follows"),
    [
        ("22 12:00", ["22 day"], "22 late"),
        ("22 17:10", ["22 day", "22 late"], "22 late"),
        ("23 00:30", ["22 late"], "23 day"),
        ("23 05:00", [], None),
    ],
)
def test_which_shifts_are_on_and_which_follows(moment: str, on: list[str], follows: str | None) -> None:
    found = running(at(moment), USUAL)

    assert [f"{shift.day.day} {shift.code}" for shift in found] == on
    if follows:
        after = next_of(found[0], USUAL)
        assert f"{after.day.day} {after.code}" == follows
