"""axe finds nothing on the pages of the team's day, light at a desk and dark on a phone, where none is too wide."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from members.services.tags import make_tag, put_tag
from orders.rules.sizes import read_chart
from orders.services.bulk.running import prepare
from orders.services.carrier_bills import read_bill
from orders.services.chasing import ReminderRequest, remind
from orders.services.closing import close_unpaid_orders
from orders.services.enquiries import EnquiryRequest, write_enquiry
from orders.services.flags import FlagRequest, set_flag
from orders.services.products import change_product
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.models import RosterEntry, Staff
from shopdesk.base.permissions import Role
from shopdesk.base.services.exempting import exempt
from shopdesk.base.services.swaps import ask_swap
from shopdesk.desk.models import CannedReply
from shopdesk.desk.services.forecasts import keep_forecast
from shopdesk.desk.services.handovers import hand_over
from shopdesk.desk.services.promises import make_promise
from shopdesk.desk.services.replies import ensure_starting_replies
from tests.factories import make_line, make_order, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

PAGES = {
    Role.AGENT: ["/", "/team/handover/", "/team/handover/?tab=give", "/team/handover/{packet}/", "/team/promises/",
                 "/team/roster/", "/team/chasing/?view=all", "/team/unpaid/", "/team/enquiries/",
                 "/team/replies/?open=new", "/team/replies/?open={reply}&sample={tid}", "/team/password/",
                 "/reports/", "/reports/team/", "/reports/rows/orders-placed/", "/orders/{tid}/",
                 "/orders/bulk/{bulk}/", "/orders/?view=snoozed", "/buyer-tags/", "/products/",
                 "/products/{product}/?q=160 50"],
    Role.SUPERVISOR: ["/", "/tonight/", "/tonight/?job=close_unpaid_orders&subject={tid}", "/tonight/report/",
                      "/team/roster/", "/team/handover/?tab=supervisor", "/team/promises/?tab=all",
                      "/reports/postage/", "/reports/after-sales/", "/reports/team/", "/reports/carrier-bill/",
                      "/reports/carrier-bill/{bill}/"],
    Role.WAREHOUSE: ["/", "/team/roster/"],
    Role.MANAGER: ["/team/people/", "/team/people/{person}/", "/team/people/roles/", "/team/replies/?open={reply}",
                   "/team/roster/", "/buyer-tags/", "/products/{product}/"],
}  # fmt: skip
LOOKS = [
    pytest.param({"language": "en-GB", "scheme": "light"}, id="en desk"),
    pytest.param({"language": "zh-CN", "scheme": "dark", "width": 390, "height": 844}, id="zh phone"),
]


@pytest.fixture
def people() -> dict[str, Staff]:
    """One of each role."""
    return {role: make_staff(role, is_staff=role == Role.MANAGER) for role in Role.values}


@pytest.fixture
def places(people: dict[str, Staff]) -> Iterator[dict[str, Any]]:
    """A shop in the middle of its day."""
    now = clock.now()
    agent, supervisor, manager = (people[role] for role in (Role.AGENT, Role.SUPERVISOR, Role.MANAGER))
    colleague = make_staff("agent", signature="小雨")
    ensure_starting_replies()
    ensure_starting_tariffs()
    order = make_order("爱吃小肥肠的公主殿下", created=now - timedelta(hours=66), buyer_message="有货吗")
    line = make_line(order, "【韩国现货】" + "羊毛,羊绒混纺长款加厚双排扣大衣" * 2)
    chart, _faults = read_chart("S 150-160 42-50\nM 158-165 48-56")
    change_product(line.product_id, {"material": "羊毛"}, chart=chart, actor=manager)
    remind(order.tid, ReminderRequest("wangwang"), actor=agent, now=now - timedelta(hours=13))
    closed = make_order("想想再说", created=now - timedelta(hours=73))
    make_line(closed)
    close_unpaid_orders(now, False)
    write_enquiry(EnquiryRequest("随便看看", "有没有S码？", now, "size", "断货"), actor=agent)
    make_promise(order.tid, "答应今晚发", now + timedelta(hours=3), actor=agent)
    make_promise(order.tid, "答应上午回电话", now + timedelta(minutes=1), actor=agent, now=now)
    put_tag(order.buyer_id or "", make_tag("老客", "blue", "五单以上", actor=manager).pk, actor=agent)
    flagged = make_order()
    set_flag(
        flagged.tid, FlagRequest(1, "急", "请看", "supervisor", now + timedelta(hours=5)), actor=colleague
    )
    run = prepare("flag", [order.tid, flagged.tid], actor=agent)
    day = now.astimezone(clock.SHANGHAI).date() + timedelta(days=1)
    RosterEntry.objects.create(staff=colleague, day=day, shift="day")
    RosterEntry.objects.create(staff=agent, day=day, shift="late")
    ask_swap(day, "day", agent.pk, actor=colleague)
    packet = hand_over(words="二号架的退货还没拆\n快递明早九点来", actor=colleague, now=now.replace(hour=9))
    exempt("close_unpaid_orders", order.tid, reason="明早付", until=now + timedelta(days=1), actor=supervisor)
    keep_forecast(now)
    sent = make_shipped_order("收货的人", shipped_at=now)
    make_line(sent)
    make_shipped_parcel(sent, invoice_no="75510000000099")
    rows = "运单号,运费,重量\n75510000000099,66.00,1\n75510000000001,6.00,1\n坏,元,1\n"
    content = io.BytesIO(rows.encode("utf-8-sig"))
    said = {"carrier": "zhongtong", "month": day.replace(day=1), "file_name": "对账单.csv"}
    bill = read_bill(content, **said, actor=supervisor).bill
    return {
        "tid": order.tid,
        "packet": packet.pk,
        "reply": CannedReply.objects.get(code="chasing_gentle").pk,
        "bulk": run.pk,
        "product": line.product_id,
        "bill": bill.pk,
        "person": agent.pk,
    }


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("role", list(PAGES))
def test_axe_finds_nothing_all_day(
    signed_in: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    people: dict[str, Staff],
    places: dict[str, Any],
    role: str,
    look: dict[str, Any],
) -> None:
    page = signed_in(role, staff=people[role], bypass_csp=True, **look)
    problems = []
    for address in PAGES[role]:
        response = page.goto(address.format(**places))
        assert response is not None
        assert response.status == 200, address
        problems += [f"{address}: {problem}" for problem in axe(page)]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems.append(f"{address}: {wide} pixels wider than the screen")
    page.keyboard.press("Control+k")
    page.keyboard.type("小肥")
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    problems += [f"palette: {problem}" for problem in axe(page)]

    assert problems == []
