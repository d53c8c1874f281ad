import io
import os
import random
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.imports import csv_sheets, files
from orders.imports.errors import ExportFileError, RowRejected
from orders.imports.files import ExportFile, open_export
from orders.imports.headers import ListKind
from orders.imports.rows import read_item_row, read_order_row
from orders.imports.sheets import Problem, SheetRow

from .made_files import DATA, ORDER_HEADER, csv_bytes, header_variants, order_cells, order_csv

MEGABYTE = 1 << 20
FLAT = 8 * MEGABYTE  # what reading a CSV file may take, whatever its size


@contextmanager
def memory_within(bound: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < bound, f"{peak / MEGABYTE:.1f} MB"


def opened(content: bytes) -> ExportFile:
    return open_export(io.BytesIO(content))


def refusal_of(content: bytes) -> str:
    with memory_within(FLAT), pytest.raises(ExportFileError) as refused:
        opened(content)
    assert "%(" not in refused.value.message
    return refused.value.code


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_csv_is_read_in_any_encoding_of_the_platform(encoding: str) -> None:
    export = opened(order_csv(order_cells(nick="臺灣买家€"), encoding=encoding))

    assert export.header.kind is ListKind.ORDERS
    assert [(row.number, row.cells[1]) for row in export] == [(2, "臺灣买家€")]


@pytest.mark.parametrize("letter", sorted(set(header_variants()) - {"J2"}))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_every_header_variant_opens(letter: str, encoding: str) -> None:
    description, names = header_variants()[letter]

    export = opened(csv_bytes([names, ["1"] * len(names)], encoding))

    lists = {"order": ListKind.ORDERS, "item": ListKind.ITEMS, "refund": ListKind.REFUNDS}
    assert export.header.kind is lists[description.split()[0]]
    assert len(list(export)) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b",,,,\n1,2,3,4,5\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"\x00" * 100_000, "binary"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "binary"),
        (random.Random(1).randbytes(5_000), "binary"),
        (b"\xff\xff\xff\xff\n", "encoding"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504, "old_office"),
        (order_csv(order_cells(), encoding="utf-16"), "encoding"),
        (order_csv(encoding="utf-16-be"), "binary"),
        ("訂單編號,買家會員名,總金額\n1,2,3\n".encode("big5"), "not_export"),
        ("订单编号,总金额\n".encode("shift-jis", "replace"), "not_export"),
        (b"nick,opening_spend,lifetime_address\na,1,b\n", "not_export"),
        ("买家会员名,总金额,订单状态\na,1,b\n".encode(), "no_order_number"),
        (csv_bytes([["订单编号", *(f"列{number}" for number in range(9_999))], ["1"]]), "too_many_columns"),
        ("订单编号,总金额".encode() + b"," * MEGABYTE, "line_too_long"),
        ('"订单编号\n'.encode() * 3_000, "not_export"),
        (b"a\rb\rc", "not_export"),
    ],
)
def test_hostile_file_is_refused_with_its_code(content: bytes, code: str) -> None:
    assert refusal_of(content) == code


def test_two_hundred_megabytes_of_one_line_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as stream:
        for _ in range(200):
            stream.write(b"a" * MEGABYTE)

    with path.open("rb") as stream, memory_within(FLAT), pytest.raises(ExportFileError) as refused:
        open_export(stream)

    assert refused.value.code == "line_too_long"


def test_long_line_below_the_header_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as stream:
        stream.write(order_csv(order_cells()))
        for _ in range(40):
            stream.write(b"a" * MEGABYTE)
        stream.write(b"\n" + csv_bytes([order_cells()], "utf-8"))

    with path.open("rb") as stream, memory_within(FLAT):
        rows = [(row.number, row.problem) for row in open_export(stream)]

    assert rows == [(2, None), (3, Problem.TOO_LONG), (4, None)]


def test_file_past_the_limit_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_CSV_BYTES", MEGABYTE)
    path = tmp_path / "sparse.csv"
    with path.open("wb") as stream:
        stream.write(order_csv(order_cells()))
        os.truncate(stream.fileno(), MEGABYTE + 1)

    with path.open("rb") as stream, pytest.raises(ExportFileError) as refused:
        open_export(stream)

    assert refused.value.code == "file_too_large"


def test_reading_a_large_file_takes_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    line = csv_bytes([order_cells(nick="买家" * 30)], "utf-8")
    with path.open("wb") as stream:
        stream.write(order_csv())
        stream.writelines(line for _ in range(80_000))

    with path.open("rb") as stream, memory_within(FLAT):
        export = open_export(stream)
        count = sum(1 for row in export if read_order_row(export.header, row))

    assert count == 80_000
    assert path.stat().st_size > 2 * FLAT
    assert export.fraction_read == 1


def test_row_numbers_count_rows_of_the_sheet() -> None:
    content = order_csv(order_cells(nick="two\nlines"), [], order_cells(nick="after a blank row"))

    assert [(row.number, row.cells[1]) for row in opened(content)] == [
        (2, "two\nlines"),
        (4, "after a blank row"),
    ]


