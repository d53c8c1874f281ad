"""D3: what a spreadsheet would run is defused, and tables come out as they went in."""

import io
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from shopdesk.base.spreadsheets import csv_lines, defused, xlsx_file


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_text_that_would_run_is_defused(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["小白鞋", "a=b", "", 7, Decimal("-1.50"), None])
def test_anything_else_stays_as_it_is(cell: str | int | Decimal | None) -> None:
    assert defused(cell) == cell


def test_a_csv_file_begins_with_a_mark_and_keeps_its_rows() -> None:
    text = "".join(csv_lines(["商品", "件数"], [["小白鞋,白", 2], ["=1+1", None]]))

    assert text == '\ufeff商品,件数\r\n"小白鞋,白",2\r\n\'=1+1,\r\n'


def test_a_workbook_holds_texts_as_texts() -> None:
    content = xlsx_file(["商品", "件数"], [["=1+1", 2], ["小白鞋", Decimal("1.50")]])

    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows == [["商品", "件数"], ["=1+1", 2.0], ["小白鞋", 1.5]]
