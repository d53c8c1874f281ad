"""axe finds nothing on any page: in English, light, on a desk's screen; in Chinese, dark, on a phone."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page

from afterservice.services.messages import say
from afterservice.services.opening import NewTicket, open_ticket
from members.models import LifetimeShipping
from members.services import Spent, record_spend
from orders.models import ImportFile, ImportRejection, ImportRun, RefundTask
from orders.services.closing import close_unpaid_orders
from orders.services.flags import FlagRequest, set_flag
from orders.services.notes import add_note
from orders.services.payments import PaymentMessage, record_payment
from orders.services.refunding import refund_lines
from orders.services.refunds import pay_out_task
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock, jobs
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.browser.test_tickets import received_just_now
from tests.factories import make_line, make_order, make_paid_order, make_staff

PAGES = {
    "agent": ["/", "/orders/", "/orders/?view=red", "/orders/?q=没有这个", "/orders/{tid}/", "/orders/{closed}/",
              "/orders/{paid}/",
              "/orders/import/", "/orders/import/{run}/", "/approvals/", "/taobao/",
              "/members/", "/members/?view=lifetime", "/members/{nick}/",
              "/members/{nick}/lifetime-address/", "/refunds/", "/refunds/?tab=done",
              "/tickets/", "/tickets/?view=all&q=没有这个", "/tickets/{ticket}/", "/tickets/{case}/",
              "/tickets/open/{received}/?line=1", "/orders/{received}/", "/orders/?view=shipped",
              "/shipping/", "/shipping/try/?receiver_state=新疆&weight_kg=2.4", "/shipping/tiers/"],
    "supervisor": ["/", "/approvals/", "/jobs/", "/jobs/runs/{job}/"],
    "warehouse": ["/", "/tickets/", "/tickets/{ticket}/",
                  "/orders/", "/orders/{tid}/", "/orders/{paid}/", "/warehouse/notices/",
                  "/warehouse/notices/?tab=done"],
    "manager": ["/", "/members/", "/shipping/", "/starting-balance/",
                "/shipping/zhongtong/浙江/?first_kg=1&first_fee=7&step_kg=1&extra_fee=2&seen=1",
                "/shipping/tiers/?name=银&threshold=900&percent=95",
                "/jobs/", "/admin/", "/admin/base/staff/", "/admin/base/staff/add/"],
}  # fmt: skip
LOOKS = [
    pytest.param({"language": "en-GB", "scheme": "light"}, id="en light"),
    pytest.param({"language": "zh-CN", "scheme": "dark", "width": 390, "height": 844}, id="zh dark phone"),
]


@pytest.fixture
def places() -> Iterator[dict[str, Any]]:
    """A shop with something on every page."""
    now = clock.now()
    agent = make_staff("agent")
    order = make_order("爱吃小肥肠的公主殿下", created=now - timedelta(hours=70), buyer_message="请尽快发货")
    make_line(order, "【韩国现货】" + "羊毛,羊绒混纺长款加厚双排扣大衣" * 3)
    red = FlagRequest(1, "改尺码", "客户要求改尺码", "agent", now + timedelta(hours=5))
    set_flag(order.tid, red, actor=agent, now=now)
    add_note(order.tid, "送小礼物一份", actor=agent, now=now)
    closed = make_order(created=now - timedelta(hours=73))
    close_unpaid_orders(now, False)
    record_payment(closed.tid, PaymentMessage("p", Decimal("505.00"), now), now=now)
    run = ImportRun.objects.create(created_at=now, started_at=now, ended_at=now, status="done", rejected=1)
    file = ImportFile.objects.create(run=run, name="orders.csv", kind="orders", header=["订单编号", "总金额"])
    ImportRejection.objects.create(
        file=file,
        row=4,
        code="money",
        column="总金额",
        value="二百",
        reason="No amount of money.",
        cells=["1", "二百"],
    )
    report = jobs.run("close_unpaid_orders")
    nick = "爱吃小肥肠的公主殿下"
    ensure_starting_tariffs()
    record_spend([Spent(nick, "order", order.tid, Decimal("1204.50"), now)])
    LifetimeShipping.objects.create(
        buyer_id=nick,
        year=2025,
        address=order.receiver_address,
        status="confirmed",
        proposed_at=now,
        decided_at=now,
    )
    paid = make_paid_order(nick)
    make_line(paid, "【韩国直送】" + "羊毛,羊绒混纺长款加厚双排扣大衣" * 3)
    make_line(paid, price=Decimal("10.00"))
    refund_lines(paid.tid, [2], reason="多拍了", version=1, actor=agent, now=now)
    owed = [
        RefundTask.objects.create(order=each, reason="joined_postage", rule="S7", amount=6, opened_at=now)
        for each in (make_order(nick, status="WAIT_SELLER_SEND_GOODS"), order)
    ]
    pay_out_task(owed[0].pk, actor=agent, now=now)
    received = make_received_order(nick, **received_just_now())
    asked = NewTicket(received.tid, "return", "damaged", ((1, 1, None),), "收到就是坏的", "wangwang")
    ticket = open_ticket(asked, actor=agent, now=now - timedelta(hours=20))
    say(ticket.pk, side="to_buyer", text="亲，请发照片。", channel="wangwang", actor=agent, now=now)
    late = {"awaits": "us", "next_due_at": now - timedelta(hours=1), "escalated_at": now}
    case = make_ticket(received, kind="dispute", case="platform", platform_no="12345", **late)
    return {
        "nick": nick,
        "received": received.tid,
        "ticket": ticket.pk,
        "case": case.pk,
        "tid": order.tid,
        "closed": closed.tid,
        "paid": paid.tid,
        "run": run.pk,
        "job": report.pk,
    }


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("role", list(PAGES))
def test_axe_finds_nothing(
    signed_in: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    places: dict[str, Any],
    role: str,
    look: dict[str, Any],
) -> None:
    # axe sets styles of its own, which the policy would rightly refuse; the pages' own are tested with it.
    page = signed_in(role, staff=make_staff(role, is_staff=role == "manager"), bypass_csp=True, **look)
    problems = []
    for address in PAGES[role]:
        page.goto(address.format(**places))
        problems += [f"{address}: {problem}" for problem in axe(page)]
        if look.get("width") and not address.startswith("/admin/"):
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            if wide > 0:
                problems.append(f"{address}: {wide} pixels wider than the screen")

    assert problems == []


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_before_the_sign_in(
    visit: Callable[..., Page], axe: Callable[[Page], list[str]], look: dict[str, Any]
) -> None:
    page = visit(**look)
    page.goto("/sign-in/")

    assert axe(page) == []