def test_bad_byte_costs_one_row() -> None:
    good = csv_bytes([order_cells()], "gb18030")
    content = (
        csv_bytes([ORDER_HEADER], "gb18030")
        + good
        + good.replace("买家0".encode("gb18030"), b"\xff\xff")
        + good
    )

    rows = list(opened(content))

    assert [(row.number, row.problem) for row in rows] == [(2, None), (3, Problem.ENCODING), (4, None)]
    with pytest.raises(RowRejected) as rejected:
        read_order_row(opened(content).header, rows[1])
    assert (rejected.value.code, rejected.value.row) == ("encoding", 3)


def test_row_in_another_encoding_costs_one_row() -> None:
    content = (
        order_csv(order_cells()) + csv_bytes([order_cells()], "gb18030") + csv_bytes([order_cells()], "utf-8")
    )

    assert [row.problem for row in opened(content)] == [None, Problem.ENCODING, None]


def test_open_quotation_mark_costs_one_row() -> None:
    broken = b'="2","never closed,12.00\r\n'
    good = csv_bytes([order_cells()], "utf-8").replace(b'"', b"").replace(b"===", b"=")
    content = order_csv() + broken + good * 2_000

    rows = list(opened(content))

    assert len(rows) == 2_001
    assert rows[0] == SheetRow(2, ['="2"', "never closed,12.00"], Problem.OPEN_QUOTE)
    assert all(row.problem is None for row in rows[1:])


def test_open_quotation_mark_at_the_end_costs_one_row() -> None:
    content = order_csv(order_cells()) + b'"open'

    assert [(row.number, row.problem) for row in opened(content)] == [(2, None), (3, Problem.OPEN_QUOTE)]


def test_row_before_a_long_line_is_not_lost_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_sheets, "MAX_LINE_BYTES", 500)
    content = order_csv() + b'"open\n' + b"a" * 2_000 + b"\n" + csv_bytes([order_cells()], "utf-8")

    assert [row.problem for row in opened(content)] == [Problem.OPEN_QUOTE, Problem.TOO_LONG, None]


def test_quotation_mark_inside_a_cell_is_text() -> None:
    content = order_csv() + '1,5" 买家,1.00,,\r\n2,b,1.00,,\r\n'.encode()

    assert [row.cells[1] for row in opened(content)] == ['5" 买家', "b"]


def test_formula_in_a_csv_is_text() -> None:
    content = order_csv(order_cells(nick="=HYPERLINK(1)"))
    export = opened(content)

    assert read_order_row(export.header, next(iter(export))).buyer_nick == "=HYPERLINK(1)"


def test_duplicate_order_numbers_are_both_yielded() -> None:
    assert len(list(opened(order_csv(order_cells(payment="1.00"), order_cells(payment="2.00"))))) == 2


def test_ten_thousand_cells_in_one_row_cost_that_row() -> None:
    export = opened(order_csv(["1"] * 10_000, order_cells()))

    rows = list(export)

    assert len(rows) == 2
    with pytest.raises(RowRejected) as rejected:
        read_order_row(export.header, rows[0])
    assert rejected.value.code == "cells"


def test_old_item_rows_have_one_cell_more_than_the_header() -> None:
    with (DATA / "taobao/2017/items.csv").open("rb") as stream:
        export = open_export(stream)
        rows = list(export)

    assert {len(row.cells) - len(export.header.names) for row in rows} == {1}
    assert all(read_item_row(export.header, row).tid for row in rows)


def test_fraction_read_grows() -> None:
    export = opened(order_csv(*[order_cells()] * 1_000))
    before = export.fraction_read

    middle = [export.fraction_read for _ in zip(export, range(500), strict=False)][-1]

    assert 0 <= before < 0.01 < middle < 1


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for stream in (io.BytesIO(content), io.BytesIO(order_csv() + content)):
        try:
            rows = list(open_export(stream))
        except ExportFileError:
            continue
        assert [row.number for row in rows] == sorted({row.number for row in rows})


@given(st.binary(max_size=400))
def test_any_rows_are_read_or_rejected(content: bytes) -> None:
    try:
        export = opened(order_csv() + content)
    except ExportFileError:
        return
    for row in export:
        try:
            read_order_row(export.header, row)
        except RowRejected as rejected:
            code, reason = rejected.code, str(rejected.reason)
            break
    else:
        return
    assert code
    assert reason


@settings(deadline=None)
@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=5, max_size=5), max_size=6)
)
def test_any_rows_written_as_csv_are_read_back(cells: list[list[str]]) -> None:
    cells = [[cell.replace("\r", " ").replace("\n", " ") for cell in row] for row in cells]

    rows = list(opened(order_csv(order_cells(), *cells)))[1:]

    assert [row.cells for row in rows] == [row for row in cells if any(row)]


@pytest.mark.parametrize("content", [order_csv(), order_csv([], ["", ""])], ids=["header only", "blank rows"])
def test_a_header_alone_is_an_export_of_nothing(content: bytes) -> None:
    export = open_export(io.BytesIO(content))

    assert export.is_empty
    assert list(export) == []
