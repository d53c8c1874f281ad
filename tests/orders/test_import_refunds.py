"""D1, D2 through the service: a refund list goes to whoever takes it, and its rows are accounted for."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from orders.imports import takers
from orders.imports.errors import Refused
from orders.imports.headers import ListKind
from orders.imports.refund_rows import RefundRow
from orders.imports.takers import Taken
from orders.models import ImportRejection, ImportRun, Order, OrderLine, WaitingRow
from tests.factories import make_order, make_staff
from tests.orders.test_import_orders import TID, Desk, item_row, order_row

LATER = "4326000000000000009"

pytestmark = pytest.mark.django_db


class Register:
    """A taker that opens what it is given once, and needs the line to be here."""

    def __init__(self) -> None:
        self.known: dict[str, RefundRow] = {}
        self.files: list[str] = []

    def __call__(self, rows: Sequence[RefundRow], *, file_name: str, now: datetime) -> Taken:
        self.files.append(file_name)
        waiting, refused = [], []
        created = updated = unchanged = 0
        for row in rows:
            assert Order.objects.filter(pk=row.tid).exists()
            if row.reason == "bad":
                refused.append(Refused(row.row, "reason", "unlikely", "No such reason."))
            elif row.title and not OrderLine.objects.filter(order=row.tid, product__title=row.title).exists():
                waiting.append(row)
            else:
                before = self.known.get(row.refund_no)
                self.known[row.refund_no] = row
                created += before is None
                unchanged += before is not None and before.status == row.status
                updated += before is not None and before.status != row.status
        return Taken(created, updated, unchanged, waiting, refused)


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    taker = Register()
    monkeypatch.setattr(takers, "_takers", {ListKind.REFUNDS: taker})
    return taker


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def refund_row(number: str = "11", tid: str = TID, **said: str) -> dict[str, str]:
    return {
        "订单编号": f'="{tid}"',
        "退款编号": f'="{number}"',
        "宝贝标题": "",
        "买家退款金额": "499.00",
        "退款状态": "买家已经申请退款，等待卖家同意",
        "超时时间": "2026-11-24 12:00:00",
        "买家退款原因": "",
        **said,
    }


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    refunds = report["refunds"]
    return refunds["created"], refunds["updated"], refunds["unchanged"], refunds["waiting"]


class TestAccountedFor:
    """Every row is created, updated, unchanged, waiting or rejected."""

    def test_new_then_the_same_then_further(self, desk: Desk, register: Register) -> None:
        make_order(tid=TID)

        assert counts(desk.take(refund_row(), refund_row("12"))) == (2, 0, 0, 0)
        assert counts(desk.take(refund_row(), refund_row("12"))) == (0, 0, 2, 0)
        report = desk.take(refund_row(退款状态="退款成功"), refund_row("12"))

        assert counts(report) == (0, 1, 1, 0)
        assert (report["created"], report["updated"], report["unchanged"], report["rejected"]) == (
            0,
            0,
            0,
            [],
        )
        assert register.known["11"].status == "退款成功"

    def test_bad_rows_do_not_stop_the_rest(self, desk: Desk, register: Register) -> None:
        make_order(tid=TID)

        report = desk.take(
            refund_row("1.1E+17"),
            refund_row("12", 买家退款原因="bad"),
            refund_row("13", 超时时间="soon"),
            refund_row(),
        )

        told = [(r["row"], r["column"], r["value"], r["code"]) for r in report["rejected"]]
        assert told == [
            (2, "退款编号", '="1.1E+17"', "number"),
            (3, "买家退款原因", "bad", "unlikely"),
            (4, "超时时间", "soon", "date"),
        ]
        assert report["rejected"][1]["reason"] == "No such reason."
        assert counts(report) == (1, 0, 0, 0)
        assert ImportRejection.objects.get(row=3).cells[0] == f'="{TID}"'

    def test_a_dry_run_changes_nothing(self, desk: Desk, register: Register) -> None:
        call_command("import_orders", desk.write(refund_row(tid=LATER)), "--dry-run")

        assert WaitingRow.objects.count() == 0
        assert ImportRun.objects.get().refunds_waiting == 1


class TestWaiting:
    """Rows that come before their order, or before its lines."""

    def test_a_row_waits_for_its_order(self, desk: Desk, register: Register) -> None:
        first = desk.take(refund_row(tid=LATER))
        assert (counts(first), register.known) == ((0, 0, 0, 1), {})

        second = desk.take(order_row("买家已付款，等待卖家发货", tid=LATER))

        assert (counts(second), second["created"]) == ((1, 0, 0, 0), 1)
        assert register.known["11"].due_at == datetime.fromisoformat("2026-11-24T12:00:00+08:00")
        assert str(register.known["11"].refund_fee) == "499.00"
        assert WaitingRow.objects.count() == 0

    def test_a_row_waits_for_its_line(self, desk: Desk, register: Register) -> None:
        desk.take(order_row("买家已付款，等待卖家发货"))

        assert counts(desk.take(refund_row(宝贝标题="小白鞋"))) == (0, 0, 0, 1)
        assert counts(desk.take(item_row(标题="大衣", oid="7"))) == (0, 0, 0, 0)
        assert WaitingRow.objects.get().kind == WaitingRow.Kind.REFUND

        assert counts(desk.take(item_row(标题="小白鞋", oid="8"))) == (1, 0, 0, 0)
        assert WaitingRow.objects.count() == 0

    def test_the_newest_row_of_a_refund_waits(self, desk: Desk, register: Register) -> None:
        desk.take(refund_row(tid=LATER))
        desk.take(refund_row(tid=LATER, 退款状态="退款成功"))
        assert WaitingRow.objects.count() == 1

        desk.take(order_row("交易成功", tid=LATER))

        assert register.known["11"].status == "退款成功"

    def test_one_that_is_refused_when_taken_up_goes_on_waiting(self, desk: Desk, register: Register) -> None:
        desk.take(refund_row(tid=LATER, 买家退款原因="bad"))

        report = desk.take(order_row("交易成功", tid=LATER))

        assert (counts(report), report["rejected"]) == ((0, 0, 0, 0), [])
        assert WaitingRow.objects.count() == 1

    def test_a_later_row_that_is_taken_ends_the_waiting(self, desk: Desk, register: Register) -> None:
        desk.take(order_row("交易成功"))
        desk.take(refund_row(宝贝标题="小白鞋"))

        assert counts(desk.take(refund_row())) == (1, 0, 0, 0)
        assert WaitingRow.objects.count() == 0

    def test_all_three_lists_at_once_wait_for_nothing(self, desk: Desk, register: Register) -> None:
        files = [
            desk.write(refund_row(宝贝标题="小白鞋")),
            desk.write(item_row(标题="小白鞋")),
            desk.write(order_row()),
        ]

        call_command("import_orders", *files)

        run = ImportRun.objects.get()
        assert (run.created, run.lines, run.refunds_created, run.refunds_waiting) == (1, 1, 1, 0)


class TestNobodyTakesThem:
    """Without the app that takes refund lists the file is refused, as any other that cannot be read."""

    def test_the_file_is_refused(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(takers, "_takers", {})

        with pytest.raises(CommandError) as refused:
            call_command("import_orders", desk.write(refund_row()), desk.write(order_row()))

        assert (refused.value.returncode, "refund list" in str(refused.value)) == (2, True)
        assert Order.objects.count() == 0
        assert ImportRun.objects.get().files.get(refusal_code="refund_list").kind == ""


def test_the_report_shows_what_became_of_the_requests(desk: Desk, register: Register) -> None:
    make_order(tid=TID)
    desk.take(refund_row(), refund_row("12", tid=LATER))
    client = Client()
    client.force_login(make_staff("agent"))

    page = client.get(f"/orders/import/{ImportRun.objects.get().pk}/").content.decode()

    assert "Refund requests new" in page
    assert "refund list" in page
    assert "Rows that wait for their order are kept" in page
