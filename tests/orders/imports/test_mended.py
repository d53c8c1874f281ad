import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.imports.cells import clean
from orders.imports.files import open_export
from orders.imports.mended import REASON_COLUMN, defused, mended_csv
from orders.imports.rows import read_order_row

from .made_files import ORDER_CELLS, ORDER_HEADER, order_cells


def written(names: tuple[str, ...], *rows: tuple[list[str], str]) -> bytes:
    return b"".join(mended_csv(names, rows))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '="1"&A1', "＝1"])
def test_cell_that_a_spreadsheet_would_run_is_defused(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ['="35010000000000001"', '=""', "'13800000000", "12.00", "", "买家"])
def test_harmless_cell_stays(cell: str) -> None:
    assert defused(cell) == cell


@given(st.text())
def test_defused_cell_reads_as_before(cell: str) -> None:
    assert clean(defused(cell)) == clean(cell)


def test_file_has_a_byte_order_mark_and_the_reason_last() -> None:
    content = written(ORDER_HEADER, (order_cells(payment="二百"), "Not an amount"))

    text = content.decode("utf-8")
    assert text.splitlines() == [
        "\ufeff" + ",".join([*ORDER_HEADER, REASON_COLUMN]),
        '"=""35010000000000001""",买家00001,二百,等待买家付款,2026-11-20 09:23:06,Not an amount',
    ]


def test_mended_file_is_an_export_again() -> None:
    content = written(ORDER_HEADER, (order_cells(payment="二百"), "Not an amount: 二百"))

    export = open_export(io.BytesIO(content.replace("二百,".encode(), b"200.00,")))
    row = read_order_row(export.header, next(iter(export)))

    assert (row.tid, str(row.payment), row.buyer_nick) == ("35010000000000001", "200.00", "买家00001")


def test_row_rejected_twice_has_one_reason() -> None:
    content = written((*ORDER_HEADER, REASON_COLUMN), ([*ORDER_CELLS, "first reason"], "second reason"))

    header, row = content.decode("utf-8-sig").splitlines()
    assert header.count(REASON_COLUMN) == 1
    assert row.endswith(",second reason")
    assert "first reason" not in row


def test_cells_beyond_the_header_are_not_lost() -> None:
    content = written(ORDER_HEADER, ([*ORDER_CELLS, "beyond"], "too many"))

    assert content.decode("utf-8").splitlines()[1].endswith(",too many,beyond")


def test_empty_cell_beyond_the_header_is_left_out() -> None:
    content = written(ORDER_HEADER, ([*ORDER_CELLS, ""], "reason"))

    assert content.decode("utf-8").splitlines()[1].endswith(",reason")


def test_short_row_has_its_reason_in_the_right_column() -> None:
    content = written(ORDER_HEADER, (["1"], "reason"))

    assert content.decode("utf-8").splitlines()[1] == "1,,,,,reason"


SHEET_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@given(st.lists(st.tuples(SHEET_TEXT, SHEET_TEXT), min_size=1, max_size=5))
def test_round_trip_gives_the_same_values(texts: list[tuple[str, str]]) -> None:
    names = ("订单编号", "买家留言", "商家备注")
    cells = [['="35010000000000001"', message, memo] for message, memo in texts]
    first = open_export(io.BytesIO(written(names, *((row, "") for row in cells))))

    again = written(names, *((row.cells, "reason") for row in first))
    second = open_export(io.BytesIO(again))

    values = [read_order_row(second.header, row) for row in second]
    assert [(row.buyer_message, row.seller_memo) for row in values] == [
        (clean(message), clean(memo)) for message, memo in texts
    ]
