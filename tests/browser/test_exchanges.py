"""A6–A8 in Chromium: exchanges from the accepted request to the closed ticket, and goods that nobody sent back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from afterservice.models import Ticket
from afterservice.services.deadlines import flag_return_deadlines
from orders.models import Order, Parcel, Product, Sku
from orders.states import CloseReason
from shopdesk.base import clock
from tests.afterservice.goods_scenes import ADDRESS, accepted, exchange, keep_address, link, style_exchange
from tests.browser.test_warehouse import scan, signal
from tests.factories import NOW, make_sku
from tests.orders.parcel_scenes import NUMBER

RETURN_NO = "YT1234567890123"


@pytest.fixture(autouse=True)
def at_noon() -> object:
    """The scenes' orders were received the day before."""
    with clock.fixed(NOW):
        yield


def press(page: Page, name: str) -> None:
    """Press a button of the ticket's goods, and wait until the page has taken in the answer."""
    version = page.locator("#goods input[name=version]").first.get_attribute("value")
    page.locator("#goods").get_by_role("button", name=name).first.click()
    expect(page.locator(f"#goods input[name=version][value='{version}']")).to_have_count(0)


def sign_hold(page: Page, sku: Sku) -> None:
    """The warehouse puts the goods aside and signs."""
    page.goto("/warehouse/holds/")
    page.locator("tr", has_text=sku.product.title).locator("form[action$='/sign/'] button").click()
    expect(page.locator("tr form[action$='/sign/']")).to_have_count(0)


def come_back_and_go(warehouse: Page, agent: Page, ticket: Ticket) -> None:
    """Scanned at the door, inspected, and the exchange sent out by scans; the buyer confirms, and is content."""
    warehouse.goto("/warehouse/returns/")
    expect(warehouse.locator("#scan-text")).to_be_focused()
    scan(warehouse, RETURN_NO)
    expect(signal(warehouse)).to_contain_text(ticket.number)
    warehouse.goto(f"/warehouse/returns/{ticket.pk}/")
    warehouse.get_by_label("passed: back on the shelf").check()
    warehouse.get_by_role("button", name="Keep the result").click()
    warehouse.wait_for_url("**/warehouse/returns/**")

    agent.goto(f"/tickets/{ticket.pk}/")
    press(agent, "Send the exchange")
    expect(agent.locator("#told")).to_be_visible()
    parcel = Parcel.objects.get(purpose=Parcel.Purpose.EXCHANGE)

    warehouse.goto(f"/warehouse/parcels/{parcel.pk}/")
    warehouse.locator("form[action$='/print/'] button").first.click()
    warehouse.wait_for_load_state()
    warehouse.goto("/warehouse/")
    scan(warehouse, f"P{parcel.pk}-1")
    expect(signal(warehouse)).to_have_attribute("data-signal", "next")
    scan(warehouse, NUMBER)
    expect(signal(warehouse)).to_have_attribute("data-signal", "go")

    agent.goto(f"/tickets/{ticket.pk}/")
    press(agent, "The buyer confirms the exchange")
    goods = agent.locator("#goods")
    goods.locator("input[name=satisfaction][value='5']").check()
    press(agent, "Keep it and close")
    expect(agent.locator("#ticket .machines")).to_contain_text("closed")


