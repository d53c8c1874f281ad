"""Members: the list by spend, one buyer's page, the tier where buyers are shown, the starting balance."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from members.models import Buyer, LifetimeShipping, SpendEntry
from members.services import Spent, ensure_starting_tiers, record_spend
from orders.states import Status
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_line, make_order

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    ensure_starting_tiers()


def spender(nick: str, *amounts: str) -> None:
    for number, amount in enumerate(amounts):
        order = make_order(nick, status=Status.TRADE_FINISHED, created=NOW - timedelta(days=40 * number))
        make_line(order)
        record_spend([Spent(nick, "order", order.tid, Decimal(amount), order.created)])


def nicks(client: Client, **query: str) -> list[str]:
    return [row.buyer.nick for row in client.get(reverse("members"), query).context["rows"]]


class TestList:
    def test_largest_spend_first_then_by_nick(self, client_of: SignIn) -> None:
        spender("b小肥", "1000.00")
        spender("a小肥", "1000.00")
        spender("大肥", "20000.00")
        spender("无", "999.99")
        client = client_of("agent")

        assert nicks(client) == ["大肥", "a小肥", "b小肥", "无"]
        assert nicks(client, tier="3") == ["大肥"]
        assert nicks(client, tier="1") == ["a小肥", "b小肥"]
        assert nicks(client, tier="0") == ["无"]
        assert nicks(client, q="小肥") == ["a小肥", "b小肥"]
        assert nicks(client, q="大", tier="1") == []
        assert nicks(client, q="100%") == []
        tabs = client.get(reverse("members")).context["tier_tabs"]
        assert [(tab.code, tab.count) for tab in tabs] == [("3", 1), ("2", 0), ("1", 2), ("0", 1)]

    def test_pages_join_without_gap_or_repeat(self, client_of: SignIn) -> None:
        Buyer.objects.bulk_create(
            Buyer(nick=f"买家{number:03}", first_seen_at=NOW, spend=Decimal(number // 7))
            for number in range(120)
        )
        client, seen, cursor = client_of("agent"), [], ""
        while cursor is not None:
            page = client.get(reverse("members"), {"cursor": cursor}).context
            seen += [row.buyer.nick for row in page["rows"]]
            back, cursor = page["page"].newer, page["page"].older

        wanted = [buyer.nick for buyer in sorted(Buyer.objects.all(), key=lambda b: (-b.spend, b.nick))]
        assert seen == wanted
        assert nicks(client, cursor=back) == wanted[50:100]
        assert nicks(client, cursor="bm9uc2Vuc2U") == wanted[:50]

    def test_costs_the_same_whatever_it_shows(
        self, client_of: SignIn, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        client = client_of("agent")
        for count in (1, 12):
            for number in range(count):
                spender(f"买家{count}-{number}", "500.00", "700.00")
            # Who asks; tiers; counts; buyers; their orders; free for life; tags.
            with django_assert_num_queries(7):
                client.get(reverse("members"))

    def test_lifetime_list(self, client_of: SignIn) -> None:
        spender("小肥", "1000.00")
        LifetimeShipping.objects.create(
            buyer_id="小肥", year=2025, address="上海", proposed_at=NOW, spend=1000
        )

        page = client_of("agent").get(reverse("members"), {"view": "lifetime"}).content.decode()

        assert "2025" in page
        assert "¥1,000.00" in page
        assert "proposed" in page


class TestOneBuyer:
    def test_ledger_runs_down_and_says_what_is_missing(self, client_of: SignIn) -> None:
        spender("小肥", "300.00", "200.00")
        record_spend([Spent("小肥", "opening", "小肥", Decimal("704.50"), NOW - timedelta(days=90))])

        page = client_of("agent").get(reverse("member", args=["小肥"]))

        assert [(row.entry.amount, row.spend_after, row.has_order) for row in page.context["ledger"]] == [
            (Decimal("300.00"), Decimal("1204.50"), True),
            (Decimal("200.00"), Decimal("904.50"), True),
            (Decimal("704.50"), Decimal("704.50"), False),
        ]
        assert "¥8,795.50 more to 中级 (94 %)" in page.content.decode()
        assert page.context["chart"]["spends"] == ["704.50", "904.50", "1204.50"]
        assert page.context["order_count"] == 2

    def test_second_page_of_the_ledger_goes_on_with_the_running_spend(self, client_of: SignIn) -> None:
        Buyer.objects.create(nick="小肥", first_seen_at=NOW)
        record_spend(
            Spent("小肥", "order", str(number), Decimal("10.00"), NOW - timedelta(hours=number))
            for number in range(30)
        )
        client = client_of("agent")
        older = client.get(reverse("member", args=["小肥"])).context["page"].older

        rows = client.get(reverse("member", args=["小肥"]), {"cursor": older}).context["ledger"]

        assert [row.spend_after for row in rows] == [Decimal(amount) for amount in (50, 40, 30, 20, 10)]

    @pytest.mark.parametrize("nick", ["a/b", "?&#%", "<script>alert(1)</script>", "opening", "空 格"])
    def test_odd_nicks_have_a_page_too(self, nick: str, client_of: SignIn) -> None:
        Buyer.objects.create(nick=nick, first_seen_at=NOW)

        page = client_of("agent").get(reverse("member", args=[nick]))

        assert page.context["buyer"].nick == nick
        assert "<script>alert" not in page.content.decode()

    def test_unknown_buyer_is_not_found(self, client_of: SignIn) -> None:
        assert client_of("agent").get(reverse("member", args=["没有"])).status_code == 404

    def test_costs_the_same_however_long_the_ledger(
        self, client_of: SignIn, django_assert_num_queries: Callable[..., Any]
    ) -> None:
        client = client_of("agent")
        spender("小肥", "5.00")
        # Who asks; buyer; tiers; ledger, its start, its orders; months; lifetime; orders and their count; tickets;
        # tags on and to put on.
        with django_assert_num_queries(12):
            client.get(reverse("member", args=["小肥"]))
        spender("小肥", *["6.00"] * 9)
        with django_assert_num_queries(12):
            client.get(reverse("member", args=["小肥"]))


class TestWhereBuyersAreShown:
    def test_order_list_has_the_tier_with_one_statement_more(
        self, client_of: SignIn, django_assert_max_num_queries: Callable[..., Any]
    ) -> None:
        client = client_of("agent")
        for number in range(12):
            spender(f"买家{number}", "1000.00")

        with django_assert_max_num_queries(17):
            page = client.get(reverse("orders:list")).content.decode()

        assert page.count(">初级</span>") == 12

    def test_order_page_has_spend_tier_and_what_is_missing(self, client_of: SignIn) -> None:
        spender("小肥", "1204.50")
        order = make_order("小肥")

        page = client_of("agent").get(reverse("orders:detail", args=[order.tid])).content.decode()

        assert "初级 95 %" in page
        assert "¥1,204.50" in page
        assert "¥8,795.50 more to 中级" in page
        assert reverse("member", args=["小肥"]) in page

    def test_warehouse_sees_none_of_it(self, client_of: SignIn) -> None:
        spender("小肥", "1204.50")
        order = make_order("小肥")
        client = client_of("warehouse")

        pages = [
            client.get(address).content.decode()
            for address in (reverse("orders:list"), reverse("orders:detail", args=[order.tid]))
        ]

        for page in pages:
            assert "小肥" in page
            assert "初级" not in page
            assert "204.50" not in page
            assert reverse("members") not in page


class TestStartingBalance:
    HEADER = "nick,opening_spend,lifetime_address\n"

    def upload(self, client: Client, text: str) -> Any:
        file = SimpleUploadedFile("opening.csv", (self.HEADER + text).encode())
        return client.post(reverse("opening-preview"), {"file": file})

    def test_preview_then_apply(self, client_of: SignIn) -> None:
        client = client_of("manager")

        looked = self.upload(client, '小肥,1204.50,"上海, 1号"\n坏的,x,\n')

        assert [change.row.nick for change in looked.context["report"].changes] == ["小肥"]
        assert "The spend is an amount such as 1204.50." in looked.content.decode()
        assert not Buyer.objects.exists()
        answer = client.post(reverse("opening-apply"), {"content": looked.context["content"]}, follow=True)
        assert "Counted: 1 buyers. Unchanged: 0, rejected: 0." in answer.content.decode()
        assert Buyer.objects.get().spend == Decimal("1204.50")
        assert LifetimeShipping.objects.get().address == "上海, 1号"
        assert AuditEntry.objects.get(action="member.opening").origin == "page"

    def test_bad_file_is_told_on_the_page(self, client_of: SignIn) -> None:
        client = client_of("manager")
        picture = SimpleUploadedFile("a.csv", b"\x89PNG\r\n\x00")

        answer = client.post(reverse("opening-preview"), {"file": picture}, follow=True)
        nothing = client.post(reverse("opening-preview"), follow=True)

        assert "The file is no text" in answer.content.decode()
        assert "Choose a file first." in nothing.content.decode()
        assert not SpendEntry.objects.exists()
