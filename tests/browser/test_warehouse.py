"""The warehouse at its scan box: key events as a scanner sends them, each scan ending in Enter."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from orders.models import ChangeNotice, Hold, Order, Parcel, Slip
from orders.services.parcels.printing import print_anew
from orders.services.parcels.slips import void_slip
from shopdesk.base import clock
from shopdesk.base.models import Staff
from tests.factories import make_staff
from tests.orders.parcel_scenes import NUMBER, notice_on, parcel_of, printed, ready_order

WORDS = {
    "en-GB": {"void": "STOP. Slip", "by": "was changed by 小雨", "packed": "Packed. Now scan the carrier's label.",
              "shipped": "Shipped: 中通快递", "to_print": "To print", "lost": "did not answer"},
    "zh-CN": {"void": "停！发货单", "by": "由小雨于", "packed": "已打包，现在请扫快递面单。",
              "shipped": "已发货：中通快递", "to_print": "待打印", "lost": "系统没有响应"},
}  # fmt: skip


def scan(page: Page, text: str) -> None:
    """Keys as a scanner sends them: one after the other, whatever has the focus, then Enter."""
    for key in text:
        page.keyboard.press(key if key not in "-" else "Minus")
    page.keyboard.press("Enter")


def signal(page: Page) -> Locator:
    """What the last scan said."""
    return page.locator("#scan-result [data-signal]")


def changed(order: Order, warehouse: Staff) -> None:
    """The order was changed after its slip was printed, acknowledged, and printed anew (F2)."""
    notice = notice_on(order)
    void_slip(parcel_of(order), Slip.Void.CHANGED, now=clock.now(), notice=notice)
    ChangeNotice.objects.update(acknowledged_at=clock.now(), acknowledged_by=warehouse)
    print_anew(parcel_of(order).pk, actor=warehouse)


@pytest.mark.parametrize("language", list(WORDS))
def test_a_void_slip_stops_packing_and_the_right_one_passes(
    signed_in: Callable[..., Page], language: str
) -> None:
    words = WORDS[language]
    warehouse = make_staff("warehouse", signature="阿强")
    order = ready_order("琥珀")
    parcel = printed(order, actor=warehouse)
    changed(order, warehouse)
    page = signed_in("warehouse", staff=warehouse, language=language)
    page.goto("/warehouse/")
    expect(page.locator("#scan-text")).to_be_focused()

    scan(page, f"P{parcel.pk}-1")
    expect(signal(page)).to_have_attribute("data-signal", "stop")
    expect(signal(page)).to_contain_text(words["void"])
    expect(signal(page)).to_contain_text(words["by"])
    expect(signal(page)).to_contain_text("白色 / 37 → 白色 / 38")
    assert Parcel.objects.get().stage == "printed"
    assert "rgb(180, 35, 35)" in signal(page).evaluate("box => getComputedStyle(box).backgroundColor")

    scan(page, f"P{parcel.pk}-2")
    expect(signal(page)).to_have_attribute("data-signal", "next")
    expect(signal(page)).to_contain_text(words["packed"])
    expect(page.locator("#scan-text")).to_be_focused()
    expect(page.locator("#scan-text")).to_have_value("")
    assert Parcel.objects.get().stage == "packed"

    scan(page, NUMBER)
    expect(signal(page)).to_have_attribute("data-signal", "go")
    expect(signal(page)).to_contain_text(words["shipped"])
    assert Parcel.objects.get().invoice_no == NUMBER
    assert Hold.objects.get().release == "consumed"
    # The board has followed by itself.
    expect(page.locator(".stages a").last.locator(".tile-count")).to_have_text("1")


def test_scans_that_come_faster_than_the_answers_are_taken_in_turn(signed_in: Callable[..., Page]) -> None:
    orders = [ready_order() for _ in range(3)]
    parcels = [printed(order) for order in orders]
    page = signed_in("warehouse")
    page.goto("/warehouse/")

    for number, parcel in enumerate(parcels):
        scan(page, f"P{parcel.pk}-1")
        scan(page, f"7310000000000{number}")

    expect(signal(page)).to_contain_text("73100000000002")
    assert list(Parcel.objects.order_by("pk").values_list("stage", "invoice_no")) == [
        ("shipped", f"7310000000000{number}") for number in range(3)
    ]


def test_what_is_scanned_after_a_stop_is_not_taken(signed_in: Callable[..., Page]) -> None:
    order = ready_order()
    parcel = printed(order)
    notice_on(order)
    page = signed_in("warehouse")
    page.goto("/warehouse/")

    scan(page, f"P{parcel.pk}-1")
    scan(page, NUMBER)

    expect(signal(page)).to_have_attribute("data-signal", "stop")
    assert Parcel.objects.get().stage == "printed"


def test_a_scan_finds_the_box_from_anywhere_and_the_board_keeps_what_is_ticked(
    signed_in: Callable[..., Page],
) -> None:
    ready_order()
    parcel = printed(ready_order())
    page = signed_in("warehouse")
    page.goto("/orders/")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/warehouse/")
    expect(page.locator("#scan-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#scan-text")).not_to_be_focused()

    scan(page, f"P{parcel.pk}-1")
    expect(signal(page)).to_have_attribute("data-signal", "next")

    box = page.locator("#board input[name=parcel]")
    box.check()
    page.evaluate("htmx.trigger(document.body, 'board-changed')")
    page.wait_for_timeout(300)
    expect(box).to_be_checked()


def test_without_an_answer_the_scan_is_said_to_be_lost(signed_in: Callable[..., Page]) -> None:
    parcel = printed(ready_order())
    page = signed_in("warehouse")
    page.goto("/warehouse/")
    page.route("**/warehouse/scan/", lambda route: route.fulfill(status=409, body=""))

    scan(page, f"P{parcel.pk}-1")

    expect(signal(page)).to_contain_text(
        f"did not answer: this scan was not taken. Scan it again. (P{parcel.pk}-1)"
    )
    assert Parcel.objects.get().stage == "printed"


def test_on_a_phone_without_scripts(signed_in: Callable[..., Page]) -> None:
    parcel = printed(ready_order())
    page = signed_in("warehouse", by_page=True, width=390, height=800, java_script_enabled=False)
    page.goto("/warehouse/")

    page.locator("#scan-text").fill(f"P{parcel.pk}-1")
    page.locator("#scan-text").press("Enter")
    expect(signal(page)).to_have_attribute("data-signal", "next")
    page.locator("#scan-text").fill(NUMBER)
    page.locator("#scan-text").press("Enter")

    expect(signal(page)).to_have_attribute("data-signal", "go")
    assert Parcel.objects.get().stage == "shipped"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366])
def test_the_pages_are_sound(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]], scheme: str, width: int
) -> None:
    order, other = ready_order("琥珀"), ready_order("公主小肥")
    parcel = printed(order)
    notice_on(order)
    page = signed_in("warehouse", width=width, height=800, scheme=scheme)
    for address in (
        "",
        "?tab=printed",
        f"batches/{parcel.batch_id}/",
        "batches/",
        "numbers/",
        f"parcels/{parcel.pk}/",
    ):
        page.goto(f"/warehouse/{address}")
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.goto("/warehouse/")
    scan(page, f"P{parcel.pk}-1")
    expect(signal(page)).to_have_attribute("data-signal", "stop")
    assert axe(page) == []
    assert parcel_of(other).stage == "planned"
