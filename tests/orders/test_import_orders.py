"""D1, D2 through the service: what files do to orders that staff work on."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from orders.models import (
    Flag,
    ImportRun,
    Note,
    Order,
    OrderLine,
    Payment,
    PlatformTask,
    WaitingRow,
)
from orders.services.closing import close_unpaid_orders
from orders.services.flags import FlagRequest, set_flag
from orders.services.notes import add_note
from orders.states import CloseReason, Status
from shopdesk.base.models import Approval, AuditEntry
from tests.factories import NOW, make_line, make_order, make_staff

TID = "4326000000000000001"
PROJECT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.django_db


class Desk:
    """Writes small exports and imports them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def write(self, *rows: dict[str, str]) -> str:
        self.count += 1
        path = self.folder / f"file{self.count}.csv"
        names = list(rows[0])
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
        return str(path)

    def take(self, *rows: dict[str, str]) -> dict[str, Any]:
        out = StringIO()
        call_command("import_orders", self.write(*rows), "--json", stdout=out)
        return json.loads(out.getvalue().splitlines()[-1])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def order_row(status: str = "等待买家付款", tid: str = TID, **said: str) -> dict[str, str]:
    paid = status not in ("等待买家付款", "交易关闭")
    return {
        "订单编号": f'="{tid}"',
        "买家会员名": "公主小肥",
        "支付单号": "20260001" if paid else "",
        "买家应付货款": "499.00",
        "买家应付邮费": "6.00",
        "总金额": "505.00",
        "买家实际支付金额": "505.00" if paid else "0.00",
        "订单状态": status,
        "收货人姓名": "张三",
        "收货地址 ": "上海 上海市 浦东新区 示例街道1号(000000)",
        "联系手机": "'13800007620",
        "订单创建时间": "2026-11-19 12:00:00",
        "订单付款时间 ": "2026-11-19 12:30:00" if paid else "",
        "订单备注": "",
        "物流单号 ": "",
        "订单关闭原因": "订单未关闭",
    } | said


def item_row(tid: str = TID, oid: str = "", **said: str) -> dict[str, str]:
    return {
        "子订单编号": f'="{oid}"',
        "主订单编号": f'="{tid}"',
        "标题": "【韩国现货】小白鞋",
        "价格": "499.00",
        "购买数量": "1",
        "外部系统编号": "XBX-37",
        "商品属性": "颜色分类：白色;尺码：37",
        "订单状态": "等待买家付款",
        "退款状态": "没有申请退款",
        "退款金额": "无退款申请",
    } | said


def the_order() -> Order:
    return Order.objects.get(pk=TID)


def actions() -> list[str]:
    entries = AuditEntry.objects.filter(subject_id=TID, action__startswith="order.")
    return list(entries.order_by("id").values_list("action", flat=True))


def test_a_newer_file_moves_an_order_forward_and_audits_each_move(desk: Desk) -> None:
    desk.take(order_row())

    report = desk.take(order_row("交易成功", **{"物流单号 ": "No:75510000000001"}))

    order = the_order()
    assert report["updated"] == 1
    assert (order.status, order.invoice_no, order.version) == (Status.TRADE_FINISHED, "75510000000001", 2)
    assert actions()[:1] == ["order.created"]
    assert [a for a in actions() if a not in ("order.created", "order.imported")] == [
        "order.paid",
        "order.shipped",
        "order.finished",
    ]
    assert Payment.objects.get().amount == Decimal("505.00")
    assert order.paid_fee == Decimal("505.00")
    assert AuditEntry.objects.filter(subject_id=TID).exclude(origin="import").count() == 0


def test_an_older_file_after_a_newer_one_moves_nothing_back(desk: Desk) -> None:
    desk.take(order_row("卖家已发货，等待买家确认", **{"物流单号 ": "75510000000001"}))
    before = Order.objects.values().get()

    report = desk.take(order_row("等待买家付款", 总金额="999.00", 收货人姓名="李四"))

    assert (report["updated"], report["unchanged"]) == (0, 1)
    assert Order.objects.values().get() == before


def test_what_staff_did_stays(desk: Desk) -> None:
    desk.take(order_row())
    agent = make_staff("agent")
    red = FlagRequest(1, "先发现货", "先发现货", "warehouse", NOW + timedelta(days=1))
    set_flag(TID, red, actor=agent, now=NOW)
    add_note(TID, "送小礼物一份", actor=agent, now=NOW)

    desk.take(order_row("交易成功", 订单备注="平台上的备注"))

    order = the_order()
    assert (order.seller_flag, order.owner, order.seller_memo) == (1, agent, "平台上的备注")
    assert Flag.objects.get(ended_at__isnull=True).label == "先发现货"
    assert list(Note.objects.order_by("id").values_list("text", flat=True)) == ["先发现货", "送小礼物一份"]


