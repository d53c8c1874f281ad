"""After-sales in a real browser: opened from an order's line in three keys, found in the list without a mouse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from afterservice.models import Ticket, TicketMessage
from shopdesk.base import clock
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.browser.test_narrow import PHONE
from tests.factories import make_line, make_sku, make_staff


def received_just_now() -> dict[str, Any]:
    """Received a day ago by the real clock: the pages run on it."""
    return {"signed_time": clock.now() - timedelta(days=1), "consign_time": clock.now() - timedelta(days=3)}


def test_a_line_becomes_a_ticket_in_three_keys(signed_in: Callable[..., Page]) -> None:
    order = make_received_order(**received_just_now())
    make_line(order, "【韩国直送】大衣")
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")

    page.keyboard.press("a")  # the first line's after-sales
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/open/**")
    expect(page.locator("#opening-verdict")).to_contain_text("allowed")
    assert not Ticket.objects.exists()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/*/")

    ticket = Ticket.objects.get()
    assert page.url.endswith(f"/tickets/{ticket.pk}/")
    assert (ticket.kind, ticket.lines.get().line.position) == ("return", 1)
    assert TicketMessage.objects.get().text == "买家要求退货：不合适或不想要了"


def test_the_key_goes_on_to_the_next_line(signed_in: Callable[..., Page]) -> None:
    order = make_received_order(**received_just_now())
    make_line(order, "【韩国直送】大衣")
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")

    page.keyboard.press("a")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/open/**")

    expect(page.locator("[name=line_2]")).to_be_checked()
    expect(page.locator("#opening-verdict")).to_contain_text("a supervisor decides")


def test_the_policys_answer_follows_what_is_chosen(signed_in: Callable[..., Page]) -> None:
    order = make_received_order(**received_just_now())
    small = make_sku("小白鞋", "颜色分类：白色;尺码：36", stock=2)
    page = signed_in("agent")
    page.goto(f"/tickets/open/{order.tid}/?line=1")
    verdict = page.locator("#opening-verdict")
    expect(verdict).to_contain_text("allowed")
    expect(page.locator("[data-without-script]")).to_have_count(0)

    page.locator("[name=problem]").select_option("damaged")
    expect(verdict).to_contain_text("evidence is missing")
    page.locator("[name=evidence]").check()
    expect(verdict).to_contain_text("allowed")
    page.locator("[name=kind][value=exchange_sku]").check()
    expect(verdict).to_contain_text("Choose the colour and size")
    page.locator("[name=target_1]").select_option(str(small.pk))
    expect(verdict).to_contain_text("allowed")
    assert not Ticket.objects.exists()

    page.locator("[name=text]").fill("开胶了，换36")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/tickets/*/")
    assert Ticket.objects.get().lines.get().target == small


def test_what_was_typed_survives_a_refusal_and_a_reload(signed_in: Callable[..., Page]) -> None:
    order = make_received_order(**received_just_now())
    page = signed_in("agent")
    page.goto(f"/tickets/open/{order.tid}/")
    page.locator("[name=text]").fill("想退货")

    page.keyboard.press("Control+Enter")
    expect(page.locator("#open-refusal")).to_contain_text("Choose the goods")
    expect(page.locator("[name=text]")).to_have_value("想退货")
    page.reload()
    expect(page.locator("[name=text]")).to_have_value("想退货")


def test_the_list_is_worked_without_a_mouse(signed_in: Callable[..., Page]) -> None:
    now = clock.now()
    order = make_received_order()
    make_ticket(order, awaits="us", next_due_at=now + timedelta(hours=30))
    soon = make_ticket(order, kind="repair", awaits="us", next_due_at=now + timedelta(hours=3))
    person = make_staff("agent", signature="小雨")
    page = signed_in("agent", staff=person)
    page.goto("/")

    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/tickets/")
    expect(page.locator("table.rows tbody tr")).to_have_count(2)
    expect(page.locator("table.rows tbody tr").first).to_contain_text("2 h")
    heights = page.locator("table.rows tbody tr").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert all(32 <= height <= 36 for height in heights)
    page.keyboard.press("j")
    page.keyboard.press("x")  # no boxes here: nothing happens
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{soon.pk}/")

    page.get_by_role("button", name="Take over").click()
    expect(page.locator("#told")).to_have_text("The ticket is yours now.")
    expect(page.locator("#told")).to_be_focused()
    expect(page.locator(".head")).to_contain_text("Owner: 小雨")

    page.keyboard.press("/")
    page.keyboard.type(f"t{soon.pk}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{soon.pk}/")


@pytest.mark.parametrize("role", ["agent", "warehouse"])
def test_nothing_is_wider_than_a_phone(signed_in: Callable[..., Page], role: str) -> None:
    order = make_received_order(title="【韩国直送】" + "羊毛混纺长款大衣" * 4, **received_just_now())
    ticket = make_ticket(order, problem="damaged", platform_no="1234567890", platform_status="等待买家举证")
    addresses = ["/tickets/", "/tickets/?view=all", f"/tickets/{ticket.pk}/", f"/orders/{order.tid}/"]
    if role == "agent":
        addresses.append(f"/tickets/open/{order.tid}/?line=1")
    page = signed_in(role, **PHONE)

    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
