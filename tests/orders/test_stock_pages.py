"""The pages of stock, shortages, holds, buying and making: what stands on them, and by how many statements."""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from orders.models import BuyingRunLine, Hold, Order, OrderLine, Shortage, Sku, StockMovement
from orders.services import buying, hand_holds, shortages, stock
from orders.states import Supply
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_paid_order, make_sku, make_staff
from tests.orders.hold_scenes import ordered, take
from tests.orders.test_buying import COAT, SUIT, a_line, coat, run_of

pytestmark = pytest.mark.django_db
# Who is there; the session comes from the cache.
FRAME = 1
BADGE = r'<td><span class="tag [a-z]*">([^<]+)</span>'


def page_of(client: Client, name: str, *arguments: Any, **query: str) -> str:
    answer = client.get(reverse(name, args=arguments), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def agent(client_of: Callable[..., Client]) -> Client:
    return client_of("agent")


@pytest.fixture
def warehouse(client_of: Callable[..., Client]) -> Client:
    return client_of("warehouse")


def fill(count: int) -> None:
    """So many of everything that the pages list."""
    staff, warehouse = make_staff("agent"), make_staff("warehouse")
    for number in range(count):
        shelf = make_sku(f"帆布包{number}", stock=3)
        take(ordered(shelf, paid=True))
        hand_holds.keep(shelf.pk, 1, reason="等补款", actor=staff, now=NOW)
        out = make_sku(f"围巾{number}")
        ordered(out, paid=True)
        shortages.report(out.pk, actor=staff, now=NOW)
        stock.receive(shelf.pk, 1, actor=warehouse, now=NOW)
        a_line(make_sku(COAT, f"一{number}"), supply=Supply.BOUGHT)
        a_line(make_sku(SUIT, f"二{number}"))
        a_line(make_sku(COAT, f"三{number}"))
    buying.open_run(actor=staff, now=NOW)


PAGES = {
    "stock:list": 3,
    "stock:shortages": 2,
    "stock:holds": 1,
    "stock:runs": 2,
    "stock:arrivals": 1,
    "stock:making": 1,
}


@pytest.mark.parametrize(("name", "statements"), PAGES.items())
def test_pages_read_a_constant_number_of_statements(
    name: str, statements: int, client_of: Callable[..., Client], django_assert_num_queries: Any
) -> None:
    client = client_of("supervisor")
    for _ in range(2):
        fill(3) if not Sku.objects.exists() else fill_more()
        with django_assert_num_queries(FRAME + statements):
            page_of(client, name)


def fill_more() -> None:
    for sku in list(Sku.objects.filter(product__title=COAT)):
        a_line(sku)
        a_line(sku, supply=Supply.BOUGHT)
    buying.open_run(actor=make_staff("agent"), now=NOW)


def test_one_sku_and_one_run_read_a_constant_number_of_statements(
    client_of: Callable[..., Client], django_assert_num_queries: Any
) -> None:
    client = client_of("supervisor")
    sku = make_sku(stock=1)
    line = a_line(coat())
    run, _rows = run_of(line, actor=make_staff("agent"))
    for _ in range(2):
        with django_assert_num_queries(FRAME + 5):
            page_of(client, "stock:sku", sku.pk)
        with django_assert_num_queries(FRAME + 2):
            page_of(client, "stock:run", run.pk)
        for _ in range(5):
            ordered(sku, paid=True)
            stock.receive(sku.pk, 1, actor=make_staff("warehouse"), now=NOW)
            other = a_line(coat(f"色{Sku.objects.count()}"))
            BuyingRunLine.objects.create(run=run, line=other, sku=other.sku, num=1)


class TestStockList:
    def test_shows_the_shelf_with_stock_held_free_and_wanted(self, agent: Client) -> None:
        sku = make_sku("帆布单肩包", "颜色分类：黑色", stock=3, shelf="A-01-2", outer_sku_id="MN0001-BK")
        take(ordered(sku, 2, paid=True))
        ordered(sku, 4, paid=True)
        make_sku(COAT, "驼色")

        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page_of(agent, "stock:list")))

        assert "帆布单肩包 黑色 MN0001-BK A-01-2 3 2 1 4" in text
        assert COAT not in text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"q": "单肩"}, True),
            ({"q": "mn0001"}, True),
            ({"q": "单肩 黑色"}, True),
            ({"q": "单肩 白色"}, False),
            ({"q": "\x00"}, True),
            ({"view": "held"}, False),
            ({"view": "free"}, True),
            ({"view": "nonsense"}, True),
        ],
    )
    def test_search_by_title_colour_and_code(self, agent: Client, query: dict[str, str], found: bool) -> None:
        make_sku("帆布单肩包", "颜色分类：黑色", stock=3, outer_sku_id="MN0001-BK")
        assert ("帆布单肩包</a>" in page_of(agent, "stock:list", **query)) is found