def test_the_same_order_twice_in_one_file(desk: Desk) -> None:
    report = desk.take(order_row(), order_row("交易成功"), order_row())

    assert (report["created"], report["updated"], report["unchanged"]) == (1, 1, 1)
    assert the_order().status == Status.TRADE_FINISHED


def test_never_paid_of_a_paid_order_is_rejected_with_its_reason(desk: Desk) -> None:
    desk.take(order_row("交易成功"))
    desk.take(order_row("买家已付款，等待卖家发货", tid="4326000000000000002"))

    report = desk.take(
        order_row("交易关闭", tid="4326000000000000002", 订单关闭原因="买家未付款"),
    )

    (rejected,) = report["rejected"]
    assert (rejected["row"], rejected["column"], rejected["value"]) == (2, "订单状态", "交易关闭")
    assert rejected["code"] == "contradiction"
    assert Order.objects.get(pk="4326000000000000002").status == Status.WAIT_SELLER_SEND_GOODS


def test_one_bad_row_never_stops_the_rest(desk: Desk) -> None:
    report = desk.take(
        order_row(tid="4326000000000000002", 总金额="二百"),
        order_row(),
        order_row(tid="3.51E+16"),
    )

    assert report["created"] == 1
    assert [(r["row"], r["column"], r["value"]) for r in report["rejected"]] == [
        (2, "总金额", "二百"),
        (4, "订单编号", '="3.51E+16"'),
    ]


def test_a_row_with_too_little_waits_and_is_applied_when_its_order_comes(desk: Desk) -> None:
    little = {"订单编号": TID, "支付单号": "20260001", "确认收货打款金额": "", "退款金额": "5.00"}

    first = desk.take(little)
    assert (first["created"], first["waiting_orders"], first["rejected"]) == (0, 1, [])
    second = desk.take(order_row("交易成功"))

    assert second["created"] == 1
    assert the_order().refund_fee == Decimal("5.00")
    assert not WaitingRow.objects.exists()


def test_a_row_with_too_little_updates_an_order_that_is_known(desk: Desk) -> None:
    desk.take(order_row("交易成功"))

    report = desk.take({"订单编号": TID, "支付单号": "20260001", "确认收货打款金额": "", "退款金额": "5.00"})

    assert report["updated"] == 1
    assert the_order().refund_fee == Decimal("5.00")


class TestLatePayment:
    """O5 through a file: closed here, paid on the platform."""

    @pytest.fixture
    def closed(self, desk: Desk) -> Order:
        desk.take(order_row())
        close_unpaid_orders(NOW, False)
        order = the_order()
        assert (order.status, order.close_reason) == (Status.TRADE_CLOSED_BY_TAOBAO, CloseReason.TIMEOUT)
        return order

    def test_paid_in_time_reopens_and_goes_on(self, desk: Desk, closed: Order) -> None:
        report = desk.take(order_row("卖家已发货，等待买家确认"))

        assert report["updated"] == 1
        assert the_order().status == Status.WAIT_BUYER_CONFIRM_GOODS
        moves = [a for a in actions() if a not in ("order.imported",)]
        assert moves == ["order.created", "order.closed", "order.reopened", "order.shipped"]
        assert not PlatformTask.objects.filter(kind="close", done_at=None).exists()

    def test_paid_after_the_closing_stays_closed_and_asks(self, desk: Desk, closed: Order) -> None:
        late = order_row("买家已付款，等待卖家发货", **{"订单付款时间 ": "2026-11-22 12:00:01"})

        first, second = desk.take(late), desk.take(late)

        assert (first["updated"], second["unchanged"]) == (1, 1)
        assert the_order().status == Status.TRADE_CLOSED_BY_TAOBAO
        assert Payment.objects.get().status == Payment.Status.UNAPPLIED
        assert Approval.objects.filter(status="pending").count() == 1

    def test_without_the_time_it_cannot_be_told(self, desk: Desk, closed: Order) -> None:
        said = order_row("买家已付款，等待卖家发货", **{"订单付款时间 ": ""})

        report = desk.take(said)

        assert report["rejected"][0]["column"] == "订单付款时间"
        assert not Payment.objects.exists()


