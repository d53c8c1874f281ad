"""The picker of canned replies in a real browser (T3): by keys alone, and never while an input method composes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from orders.models import Note
from shopdesk.desk.models import SentReply
from tests.afterservice.scenes import make_ticket
from tests.desk.reply_scenes import make_reply, shipped_reply
from tests.factories import make_line, make_paid_order


@pytest.fixture
def page(signed_in: Callable[..., Page]) -> Page:
    order = make_paid_order("小草莓")
    make_line(order)
    make_reply("亲，{nick}，收到您的付款啦", "paid", title="付款成功", moment="payment")
    make_reply("亲，欢迎光临", title="欢迎")
    shipped_reply()
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")
    return page


def test_a_reply_is_filled_into_a_note_by_keys(page: Page, axe: Callable[[Page], list[str]]) -> None:
    note = page.locator("#note-text")
    options = page.locator(".reply-picker [role=option]")
    note.focus()
    page.keyboard.type("备注 ::")
    expect(options).to_have_count(3)
    page.keyboard.type("已发货")
    expect(options).to_have_count(1)
    expect(options).to_contain_text("The order is not shipped.")
    page.keyboard.press("Enter")  # stopped: it says why, and fills nothing in
    expect(page.locator(".reply-picker [role=status]")).to_contain_text("The order is not shipped.")
    expect(note).to_have_value("备注 ::已发货")
    page.keyboard.press("Escape")
    expect(page.locator(".reply-picker")).to_have_count(0)
    expect(note).to_be_focused()

    note.fill("备注 ")
    page.keyboard.type("：：")  # as a Chinese keyboard writes it
    expect(options).to_have_count(3)
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(note).to_have_value("备注 亲，小草莓，收到您的付款啦")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#told")).to_be_visible()
    assert Note.objects.get().text == "备注 亲，小草莓，收到您的付款啦"


def test_nothing_opens_while_an_input_method_composes(page: Page) -> None:
    note = page.locator("#note-text")
    note.focus()
    protocol = page.context.new_cdp_session(page)

    protocol.send("Input.imeSetComposition", {"text": "::", "selectionStart": 2, "selectionEnd": 2})
    expect(note).to_have_value("::")
    page.wait_for_timeout(150)
    assert page.locator(".reply-picker").count() == 0

    protocol.send("Input.imeSetComposition", {"text": "", "selectionStart": 0, "selectionEnd": 0})
    page.keyboard.type("::")
    expect(page.locator(".reply-picker [role=option]")).to_have_count(3)
    # A key of the input method chooses nothing.
    note.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    expect(note).to_have_value("::")


def test_the_box_copies_and_logs(page: Page) -> None:
    box = page.locator("#replies")
    box.get_by_text("付款成功").click()
    box.get_by_role("button", name="Copy").first.click()
    expect(box.locator("[data-copy].copied")).to_have_count(1)
    box.get_by_role("button", name="Sent").first.click()

    expect(page.locator("#told")).to_contain_text("Logged as sent")
    assert SentReply.objects.get().text == "亲，小草莓，收到您的付款啦"


def test_the_picker_looks_well_to_axe_on_a_ticket(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    ticket = make_ticket()
    make_reply("亲，{ticket} 收到", title="收到", moment="return")
    page = signed_in("agent", bypass_csp=True)
    page.goto(f"/tickets/{ticket.pk}/?replies=all")
    page.locator("#say-text").focus()
    page.keyboard.type("::")
    expect(page.locator(".reply-picker [role=option]")).to_have_count(1)

    assert axe(page) == []