class TestStockPages:
    """The list goes on from page to page by title, then by colour and size."""

    @pytest.mark.parametrize("query", [{}, {"q": "包"}, {"view": "free"}, {"view": "all"}])
    def test_every_sku_stands_on_one_page(self, agent: Client, query: dict[str, str]) -> None:
        skus = [make_sku(f"包{n % 40:02d}", f"颜色{n // 40}", stock=1) for n in range(120)]
        expected = [
            sku.pk for sku in sorted(skus, key=lambda sku: (sku.product.title, sku.sku_properties_name))
        ]

        pages, asked = [], dict(query)
        while True:
            page = agent.get(reverse("stock:list"), asked).context["page"]
            pages.append([sku.pk for sku in page.rows])
            if page.older is None:
                break
            asked = query | {"cursor": page.older}

        assert [len(rows) for rows in pages] == [50, 50, 20]
        assert [pk for rows in pages for pk in rows] == expected
        back = agent.get(reverse("stock:list"), query | {"cursor": page.newer}).context["page"]
        assert [sku.pk for sku in back.rows] == pages[1]

    def test_a_page_further_on_costs_the_same(
        self, client_of: Callable[..., Client], django_assert_num_queries: Any
    ) -> None:
        client = client_of("supervisor")
        for number in range(60):
            make_sku(f"包{number:02d}", stock=1)
        older = client.get(reverse("stock:list")).context["page"].older
        with django_assert_num_queries(FRAME + PAGES["stock:list"]):
            assert "包59" in page_of(client, "stock:list", cursor=older)