def test_a_size_exchange_from_request_to_closed(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    keep_address()
    ticket, wanted = exchange()
    paying = link("12.00", str(ticket.order.buyer_id))
    agent, warehouse = signed_in("agent"), signed_in("warehouse", width=390, height=844)
    agent.goto(f"/tickets/{ticket.pk}/")

    # asked, chosen, kept; and the warehouse signs
    press(agent, "Asked: unworn, fit for resale")
    goods = agent.locator("#goods")
    goods.locator("select[name=choice]").select_option(f"{ticket.lines.get().line_id}-{wanted.pk}")
    press(agent, "Choose it")
    expect(agent.locator("#ticket")).to_contain_text("白色 / 38")
    press(agent, "Keep it from the shelf")
    sign_hold(warehouse, wanted)

    # the address, the postage, the number
    agent.reload()
    press(agent, "Address given to the buyer")
    goods.locator("input[name=postage]").fill("12.00")
    press(agent, "Set it")
    goods.get_by_label(paying.tid).check()
    press(agent, "Paid by these")
    expect(goods).to_contain_text("¥12.00 / ¥12.00")
    goods.locator("input[name=invoice_no]").fill(RETURN_NO)
    press(agent, "Note it")
    expect(goods).to_contain_text(RETURN_NO)
    assert axe(agent) == []

    come_back_and_go(warehouse, agent, ticket)

    ticket.refresh_from_db()
    wanted.refresh_from_db()
    assert (ticket.case, ticket.settlement, ticket.satisfaction) == ("closed", "exchanged", 5)
    assert (wanted.stock, wanted.held) == (0, 0)
    assert ticket.parcel is not None
    assert ticket.parcel.invoice_no == NUMBER


def test_a_style_exchange_shows_the_address_only_when_the_difference_is_paid(
    signed_in: Callable[..., Page],
) -> None:
    keep_address()
    ticket, new = style_exchange("520.00")
    # Bought in Korea and on our shelf: another style is for a supervisor to allow (A3).
    Product.objects.filter(pk=ticket.lines.get().line.product_id).update(kind="proxy_stock")
    Ticket.objects.filter(pk=ticket.pk).update(case="answered", decision="pending", decided_by=None)
    paying, postage = link("21.00", str(new.buyer_id)), link("8.00", str(new.buyer_id))
    agent, supervisor = signed_in("agent"), signed_in("supervisor")
    warehouse = signed_in("warehouse")
    agent.goto(f"/tickets/{ticket.pk}/")

    # the agent asks, the supervisor agrees
    decision = agent.locator("#decision")
    ask = decision.locator("form[action$='/ask/']")
    ask.locator("[name=reason]").fill("老客户，想换新款")
    ask.get_by_role("button").click()
    expect(agent.locator("#ticket .machines")).to_contain_text("with a supervisor")
    supervisor.goto("/approvals/")
    expect(supervisor.locator("main")).to_contain_text(ticket.number)
    supervisor.locator("form[action$='/approve/'] button").click()
    expect(supervisor.locator("form[action$='/approve/']")).to_have_count(0)

    # told, tied, kept: the address stays hidden while the difference is not paid
    agent.reload()
    press(agent, "Asked: unworn, fit for resale")
    press(agent, "Told: an exception, this once")
    goods = agent.locator("#goods")
    goods.locator("select[name=tid]").select_option(new.tid)
    press(agent, "Tie it")
    expect(goods).to_contain_text(new.tid)
    press(agent, "Keep it from the shelf")
    sign_hold(warehouse, new.lines.get().sku or make_sku())
    agent.reload()
    expect(agent.locator("#goods")).not_to_contain_text(ADDRESS)
    goods.get_by_label(paying.tid).check()
    press(agent, "Paid by these")
    expect(goods).to_contain_text(ADDRESS)
    press(agent, "Address given to the buyer")
    goods.locator("input[name=postage]").fill("8.00")
    press(agent, "Set it")
    goods.get_by_label(postage.tid).check()
    press(agent, "Paid by these")
    goods.locator("input[name=invoice_no]").fill(RETURN_NO)
    press(agent, "Note it")
    expect(goods).to_contain_text(RETURN_NO)

    come_back_and_go(warehouse, agent, ticket)

    # the order for the new style was never paid: it is closed with the exchange
    new.refresh_from_db()
    assert new.close_reason == CloseReason.SELLER
    assert Order.objects.get(pk=ticket.order_id).status == "WAIT_BUYER_CONFIRM_GOODS"


def test_goods_that_nobody_sent_back_close_the_ticket_after_ten_days(
    signed_in: Callable[..., Page],
) -> None:
    keep_address()
    ticket = accepted()
    agent = signed_in("agent")
    agent.goto(f"/tickets/{ticket.pk}/")
    press(agent, "Asked: unworn, fit for resale")
    press(agent, "Address given to the buyer")
    expect(agent.locator("section.clocks")).to_contain_text("send the goods back")

    flag_return_deadlines(NOW + timedelta(days=10) - timedelta(seconds=1), False)
    agent.reload()
    expect(agent.locator("#ticket .machines")).not_to_contain_text("closed")
    flag_return_deadlines(NOW + timedelta(days=10), False)
    agent.reload()

    expect(agent.locator("#ticket .machines")).to_contain_text("closed")
    expect(agent.locator("#ticket")).to_contain_text("The buyer opens it again")
    ticket.refresh_from_db()
    assert ticket.close_reason == "not_sent_back"
