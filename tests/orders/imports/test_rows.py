import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.imports import rows
from orders.imports.cells import SHANGHAI
from orders.imports.errors import RowRejected
from orders.imports.files import open_export
from orders.imports.headers import Header, ListKind, read_header
from orders.imports.rows import ItemRow, OrderRow, read_item_row, read_order_row
from orders.imports.sheets import Problem, SheetRow

from .made_files import DATA, header_variants


def order(**cells: str) -> OrderRow:
    header = read_header(["订单编号", "总金额", *cells])
    return read_order_row(header, SheetRow(2, ["35010000000000001", "12.00", *cells.values()]))


def item(**cells: str) -> ItemRow:
    header = read_header(["主订单编号", "标题", *cells])
    return read_item_row(header, SheetRow(2, ["35010000000000001", "小白鞋", *cells.values()]))


def read_all(header: Header, sheet_rows: Iterable[SheetRow]) -> Iterator[OrderRow | RowRejected]:
    for row in sheet_rows:
        try:
            yield read_order_row(header, row)
        except RowRejected as rejected:
            yield rejected


@pytest.mark.parametrize("year", ["2017", "2018", "2022", "2026"])
def test_sample_folder_gives_exactly_what_it_should(year: str) -> None:
    folder = DATA / "taobao" / year
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    orders_file, items_file = sorted(folder.glob("orders.*")) + sorted(folder.glob("items.*"))

    with orders_file.open("rb") as stream:
        export = open_export(stream)
        status_at = export.header.columns["status"][0]
        sheet_rows = list(export)
        results = list(read_all(export.header, sheet_rows))
    with items_file.open("rb") as stream:
        export = open_export(stream)
        items = [read_item_row(export.header, row) for row in export]

    status_texts = {row.number: row.cells[status_at] for row in sheet_rows}
    accepted = {row.tid: row for row in results if isinstance(row, OrderRow)}
    rejected = [row for row in results if isinstance(row, RowRejected)]
    lines = [line for line in items if line.tid in accepted]
    assert len(results) == expected["orders"]
    assert len(accepted) == expected["imported"]
    assert [(row.row, row.code) for row in rejected] == [
        (row["row"], row["kind"]) for row in expected["rejected"]
    ]
    assert Counter(status_texts[row.row] for row in accepted.values()) == expected["by_status"]
    assert len(lines) == expected["lines"]
    assert sum(line.price * line.num for line in lines) == Decimal(expected["goods"])
    assert sum(row.goods_payable for row in accepted.values()) == Decimal(expected["goods"])
    for sample in expected["sample"]:
        row = accepted[sample["tid"]]
        assert (row.buyer_nick, str(row.payment)) == (sample["buyer_nick"], sample["total"])
        assert sum(line.tid == row.tid for line in lines) == sample["lines"]
    unpaid = {row.tid for row in accepted.values() if row.status == "WAIT_BUYER_PAY"}
    assert unpaid == {*expected["unpaid_due"], *expected["unpaid_kept"]}
    assert all(row.receiver_state for row in accepted.values())


def test_rejections_of_the_sample_say_column_and_value() -> None:
    with (DATA / "taobao/2018/orders.csv").open("rb") as stream:
        export = open_export(stream)
        rejected = [row for row in read_all(export.header, export) if isinstance(row, RowRejected)]

    assert [(row.row, row.column, row.value) for row in rejected] == [
        (4, "总金额", "二百"),
        (45, "订单创建时间", "2026-13-45 99:00:00"),
        (52, "订单编号", "3.51E+16"),
        (59, "订单状态", "火星状态"),
    ]


def test_order_row_of_2017_in_full() -> None:
    with (DATA / "taobao/2017/orders.csv").open("rb") as stream:
        export = open_export(stream)
        row = read_order_row(export.header, next(iter(export)))

    assert row == OrderRow(
        row=2,
        tid="35170000000000001",
        buyer_nick="买家00007",
        status="TRADE_CLOSED",
        close_reason="退款",
        goods_payable=Decimal("1.00"),
        post_fee=Decimal("0.00"),
        payment=Decimal("1.00"),
        paid_fee=Decimal("1.00"),
        refund_fee=Decimal("0.00"),
        buyer_message="要发票，抬头：示例公司",
        seller_memo="帆布单肩包已留(娜娜9.9)",
        receiver_name="张07",
        receiver_state="贵州",
        receiver_address="贵州省 贵阳市 南明区 示例街道1号",
        receiver_zip="",
        receiver_phone="",
        receiver_mobile="13867323970",
        created=datetime(2026, 11, 5, 19, 8, 41, tzinfo=SHANGHAI),
        pay_time=datetime(2026, 11, 5, 19, 15, 41, tzinfo=SHANGHAI),
        titles="邮费补差价专拍",
        num=1,
        invoice_no="",
        logistics_company="",
    )


