"""``manage.py quote``: the worked examples, asks that cannot be read, and what is looked up."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from members.rules import Tier
from members.services import Spent, change_tiers, ensure_starting_tiers, record_spend
from orders.quotes import quote_ask
from orders.states import Status
from shipping.services import TariffChange, change_tariff, ensure_starting_tariffs
from shopdesk.base.errors import DomainError
from tests.factories import NOW, make_buyer, make_order, make_staff

EXAMPLES = json.loads((Path(__file__).parent.parent / "data" / "quotes.json").read_text("utf-8"))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    ensure_starting_tariffs()
    ensure_starting_tiers()


def run(ask: Any, tmp_path: Path, *, refused: bool = False) -> dict[str, Any]:
    path, out = tmp_path / "ask.json", StringIO()
    path.write_text(json.dumps(ask), "utf-8")
    if refused:
        with pytest.raises(SystemExit) as end:
            call_command("quote", "--json", str(path), stdout=out)
        assert end.value.code == 1
    else:
        call_command("quote", "--json", str(path), stdout=out)
    (answer,) = out.getvalue().splitlines()
    return json.loads(answer)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_the_worked_examples(example: dict[str, Any], tmp_path: Path) -> None:
    answer = run(example["ask"], tmp_path, refused="error" in example)

    if "error" in example:
        assert answer["code"] == example["error"]
        assert answer["message"]
        return
    assert {name: answer[name] for name in example["want"]} == example["want"]
    payments = sum(Decimal(line["payment"]) for line in answer["lines"])
    assert payments + Decimal(answer["post_fee"]) - Decimal(answer["post_fee_credit"]) == Decimal(
        answer["payment"]
    )
    rule = re.match(r"[A-Z]\d+", example["name"]).group()
    about = "M2" if rule == "M3" else rule  # M3 is M2, worked
    assert about in {step["rule"] for step in answer["steps"]}
    assert answer["tier_version"]


LINE = {"title": "a", "price": "100.00", "num": 1}


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        ([], ""),
        ({}, "lines"),
        ({"lines": []}, "lines"),
        ({"lines": [1]}, "lines[0]"),
        ({"lines": [{"price": "1.00"}]}, "lines[0].title"),
        ({"lines": [{"title": "a"}]}, "lines[0].price"),
        ({"lines": [LINE | {"price": 1.5}]}, "lines[0].price"),
        ({"lines": [LINE | {"price": "-1"}]}, "lines[0].price"),
        ({"lines": [LINE | {"price": "1.001"}]}, "lines[0].price"),
        ({"lines": [LINE | {"price": "NaN"}]}, "lines[0].price"),
        ({"lines": [LINE | {"price": "1e9"}]}, "lines[0].price"),
        ({"lines": [LINE | {"num": 0}]}, "lines[0].num"),
        ({"lines": [LINE | {"num": True}]}, "lines[0].num"),
        ({"lines": [LINE | {"kind": "x"}]}, "lines[0].kind"),
        ({"lines": [LINE | {"weight_kg": "-1"}]}, "lines[0].weight_kg"),
        ({"lines": [LINE], "at": "yesterday"}, "at"),
        ({"lines": [LINE], "carrier": "pigeon"}, "carrier"),
        ({"lines": [LINE], "carrier": ["pigeon"]}, "carrier"),
        ({"lines": [LINE | {"kind": {"x": 1}}]}, "lines[0].kind"),
        ({"lines": [LINE], "receiver_state": ["青海"]}, "receiver_state"),
        ({"lines": [LINE], "shelf_goods_first": "yes"}, "shelf_goods_first"),
        ({"lines": [LINE], "sibling_orders": {}}, "sibling_orders"),
        ({"lines": [LINE], "sibling_orders": [{}]}, "sibling_orders[0]"),
    ],
)
def test_an_ask_that_cannot_be_read_says_where(ask: Any, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        quote_ask(ask)

    assert (refusal.value.code, refusal.value.field, refusal.value.status) == ("malformed", field, 400)


@pytest.mark.parametrize(("text", "message"), [("{", "no JSON"), (None, "No such file")])
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "ask.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(CommandError, match=message):
        call_command("quote", "--json", str(path), stdout=StringIO())


def test_the_spend_of_a_known_buyer_is_looked_up() -> None:
    make_buyer("公主小肥")
    record_spend([Spent("公主小肥", "order", "1", Decimal("749.00"), NOW)])
    ask = {"receiver_state": "上海", "lines": [LINE | {"price": "499.00"}], "buyer_nick": "公主小肥"}

    assert quote_ask(ask).payment == Decimal("492.60")
    assert quote_ask(ask | {"prior_spend": "0.00"}).payment == Decimal("505.00")


def test_other_orders_of_a_known_buyer_are_looked_up() -> None:
    order = make_order(
        "公主小肥",
        status=Status.WAIT_SELLER_SEND_GOODS,
        goods_payable=Decimal("300.00"),
        receiver_address="浙江省 杭州市 西湖区 示例街道1号",
    )
    ask = {
        "at": NOW.isoformat(),
        "buyer_nick": "公主小肥",
        "receiver_address": order.receiver_address,
        "lines": [LINE | {"price": "250.00"}],
    }

    assert quote_ask(ask).payment == Decimal("244.00")
    assert quote_ask(ask | {"receiver_address": "浙江省 杭州市 别处"}).payment == Decimal("256.00")
    assert quote_ask(ask | {"sibling_orders": []}).payment == Decimal("256.00")


def test_a_quote_for_a_past_moment_uses_the_tariff_and_the_tiers_of_that_moment() -> None:
    manager = make_staff("manager")
    change_tariff(
        TariffChange("zhongtong", "上海", Decimal(1), Decimal("9.00"), Decimal(1), Decimal("2.00")),
        actor=manager,
        now=NOW,
    )
    change_tiers([Tier(Decimal(1000), Decimal("0.90"), "初级")], actor=manager, now=NOW)
    ask = {"receiver_state": "上海", "prior_spend": "2000.00", "lines": [LINE], "buyer_nick": None}

    before = quote_ask(ask | {"at": (NOW - timedelta(seconds=1)).isoformat()})
    after = quote_ask(ask | {"at": NOW.isoformat()})

    assert (before.discount_fee, before.post_fee) == (Decimal("5.00"), Decimal("6.00"))
    assert (after.discount_fee, after.post_fee) == (Decimal("10.00"), Decimal("9.00"))
    assert before.tariff_version != after.tariff_version
    assert before.tier_version != after.tier_version