class TestSkuPage:
    def test_receiving_counting_and_what_was_typed_is_kept(self, warehouse: Client) -> None:
        sku = make_sku(stock=2)
        take(ordered(sku, 2, paid=True))

        warehouse.post(reverse("stock:receive", args=[sku.pk]), {"num": "3", "reason": "补货"})
        assert Sku.objects.get().stock == 5
        answer = warehouse.post(
            reverse("stock:count", args=[sku.pk]), {"counted": "1", "seen": "5", "reason": "盘点少了"}
        )

        assert answer.status_code == 422
        assert "2 pieces are held" in answer.content.decode()
        assert 'value="盘点少了"' in answer.content.decode()
        assert Sku.objects.get().stock == 5
        warehouse.post(reverse("stock:count", args=[sku.pk]), {"counted": "4", "seen": "5", "reason": "盘点"})
        assert Sku.objects.get().stock == 4
        assert list(StockMovement.objects.order_by("pk").values_list("num", flat=True)) == [3, -1]

    @pytest.mark.parametrize("typed", [{}, {"num": "x"}, {"num": "99999999999"}, {"num": "1", "tid": "?"}])
    def test_what_is_no_number_is_refused_in_place(self, agent: Client, typed: dict[str, str]) -> None:
        sku = make_sku(stock=2)
        answer = agent.post(reverse("stock:keep", args=[sku.pk]), typed | {"reason": "等补款"})
        assert answer.status_code == 422
        assert 'value="等补款"' in answer.content.decode()
        assert not Hold.objects.exists()

    def test_keeping_signing_and_giving_back(self, agent: Client, warehouse: Client) -> None:
        sku = make_sku(stock=2, shelf="B-02")
        order = make_paid_order()
        agent.post(
            reverse("stock:keep", args=[sku.pk]), {"num": "1", "tid": f" {order.tid} ", "reason": "等补款"}
        )
        hold = Hold.objects.get()
        assert "B-02" in page_of(warehouse, "stock:holds")

        warehouse.post(reverse("stock:sign", args=[hold.pk]))

        hold.refresh_from_db()
        assert hold.signed_by is not None
        assert "B-02" not in page_of(warehouse, "stock:holds")
        assert "B-02" in page_of(warehouse, "stock:holds", tab="signed")
        agent.post(reverse("stock:give-back", args=[hold.pk]))
        assert Sku.objects.get().held == 0

    def test_shortage_and_the_order_list_of_those_who_wait(self, agent: Client) -> None:
        sku = make_sku()
        waiting, other = ordered(sku, paid=True), ordered(make_sku("别的"), paid=True)
        agent.post(
            reverse("stock:shortage", args=[sku.pk]), {"expected_on": "2099-12-01", "remark": "厂家断货"}
        )

        register = page_of(agent, "stock:shortages")
        assert "厂家断货" in register
        assert waiting.tid in register
        orders = page_of(agent, "orders:list", view="short")
        assert waiting.tid in orders
        assert other.tid not in orders
        agent.post(reverse("stock:shortage-end", args=[Shortage.objects.get().pk]))
        assert waiting.tid not in page_of(agent, "orders:list", view="short")
        assert "厂家断货" in page_of(agent, "stock:shortages", tab="ended")


class TestBuying:
    def test_a_run_from_opening_to_arrival(self, agent: Client, warehouse: Client) -> None:
        line = a_line(coat(outer_sku_id="MN7"), 2)
        missing = a_line(coat("颜色分类：黑色"))
        answer = agent.post(reverse("stock:run-open"))
        run_page = answer["Location"]
        text = agent.get(run_page).content.decode()
        assert line.order_id in text
        assert "MN7" in text
        rows = dict(BuyingRunLine.objects.values_list("line", "pk"))
        decide = f"{run_page}decide/"

        agent.post(decide, {"rows": [rows[line.pk]], "outcome": "bought"})
        agent.post(decide, {"rows": [rows[missing.pk]], "outcome": "unavailable"})
        assert line.order_id[:4] in page_of(warehouse, "stock:arrivals")
        warehouse.post(reverse("stock:check-in", args=[line.sku_id]), {"num": "2"})

        line.refresh_from_db()
        missing.refresh_from_db()
        assert (line.supply, missing.supply) == (Supply.ARRIVED, Supply.UNAVAILABLE)
        page = page_of(agent, "orders:detail", missing.order_id)
        for way in ("sku-form", "refund-form"):  # both lead to something that is on the page
            assert f'href="#{way}"' in page
            assert f'id="{way}"' in page
        agent.post(reverse("orders:wait", args=[missing.order_id, missing.pk]))
        missing.refresh_from_db()
        assert missing.supply == Supply.TO_BUY

    @pytest.mark.parametrize("sent", [{}, {"rows": ["x"]}, {"rows": ["1" * 30]}, {"rows": ["²"]}])
    def test_nonsense_decides_nothing(self, agent: Client, sent: dict[str, Any]) -> None:
        line = a_line(coat())
        run, _rows = run_of(line, actor=make_staff("agent"))
        answer = agent.post(reverse("stock:decide", args=[run.pk]), sent | {"outcome": "bought"})
        assert answer.status_code == 302
        assert BuyingRunLine.objects.get().outcome == ""

    def test_the_sheet_as_a_file_is_audited_and_holds_no_price(self, agent: Client) -> None:
        line = a_line(coat(outer_sku_id="=MN7"), 2)
        run, _rows = run_of(line, actor=make_staff("agent"))

        answer = agent.get(reverse("stock:run-sheet", args=[run.pk]))

        sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert sheet[1][:5] == [COAT, "颜色分类：驼色", "=MN7", 2, line.order_id]
        assert not any(Decimal("499") == cell for row in sheet for cell in row if isinstance(cell, float))
        assert AuditEntry.objects.filter(action="buying_run.exported").count() == 1

    def test_making(self, warehouse: Client) -> None:
        line = a_line(make_sku(SUIT))
        warehouse.post(reverse("stock:making-begin"), {"lines": [line.pk]})
        assert "in making" in page_of(warehouse, "stock:making")
        warehouse.post(reverse("stock:making-finish"), {"lines": [line.pk]})
        assert line.order_id in page_of(warehouse, "stock:making", tab="made")


