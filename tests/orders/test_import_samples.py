"""The four sample exports, each into an empty database, give what their ``expected.json`` says (D1, D2)."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum

from orders.models import Order, OrderLine, Payment, WaitingRow
from orders.states import Status
from shopdesk.base.models import AuditEntry

SAMPLES = Path(__file__).parent.parent / "data" / "taobao"
YEARS = ("2017", "2018", "2022", "2026")
# The wording of the platform, as in expected.json, to the state that it must become.
STATES = {
    "等待买家付款": {Status.WAIT_BUYER_PAY},
    "买家已付款，等待卖家发货": {Status.WAIT_SELLER_SEND_GOODS},
    "卖家已发货,等待买家确认": {Status.WAIT_BUYER_CONFIRM_GOODS},
    "交易成功": {Status.TRADE_FINISHED},
    "交易关闭": {Status.TRADE_CLOSED, Status.TRADE_CLOSED_BY_TAOBAO},
}

pytestmark = pytest.mark.django_db


def files_of(year: str) -> list[str]:
    """The item list first, which is the harder order."""
    return [str(path) for path in sorted((SAMPLES / year).glob("[io][tr]*.[cx]*"))]


def expected_of(year: str) -> dict[str, Any]:
    return json.loads((SAMPLES / year / "expected.json").read_text("utf-8"))


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("import_orders", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture(params=YEARS)
def year(request: pytest.FixtureRequest) -> Iterator[str]:
    return request.param


def test_gives_what_is_expected(year: str) -> None:
    expected = expected_of(year)

    report = run(*files_of(year))

    assert report["created"] == expected["imported"]
    assert report["updated"] == report["unchanged"] == 0
    assert [(r["row"], r["code"]) for r in report["rejected"]] == [
        (r["row"], r["kind"]) for r in expected["rejected"]
    ]
    assert all(r["column"] and r["reason"] and r["file"] for r in report["rejected"])
    assert report["lines"] == expected["lines"] == OrderLine.objects.count()
    by_status = Counter(Order.objects.values_list("status", flat=True))
    for words, count in expected["by_status"].items():
        assert sum(by_status[state] for state in STATES[words]) == count, words
    total = OrderLine.objects.aggregate(sum=Sum(F("price") * F("num")))["sum"]
    assert total == Decimal(expected["goods"])
    for sample in expected["sample"]:
        order = Order.objects.get(pk=sample["tid"])
        assert order.buyer_id == sample["buyer_nick"]
        assert order.payment == Decimal(sample["total"])
        assert order.lines.count() == sample["lines"]


def test_a_second_run_changes_nothing(year: str) -> None:
    run(*files_of(year))
    before = snapshot()

    report = run(*files_of(year))

    assert (report["created"], report["updated"]) == (0, 0)
    assert report["unchanged"] == expected_of(year)["imported"]
    assert snapshot() == before


def test_either_order_of_files_gives_the_same(year: str) -> None:
    one_way = run(*reversed(files_of(year)))
    lines = snapshot_lines()
    assert one_way["lines"] == expected_of(year)["lines"] == len(lines)


def test_items_before_their_orders_wait_and_are_taken_up(year: str) -> None:
    items, orders = files_of(year)
    assert "items" in items

    first = run(items)
    assert first["lines"] == 0
    assert first["waiting"] == WaitingRow.objects.count() > 0

    second = run(orders)
    assert second["lines"] == expected_of(year)["lines"] == OrderLine.objects.count()
    assert WaitingRow.objects.count() == first["waiting"] - second["lines"]


def test_a_dry_run_tells_the_same_and_changes_nothing(year: str) -> None:
    report = run(*files_of(year), "--dry-run")

    assert report["created"] == expected_of(year)["imported"]
    assert report["lines"] == expected_of(year)["lines"]
    assert len(report["rejected"]) == len(expected_of(year)["rejected"])
    assert not Order.objects.exists()
    assert not AuditEntry.objects.filter(subject_kind="order").exists()


def test_a_file_that_is_no_export_stops_everything(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")

    with pytest.raises(CommandError, match=r"wrong\.csv.*no order list, item list or refund list") as refusal:
        run(*files_of("2017"), str(wrong))

    assert refusal.value.returncode == 2
    assert not Order.objects.exists()


def snapshot() -> tuple[Any, ...]:
    """Everything that a second import might touch."""
    return (
        list(Order.objects.order_by("tid").values()),
        snapshot_lines(),
        list(Payment.objects.order_by("pk").values()),
        AuditEntry.objects.filter(subject_kind="order").count(),
        list(WaitingRow.objects.order_by("pk").values_list("tid", "kind", "key", "fields")),
    )


def snapshot_lines() -> list[dict[str, Any]]:
    return list(OrderLine.objects.order_by("order", "position").values())
