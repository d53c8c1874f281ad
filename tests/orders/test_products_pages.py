"""T6: product cards, reached from any line, kept by the manager."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Parcel, Product
from orders.rules.sizes import read_chart
from orders.selectors.promises import governing_promises, line_promises
from orders.services.parcels.planning import plan
from orders.services.products import change_product
from shopdesk.base import clock
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order, make_paid_order, make_product, make_sku, make_staff

pytestmark = pytest.mark.django_db
CHART = "S 150-160 42-50\nM 158-165 48-56"
TYPED = {
    "kind": "proxy_preorder",
    "lead_days": "9",
    "origin": "首尔",
    "material": "羊毛 80 %",
    "care": "干洗",
    "chart": CHART,
    "version": "1",
}
ClientOf = Callable[..., Client]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def coat() -> Product:
    make_sku(
        "【韩国直送】大衣",
        "颜色分类：黑色;尺码：S",
        stock=5,
        held=2,
        shelf="A-01-1",
        price=Decimal("1299.00"),
    )
    make_sku("【韩国直送】大衣", "颜色分类：黑色;尺码：M", stock=1)
    product = make_product("【韩国直送】大衣")
    rows, _faults = read_chart(CHART)
    change_product(product.pk, {"lead_days": 9}, chart=rows, actor=make_staff("manager"))
    return product


def card(client: Client, product: Product, **asked: str) -> str:
    return client.get(reverse("products:card", args=[product.pk]), asked).content.decode()


def test_a_card_tells_all_in_one_look(client_of: ClientOf, coat: Product) -> None:
    page = card(client_of("agent"), coat)

    assert "bought in Korea after the order: read from the title" in page
    assert "9 days of payment" in page
    assert ("黑色 / S" in page, "A-01-1" in page, "<b>3</b>" in page, "¥1,299.00" in page) == (True,) * 4


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("160 50", '<b class="size">S</b> <span class="dim small">3 free</span> or <b class="size">M</b>'),
        ("160/104斤", '<b class="size">M</b> <span class="dim small">1 free</span></span>'),
        ("180 52", "No size fits</b>: taller than the chart goes"),
        ("155 56", "No size fits</b>: height and weight point to different sizes"),
        ("tall", "Type height and weight"),
    ],
)
def test_which_size(client_of: ClientOf, coat: Product, body: str, told: str) -> None:
    assert told in card(client_of("agent"), coat, body=body)


def test_warehouse_sees_no_prices(client_of: ClientOf, coat: Product) -> None:
    client = client_of("warehouse")
    for page in (card(client, coat), client.get(reverse("products:detail", args=[coat.pk])).content.decode()):
        assert "A-01-1" in page
        assert "¥" not in page


def test_reached_from_any_line(client_of: ClientOf, coat: Product) -> None:
    order = make_order()
    line = make_line(order, coat.title)
    sku = make_sku(coat.title, "颜色分类：灰色;尺码：M")
    line.sku = sku
    line.save()
    client = client_of("agent")
    for address in (
        reverse("orders:list"),
        reverse("orders:detail", args=[order.tid]),
        reverse("stock:sku", args=[sku.pk]),
    ):
        page = client.get(address).content.decode()
        assert f'hx-get="{reverse("products:card", args=[coat.pk])}"' in page, address
        assert 'id="product-dialog"' in page


def test_list_is_searched_and_costs_the_same(
    client_of: ClientOf, coat: Product, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = client_of("agent")
    for count in (1, 12):
        for number in range(count):
            make_sku(f"发圈{count}-{number}", stock=1)
        with django_assert_num_queries(3):  # who asks, products, their SKUs
            client.get(reverse("products:list"))
    found = client.get(reverse("products:list"), {"q": "大衣", "kind": "proxy_preorder"})
    assert [row.product.title for row in found.context["rows"]] == [coat.title]
    assert found.context["rows"][0].free == 4


def test_manager_changes_it_with_version_and_audit(client_of: ClientOf) -> None:
    product, client = make_product("大衣"), client_of("manager")
    address = reverse("products:change", args=[product.pk])

    answer = client.post(address, TYPED, follow=True)

    page = answer.content.decode()
    product.refresh_from_db()
    assert (product.kind, product.lead_days, product.version) == ("proxy_preorder", 9, 2)
    assert "set by the manager; the title says: standard" in page
    assert "days to make or buy: " in page
    fact = AuditEntry.objects.get(action="product.changed")
    assert fact.before == {
        "kind": "standard", "lead_days": None, "origin": "", "material": "", "care": "", "chart": "",
    }  # fmt: skip
    assert fact.after["chart"] == CHART

    late = client.post(address, TYPED | {"origin": "东大门"})
    wrong = client.post(address, TYPED | {"version": "2", "chart": "M 158-165\nS 1", "care": "手洗"})

    assert (late.status_code, "东大门" in late.content.decode()) == (409, True)
    assert (wrong.status_code, "手洗" in wrong.content.decode()) == (422, True)
    assert "lines 1, 2 cannot be read" in wrong.content.decode()
    product.refresh_from_db()
    assert (product.origin, product.version) == ("首尔", 2)


def test_the_same_again_changes_nothing(coat: Product) -> None:
    rows, _faults = read_chart(CHART)
    change_product(coat.pk, {"lead_days": 9}, chart=rows, actor=make_staff("manager"))
    assert AuditEntry.objects.filter(action="product.changed").count() == 1


@pytest.mark.parametrize(
    ("values", "code"), [({"kind": "gold"}, "O12"), ({"lead_days": 0}, "O13"), ({"lead_days": 181}, "O13")]
)
def test_refused(coat: Product, values: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError, match=code):
        change_product(coat.pk, values, actor=make_staff("manager"))
    with pytest.raises(VersionConflict):
        change_product(coat.pk, {"lead_days": 3}, version=1, actor=make_staff("manager"))
    with pytest.raises(Forbidden):
        change_product(coat.pk, {"lead_days": 3}, actor=make_staff("supervisor"))
    coat.refresh_from_db()
    assert (coat.kind, coat.lead_days, coat.version) == ("proxy_preorder", 9, 2)


@pytest.mark.parametrize("days", [3, 30])
def test_a_planned_parcel_keeps_what_was_promised(coat: Product, days: int) -> None:
    """O13: a buyer who paid was promised nine days; list and page say the same."""
    order = make_paid_order(pay_time=NOW)
    line = make_line(order, coat.title)
    plan([order.tid], now=NOW)
    promised = NOW + timedelta(days=9)

    change_product(coat.pk, {"lead_days": days}, actor=make_staff("manager"))

    line.refresh_from_db()
    assert Parcel.objects.get().ship_by == promised
    assert governing_promises([order.tid]) == {order.tid: promised}
    assert line_promises(order, [line])[line.pk].governing == promised