class TestLines:
    """D1: lines by oid, or else by position in the order."""

    def test_by_position_and_later_by_oid(self, desk: Desk) -> None:
        desk.take(order_row())
        plain = [
            {k: v for k, v in item_row(**said).items() if k != "子订单编号"}
            for said in ({}, {"商品属性": "颜色分类：白色;尺码：38"})
        ]
        desk.take(*plain)

        desk.take(
            item_row(oid="43260000000000000011"),
            item_row(oid="43260000000000000012", 商品属性="颜色分类：白色;尺码：38"),
        )

        lines = OrderLine.objects.order_by("position").values_list("position", "oid", "sku_properties_name")
        assert list(lines) == [
            (1, "43260000000000000011", "颜色分类：白色;尺码：37"),
            (2, "43260000000000000012", "颜色分类：白色;尺码：38"),
        ]

    def test_by_oid_in_any_order(self, desk: Desk) -> None:
        desk.take(order_row())
        one, two = item_row(oid="11"), item_row(oid="12", 价格="39.00")
        desk.take(one, two)
        before = list(OrderLine.objects.order_by("id").values())

        report = desk.take(two, one)

        assert report["lines"] == 2
        assert list(OrderLine.objects.order_by("id").values()) == before

    def test_a_refund_of_a_line_only_grows(self, desk: Desk) -> None:
        desk.take(order_row())
        desk.take(item_row(oid="11"))
        desk.take(item_row(oid="11", 退款状态="退款成功", 退款金额="39.00"))
        desk.take(item_row(oid="11"))

        line = OrderLine.objects.get()
        assert (line.refund_status, line.refund_fee) == ("退款成功", Decimal("39.00"))

    def test_a_line_without_a_price_is_rejected(self, desk: Desk) -> None:
        desk.take(order_row())

        report = desk.take(item_row(oid="11", 价格=""), item_row(oid="12"))

        assert report["lines"] == 1
        assert [(r["row"], r["column"], r["code"]) for r in report["rejected"]] == [(2, "价格", "missing")]

    def test_kinds_are_read_from_titles(self, desk: Desk) -> None:
        desk.take(order_row())
        desk.take(item_row(oid="11", 标题="双眼皮贴 特价"), item_row(oid="12"))

        kinds = OrderLine.objects.order_by("oid").values_list("product__kind", "product__special_price")
        assert list(kinds) == [("standard", True), ("proxy_stock", False)]


class TestToDoOnTaobao:
    """D5: what a file shows as done leaves the list."""

    def test_a_closing(self, desk: Desk) -> None:
        make_order(tid=TID, created=NOW - timedelta(hours=72))
        close_unpaid_orders(NOW, False)

        desk.take(order_row())
        assert PlatformTask.objects.filter(kind="close", done_at=None).exists()
        desk.take(order_row("交易关闭", 订单关闭原因="买家未付款"))

        assert not PlatformTask.objects.filter(kind="close", done_at=None).exists()
        assert the_order().close_reason == CloseReason.TIMEOUT

    def test_a_memo_only_when_every_note_stands_in_it(self, desk: Desk) -> None:
        make_line(make_order(tid=TID))
        agent = make_staff("agent", signature="娜娜")
        add_note(TID, "先发现货", actor=agent, now=NOW)
        add_note(TID, "送小礼物一份", actor=agent, now=NOW)

        desk.take(order_row(订单备注="先发现货(娜娜11.22)"))
        assert PlatformTask.objects.filter(kind="memo", done_at=None).exists()
        desk.take(order_row(订单备注="先发现货(娜娜11.22)\n送小礼物一份(娜娜11.22)"))

        assert not PlatformTask.objects.filter(kind="memo", done_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_is_completed_by_the_next(desk: Desk) -> None:
    count = 12_000
    rows = [order_row(tid=f"43{n:017d}") for n in range(count)]
    path = desk.write(*rows)
    parameters = connection.get_connection_params()
    url = (
        f"postgresql://{parameters.get('user', '')}@/{parameters['dbname']}?host={parameters.get('host', '')}"
    )
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "import_orders", path],
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY},
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while Order.objects.count() < 2000 and time.monotonic() < deadline:
        assert worker.poll() is None, "the import ended before it could be killed"
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    out = StringIO()
    call_command("import_orders", path, "--json", stdout=out)
    report = json.loads(out.getvalue().splitlines()[-1])

    assert Order.objects.count() == count
    assert report["created"] + report["unchanged"] == count
    created = AuditEntry.objects.filter(action="order.created")
    assert created.count() == created.values("subject_id").distinct().count() == count
    assert ImportRun.objects.filter(status=ImportRun.Status.DONE).count() == 1
