"""O9, O10, O6 on the order page: previews before saving, nothing typed lost; S2, S5, S8 beside the receiver."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import ChangeNotice, LinkSettlement, Note, Order, OrderLine, OrderTerms, Refund, Sku
from orders.services.spend import tell_spend
from orders.states import Status, Supply
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.models import Approval
from tests.factories import NOW, make_line, make_order, make_paid_order, make_sku, make_staff
from tests.orders.parcel_makers import hold_line, make_printed_parcel
from tests.orders.postage_links import NICK, link

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]
HTMX = {"HX-Request": "true"}
GUANGDONG = "广东省 广州市 天河区 示例路2号"


@pytest.fixture(autouse=True)
def shop(db: None) -> Iterator[None]:
    ensure_starting_tariffs()
    with clock.fixed(NOW):
        yield


def paid(price: str | None = None, stock: int = 3, supply: str = "", title: str = "小白鞋") -> OrderLine:
    """A line of a paid order, with another colour of its product at this price."""
    line = make_line(make_paid_order(NICK), title, supply=supply)
    hold_line(line)
    make_sku(title, "颜色分类：黑色;尺码：38", stock=stock, price=price and Decimal(price))
    tell_spend([line.order_id])
    return line


def black() -> Sku:
    return Sku.objects.get(sku_properties_name__contains="黑色")


def send(client: Client, order: Order, path: str, htmx: bool = False, **fields: Any) -> Any:
    fields.setdefault("version", order.version)
    return client.post(f"/orders/{order.pk}/{path}/", fields, headers=HTMX if htmx else {})


def page_of(client: Client, order: Order) -> str:
    return str(client.get(f"/orders/{order.pk}/").content.decode())


class TestSkuPreview:
    """experience.md, no. 1: both ways side by side, every total opens into its rules."""

    @pytest.mark.parametrize("htmx", [True, False])
    def test_both_ways_with_their_reasons_and_nothing_is_written(
        self, client_of: ClientOf, htmx: bool
    ) -> None:
        line, paying = paid("519.00"), link("20.00")
        make_printed_parcel(line.order)

        answer = send(client_of("agent"), line.order, "change-sku/preview", htmx, choice=f"1-{black().pk}")

        page = answer.content.decode()
        for words in (
            "Keep the terms", "Work out anew", "The buyer pays ¥20.00 by a postage link", "¥525.00", "Tier",
            "benefit from ¥500.00 of goods", '<span class="rule">O9</span>', '<span class="rule">S3</span>',
            "tier table", "tariff version", "3 free", "The slip becomes void", "The warehouse must acknowledge",
            "客户拍下白色 / 37，要求修改成黑色 / 38，已修改妥当", "as before:", paying.pk, 'name="links"',
        ):  # fmt: skip
            assert words in page, words
        assert ("<html" in page) is not htmx
        assert not ChangeNotice.objects.exists()
        assert not OrderTerms.objects.exists()

    def test_a_short_shelf_asks_whether_the_buyer_waits(self, client_of: ClientOf) -> None:
        line = paid(stock=0)

        page = send(
            client_of("agent"), line.order, "change-sku/preview", choice=f"1-{black().pk}"
        ).content.decode()

        assert "0 free, 1 needed" in page
        assert 'name="accept_short"' in page
        assert "it counts as the same price" in page

    def test_what_is_bought_asks_a_supervisor(self, client_of: ClientOf) -> None:
        line, client = paid(title="【韩国直送】连衣裙", supply=Supply.BOUGHT), client_of("agent")
        asked = {"choice": f"1-{black().pk}"}

        page = send(client, line.order, "change-sku/preview", **asked).content.decode()
        assert "a supervisor decides" in page
        assert "Ask a supervisor" in page

        answer = send(client, line.order, "change-sku", reason="客户坚持", **asked)

        assert answer.status_code == 302
        assert Approval.objects.get().reason == "客户坚持"
        assert "Change of what is bought or in making" in page_of(client, line.order)
        approvals = client_of("supervisor").get("/approvals/").content.decode()
        for words in ("白色 / 37", "黑色 / 38", "Let it be changed", "bought"):
            assert words in approvals, words

    def test_a_refusal_keeps_everything_that_was_chosen(self, client_of: ClientOf) -> None:
        line, short = paid("519.00"), link("5.00")
        asked = {"choice": f"1-{black().pk}", "terms": "keep", "links": [short.pk], "reason": "客户坚持"}

        answer = send(client_of("agent"), line.order, "change-sku", **asked)

        page = answer.content.decode()
        assert answer.status_code == 422
        assert "the chosen postage links pay ¥5.00" in page
        assert f'name="choice" value="1-{black().pk}"' in page
        assert f'value="{short.pk}" checked' in page
        assert not LinkSettlement.objects.exists()

    def test_the_difference_is_settled_and_said(self, client_of: ClientOf) -> None:
        line, paying, client = paid("519.00"), link("20.00"), client_of("agent")

        send(client, line.order, "change-sku", choice=f"1-{black().pk}", links=[paying.pk])

        page = page_of(client, line.order)
        assert f"Difference ¥20.00 paid by postage link {paying.pk}" in page
        assert "Colour or size: 白色 / 37 → 黑色 / 38" in page
        assert "was changed outside the desk" not in page

    @pytest.mark.parametrize("choice", ["", "x", "1-", "9-1", "1-999999"])
    def test_a_bad_choice_is_refused_in_place(self, client_of: ClientOf, choice: str) -> None:
        line, client = paid(), client_of("agent")
        for path in ("change-sku", "change-sku/preview"):
            for htmx in (True, False):
                assert send(client, line.order, path, htmx, choice=choice).status_code == 422
        assert not ChangeNotice.objects.exists()

    def test_an_old_page_is_told(self, client_of: ClientOf) -> None:
        line, client = paid(), client_of("agent")
        for path in ("change-sku", "change-sku/preview"):
            assert send(client, line.order, path, choice=f"1-{black().pk}", version=9).status_code == 409


class TestAddressPreview:
    def test_both_postages_the_waiver_and_the_note(self, client_of: ClientOf) -> None:
        order = paid().order

        page = send(
            client_of("agent"),
            order,
            "change-address/preview",
            receiver_address=GUANGDONG,
            receiver_name="李四",
        ).content.decode()

        for words in (
            "Keep the terms", "Work out anew", "benefit from ¥1,000.00 of goods", f"新地址为：{GUANGDONG}",
            'name="waive"', "The buyer has paid no postage link", 'value="李四"', '<span class="rule">S3</span>',
        ):  # fmt: skip
            assert words in page, words
        assert Order.objects.get().receiver_state == "上海"

    def test_a_waiver_is_asked_and_shown_to_the_supervisor(self, client_of: ClientOf) -> None:
        order, client = paid().order, client_of("agent")

        send(client, order, "change-address", receiver_address=GUANGDONG, waive="1", reason="老客户")

        assert "Postage waiver for another address" in page_of(client, order)
        inbox = client_of("supervisor")
        assert GUANGDONG in inbox.get("/approvals/").content.decode()
        inbox.post(f"/approvals/{Approval.objects.get().pk}/approve/")
        assert Order.objects.get().receiver_state == "广东"

    def test_a_refusal_keeps_what_was_typed(self, client_of: ClientOf) -> None:
        order, client = paid().order, client_of("agent")
        typed = {"receiver_name": "李四", "receiver_mobile": "13900001111"}

        unknown = send(client, order, "change-address", receiver_address="天河区 2号", **typed)
        unsettled = send(
            client, order, "change-address", receiver_address=GUANGDONG, reason="老客户", **typed
        )

        for answer, words in ((unknown, "天河区 2号"), (unsettled, GUANGDONG)):
            page = answer.content.decode()
            assert answer.status_code == 422
            for kept in ("李四", "13900001111", words):
                assert kept in page, kept
        assert "老客户" in unsettled.content.decode()
        assert 'id="change-address" open' in unknown.content.decode()


def test_an_order_without_its_lines_does_not_say_that_they_are_refunded(
    client_of: Callable[..., Client],
) -> None:
    order = make_order(status=Status.WAIT_SELLER_SEND_GOODS, pay_time=NOW, paid_fee=Decimal("505.00"))
    page = client_of("agent").get(f"/orders/{order.tid}/").content.decode()
    assert "item list not imported yet" in page
    assert "refunded already" not in page


class TestRefundPreview:
    def test_what_goes_back_beside_the_rest_worked_out_anew(self, client_of: ClientOf) -> None:
        order = paid().order
        make_line(order, "袜子", price=Decimal("10.00"))

        page = send(
            client_of("agent"), order, "refund/preview", positions=[2], reason="多拍"
        ).content.decode()

        for words in (
            "¥10.00", "the rest still travels", "The rest, worked out anew", "For comparison only",
            "客户申请退款，请勿发货：袜子", 'value="多拍"', "Refund ¥10.00",
        ):  # fmt: skip
            assert words in page, words
        assert not Refund.objects.exists()

    def test_all_of_it_closes_the_order(self, client_of: ClientOf) -> None:
        page = send(
            client_of("agent"), paid().order, "refund/preview", positions=[1], reason="不要了"
        ).content.decode()

        assert "Nothing stays: the order closes" in page
        assert "¥505.00" in page
        assert "nothing travels any more" in page

    def test_it_is_asked_told_and_taken_back(self, client_of: ClientOf) -> None:
        order, client = paid().order, client_of("agent")

        send(client, order, "refund", positions=[1], reason="不要了")
        page = page_of(client, order)
        assert "Refund ¥505.00" in page
        assert "to be paid out" in page
        assert "¥505.00" in client.get("/taobao/?kind=refund").content.decode()

        order.refresh_from_db()
        send(client, order, "refund/withdraw", refund=Refund.objects.get().pk)

        assert Refund.objects.get().status == "withdrawn"
        assert "Refund taken back" in page_of(client, order)

    @pytest.mark.parametrize("fields", [{"positions": []}, {"positions": ["x"]}, {"reason": " "}])
    def test_a_bad_one_is_refused_in_place(self, client_of: ClientOf, fields: dict[str, Any]) -> None:
        order, client = paid().order, client_of("agent")
        asked = {"positions": [1], "reason": "不要了"} | fields
        for htmx in (True, False):
            answer = send(client, order, "refund", htmx, **asked)
            assert answer.status_code == 422
        assert not Refund.objects.exists()


class TestReceiver:
    """S2, S5, S8."""

    def test_the_province_is_chosen_where_it_cannot_be_read(self, client_of: ClientOf) -> None:
        order = make_paid_order(receiver_state="", receiver_address="西湖区 1号")
        client = client_of("agent")
        assert "province not known" in page_of(client, order)

        send(client, order, "province", receiver_state="浙江")

        assert Order.objects.get().receiver_state == "浙江"
        assert "province not known" not in page_of(client, order)
        assert "Province chosen: 浙江" in page_of(client, order)

    def test_no_province_is_no_default(self, client_of: ClientOf) -> None:
        order = make_paid_order(receiver_state="", receiver_address="西湖区 1号")
        for htmx in (True, False):
            answer = send(client_of("agent"), order, "province", htmx)
            assert answer.status_code == 422
            assert "Choose the province." in answer.content.decode()
        assert Order.objects.get().receiver_state == ""

    def test_the_forwarder_goes_on_and_off(self, client_of: ClientOf) -> None:
        order, client = paid().order, client_of("agent")

        send(client, order, "forwarder", wanted="1")
        assert "to a forwarder, all at once" in page_of(client, order)
        assert Note.objects.get().text == "转运地址，货齐后一次发出"

        send(client, order, "forwarder", version=2)
        assert not Order.objects.get().forwarder

    def test_shelf_goods_first_is_offered_for_mixed_goods_only(self, client_of: ClientOf) -> None:
        order, client = make_paid_order(NICK, goods_payable=Decimal("300.00")), client_of("agent")
        make_line(order, price=Decimal("250.00"))
        assert "Shelf goods first" not in page_of(client, order)
        make_line(order, "【韩国直送】连衣裙", price=Decimal("50.00"))
        assert "Shelf goods first" in page_of(client, order)

        refused = send(client, order, "shelf-goods-first", wanted="1")
        assert refused.status_code == 422
        assert "The difference is ¥6.00" in refused.content.decode()

        send(client, order, "shelf-goods-first", wanted="1", links=[link("6.00").pk])
        assert "shelf goods go first" in page_of(client, order)


class TestPage:
    def test_the_taobao_list_says_what_to_copy(self, client_of: ClientOf) -> None:
        line, client = paid(), client_of("agent")
        send(client, line.order, "change-sku", choice=f"1-{black().pk}")
        send(client, line.order, "change-address", version=2, receiver_address="浙江省 杭州市 1号")

        page = client.get("/taobao/").content.decode()

        for words in ("颜色分类：白色;尺码：37 →", "颜色分类：黑色;尺码：38", "张三 · 浙江省 杭州市 1号"):
            assert words in page, words
        assert "13800007620" not in page

    def test_it_costs_the_same_however_many_lines_and_notices(self, client_of: ClientOf) -> None:
        line, client = paid(), client_of("agent")
        order = line.order
        make_line(order, "【韩国直送】连衣裙", price=Decimal("10.00"))

        def statements() -> int:
            with CaptureQueriesContext(connection) as captured:
                page_of(client, order)
            return len(captured)

        agent = make_staff("agent")
        ChangeNotice.objects.create(order=order, kind="sku", made_at=NOW, made_by=agent)
        Refund.objects.create(
            order=order, status="due", goods_fee=1, reason="x", asked_at=NOW, asked_by=agent
        )
        before = statements()
        for number in range(8):
            make_line(order, f"袜子{number}", price=Decimal("10.00"))
            make_sku(f"袜子{number}", "红色")
            link("6.00")
            ChangeNotice.objects.create(order=order, kind="sku", made_at=NOW, made_by=agent)

        assert statements() == before

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_others_change_nothing(self, client_of: ClientOf, role: str) -> None:
        page = page_of(client_of(role), paid().order)
        for form in ("change-sku", "change-address", "refund/preview", "forwarder"):
            assert f"/{form}" not in page
