"""A phone's screen: nothing stands in the way, and no key is named where there is no keyboard."""

from collections.abc import Callable

from playwright.sync_api import Page

from shopdesk.base import clock
from shopdesk.base.listing import PAGE_SIZE
from tests.factories import make_line, make_order

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


def test_the_foot_of_a_list_shows_on_a_phone_only_with_a_way_on(signed_in: Callable[..., Page]) -> None:
    make_line(make_order(created=clock.now()))
    page = signed_in("agent", **PHONE)
    page.goto("/orders/")
    foot = page.locator(".list-foot")
    assert not foot.is_visible()

    for _ in range(PAGE_SIZE):
        make_line(make_order(created=clock.now()))
    page.goto("/orders/")
    assert foot.is_visible()
    assert foot.evaluate("foot => getComputedStyle(foot).position") == "static"


def test_no_keys_are_named_where_nothing_hovers(signed_in: Callable[..., Page]) -> None:
    order = make_order(created=clock.now())
    page = signed_in("agent", **PHONE)
    page.goto(f"/orders/{order.tid}/")
    assert page.locator(".btn kbd").count() > 0
    assert page.locator("kbd:visible").count() == 0