class TestOrderPage:
    @pytest.mark.parametrize(
        ("title", "supply", "stocked", "word"),
        [
            ("小白鞋", "", 1, "held"),
            ("小白鞋", "", 0, "waits for stock"),
            (COAT, "", 0, "to buy"),
            (COAT, Supply.BOUGHT, 0, "bought"),
            (COAT, Supply.UNAVAILABLE, 0, "unavailable"),
            (COAT, Supply.ARRIVED, 0, "arrived"),
            (SUIT, "", 0, "to make"),
            (SUIT, Supply.MAKING, 0, "in making"),
            (SUIT, Supply.MADE, 0, "made"),
        ],
    )
    def test_each_line_says_how_far_its_goods_are(
        self, agent: Client, title: str, supply: str, stocked: int, word: str
    ) -> None:
        sku = make_sku(title, stock=stocked)
        order = ordered(sku, paid=True)
        OrderLine.objects.update(supply=supply)
        take(order)
        badges = re.findall(
            r'<td><span class="tag [a-z]*">([^<]+)</span>', page_of(agent, "orders:detail", order.tid)
        )
        assert badges == [word]

    def test_what_is_out_says_when_it_is_expected(self, agent: Client) -> None:
        sku = make_sku()
        order = ordered(sku, paid=True)
        Shortage.objects.create(
            sku=sku, reported_by=make_staff("agent"), reported_at=NOW, expected_on="2026-12-03"
        )
        assert "expected 12-03" in page_of(agent, "orders:detail", order.tid)

    def test_the_readiness_of_an_unpaid_order_says_only_what_is_held(self, agent: Client) -> None:
        sku = make_sku(stock=1)
        order = ordered(sku)
        make_line(order, COAT, sku=coat())
        take(order)
        page = page_of(agent, "orders:detail", order.tid)
        assert re.findall(BADGE, page) == ["held"]
        assert "for line 1" in page


def test_the_warehouse_sees_no_price_and_no_phone(client_of: Callable[..., Client]) -> None:
    warehouse = client_of("warehouse")
    sku = make_sku(stock=2, price=Decimal("481.37"))
    take(ordered(sku, paid=True))
    ordered(sku, 4, paid=True)
    a_line(coat(price=Decimal("481.37")), supply=Supply.BOUGHT)
    a_line(make_sku(SUIT, price=Decimal("481.37")))
    order = Order.objects.first()
    assert order is not None
    pages = [
        page_of(warehouse, "stock:list"),
        page_of(warehouse, "stock:sku", sku.pk),
        page_of(warehouse, "stock:shortages"),
        page_of(warehouse, "stock:holds"),
        page_of(warehouse, "stock:arrivals"),
        page_of(warehouse, "stock:making"),
    ]
    for page in pages:
        assert "481.37" not in page
        assert "499.00" not in page
        assert order.receiver_mobile not in page
