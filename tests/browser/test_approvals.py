"""P1–P3 from the keyboard, as a supervisor between two calls: move, look, decide, go on."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from members.models import LifetimeShipping
from members.services.lifetime_address import ask_for_address
from orders.approval_kinds import SPECIAL_PRICE
from orders.models import Order
from orders.services.special_prices import PriceWish, ask_for_price
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.models import Approval, Staff
from shopdesk.base.services import approvals
from tests.browser.test_pricing import order_of
from tests.factories import make_buyer, make_staff

WORDS = {
    "en-GB": {"similar": "Decided before, same kind", "none": "None yet.", "refused": "refused",
              "approved": "approved", "from": "to every supervisor at"},
    "zh-CN": {"similar": "以往同类审批", "none": "还没有。", "refused": "已拒绝", "approved": "已通过",
              "from": "起转给全体主管"},
}  # fmt: skip


def wish(nick: str, goods: str, total: str, agent: Staff) -> Approval:
    order = order_of(nick, goods)
    return ask_for_price(
        order.tid, PriceWish(SPECIAL_PRICE, "老客户", Decimal(total)), version=1, actor=agent
    )


@pytest.mark.parametrize("language", list(WORDS))
def test_deciding_from_the_keyboard(signed_in: Callable[..., Page], language: str) -> None:
    ensure_starting_tariffs()
    words = WORDS[language]
    agent, other = make_staff("agent", signature="小雨"), make_staff("supervisor", signature="老王")
    past = wish("从前的客人", "300.00", "280.00", agent)
    approvals.refuse(past.pk, reason="利润太低", actor=other)
    LifetimeShipping.objects.create(
        buyer=make_buyer("终身"), address="甲", status="confirmed",
        proposed_at=clock.now(), decided_at=clock.now(),
    )  # fmt: skip
    moved = ask_for_address("终身", "乙", reason="搬家", version=1, actor=agent)
    first, second = wish("公主小肥", "250.00", "200.00", agent), wish("琥珀", "250.00", "240.00", agent)
    page = signed_in("supervisor", staff=make_staff("supervisor", signature="慧慧"), language=language)

    page.goto("/approvals/")
    card = {one.pk: page.locator(f"#approval-{one.pk}") for one in (first, second, moved)}
    expect(card[second.pk]).to_contain_text(words["similar"])
    expect(card[second.pk]).to_contain_text("利润太低")
    expect(card[second.pk]).to_contain_text(words["from"])
    expect(card[moved.pk]).to_contain_text(words["none"])

    # Newest first: down to the second card, approve it.
    page.keyboard.press("j")
    expect(card[second.pk]).to_have_class("box approval at")
    page.keyboard.press("j")
    expect(card[first.pk]).to_have_class("box approval at")
    page.keyboard.press("a")
    assert Approval.objects.get(pk=first.pk).status == "pending"  # a letter alone decides nothing
    page.keyboard.press("Enter")
    expect(card[first.pk].locator("header .tag")).to_have_text(words["approved"])
    assert Order.objects.get(pk=first.subject_id).payment == Decimal("200.00")

    # Still at its place: up to the first card, refuse it with a reason.
    page.keyboard.press("k")
    expect(card[second.pk]).to_have_class("box approval at")
    page.keyboard.press("r")
    page.keyboard.type("才三单 jk")
    page.keyboard.press("Enter")
    expect(card[second.pk].locator("header .tag")).to_have_text(words["refused"])
    assert Approval.objects.get(pk=second.pk).decision_reason == "才三单 jk"
    expect(page.locator("#count-pending")).to_have_text("1")

    # The last one, and Enter on its number opens what it is about.
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(card[moved.pk]).to_have_class("box approval at")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(card[moved.pk].locator("header .tag")).to_have_text(words["approved"])
    assert LifetimeShipping.objects.get().address == "乙"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{first.subject_id}/")
