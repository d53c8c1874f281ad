"""The main job from sign-in to the timeline, as a new agent would do it, in both languages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from orders.models import Order
from orders.states import Status
from shopdesk.base import jobs
from shopdesk.base.clock import parse
from shopdesk.base.models import AuditEntry
from tests.factories import make_order, make_staff

SAMPLE = Path(__file__).parent.parent / "data" / "taobao" / "2017"
TID = "35170000000031677"  # unpaid and past its 72 hours at noon of 2026-11-22
NICK = "买家00009"

WORDS = {
    "en-GB": {"import": "Import", "created": "created", "red": "Red flags", "set": "Set the flag"},
    "zh-CN": {"import": "导入", "created": "新建", "red": "红旗", "set": "插旗"},
}


@pytest.mark.parametrize("language", list(WORDS))
def test_import_find_flag_and_close(signed_in: Callable[..., Page], language: str) -> None:
    agent = make_staff("agent", signature="娜娜")
    page = signed_in("agent", staff=agent, by_page=True, language=language)

    # Import the two files of a real export.
    page.goto("/orders/import/")
    page.set_input_files("input[name=files]", [SAMPLE / "items.csv", SAMPLE / "orders.csv"])
    page.locator("form:has(input[name=files]) button").first.click()
    page.wait_for_url("**/orders/import/*/")
    expect(page.locator("main")).to_contain_text("60")
    expect(page.locator("main")).to_contain_text("84")
    assert Order.objects.count() == 60

    # Find an order by its buyer's nick, without the mouse.
    page.goto("/orders/")
    page.keyboard.press("/")
    page.keyboard.type(NICK)
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/?*q=*")
    rows = page.locator("table.rows tbody tr")
    expect(rows.first).to_contain_text(NICK)
    page.locator(f"a[href*='{TID}']").first.click()
    page.wait_for_url(f"**/orders/{TID}/")
    expect(page.locator("h1")).to_contain_text(TID)
    expect(page.locator("main")).to_contain_text("纯银耳钉")

    # Flag it red with a note.
    page.keyboard.press("f")
    form = page.locator("#flag")
    form.locator("input[name=seller_flag][value='1']").check()
    form.locator("input[name=label]").fill("催付")
    form.locator("textarea[name=text]").fill("买家说今晚付款")
    form.locator("select[name=addressee]").select_option("agent")
    form.locator("input[name=until]").fill("2099-01-01T12:00")
    form.locator("button[type=submit], button:not([type])").first.click()
    expect(page.locator("main")).to_contain_text("买家说今晚付款(娜娜")

    # It stands in the red view.
    page.goto("/orders/")
    page.locator(".views a", has_text=WORDS[language]["red"]).first.click()
    expect(page.locator("table.rows tbody")).to_contain_text("催付")
    expect(page.locator("table.rows tbody tr")).to_have_count(1)

    # The clock closes it; the timeline tells everything.
    jobs.run("close_unpaid_orders", now=parse("2026-11-22 12:00:00"))
    order = Order.objects.get(pk=TID)
    assert order.status == Status.TRADE_CLOSED_BY_TAOBAO
    page.goto(f"/orders/{TID}/")
    timeline = page.locator("ol.timeline")
    expect(timeline.locator("li")).to_have_count(5)  # created, owner, note, flag, closed
    assert page.locator("html").get_attribute("lang") == {"en-GB": "en", "zh-CN": "zh-hans"}[language]


def test_supervisor_runs_the_job_from_its_page(signed_in: Callable[..., Page]) -> None:
    page = signed_in("supervisor")
    page.goto("/jobs/")
    page.locator("form[action*='close_unpaid_orders/run'] button").click()

    expect(page.locator("main")).to_contain_text("Close unpaid orders")
    expect(page.locator("main")).to_contain_text("娜娜")


def test_keyboard_shortcuts_rest_while_an_input_method_composes(signed_in: Callable[..., Page]) -> None:
    page = signed_in("agent")
    page.goto("/orders/")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true, isComposing: true}))"
    )
    assert page.evaluate("document.activeElement.tagName") == "BODY"

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_a_phone_is_masked_until_it_is_asked_for(signed_in: Callable[..., Page]) -> None:
    order = make_order()
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")
    expect(page.locator("main")).to_contain_text("138****7620")
    expect(page.locator("main")).not_to_contain_text("13800007620")

    page.locator(f"form[action='/orders/{order.tid}/phone/'] button").click()

    expect(page.locator("main")).to_contain_text("13800007620")
    assert AuditEntry.objects.filter(action="phone.revealed", subject_id=order.tid).count() == 1


def test_a_note_survives_a_reload(signed_in: Callable[..., Page]) -> None:
    order = make_order()
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")
    page.locator("#note-text").fill("还没写完的备注")
    page.reload()

    expect(page.locator("#note-text")).to_have_value("还没写完的备注")


def test_the_admin_site_keeps_the_content_security_policy(signed_in: Callable[..., Page]) -> None:
    """The window complains by itself about whatever the policy blocks."""
    page = signed_in("manager", staff=make_staff("manager", is_staff=True))
    for address in ("/admin/", "/admin/base/staff/", "/admin/base/staff/add/", "/admin/orders/product/"):
        page.goto(address)
        expect(page.locator("#site-name")).to_be_visible()


def test_five_failures_lock_the_account(visit: Callable[..., Page]) -> None:
    person = make_staff("agent")
    page = visit()
    for _ in range(5):
        page.goto("/sign-in/")
        page.locator("input[name=username]").first.fill(person.username)
        page.locator("input[name=password]").first.fill("wrong")
        page.locator("input[name=password]").first.press("Enter")
        page.wait_for_load_state()
    expect(page.locator("main, body").first).to_contain_text("15")
    page.goto("/sign-in/")
    page.locator("input[name=username]").first.fill(person.username)
    page.locator("input[name=password]").first.fill("correct-horse-battery")
    page.locator("input[name=password]").first.press("Enter")
    page.wait_for_load_state()

    page.goto("/orders/")
    assert "/sign-in/" in page.url
