"""A5, P1: a refused return with an exception granted, and what an agent had typed when the session was gone."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from afterservice.models import Evidence, Ticket
from afterservice.services import evidence
from afterservice.services.opening import open_ticket
from shopdesk.base import clock
from shopdesk.base.models import Staff
from tests.afterservice.evidence_files import photo, upload
from tests.afterservice.requests import ask
from tests.factories import make_line, make_staff
from tests.orders.shipped_parcels import make_shipped_order


def opened(agent: Staff) -> Ticket:
    """A return of a coat bought in Korea, received two days ago: A3 does not allow it."""
    now = clock.now()
    order = make_shipped_order(shipped_at=now - timedelta(days=4), signed_time=now - timedelta(days=2))
    make_line(order, "【韩国直送】羊毛大衣")
    return open_ticket(ask(order, text="颜色不喜欢，想退"), actor=agent)


def open_part(page: Page, summary: str) -> None:
    page.locator("#decision summary", has_text=summary).click()


def test_a_refused_return_gets_an_exception(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    agent, supervisor = make_staff("agent", signature="小雨"), make_staff("supervisor", signature="老王")
    ticket = opened(agent)
    page = signed_in("agent", staff=agent)
    page.goto(f"/tickets/{ticket.pk}/")
    decision, log = page.locator("#decision"), page.locator("#log")
    expect(decision).to_contain_text("no return without a fault")

    # Refusing wants the talk and its proof; the reason that was typed stays.
    open_part(page, "Refuse…")
    refusal = decision.locator("textarea[name=reason]")
    refusal.fill("代购商品不支持无理由退货")
    decision.get_by_role("button", name="Refuse the request").click()
    expect(page.locator("#refuse-refusal")).to_contain_text("what the buyer was told")
    expect(refusal).to_have_value("代购商品不支持无理由退货")
    log.locator("textarea[name=text]").fill("亲，代购商品不支持七天无理由哦")
    log.locator("textarea[name=text]").press("Control+Enter")
    expect(page.locator("#told")).to_contain_text("It stands in the log.")
    expect(log.locator("textarea[name=text]")).to_have_value("")
    expect(log).to_contain_text("亲，代购商品不支持七天无理由哦")
    evidence.add(ticket.pk, upload(photo()), stage=Evidence.Stage.TALK, actor=agent)
    page.reload()
    open_part(page, "Refuse…")
    expect(decision.locator("textarea[name=reason]")).to_have_value("代购商品不支持无理由退货")
    decision.get_by_role("button", name="Refuse the request").click()
    expect(decision).to_contain_text("Refused: 代购商品不支持无理由退货")
    assert axe(page) == []

    # The buyer does not give in: an exception is asked for, and granted by somebody else.
    open_part(page, "Ask for an exception…")
    decision.locator("form[action$='/ask/'] input[name=reason]").fill("老客户，年消费两万")
    decision.get_by_role("button", name="Ask", exact=True).click()
    expect(decision).to_contain_text("小雨 asked a supervisor")
    other = signed_in("supervisor", staff=supervisor)
    other.goto("/approvals/")
    expect(other.locator("article.approval")).to_contain_text("老客户，年消费两万")
    other.get_by_role("button", name="Make an exception").click()
    expect(other.locator("article.approval")).to_contain_text("Approved and done.")

    page.reload()
    expect(decision).to_contain_text("accepted")
    expect(decision).to_contain_text("by 老王")
    ticket.refresh_from_db()
    assert (ticket.case, ticket.decision, ticket.verdict) == ("decided", "accepted", "outside")
    assert (ticket.agreed_by, ticket.decided_by) == (agent, supervisor)


def test_what_was_typed_survives_a_reload(signed_in: Callable[..., Page]) -> None:
    agent = make_staff("agent")
    ticket = opened(agent)
    page = signed_in("agent", staff=agent)
    page.goto(f"/tickets/{ticket.pk}/")

    page.locator("#say-text").fill("写到一半")
    page.reload()

    expect(page.locator("#say-text")).to_have_value("写到一半")


def test_conditions_on_a_narrow_screen_in_chinese(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    opened(make_staff("agent"))
    page = signed_in("manager", language="zh-CN", width=390)
    page.goto("/tickets/conditions/")

    page.locator("input[name=name]").fill("七天无理由退货")
    page.get_by_role("button", name="保存条件").click()
    page.get_by_role("button", name="用上个月的工单试算").click()
    expect(page.locator("#trial")).to_contain_text("会自动同意")
    page.get_by_role("button", name="启用", exact=True).click()

    expect(page.locator("main")).to_contain_text("“七天无理由退货”从现在起自动决定。")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == []
