"""Tonight: what is foreseen is what the jobs then do; what is exempt is left alone; mornings compare."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from shopdesk.base import clock, jobs
from shopdesk.base.models import JobRun
from shopdesk.desk.demo.shop import open_demo_shop
from shopdesk.desk.schedules import MINUTE, last_start, next_start
from shopdesk.desk.selectors.tonight import foresee, night_end
from tests.factories import NOW

THREE = (NOW + timedelta(days=1)).replace(hour=3)


@pytest.fixture(scope="module", autouse=True)
def shop(django_db_setup, django_db_blocker):
    """One demo shop for all tests of this file, taken back after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield open_demo_shop(NOW, seed=1)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def at_three(db: None) -> Iterator[None]:
    with clock.fixed(THREE):
        yield


def starts(name: str, until: datetime) -> set[datetime]:
    """The first start, the last one, and one an hour between them."""
    job, found = jobs.get(name), set()
    at = next_start(job, THREE)
    while at < until:
        found.add(at)
        at = next_start(job, at + timedelta(minutes=59))
    last = last_start(job, until - MINUTE)
    return found | ({last} if last > THREE else set())


def run_the_night() -> dict[str, set[str]]:
    until = night_end(THREE)
    order = sorted((at, job.name) for job in jobs.registered() for at in starts(job.name, until))
    for at, name in order:
        with clock.fixed(at):
            jobs.run(name, now=at)
    done: dict[str, set[str]] = {}
    for run in JobRun.objects.filter(dry_run=False):
        assert run.done <= len(run.subjects) or run.name in ("upkeep", "foresee_night")
        done.setdefault(run.name, set()).update(run.subjects)
    return done


def test_what_is_foreseen_is_what_the_jobs_then_do() -> None:
    foreseen = {one.job.name: set(one.result.subjects) for one in foresee(THREE)}
    assert sum(map(len, foreseen.values())) > 40
    assert run_the_night() == foreseen
