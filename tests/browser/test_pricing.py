"""What a customer pays, as agent and supervisor would settle it: near a tier, joined, special, in both languages."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from members.services import Spent, record_spend
from orders.models import Order
from orders.states import Status
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.models import Approval
from tests.factories import make_line, make_order, make_staff

ADDRESS = "浙江省 杭州市 西湖区 示例街道1号"
WORDS = {
    "en-GB": {"apply": "Apply ¥492.60", "right": "This is the price by the rules.", "why": "Why?",
              "tier": "248.00 of the regular goods at 95 % (初级)", "join": "Join them: ¥244.00",
              "joined": "Joined: it is in the price.", "asked": "A supervisor is asked",
              "given": "given by a supervisor", "step": "Special price, given by 慧慧", "done": "Approved and done."},
    "zh-CN": {"apply": "应用 ¥492.60", "right": "与规则价一致。", "why": "为什么？",
              "tier": "初级", "join": "合并，改为 ¥244.00",
              "joined": "已合并，价格已包含。", "asked": "已提交主管审批", "given": "主管批准",
              "step": "特殊价格，由慧慧批准", "done": "已通过并执行。"},
}  # fmt: skip


def order_of(nick: str, goods: str, **fields: object) -> Order:
    created = clock.now() - timedelta(hours=2)
    order = make_order(
        nick, goods_payable=Decimal(goods), receiver_state="浙江", receiver_address=ADDRESS,
        **{"created": created} | fields,
    )  # fmt: skip
    make_line(order, price=Decimal(goods))
    return order


@pytest.mark.parametrize("language", list(WORDS))
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_price_join_ask_and_approve(signed_in: Callable[..., Page], language: str, scripts: bool) -> None:
    ensure_starting_tariffs()
    words = WORDS[language]
    near = order_of("公主小肥", "499.00")
    record_spend([Spent("公主小肥", "order", "1", Decimal("749.00"), clock.now())])
    paid = order_of("琥珀", "300.00", status=Status.WAIT_SELLER_SEND_GOODS)
    unpaid = order_of("琥珀", "250.00")
    window = {"language": language, "java_script_enabled": scripts}
    page = signed_in("agent", staff=make_staff("agent", signature="小雨"), **window)

    # Near a tier threshold: 251 at full price, the rest at 95 %.
    page.goto(f"/orders/{near.tid}/")
    expect(page.locator("#money")).to_contain_text("¥505.00")
    page.get_by_text(words["why"]).click()
    expect(page.locator(".price-steps")).to_contain_text(words["tier"])
    expect(page.locator(".price-steps .rule", has_text="M2").first).to_be_visible()
    copied = page.locator("[data-copy*='¥492.60']").get_attribute("data-copy") or ""
    assert "合计：¥492.60" in copied
    assert "regular goods" not in copied
    page.get_by_role("button", name=words["apply"]).click()
    expect(page.locator("#money")).to_contain_text(words["right"])
    assert Order.objects.get(pk=near.pk).payment == Decimal("492.60")

    # Two orders of one buyer add up.
    page.goto(f"/orders/{unpaid.tid}/")
    expect(page.locator("#joining")).to_contain_text(f"{paid.tid[:4]}…{paid.tid[-5:]}")
    page.get_by_role("button", name=words["join"]).click()
    expect(page.locator("#joining")).to_contain_text(words["joined"])
    assert Order.objects.get(pk=unpaid.pk).payment == Decimal("244.00")

    # A special price: asked by the agent, given by a supervisor.
    page.goto(f"/orders/{near.tid}/")
    page.locator("#money summary.btn").click()
    panel = page.locator(".price-requests form").first
    panel.locator("input[name=total]").fill("450")
    panel.locator("input[name=reason]").fill("老客户，第十单")
    panel.locator("button").click()
    expect(page.locator("main")).to_contain_text(words["asked"])
    assert Order.objects.get(pk=near.pk).payment == Decimal("492.60")

    supervisor = signed_in("supervisor", staff=make_staff("supervisor", signature="慧慧"), **window)
    supervisor.goto("/approvals/")
    card = supervisor.locator("article", has_text=near.tid)
    expect(card).to_contain_text("¥450.00")
    expect(card).to_contain_text("老客户，第十单")
    card.locator("form[action*='approve'] button").click()
    expect(supervisor.locator("main")).to_contain_text(words["done"])

    page.goto(f"/orders/{near.tid}/")
    expect(page.locator("#money")).to_contain_text(words["given"])
    expect(page.locator("#money .sum")).to_contain_text("¥450.00")
    expect(page.locator("ol.timeline")).to_contain_text("¥492.60 → ¥450.00")
    page.get_by_text(words["why"]).click()
    expect(page.locator(".price-steps")).to_contain_text(words["step"])
    copied = page.locator("[data-copy*='¥450.00']").get_attribute("data-copy") or ""
    assert "合计：¥450.00" in copied
    assert "店铺同意的优惠价" in copied
    assert "慧慧" not in copied
    assert Approval.objects.get().status == Approval.Status.APPROVED


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_line_is_dropped_after_both_totals_were_seen(signed_in: Callable[..., Page], scripts: bool) -> None:
    ensure_starting_tariffs()
    order = order_of("公主小肥", "480.00")
    make_line(order, "双眼皮贴 特价", price=Decimal("39.00"))
    page = signed_in("agent", java_script_enabled=scripts)
    page.goto(f"/orders/{order.tid}/")

    page.locator("input[name=positions][value='2']").check()
    page.get_by_role("button", name="See the new total").click()
    expect(page.locator(".prices", has_text="Without them")).to_contain_text("¥486.00")
    page.locator("#drop-now").click()

    expect(page.locator("main")).to_contain_text("1 line is dropped; the price is ¥486.00 now.")
    assert Order.objects.get().lines.count() == 1


def test_another_carrier_is_tried_in_place(signed_in: Callable[..., Page]) -> None:
    ensure_starting_tariffs()
    order = order_of("公主小肥", "499.00")
    page = signed_in("agent")
    page.goto(f"/orders/{order.tid}/")
    before = page.locator("#money .sum").inner_text()

    page.locator("select[name=carrier]").select_option("shunfeng")

    expect(page.locator("#money .sum")).not_to_have_text(before)
    expect(page.locator("select[name=carrier]")).to_have_value("shunfeng")
    expect(page.locator("#apply-price")).to_be_visible()
