"""The order list: views, filters, roles, saved views, and a constant number of statements."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Flag, Order
from orders.rules.flags import RED
from orders.services.flags import FlagRequest, set_flag
from orders.services.notes import add_note
from orders.states import CloseReason, Status
from orders.templatetags.orders import clocks_in, countdown, promise_clock
from shopdesk.base import clock
from shopdesk.base.models import SavedView, Staff
from tests.factories import NOW, make_line, make_order, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]


def shown(client: Client, address: str = "/orders/") -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return [row.tid for row in response.context["page"].rows]


def counts(client: Client) -> dict[str, int | None]:
    return {tab.title: tab.count for tab in client.get("/orders/").context["tabs"]}


def raise_red(order: Order, addressee: str, actor: Staff) -> None:
    set_flag(
        order.tid,
        FlagRequest(RED, label="改地址", text="请看", addressee=addressee, until=NOW + timedelta(hours=8)),
        actor=actor,
        now=NOW,
    )


def rich_order(actor: Staff, number: int) -> Order:
    order = make_order(f"买家{number:03d}", created=NOW - timedelta(minutes=number))
    make_line(order, f"小白鞋{number}")
    make_line(order, "双眼皮贴")
    add_note(order.tid, "要发票", actor=actor, now=NOW)
    raise_red(order, Flag.Addressee.AGENT, actor)
    return order


@pytest.mark.parametrize(
    "address", ["/orders/", "/orders/?q=买家", "/orders/?view=red-to-me", "/orders/?q=鞋&by=title"]
)
def test_the_number_of_statements_does_not_grow_with_the_rows(client_of: ClientOf, address: str) -> None:
    client, agent = client_of("agent"), make_staff("agent")
    rich_order(agent, 0)
    client.get(address)
    for_one = statements(client, address, rows=1)
    for number in range(1, 61):
        rich_order(agent, number)
    for_sixty = statements(client, address, rows=50)
    older = client.get(address).context["older"]
    client.get(f"/orders/{older}")  # the menu of filters is kept for each address
    for_the_next_page = statements(client, f"/orders/{older}", rows=11)

    assert for_one == for_sixty == for_the_next_page <= 12


def statements(client: Client, address: str, *, rows: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert len(shown(client, address)) == rows
    return len(captured)


def test_newest_first_by_pages_that_miss_nothing(client_of: ClientOf) -> None:
    client = client_of("agent")
    orders = [make_order(created=NOW - timedelta(hours=number // 7)) for number in range(105)]
    expected = [o.tid for o in sorted(orders, key=lambda o: (o.created, o.tid), reverse=True)]

    first = client.get("/orders/")
    second = client.get("/orders/" + first.context["older"])
    third = client.get("/orders/" + second.context["older"])
    back = client.get("/orders/" + third.context["newer"])

    pages = [[row.tid for row in page.context["page"].rows] for page in (first, second, third)]
    assert [len(page) for page in pages] == [50, 50, 5]
    assert [tid for page in pages for tid in page] == expected
    assert [row.tid for row in back.context["page"].rows] == pages[1]
    assert third.context["older"] is None
    assert first.context["newer"] is None


def test_page_links_keep_filters_and_the_key_that_found_something(client_of: ClientOf) -> None:
    client = client_of("agent")
    for number in range(52):
        make_line(make_order(receiver_state="浙江", created=NOW - timedelta(minutes=number)), "羊毛大衣")

    older = client.get("/orders/?q=大衣&receiver_state=浙江").context["older"]

    assert "by=title" in older
    assert "receiver_state=" in older
    assert len(shown(client, "/orders/" + older)) == 2


def test_each_view_holds_what_it_says(client_of: ClientOf) -> None:
    me = make_staff("agent")
    client = Client()
    client.force_login(me)
    supervisor = make_staff("supervisor")
    hour = timedelta(hours=1)
    fresh = make_order(created=NOW - hour)
    closing = make_order(created=NOW - 61 * hour)
    make_order(created=NOW - 73 * hour)  # due already: the job has it
    paid = make_order(status=Status.WAIT_SELLER_SEND_GOODS, owner=me, pay_time=NOW)
    shipped = make_order(status=Status.WAIT_BUYER_CONFIRM_GOODS, pay_time=NOW)
    closed = make_order(status=Status.TRADE_CLOSED, close_reason=CloseReason.REFUND)
    never = make_order(status=Status.TRADE_CLOSED_BY_TAOBAO, close_reason=CloseReason.TIMEOUT)
    for order, addressee in [
        (fresh, "agent"),
        (paid, "next_shift"),
        (shipped, "warehouse"),
        (closed, "supervisor"),
    ]:
        raise_red(order, addressee, supervisor)

    assert set(shown(client, "/orders/?view=closing")) == {closing.tid}
    assert set(shown(client, "/orders/?view=red")) == {fresh.tid, paid.tid, shipped.tid, closed.tid}
    assert set(shown(client, "/orders/?view=red-to-me")) == {fresh.tid, paid.tid}
    assert set(shown(client, "/orders/?view=paid")) == {paid.tid}
    assert set(shown(client, "/orders/?view=shipped")) == {shipped.tid}
    assert set(shown(client, "/orders/?view=mine")) == {paid.tid}
    assert set(shown(client, "/orders/?view=closed")) == {closed.tid, never.tid}
    assert counts(client) == {
        "All": 7, "Waiting for payment": 3, "Closing soon": 1, "Red flags": 4, "Red flags to me": 2, "Paid": 1,
        "Flags to warehouse": 1, "Waiting for the warehouse": 1,
        "Out of stock": 0, "Ship today": 0, "Late": 0, "Missed": 0, "Tell the buyer": 0,
        "Delivery trouble": 0, "Shipped": 1, "Mine": 1, "Starred": 0, "Snoozed": 0, "Closed": 2,
    }  # fmt: skip


@pytest.mark.parametrize(("role", "addressee"), [("warehouse", "warehouse"), ("supervisor", "supervisor")])
def test_red_flags_to_me_follow_the_role(client_of: ClientOf, role: str, addressee: str) -> None:
    agent = make_staff("agent")
    orders = {code: make_order() for code in ("warehouse", "supervisor", "next_shift", "agent")}
    for code, order in orders.items():
        raise_red(order, code, agent)

    assert shown(client_of(role), "/orders/?view=red-to-me") == [orders[addressee].tid]


@pytest.mark.parametrize(
    "query",
    [
        "status=NONSENSE", "seller_flag=9", "seller_flag=x", "seller_flag=-1", "owner=abc",
        "owner=99999999999999999999",
        "created_from=2026-13-40", "created_to=0001-01-01", "created_from=9999-12-31", "cursor=rubbish", "view=%00",
        "cursor=WyIyMDI2LTExLTIyVDEyOjAwOjAwKzA4OjAwIiwiXHUwMDAwIiwwXQ", "by=nonsense&q=x", "receiver_state=%00",
        "receiver_state=火星", "q=%00%ff%fe", "q=" + "x" * 10_000,
    ],
)  # fmt: skip
def test_values_that_mean_nothing_are_left_out(client_of: ClientOf, query: str) -> None:
    order = make_order("xxx")
    assert shown(client_of("agent"), f"/orders/?{query}") in ([order.tid], [])


def test_the_warehouse_sees_no_prices_and_no_phones(client_of: ClientOf) -> None:
    order = make_order(payment=Decimal("1234.56"), receiver_mobile="13912345678")
    make_line(order, price=Decimal("987.65"))

    seen = client_of("warehouse").get("/orders/").content.decode()
    with_prices = client_of("agent").get("/orders/").content.decode()

    assert "1,234.56" in with_prices
    for secret in ("1,234.56", "1234.56", "123456", "987.65", "¥", "13912345678", "139****5678"):
        assert secret not in seen
    assert "13912345678" not in with_prices


def test_a_row_can_be_read_without_opening_it(client_of: ClientOf) -> None:
    agent = make_staff("agent", signature="小雨")
    order = make_order(
        "公主小肥",
        created=NOW - timedelta(hours=69, minutes=55),
        buyer_message="请尽快发货",
        receiver_state="浙江",
    )
    make_line(order, "【韩国现货】小白鞋")
    make_line(order, "双眼皮贴")
    add_note(order.tid, "送小礼物一份", actor=agent, now=NOW)
    raise_red(order, "warehouse", agent)

    page = client_of("agent").get("/orders/").content.decode()

    for text in (
        "公主小肥", "【韩国现货】小白鞋", "白色 / 37", "×1 +1", "¥505.00", "Waiting for payment", "2 h 05 min",
        "请尽快发货", "请看(小雨11.22)", "浙江", "小雨", "改地址",
    ):  # fmt: skip
        assert text in page


def test_a_row_is_drawn_anew_once_anything_of_it_changed(client_of: ClientOf) -> None:
    agent, warehouse, staff = client_of("agent"), client_of("warehouse"), make_staff("agent")
    order = make_order("小草莓", payment=Decimal("88.00"))
    line = make_line(order, "小白鞋")

    def page(client: Client, at: timedelta = timedelta(0), language: str = "en") -> str:
        with clock.fixed(NOW + at):
            answer = client.get("/orders/", headers={"accept-language": language}).content.decode()
        return answer[answer.index("<tbody>") : answer.index("</tbody>")]

    first = page(agent)
    assert page(agent) == first
    assert "¥88.00" in first
    assert "¥88.00" not in page(warehouse)
    assert " 天 " in page(agent, language="zh-hans")
    left = order.created + timedelta(hours=72) - NOW
    assert f">{left // timedelta(days=1)} d {left % timedelta(days=1) // timedelta(hours=1)} h<" in first
    assert ">closing</span>" in page(agent, at=left + timedelta(minutes=1))
    assert f">{order.created:%Y-%m-%d}</time>" in page(agent, at=timedelta(days=400))
    add_note(order.tid, "要发票", actor=staff, now=NOW)
    assert "要发票" in page(agent)
    line.product.title = "小红鞋"
    line.product.save()
    raise_red(order, Flag.Addressee.AGENT, staff)
    changed = page(agent)
    assert "小红鞋" in changed
    assert "小白鞋" not in changed
    assert "改地址" in changed


def test_no_orders_at_all_leads_to_the_import(client_of: ClientOf) -> None:
    page = client_of("agent").get("/orders/").content.decode()
    assert "No orders yet" in page
    assert 'href="/orders/import/"' in page
    assert 'href="/orders/import/"' not in client_of("warehouse").get("/orders/").content.decode()


def test_an_empty_search_says_what_was_looked_for_and_how_to_widen_it(client_of: ClientOf) -> None:
    make_order()
    page = client_of("agent").get("/orders/?q=查无此人&view=unpaid").content.decode()
    assert "No order found for “查无此人”" in page
    assert "Search all orders, in every way" in page


def test_the_page_says_what_the_text_was_taken_for(client_of: ClientOf) -> None:
    make_line(make_order("小肥"), "羊毛大衣")
    client = client_of("agent")

    assert "“小肥” was taken for: <b>buyer nick</b>" in client.get("/orders/?q=小肥").content.decode()
    page = client.get("/orders/?q=大衣").content.decode()
    assert "Nothing found for “大衣” by buyer nick. Shown: by <b>product title</b>" in page


def test_markup_in_data_stays_text(client_of: ClientOf) -> None:
    order = make_order("<script>x</script>", buyer_message='"><img src=x onerror=alert(1)>')
    make_line(order, "<b>鞋</b>")
    page = client_of("agent").get("/orders/?q=<script>").content.decode()
    assert "<script>x" not in page
    assert "<img src=x" not in page
    assert "<b>鞋" not in page


# Saved views -------------------------------------------------------------------------------------


def test_filters_are_saved_under_a_name_and_deleted_again(client_of: ClientOf) -> None:
    me = make_staff("agent")
    client = Client()
    client.force_login(me)
    wanted = make_order(receiver_state="浙江")
    make_order()

    answer = client.post(
        "/orders/views/", {"view_name": "浙江待付", "receiver_state": "浙江", "view": "unpaid"}
    )

    assert answer.status_code == 302
    assert shown(client, answer.url) == [wanted.tid]
    tab = client.get(answer.url).context["tabs"][-1]
    assert (tab.title, tab.count, tab.current) == ("浙江待付", 1, True)

    client.post(f"/orders/views/{tab.saved.pk}/delete/")
    assert not SavedView.objects.exists()


def test_somebody_elses_view_is_neither_shown_nor_deleted(client_of: ClientOf) -> None:
    view = SavedView.objects.create(page="orders", owner=make_staff("agent"), name="他的", query="view=red")
    client = client_of("agent")

    client.post(f"/orders/views/{view.pk}/delete/")

    assert SavedView.objects.filter(pk=view.pk).exists()
    assert "他的" not in client.get("/orders/").content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"view_name": "", "view": "red"}, "Give the view a name"),
        ({"view_name": "x" * 41, "view": "red"}, "40 characters at most"),
        ({"view_name": "全部"}, "This view shows everything"),
    ],
)
def test_a_view_that_cannot_be_saved_says_why(
    client_of: ClientOf, data: dict[str, str], message: str
) -> None:
    page = client_of("agent").post("/orders/views/", data, follow=True).content.decode()
    assert message in page
    assert not SavedView.objects.exists()


def test_a_person_keeps_twelve_views_and_a_search_shows_no_count(client_of: ClientOf) -> None:
    client = client_of("agent")
    for number in range(13):
        client.post("/orders/views/", {"view_name": f"视图{number}", "q": "小肥"})

    assert SavedView.objects.count() == 12
    assert counts(client)["视图0"] is None


def test_what_people_wrote_is_text_in_every_cell(client_of: ClientOf) -> None:
    client, agent = client_of("agent"), make_staff("agent", signature="<b>{tid}")
    hostile = "<script>'\"{address}{0}%s&"
    order = make_order(
        hostile, owner=agent, buyer_message=hostile, seller_memo=hostile, receiver_state="广东"
    )
    make_line(order, hostile, sku_properties_name=f"颜色:{hostile}")
    page = client.get("/orders/").content.decode()
    row = page[page.index(f'<tr id="o-{order.tid}"') :].partition("</tr>")[0]
    assert "<script" not in row
    assert "<b>" not in row
    # Buyer twice, goods with their link and hover, message, memo and both in the hover: as they were written.
    assert row.count("&lt;script&gt;&#x27;&quot;{address}{0}%s&amp;") >= 8
    assert "&lt;b&gt;{tid}" in row


@pytest.mark.parametrize(
    ("minutes", "text", "due"),
    [
        (-1, "closing", True),
        (0, "0 h 00 min", True),
        (719, "11 h 59 min", True),
        (720, "12 h 00 min", False),
        (1439, "23 h 59 min", False),
        (1440, "1 d 0 h", False),
        (4319, "2 d 23 h", False),
    ],
)
def test_the_clock_says_how_long_until_it_is_closed(minutes: int, text: str, due: bool) -> None:
    at = NOW + timedelta(minutes=minutes)

    drawn = clocks_in("en", at, None, NOW)

    assert drawn == countdown(at)
    assert f">{text}</span>" in drawn
    assert ('class="clock due"' in drawn) == due


def test_both_clocks_stand_in_a_row_and_neither_where_there_is_none() -> None:
    closes, ships = NOW + timedelta(hours=3), NOW - timedelta(hours=1)

    assert clocks_in("en", closes, ships, NOW) == countdown(closes) + promise_clock(ships)
    assert ">late</span>" in clocks_in("en", None, ships, NOW)
    assert clocks_in("en", None, None, NOW) == ""


def test_everyone_reads_the_list_in_their_own_language_whoever_read_it_before(client_of: ClientOf) -> None:
    make_order(created=NOW - timedelta(hours=1))
    client = client_of("agent")
    pages = {
        language: client.get("/orders/", headers={"Accept-Language": language}).content.decode()
        for language in ("en", "zh-hans", "en")
    }

    for language, words in {
        "en": ("Waiting for payment", "Closed, never paid", "2 d 23 h"),
        "zh-hans": ("未付款关闭", "剩 2 天 23 时"),
    }.items():
        other = pages["en" if language == "zh-hans" else "zh-hans"]
        for word in words:
            assert word in pages[language]
            assert word not in other


def test_an_owner_without_a_signature_is_named_all_the_same(client_of: ClientOf) -> None:
    make_order(owner=make_staff("agent", username="li.na", signature=""))
    assert '<td class="dim">li.na</td>' in client_of("agent").get("/orders/").content.decode()
