"""T5: who else has an order open."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shopdesk.base import clock, presence
from shopdesk.base.models import Staff
from shopdesk.base.presence import FORGOTTEN_AFTER
from tests.factories import NOW, make_order

TID = "4327000000000005501"


@pytest.fixture(autouse=True)
def nobody_here() -> Iterator[None]:
    presence._client().delete(f"presence:order:{TID}", f"presence:order:{TID}:about")
    yield
    presence._client().delete(f"presence:order:{TID}", f"presence:order:{TID}:about")


def beat(who: Staff, seconds: int, *, writing: bool = False) -> list[presence.Present]:
    with clock.fixed(NOW + timedelta(seconds=seconds)):
        return presence.beat("order", TID, who, writing=writing)


def test_each_sees_the_others_and_since_when(staff: Callable[..., Staff]) -> None:
    lily, yu = staff("agent", signature="娜娜"), staff("supervisor", signature="小雨")
    assert beat(lily, 0) == []  # nobody sees themselves
    [seen] = beat(yu, 3)
    assert (seen.name, seen.since, seen.writing) == ("娜娜", NOW, False)
    beat(lily, 5, writing=True)
    [seen] = beat(yu, 8)
    assert (seen.since, seen.writing) == (NOW, True)


def test_a_page_that_was_left_is_forgotten(staff: Callable[..., Staff]) -> None:
    lily, yu = staff("agent"), staff("agent")
    beat(lily, 0)
    assert len(beat(yu, FORGOTTEN_AFTER - 1)) == 1
    assert beat(yu, FORGOTTEN_AFTER) == []
    beat(lily, 60)  # who comes back is here since then
    [seen] = beat(yu, 61)
    assert seen.since == NOW + timedelta(seconds=60)


def test_the_page_tells_it_and_works_without_valkey(
    client_of: Callable[..., Client], staff: Callable[..., Staff], settings: Any
) -> None:
    make_order(tid=TID)
    here = reverse("orders:here", args=[TID])
    client = client_of("agent", signature="小雨")
    presence.beat("order", TID, staff("agent", signature="娜娜"), writing=True)
    told = client.post(here).content.decode()
    assert "娜娜" in told
    assert "is writing" in told
    reachable, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    presence._client.cache_clear()
    try:
        without = client.post(here)
    finally:
        settings.REDIS_URL = reachable
        presence._client.cache_clear()
    assert (without.status_code, without.content.strip()) == (200, b"")
