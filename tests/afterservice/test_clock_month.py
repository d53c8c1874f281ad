"""A6: a month of 250 tickets, the job by two workers at once with random kills: each thing once, then, and so."""

from datetime import datetime, timedelta

import pytest

from shopdesk.base.clock import SHANGHAI
from shopdesk.desk.benchmarks import clock_month
from shopdesk.desk.benchmarks.clock_judge import judge
from shopdesk.desk.benchmarks.clock_month import RULES, plan_lives, simulate

START = datetime(2026, 11, 1, 0, 0, tzinfo=SHANGHAI)
TICKETS = 250


@pytest.mark.django_db(transaction=True)
def test_a_month_of_tickets_with_two_mortal_workers() -> None:
    # Every tick at which anything must happen runs, with 40 before such ticks and 40 at random; scripts/bench_tickets
    # runs all 8 641 of them.
    month = simulate(TICKETS, START, seed=7, every_tick=False, spare_ticks=40)

    report = judge(month)
    assert report.wrong == []
    # It was a month worth living: every kind of clock warned or ran out, and workers died on the way.
    assert report.warnings > TICKETS / 2
    assert report.expiries > TICKETS / 2
    assert {effect.partition(":")[0] for effect in report.effects} == set(RULES)
    assert month.killed > 50


def test_the_lives_are_the_same_each_time_and_of_every_kind() -> None:
    lives = plan_lives(TICKETS, START, 7)

    assert lives == plan_lives(TICKETS, START, 7)
    assert {life.clock for life in lives} == set(RULES)
    assert all(abs(life.since - START) < timedelta(days=21) for life in lives)
    assert sum(life.met_at is not None for life in lives) > TICKETS / 5
    assert sum(life.pause is not None for life in lives) > TICKETS / 20
    assert sum(life.signed_at is not None for life in lives) > 0


def test_the_oracle_moves_on_with_a_pause_and_stops_with_what_is_met() -> None:
    hour = timedelta(hours=1)
    due = START + 24 * hour
    life = clock_month.Life("answer", START, due, (due - 4 * hour,), "supervisor")

    assert (life.warned(), life.expires()) == ([due - 4 * hour], due)
    life.pause = (START + 22 * hour, START + 27 * hour)
    assert (life.warned(), life.expires()) == ([due - 4 * hour], due + 5 * hour)
    life.pause, life.met_at = None, START + 21 * hour
    assert (life.warned(), life.expires()) == ([due - 4 * hour], None)
    life.met_at = START + 19 * hour
    assert (life.warned(), life.expires()) == ([], None)
