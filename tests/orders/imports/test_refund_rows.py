from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from orders.imports.errors import RowRejected
from orders.imports.headers import read_header
from orders.imports.refund_rows import RefundRow, read_refund_row
from orders.imports.sheets import SheetRow
from shopdesk.base.clock import SHANGHAI

from .made_files import header_variants

NAMES = header_variants()["K"][1]
CELLS = {
    "订单编号": '="3501000000000000001"',
    "退款编号": '="110001000000000001"',
    "支付单号": "2026112000001",
    "商品id": "700000000001",
    "商品编码": "\tXB-37",
    "订单付款时间": "2026-11-18 10:00:00",
    "买家实际支付金额": "505.00元",
    "宝贝标题": "小白鞋, 韩国现货",
    "买家退款金额": "¥499.00",
    "售后类型": "退货退款",
    "退款的申请时间": "2026/11/20 9:23",
    "超时时间": "2026-11-22 09:23:06",
    "退款状态": "买家已经申请退款，等待卖家同意",
    "货物状态": "买家已收到货",
    "客服介入状态": "不需要客服介入",
    "退货物流单号": "No:75510001",
    "退货物流公司": "'中通快递",
    "买家退款原因": "尺码不合适",
    "买家退款说明": "'null",
    "完结时间": "null",
    "部分退款/全部退款": "部分退款",
}


def read(**changed: str) -> RefundRow:
    said = CELLS | changed
    return read_refund_row(read_header(NAMES), SheetRow(2, tuple(said.get(name, "") for name in NAMES)))


def test_a_row_of_the_refund_list_is_read_with_every_quirk_of_its_cells() -> None:
    row = read()

    assert (row.row, row.tid, row.refund_no) == (2, "3501000000000000001", "110001000000000001")
    assert (row.title, row.num_iid, row.code) == ("小白鞋, 韩国现货", "700000000001", "XB-37")
    assert (row.paid_fee, row.refund_fee) == (Decimal("505.00"), Decimal("499.00"))
    assert row.applied_at == datetime(2026, 11, 20, 9, 23, tzinfo=SHANGHAI)
    assert row.due_at == datetime(2026, 11, 22, 9, 23, 6, tzinfo=SHANGHAI)
    assert (row.kind, row.status, row.goods_status) == (
        "退货退款", "买家已经申请退款，等待卖家同意", "买家已收到货"
    )  # fmt: skip
    assert (row.return_no, row.return_carrier) == ("75510001", "中通快递")
    assert (row.reason, row.words, row.ended_at) == ("尺码不合适", "", None)
    assert (row.platform_help, row.extent) == ("不需要客服介入", "部分退款")


def test_either_column_tells_when_it_ended() -> None:
    ended = datetime(2026, 11, 21, 8, 0, tzinfo=SHANGHAI)

    assert read(完结时间="2026-11-21 08:00:00").ended_at == ended
    assert read(退款完结时间="2026-11-21 08:00:00").ended_at == ended


def test_a_list_with_few_columns_tells_what_it_has() -> None:
    header = read_header(["退款编号", "订单编号", "退款状态"])

    row = read_refund_row(header, SheetRow(5, ("11", "3501000000000000001", "退款成功")))

    assert (row.row, row.refund_no, row.status, row.refund_fee, row.due_at) == (
        5,
        "11",
        "退款成功",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("订单编号", "", "tid"),
        ("订单编号", "3.501E+18", "tid"),
        ("退款编号", "", "number"),
        ("退款编号", "1.1E+17", "number"),
        ("退款编号", "abc", "number"),
        ("买家退款金额", "-1.00", "money"),
        ("买家退款金额", "1e3", "money"),
        ("买家退款金额", "0.001", "money"),
        ("超时时间", "2026-11-22", "date"),
        ("退款的申请时间", "2026-02-30 10:00:00", "date"),
        ("退款状态", "退" * 65, "status"),
        ("买家退款说明", "a\x00b", "text"),
        ("退货物流单号", "7.5E+10", "number"),
    ],
)
def test_a_bad_cell_rejects_the_row_and_names_its_column(column: str, cell: str, code: str) -> None:
    with pytest.raises(RowRejected) as refused:
        read(**{column: cell})

    assert (refused.value.code, refused.value.column, refused.value.value) == (code, column, cell)
    assert str(refused.value.reason)


def test_what_stands_past_the_last_column_rejects_the_row() -> None:
    cells: Any = (*(CELLS.get(name, "") for name in NAMES), "more")

    with pytest.raises(RowRejected) as refused:
        read_refund_row(read_header(NAMES), SheetRow(2, cells))

    assert refused.value.code == "cells"
