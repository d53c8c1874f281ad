"""Fixtures for every test."""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client, TransactionTestCase

from shopdesk.base import clock
from shopdesk.base.models import Staff
from tests import databases, factories
from tests.factories import NOW
from tests.sessions import client_as

# The machine may be busy, the rule is not: no test is judged by how long it takes.
hypothesis.settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-machine")


def pytest_configure() -> None:
    """What differs from a desk that was set up, for all tests."""
    # The web server looks through its static folder for every client: theirs is there, and empty.
    settings.STATIC_ROOT = str(Path(settings.STATIC_ROOT).with_name("test-static"))
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    # What tests keep as evidence stays apart from what this machine's desk keeps.
    settings.MEDIA_ROOT = str(Path(settings.MEDIA_ROOT).with_name("test-media"))
    # Tests make many accounts and protect none: passwords are hashed cheaply.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # They change what is counted behind the back of whoever looks.
    settings.VIEW_COUNTS_SECONDS = 0
    # Each process empties a cache of its own, not that of the others nor of this machine's desk.
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    settings.CACHES["default"]["LOCATION"] = f"{settings.REDIS_URL.partition('?')[0]}?db={8 + number % 8}"
    # Pages name their static files as they are: nothing has been collected for a test.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the thousands of tests are not gone through at every clearing away.

    Nor is what a page made gone through every few hundred objects: a test's rubbish is cleared away once or twice.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """In place of pytest-django's, which migrates in every process and flushes after every test that commits."""
    with django_db_blocker.unblock(), databases.own_database(), pytest.MonkeyPatch.context() as patch:
        if databases.may_empty_tables():
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: databases.empty_tables())
        with django_db_blocker.block():
            yield


@pytest.fixture
def now() -> datetime:
    """Noon of the day that the tests take place on, in Shanghai."""
    return NOW


@pytest.fixture
def at_noon() -> Iterator[None]:
    """It is that noon, for pages and jobs too."""
    with clock.fixed(NOW):
        yield


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    """The files of a test go where nobody keeps any: here."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def staff(db: None) -> Callable[..., Staff]:
    """Make a staff member of a role: ``staff("agent")``."""
    return factories.make_staff


@pytest.fixture
def client_of(db: None) -> Callable[..., Client]:
    """A browser signed in as somebody of a role: ``client_of("agent")``."""

    def sign_in(role: str, **fields: object) -> Client:
        return client_as(factories.make_staff(role, **fields))

    return sign_in


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Menus of filters are kept for a minute, and name people of the test before."""
    caches["template_fragments"].clear()
