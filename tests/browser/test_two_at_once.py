"""T5: two at one order see each other; the second save is refused, shows both versions, and can be taken over."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from orders.models import Flag
from orders.services.ownership import take_over
from tests.factories import PASSWORD, make_order, make_staff


def flag_as(page: Page, label: str, text: str) -> None:
    page.keyboard.press("f")
    page.locator("#flag label", has_text="Blue").click()
    page.locator("#flag input[name=label]").fill(label)
    page.locator("#flag textarea[name=text]").fill(text)
    page.locator("#flag").get_by_role("button", name="Set the flag").click()


def test_two_at_one_order(signed_in: Callable[..., Page], axe: Callable[[Page], list[str]]) -> None:
    order = make_order()
    lily, yu = make_staff("agent", signature="娜娜"), make_staff("agent", signature="小雨")
    first, second = signed_in("agent", staff=lily), signed_in("agent", staff=yu)
    first.goto(f"/orders/{order.tid}/")
    second.goto(f"/orders/{order.tid}/")
    expect(second.locator(".here")).to_contain_text("娜娜 has this open", timeout=10_000)
    expect(first.locator(".here")).to_contain_text("小雨 has this open", timeout=10_000)

    flag_as(first, "已留", "黑色大衣已留")
    expect(first.locator("#told")).to_contain_text("The flag is set.")
    flag_as(second, "换承运", "客户要顺丰")
    clash = second.locator("#flag .clash")
    expect(clash).to_contain_text("娜娜")
    expect(clash.locator("tr", has_text="Why, in a word").locator("td")).to_have_text(["换承运", "已留"])
    expect(second.locator("#flag textarea[name=text]")).to_have_value("客户要顺丰")
    assert axe(second) == []

    # What was typed outlives a reload.
    second.reload()
    expect(second.locator("#flag textarea[name=text]")).to_have_value("客户要顺丰")

    # It outlives the session too, and a colleague at the same browser does not see it.
    second.goto("/")
    second.context.clear_cookies()
    second.goto(f"/orders/{order.tid}/")
    for person, text in ((lily, ""), (yu, "客户要顺丰")):
        second.locator("input[name=username]").first.fill(person.username)
        second.locator("input[name=password]").first.fill(PASSWORD)
        second.locator("input[name=password]").first.press("Enter")
        second.wait_for_url(f"**/orders/{order.tid}/")
        expect(second.locator("#flag textarea[name=text]")).to_have_value(text)
        if not text:
            second.context.clear_cookies()
            second.reload()

    # Taken over: by the one who looked at both.
    first.keyboard.press("f")
    first.locator("#flag input[name=label]").fill("换承运")
    flag = Flag.objects.get(ended_at=None)
    take_over(order.tid, actor=yu)
    flag_as(second, "换承运", "客户要顺丰")
    expect(second.locator("#told")).to_contain_text("The flag is set.")
    flag_as(first, "已留", "黑色大衣已留，勿动")
    first.locator("#flag .clash").get_by_role("button", name="Save mine over it").click()
    expect(first.locator("#messages")).to_contain_text("The flag is set.")
    assert Flag.objects.get(ended_at=None).label == "已留"
    assert Flag.objects.get(ended_at=None).pk > flag.pk