def test_item_row_of_2022_in_full() -> None:
    with (DATA / "taobao/2022/items.csv").open("rb") as stream:
        export = open_export(stream)
        row = read_item_row(export.header, next(iter(export)))

    assert row == ItemRow(
        row=2,
        tid="4322000000000000001",
        oid="43220000000000000011",
        title="【韩国直送】A字半身裙",
        price=Decimal("318.00"),
        num=1,
        outer_sku_id="",
        outer_iid="",
        sku_properties_name="颜色分类：黑色;尺码：M",
        num_iid="",
        status="TRADE_FINISHED",
        goods_payable=Decimal("318.00"),
        refund_status="没有申请退款",
        created=datetime(2026, 11, 20, 9, 44, 59, tzinfo=SHANGHAI),
        payment_no="",
        buyer_message="",
        seller_memo="",
        memo_tag="",
    )


def platform_statuses() -> Iterable[tuple[str, str]]:
    lines = Path(DATA / "platform-enums.txt").read_text(encoding="utf-8").splitlines()
    for line in lines[
        1 : lines.index("(API only) PAID_FORBID_CONSIGN ; query-only ALL_WAIT_PAY, ALL_CLOSED")
    ]:
        words, _, code = line.partition(" -> ")
        if not words.startswith("交易关闭"):
            yield from ((word, code) for word in words.split(" | "))


OWN_STATUS = {
    "SELLER_CONSIGNED_PART": "WAIT_SELLER_SEND_GOODS",
    "TRADE_BUYER_SIGNED": "WAIT_BUYER_CONFIRM_GOODS",
    "TRADE_NO_CREATE_PAY": "WAIT_BUYER_PAY",
    "PAY_PENDING": "WAIT_BUYER_PAY",
    "WAIT_PRE_AUTH_CONFIRM": "WAIT_BUYER_PAY",
}


@pytest.mark.parametrize(("word", "code"), list(platform_statuses()))
def test_every_status_word_of_the_platform(word: str, code: str) -> None:
    row = order(订单状态=word)

    assert row.status == OWN_STATUS.get(code, code)
    assert row.partly_shipped is (code == "SELLER_CONSIGNED_PART")
    assert row.signed is (code == "TRADE_BUYER_SIGNED")
    assert row.payment_pending is (code in {"PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM"})


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ({"订单关闭原因": "买家未付款"}, "TRADE_CLOSED_BY_TAOBAO"),
        ({"订单关闭原因": "退款"}, "TRADE_CLOSED"),
        ({"订单关闭原因": "退款", "买家实付金额": "0.00"}, "TRADE_CLOSED"),
        ({"订单关闭原因": ""}, "TRADE_CLOSED"),
        ({}, "TRADE_CLOSED"),
        ({"买家实付金额": "0.00"}, "TRADE_CLOSED_BY_TAOBAO"),
        ({"买家实付金额": "0.00", "订单付款时间": "2026-11-20 09:23:06"}, "TRADE_CLOSED"),
        ({"买家实付金额": "12.00"}, "TRADE_CLOSED"),
    ],
)
def test_closed_order_was_paid_or_not(cells: dict[str, str], status: str) -> None:
    assert order(订单状态="交易关闭", **cells).status == status


def test_open_order_has_no_close_reason() -> None:
    assert order(订单状态="等待买家付款", 订单关闭原因="订单未关闭").close_reason == ""


def test_missing_column_differs_from_empty_cell() -> None:
    assert order().buyer_nick is None
    assert order(买家会员名="").buyer_nick == ""
    assert order(买家会员名="null").buyer_nick == ""
    assert (order(订单状态="").status, order(退款金额="无退款申请").refund_fee) == (None, None)


def test_row_shorter_than_the_header_ends_in_empty_cells() -> None:
    header = read_header(["订单编号", "总金额", "买家留言", "订单付款时间"])

    row = read_order_row(header, SheetRow(2, ["1", "12.00"]))

    assert (row.buyer_message, row.pay_time) == ("", None)


def test_first_column_that_is_not_empty_wins() -> None:
    header = read_header(["订单编号", "总金额", "订单备注", "商家备忘", "商家备注"])

    row = read_order_row(header, SheetRow(2, ["1", "1", "'null", "second", "third"]))

    assert row.seller_memo == "second"


@pytest.mark.parametrize(
    ("cells", "receiver"),
    [
        (
            {"收货地址": "浙江省 杭州市 西湖区 a(310000)"},
            (None, "浙江", "浙江省 杭州市 西湖区 a", "310000", None),
        ),
        ({"收货地址": "上海 上海市 ***"}, (None, "上海", "上海 上海市 ***", "", None)),
        (
            {"收货地址": "周强，86-13900000004，江苏省 扬州市 广陵区 示例地址"},
            ("周强", "江苏", "江苏省 扬州市 广陵区 示例地址", "", "13900000004"),
        ),
        (
            {"收货地址": "张**，86-139****0004，江苏省 扬州市 ***", "联系手机": "'", "收货人姓名": "张三"},
            ("张三", "江苏", "江苏省 扬州市 ***", "", "139****0004"),
        ),
        ({"收货地址": "浙江省 a", "修改后的收货地址": "广东省 b"}, (None, "广东", "广东省 b", "", None)),
        ({"收货地址": "浙江省 a", "修改后的收货地址": "null"}, (None, "浙江", "浙江省 a", "", None)),
        ({"收货地址": "杭州市西湖区 a"}, (None, "", "杭州市西湖区 a", "", None)),
        ({"收货地址": "null"}, (None, "", "", "", None)),
        ({"收货地址": "'四川省 成都市 其它区 x(000000)"}, (None, "四川", "四川省 成都市 其它区 x", "", None)),
    ],
)
def test_receiver(cells: dict[str, str], receiver: tuple[str | None, ...]) -> None:
    row = order(**cells)

    assert receiver == (
        row.receiver_name,
        row.receiver_state,
        row.receiver_address,
        row.receiver_zip,
        row.receiver_mobile,
    )


