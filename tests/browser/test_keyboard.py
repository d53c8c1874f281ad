"""A shift without the mouse: from sign-in to an order that is starred, flagged, noted and chased; the palette."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, Route, expect

from orders.models import Flag, Note, Reminder, Star
from orders.rules.sizes import read_chart
from orders.services.products import change_product
from shopdesk.base import clock
from tests.factories import PASSWORD, make_line, make_order, make_staff

COMPOSED = """key => {
  const field = document.activeElement;
  field.dispatchEvent(new CompositionEvent("compositionstart", {bubbles: true}));
  field.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, ctrlKey: key === "k"}));
  field.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}));
}"""


def test_from_sign_in_to_a_flagged_noted_and_chased_order(visit: Callable[..., Page]) -> None:
    agent, order = make_staff("agent"), make_order("小肥羊", created=clock.now() - timedelta(hours=61))
    make_line(order, "【韩国现货】小白鞋")
    page = visit()
    keys = page.keyboard
    page.goto("/sign-in/")
    if page.evaluate("document.activeElement.name") != "username":
        keys.press("Tab")
    page.locator("input[name=username]").first.focus()
    keys.type(agent.username)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)

    # To the orders, to the first row, into it.
    keys.press("g")
    keys.press("o")
    page.wait_for_url("**/orders/")
    keys.press("j")
    keys.press("x")
    expect(page.locator("#selection")).to_contain_text("1")
    keys.press("Enter")
    page.wait_for_url(f"**/orders/{order.tid}/")

    # A star, by one key; what an input method composes is no key of ours.
    for key in ("s", "f", "n", "z", "a", "r", "g", "o", "/", "?"):
        page.evaluate(COMPOSED, key)
    assert page.evaluate("document.activeElement === document.body")
    assert page.locator("#flag[open], dialog[open]").count() == 0
    assert page.url.endswith(f"/orders/{order.tid}/")
    assert not Star.objects.exists()
    keys.press("s")
    expect(page.locator("#told")).to_contain_text("Starred")
    assert Star.objects.get().order_id == order.tid

    # A red flag with its note: f opens the form at the colour, Ctrl+Enter sends it.
    keys.press("f")
    page.wait_for_function("document.activeElement.name === 'seller_flag'")
    for _field in range(40):
        if page.evaluate("document.activeElement.name") == "label":
            break
        keys.press("Tab")
    keys.type("催付")
    for _field in range(40):
        if page.evaluate("document.activeElement.name") == "text":
            break
        keys.press("Tab")
    keys.type("买家说今晚付款")
    for _field in range(40):
        if page.evaluate("document.activeElement.name") == "addressee":
            break
        keys.press("Tab")
    keys.type("a")
    keys.press("Control+Enter")
    expect(page.locator("#told")).to_contain_text("The flag is set.")
    assert Flag.objects.get().seller_flag == 1

    # A note.
    keys.press("n")
    keys.type("改天再问")
    page.evaluate(COMPOSED, "k")
    expect(page.locator("#palette")).not_to_be_visible()
    keys.press("Control+Enter")
    expect(page.locator("#told")).to_contain_text("The note is kept.")
    assert Note.objects.filter(order=order, text="改天再问").count() == 1

    # A reminder, logged by its channel.
    page.locator("#told").focus()
    keys.press("r")
    page.wait_for_function("document.activeElement.id === 'remind'")
    keys.press("ArrowDown")
    keys.press("Control+Enter")
    expect(page.locator("#told")).to_contain_text("The reminder is logged.")
    reminder = Reminder.objects.get()
    assert (reminder.order_id, reminder.by, reminder.channel) == (order.tid, agent, "sms")

    # The sheet names every key.
    page.locator("#told").focus()
    keys.press("?")
    expect(page.locator("#keyboard-sheet")).to_contain_text("Ctrl")
    keys.press("Escape")
    expect(page.locator("#keyboard-sheet")).not_to_be_visible()


def test_palette_finds_goes_and_acts(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    order = make_order("小肥羊")
    make_line(order, "【韩国现货】小白鞋")
    page = signed_in("agent")
    page.goto("/")
    keys = page.keyboard
    box = page.locator("#palette input")

    keys.press("Control+k")
    keys.type("小肥")
    expect(page.locator("#palette-o1")).to_contain_text(order.tid)
    expect(box).to_have_attribute("aria-activedescendant", "palette-o1")
    assert axe(page) == []
    keys.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "palette-b1")
    keys.press("ArrowUp")
    page.evaluate(COMPOSED, "Enter")
    expect(page.locator("#palette")).to_be_visible()
    keys.press("Enter")
    page.wait_for_url(f"**/orders/{order.tid}/")

    # What the page can do, and a page.
    keys.press("Control+k")
    keys.type("Star")
    keys.press("Enter")
    expect(page.locator("#told")).to_contain_text("Starred")
    keys.press("Control+k")
    keys.type("Members")
    keys.press("Enter")
    page.wait_for_url("**/members/")


def test_a_card_beside_the_line_answers_which_size(signed_in: Callable[..., Page]) -> None:
    order = make_order()
    line = make_line(order, "大衣")
    chart, _faults = read_chart("S 150-160 42-50\nM 158-165 48-56")
    change_product(line.product_id, {}, chart=chart, actor=make_staff("manager"))
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")

    page.locator(".product-link").first.press("Enter")
    expect(page.locator("#product-dialog")).to_be_visible()
    page.keyboard.type("160 50")
    page.keyboard.press("Enter")

    expect(page.locator("#product-card .size-answer")).to_contain_text("S")
    expect(page.locator("#product-card .size-answer")).to_contain_text("M")
    page.keyboard.press("Escape")
    expect(page.locator("#product-dialog")).not_to_be_visible()
    assert page.url.endswith(f"/orders/{order.tid}/")


def test_a_card_that_was_closed_stays_closed_when_its_answer_comes(signed_in: Callable[..., Page]) -> None:
    order = make_order()
    line = make_line(order, "大衣")
    chart, _faults = read_chart("S 150-160 42-50")
    change_product(line.product_id, {}, chart=chart, actor=make_staff("manager"))
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")
    page.locator(".product-link").first.press("Enter")
    expect(page.locator("#product-dialog")).to_be_visible()
    held: list[Route] = []
    page.route("**/card/**", lambda route: held.append(route))

    page.keyboard.type("160 50")
    with page.expect_request("**/card/**"):
        page.keyboard.press("Enter")
    page.evaluate("document.getElementById('product-dialog').close()")
    with page.expect_response("**/card/**"):
        held[0].continue_()

    expect(page.locator("#product-card .size-answer")).to_contain_text("S", timeout=5000)
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-request')")
    expect(page.locator("#product-dialog")).not_to_be_visible()
