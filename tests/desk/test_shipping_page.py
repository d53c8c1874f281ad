"""Shipping: the matrix, changing a price with its preview, the tiers, “try a parcel”."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from members.models import TierVersion
from members.services import ensure_starting_tiers
from shipping.models import TariffRow
from shipping.services import ensure_starting_tariffs
from shopdesk.base.models import AuditEntry

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
HTMX = {"HX-Request": "true"}
CELL = reverse("tariff", args=["zhongtong", "浙江"])
CHANGE = reverse("tariff-change", args=["zhongtong", "浙江"])


@pytest.fixture(autouse=True)
def configuration(db: None) -> None:
    ensure_starting_tariffs()
    ensure_starting_tiers()


def typed(**fields: object) -> dict[str, Any]:
    seen = TariffRow.objects.get(carrier="zhongtong", province="浙江", entered_by=None).pk
    values = {"first_kg": "1", "first_fee": "7.00", "step_kg": "1", "extra_fee": "3.00", "seen": seen}
    return values | fields


class TestMatrix:
    def test_every_province_once_grouped_by_zone(self, client_of: SignIn) -> None:
        matrix = client_of("agent").get(reverse("shipping")).context["matrix"]

        assert [(group.zone, len(group.rows)) for group in matrix.groups] == [
            ("core", 4), ("mainland", 21), ("remote", 6), ("hmt", 3), ("overseas", 1)
        ]  # fmt: skip
        assert [carrier.code for carrier in matrix.carriers] == ["zhongtong", "shunfeng", "ems"]
        core = {row.province: row.cells for row in matrix.groups[0].rows}
        assert core["浙江"][0].tariff.first_fee == Decimal("6.00")
        assert not matrix.groups[3].rows[0].cells[0].goes

    def test_three_statements(self, client_of: SignIn, django_assert_num_queries: Callable[..., Any]) -> None:
        client = client_of("agent")
        with django_assert_num_queries(3):
            client.get(reverse("shipping"))

    def test_a_carrier_without_tariffs_can_be_brought_in(self, client_of: SignIn) -> None:
        matrix = client_of("manager").get(reverse("shipping"), {"more": "yunda"}).context["matrix"]

        assert "yunda" in [carrier.code for carrier in matrix.carriers]


class TestChanging:
    def test_preview_shows_old_and_new_and_changes_nothing(self, client_of: SignIn) -> None:
        page = client_of("manager").get(CELL, typed())

        assert [
            (effect.weight, effect.fee_before, effect.fee_after, effect.postage_before, effect.postage_after)
            for effect in page.context["effects"]
        ] == [
            (Decimal(1), Decimal("6.00"), Decimal("7.00"), Decimal("6.00"), Decimal("7.00")),
            (Decimal("2.4"), Decimal("10.00"), Decimal("13.00"), Decimal("6.00"), Decimal("7.00")),
            (Decimal(5), Decimal("14.00"), Decimal("19.00"), Decimal("6.00"), Decimal("7.00")),
        ]
        assert "open quotes keep the old version" in page.content.decode()
        assert TariffRow.objects.filter(province="浙江").count() == 2

    def test_saved_without_htmx(self, client_of: SignIn) -> None:
        page = client_of("manager", signature="店长").post(CHANGE, typed(), follow=True)

        assert page.redirect_chain == [(CELL, 302)]
        assert "Saved. It is valid from now on" in page.content.decode()
        assert page.context["row"].first_fee == Decimal("7.00")
        assert [str(row.entered_by or "") for row in page.context["history"]] == ["店长", ""]
        assert AuditEntry.objects.get(action="tariff.changed").origin == "page"

    def test_saved_with_htmx_the_cell_of_the_matrix_changes_too(self, client_of: SignIn) -> None:
        answer = client_of("manager").post(CHANGE, typed(), headers=HTMX)

        page = answer.content.decode()
        assert answer["HX-Retarget"] == "#side"
        assert 'id="fee-zhongtong-浙江" hx-swap-oob="true"' in page
        assert "<html" not in page

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"seen": 0}, 409),
            ({"first_fee": "x"}, 422),
            ({"first_fee": "10000.01"}, 422),
            ({"first_kg": "0"}, 422),
        ],
    )
    def test_refusals_change_nothing(self, fields: dict[str, object], status: int, client_of: SignIn) -> None:
        before = TariffRow.objects.count()

        answer = client_of("manager").post(CHANGE, typed(**fields), headers=HTMX)

        assert answer.status_code == status
        assert TariffRow.objects.count() == before

    def test_agent_sees_price_and_history_but_no_form(self, client_of: SignIn) -> None:
        page = client_of("agent").get(CELL, typed()).content.decode()

        assert "¥6.00" in page
        assert "Save the new price" not in page
        assert 'name="first_fee"' not in page

    @pytest.mark.parametrize("place", [("none", "浙江"), ("zhongtong", "火星")])
    def test_no_such_cell(self, place: tuple[str, str], client_of: SignIn) -> None:
        assert client_of("manager").get(reverse("tariff", args=place)).status_code == 404
        assert client_of("manager").post(reverse("tariff-change", args=place)).status_code == 404


class TestTiers:
    ROWS = {"name": ["银", ""], "threshold": ["900", ""], "percent": ["90", ""]}

    def test_preview_then_save(self, client_of: SignIn) -> None:
        client = client_of("manager")

        page = client.get(reverse("tiers"), self.ROWS)

        shown = {effect.spend: (effect.before, effect.after) for effect in page.context["effects"]}
        assert shown[Decimal(800)] == (Decimal("485.00"), Decimal("460.00"))
        assert TierVersion.objects.count() == 1
        seen = page.context["table"].version
        saved = client.post(reverse("tiers-change"), {**self.ROWS, "seen": seen}, follow=True)
        assert [tier.name for tier in saved.context["table"].tiers] == ["银"]

    @pytest.mark.parametrize("percent", ["0", "101", "x", "", "95.55", "NaN"])
    def test_what_cannot_be_is_said(self, percent: str, client_of: SignIn) -> None:
        client = client_of("manager")
        rows = {"name": "银", "threshold": "900", "percent": percent}

        assert client.get(reverse("tiers"), rows).context["refusal"].code == "M4"
        client.post(reverse("tiers-change"), rows)

        assert TierVersion.objects.count() == 1


class TestTryAParcel:
    def ask(self, client_of: SignIn, **query: str) -> Any:
        return client_of("agent").get(reverse("shipping-try"), query)

    @pytest.mark.parametrize(
        ("query", "fee", "rules"),
        [
            ({"receiver_address": "新疆 乌鲁木齐市", "weight_kg": "2.4"}, "56.00", {"S3", "S4", "S6"}),
            ({"receiver_state": "新疆", "weight_kg": "2.4", "goods": "1000"}, "46.00", {"S3", "S4", "S6"}),
            ({"receiver_state": "上海", "goods": "500"}, "0.00", {"S3", "S6"}),
            ({"receiver_state": "上海", "goods": "499.99"}, "6.00", {"S3", "S6"}),
            ({"receiver_state": "上海", "goods": "500", "carrier": "shunfeng"}, "8.00", {"S3", "S6"}),
        ],
    )
    def test_fee_with_its_steps(
        self, query: dict[str, str], fee: str, rules: set[str], client_of: SignIn
    ) -> None:
        page = self.ask(client_of, **query)

        assert page.context["quote"].post_fee == Decimal(fee)
        assert {step.rule for step in page.context["steps"]} == rules

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"receiver_address": "不知道"}, "S2"),
            ({}, "S2"),
            ({"receiver_state": "香港", "carrier": "ems"}, "S5"),
            ({"receiver_state": "浙江", "carrier": "ems"}, "S3"),
            ({"receiver_state": "浙江", "weight_kg": "heavy"}, "malformed"),
            ({"receiver_state": "浙江", "goods": "-1"}, "malformed"),
        ],
    )
    def test_what_cannot_be_priced_says_why(
        self, query: dict[str, str], code: str, client_of: SignIn
    ) -> None:
        page = self.ask(client_of, **query)

        assert page.status_code == 200
        assert page.context["refusal"].code == code

    def test_with_htmx_only_the_answer_comes(self, client_of: SignIn) -> None:
        page = client_of("agent").get(reverse("shipping-try"), {"receiver_state": "上海"}, headers=HTMX)

        assert "<html" not in page.content.decode()
        assert "¥6.00" in page.content.decode()