def test_row_without_an_address_column_knows_no_receiver() -> None:
    row = order()

    assert (row.receiver_address, row.receiver_state, row.receiver_name) == (None, None, None)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"买家应付货款": "12.345"}, "money"),
        ({"订单付款时间": "20.11.2026"}, "date"),
        ({"订单状态": "火星状态"}, "status"),
        ({"物流单号": "7.551E+13"}, "number"),
        ({"支付单号": "2.02E+22"}, "number"),
        ({"联系手机": "1.38E+10"}, "number"),
        ({"宝贝总数量": "many"}, "quantity"),
        ({"买家留言": "a\x00b"}, "text"),
        ({"买家留言": "长" * (rows.MAX_MESSAGE + 1)}, "text"),
        ({"买家会员名": "n" * (rows.MAX_NAME + 1)}, "text"),
        ({"收货地址": "a" * (rows.MAX_ADDRESS + 1)}, "text"),
    ],
)
def test_rejected_order_row_names_column_and_value(cells: dict[str, str], code: str) -> None:
    with pytest.raises(RowRejected) as rejected:
        order(**cells)

    ((column, value),) = cells.items()
    error = rejected.value
    assert (error.code, error.row, error.column) == (code, 2, column)
    assert error.value == value[:200]


@pytest.mark.parametrize("tid", ["", "null", "3.51E+16", "abc", '=""'])
def test_order_without_a_readable_number_is_rejected(tid: str) -> None:
    header = read_header(["订单编号", "总金额"])

    with pytest.raises(RowRejected) as rejected:
        read_order_row(header, SheetRow(7, [tid, "1.00"]))

    assert (rejected.value.code, rejected.value.row, rejected.value.column) == ("tid", 7, "订单编号")


@pytest.mark.parametrize(
    ("cells", "code"),
    [({"子订单编号": "4.3E+19"}, "oid"), ({"价格": "-1"}, "money"), ({"购买数量": "0"}, "quantity")],
)
def test_rejected_item_row(cells: dict[str, str], code: str) -> None:
    with pytest.raises(RowRejected) as rejected:
        item(**cells)

    assert rejected.value.code == code


def test_unknown_status_in_an_item_list_is_left_to_the_order_list() -> None:
    assert item(订单状态="火星状态").status is None


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"外部系统编号": "SKU-1", "商家编码": "P-1"}, "SKU-1"),
        ({"外部系统编号": "", "商家编码": "P-1"}, "P-1"),
        ({"商家编码": "P-1"}, "P-1"),
        ({"商家编码": "null"}, None),
        ({}, None),
    ],
)
def test_sku_code_is_the_skus_own_before_the_products(cells: dict[str, str], code: str | None) -> None:
    assert item(**cells).outer_sku_id == code


def test_one_empty_cell_too_many_is_accepted() -> None:
    header = read_header(["订单编号", "标题", "价格"])

    assert read_item_row(header, SheetRow(2, ["1", "小白鞋", "499.00", ""])).price == Decimal("499.00")


def test_cells_that_have_moved_are_rejected() -> None:
    header = read_header(["订单编号", "标题", "价格"])

    with pytest.raises(RowRejected) as rejected:
        read_item_row(header, SheetRow(2, ["1", "羊毛", "羊绒混纺大衣", "1299.00"]))

    assert rejected.value.code == "cells"


@pytest.mark.parametrize("problem", Problem)
def test_unreadable_row_is_rejected_with_its_problem(problem: Problem) -> None:
    header = read_header(["订单编号", "总金额"])

    with pytest.raises(RowRejected) as rejected:
        read_order_row(header, SheetRow(9, ["", "what is left"], problem))

    error = rejected.value
    assert (error.code, error.row, error.column, error.value) == (problem.code, 9, "", "what is left")


CELL = st.text(max_size=30) | st.sampled_from(
    ["null", '=""', "0元", "12.00", "2026-11-20 09:23:06", "交易关闭"]
)


@given(st.sampled_from(["A", "F", "G", "G4", "H", "I", "J"]), st.lists(CELL, max_size=75))
def test_any_cells_give_a_row_or_a_rejection(letter: str, cells: list[str]) -> None:
    header = read_header(header_variants()[letter][1])
    read = read_order_row if header.kind is ListKind.ORDERS else read_item_row

    try:
        row = read(header, SheetRow(2, ["35010000000000001", *cells]))
    except RowRejected:
        return
    assert not any(isinstance(getattr(row, field), float) for field in row.__slots__)
