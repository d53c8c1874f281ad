import random

import pytest

from orders.imports.errors import ExportFileError
from orders.imports.headers import MAX_COLUMNS, REFUND_COLUMNS, ListKind, read_header

from .made_files import header_variants

VARIANTS = header_variants()
ORDER_LISTS = ["A", "B", "C", "C2", "D", "E", "F", "G", "G2", "G3", "G4"]
ITEM_LISTS = ["H", "I", "J"]

# What every order list and item list of the kind must give, however old it is.
FIELDS_OF = {
    "A": {"tid", "buyer_nick", "payment_no", "paid_fee", "receiver_address", "changed_receiver_address"},
    "B": {"tid", "receiver_phone", "pay_time", "titles", "invoice_no", "refund_fee"},
    "C": {"tid", "end_time", "seller_memo"},
    "C2": {"tid", "payment_no", "payment_details"},
    "F": {"tid", "consign_time", "seller_memo", "buyer_nick"},
    "G": {"tid", "payment_no", "paid_fee", "titles", "memo_tag", "seller_memo", "consign_time"},
    "G2": {"tid", "paid_fee", "status", "pay_time", "consign_time", "payment_no", "payment_details"},
    "G4": {"tid", "goods_payable", "payment", "receiver_address", "created", "titles"},
    "H": {"tid", "title", "price", "num", "outer_sku_id", "outer_iid", "sku_properties_name", "status"},
    "I": {"tid", "oid", "goods_payable", "refund_status", "refund_fee", "created"},
    "J": {"tid", "oid", "title", "price", "num_iid", "paid_fee", "buyer_message", "seller_memo", "memo_tag"},
}


def test_the_data_file_holds_every_variant() -> None:
    assert set(VARIANTS) == {*ORDER_LISTS, *ITEM_LISTS, "J2", "K"}


@pytest.mark.parametrize("letter", [*ORDER_LISTS, *ITEM_LISTS])
def test_variant_is_recognised_by_its_header(letter: str) -> None:
    header = read_header(VARIANTS[letter][1])

    assert header.kind is (ListKind.ORDERS if letter in ORDER_LISTS else ListKind.ITEMS)
    assert header.fields >= FIELDS_OF.get(letter, {"tid"})
    assert all(name == name.strip() for name in header.names)


def test_the_refund_list_is_recognised_with_all_that_the_desk_reads() -> None:
    header = read_header(VARIANTS["K"][1])

    assert header.kind is ListKind.REFUNDS
    assert len(header.names) == 44
    assert header.fields == REFUND_COLUMNS.keys()
    assert [header.names[at] for at in header.columns["ended_at"]] == ["退款完结时间", "完结时间"]


@pytest.mark.parametrize("letter", [*ORDER_LISTS, *ITEM_LISTS])
def test_columns_may_stand_in_any_order(letter: str) -> None:
    names = list(VARIANTS[letter][1])
    expected = read_header(names)
    random.Random(letter).shuffle(names)

    header = read_header(names)

    assert (header.kind, header.fields) == (expected.kind, expected.fields)


@pytest.mark.parametrize("letter", [*ORDER_LISTS, *ITEM_LISTS])
def test_header_cells_may_be_wrapped(letter: str) -> None:
    names = VARIANTS[letter][1]

    assert read_header([f'="{name}"' for name in names]).columns == read_header(names).columns


def test_item_list_with_the_columns_added_in_2026() -> None:
    header = read_header([*VARIANTS["J"][1], *VARIANTS["J2"][1]])

    assert header.kind is ListKind.ITEMS
    assert header.fields >= {"consign_time", "invoice_no", "logistics_company"}


def test_order_list_with_a_column_of_main_order_numbers_is_no_item_list() -> None:
    header = read_header(VARIANTS["D"][1])

    assert header.names[header.columns["tid"][0]] == "订单编号"


@pytest.mark.parametrize(
    "names",
    [
        ["主订单编号", "商品标题", "商品属性"],
        ["订单编号", "标题", "购买数量"],
        ["子订单编号", "主订单编号", "退款状态"],
        ["订单编号", "商家编码", "商品属性", "订单状态"],
    ],
)
def test_few_columns_of_an_item_list_are_enough(names: list[str]) -> None:
    assert read_header(names).kind is ListKind.ITEMS


def test_two_names_of_one_thing_keep_the_order_of_the_file() -> None:
    header = read_header(["订单编号", "商家备注", "订单备注", "订单备注"])

    assert header.columns["seller_memo"] == (1, 2, 3)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["订单编号"], "not_export"),
        (["name", "phone"], "not_export"),
        ([""], "not_export"),
        (["买家会员名", "总金额", "订单状态", "收货地址"], "no_order_number"),
        ([f"列{number}" for number in range(10_000)], "too_many_columns"),
        (["订单编号", "总金额"] * MAX_COLUMNS, "too_many_columns"),
    ],
)
def test_refused_header(names: list[str], code: str) -> None:
    with pytest.raises(ExportFileError) as refused:
        read_header(names)

    assert refused.value.code == code
