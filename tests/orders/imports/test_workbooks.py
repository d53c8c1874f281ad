import io
import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from orders.imports import workbooks
from orders.imports.errors import ExportFileError, RowRejected
from orders.imports.files import open_export
from orders.imports.headers import ListKind
from orders.imports.rows import read_order_row

from .made_files import (
    DATA,
    MAIN,
    ORDER_HEADER,
    PACKAGE,
    RELATIONS,
    order_cells,
    text_cell,
    text_row,
    workbook,
)

MEGABYTE = 1 << 20
BOUND = 16 * MEGABYTE  # what measuring a workbook may take before it is refused


def order_workbook(*rows_xml: str, **arguments: dict[str, str | bytes]) -> bytes:
    return workbook(text_row(1, ORDER_HEADER) + "".join(rows_xml), **arguments)


def refusal_of(content: bytes) -> str:
    tracemalloc.start()
    try:
        with pytest.raises(ExportFileError) as refused:
            open_export(io.BytesIO(content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < BOUND
    assert "%(" not in refused.value.message
    return refused.value.code


def test_sample_workbooks_are_recognised_by_content() -> None:
    with (
        (DATA / "taobao/2026/orders.xlsx").open("rb") as orders,
        (DATA / "taobao/2026/items.xlsx").open("rb") as items,
    ):
        kinds = [open_export(orders).header.kind, open_export(items).header.kind]

    assert kinds == [ListKind.ORDERS, ListKind.ITEMS]


def test_wrong_dimension_and_blank_rows_do_not_matter() -> None:
    content = order_workbook(text_row(3, order_cells()), text_row(5, order_cells(nick="b")))

    export = open_export(io.BytesIO(content))

    assert [(row.number, row.cells[1]) for row in export] == [(3, "买家00001"), (5, "b")]
    assert export.fraction_read == 1


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<v>350100000000001</v>", "350100000000001"),
        ("<v>35010000000000001</v>", "3.50100000000000E+16"),
        ("<v>3.501E+16</v>", "3.50100000000000E+16"),
        ("<v>12.5</v>", "12.5"),
        ("<v>39</v>", "39"),
        ("<f>1+1</f><v>2</v>", "2"),
        ("<f>HYPERLINK(1)</f>", ""),
        ("<v>1e999</v>", "INF"),
    ],
)
def test_cell_without_text(cell: str, text: str) -> None:
    row = f'<row r="2">{text_cell("A2", "1")}<c r="B2">{cell}</c></row>'

    export = open_export(io.BytesIO(order_workbook(row)))

    assert next(iter(export)).cells[1] == text


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="B2" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="B2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "ab"),
        ('<c r="B2" t="d"><v>2026-11-20T09:23:06</v></c>', "2026-11-20 09:23:06"),
        (
            '<c r="B2" t="inlineStr"><is><r><t xml:space="preserve">two </t></r><r><t>runs</t></r></is></c>',
            "two runs",
        ),
    ],
)
def test_cell_of_another_type(cell: str, text: str) -> None:
    export = open_export(io.BytesIO(order_workbook(f'<row r="2">{text_cell("A2", "1")}{cell}</row>')))

    assert next(iter(export)).cells[1] == text


def test_date_cell_reads_as_a_time() -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>'
    )
    row = f'<row r="2">{text_cell("A2", "1")}<c r="E2" s="1"><v>46346.5</v></c></row>'

    export = open_export(io.BytesIO(order_workbook(row, extra={"xl/styles.xml": styles})))

    assert str(read_order_row(export.header, next(iter(export))).created) == "2026-11-20 12:00:00+08:00"


def test_order_number_held_as_a_number_is_rejected_when_digits_are_lost() -> None:
    kept = '<row r="2"><c r="A2"><v>350100000000001</v></c></row>'
    lost = '<row r="3"><c r="A3"><v>3501000000000001</v></c></row>'
    export = open_export(io.BytesIO(order_workbook(kept, lost)))
    rows = list(export)

    assert read_order_row(export.header, rows[0]).tid == "350100000000001"
    with pytest.raises(RowRejected) as rejected:
        read_order_row(export.header, rows[1])
    assert (rejected.value.code, rejected.value.row) == ("tid", 3)


def shared_texts(*texts: str) -> dict[str, str | bytes]:
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return {
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{items}</sst>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
    }


def test_shared_texts_are_read() -> None:
    row = f'<row r="2">{text_cell("A2", "1")}<c r="B2" t="s"><v>1</v></c></row>'

    export = open_export(io.BytesIO(order_workbook(row, extra=shared_texts("a", "买家"))))

    assert next(iter(export)).cells[1] == "买家"


@pytest.mark.parametrize("tells_the_truth", [True, False])
def test_zip_bomb_is_refused(tells_the_truth: bool) -> None:
    content = io.BytesIO(order_workbook(text_row(2, order_cells())))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/worksheets/sheet2.xml", "w") as bomb:
            bomb.write(b"<a>")
            for _ in range(workbooks.MAX_UNPACKED_BYTES // MEGABYTE + 1):
                bomb.write(b" " * MEGABYTE)
        if not tells_the_truth:
            archive.getinfo("xl/worksheets/sheet2.xml").file_size = 3

    assert len(content.getvalue()) < MEGABYTE
    assert refusal_of(content.getvalue()) == "xlsx_too_large"


@pytest.mark.parametrize(
    "cell",
    [
        text_cell("XFD1048576", "x"),
        '<c r="XFD1048576"/>',
        "<c r = 'XFD1048576' t='str'><v>x</v></c>",
        '<c a=">" r="XFD1048576"/>',
        '<c r="A4000000"><v>1</v></c>',
        '<c r="&#88;FD1048576"/>',
        '<x:c xmlns:x="y" r="XFD1048576"/>',
    ],
)
def test_one_cell_in_the_far_corner_is_refused(cell: str) -> None:
    assert refusal_of(order_workbook(f"<row>{cell}</row>")) == "xlsx_too_large"


def test_long_text_shared_by_many_cells_is_refused() -> None:
    cells = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(2, 9_000))

    assert refusal_of(order_workbook(cells, extra=shared_texts("长" * 32_000))) == "xlsx_too_large"


def test_ten_thousand_columns_are_refused() -> None:
    names = "".join(f"<c t='inlineStr'><is><t>列{at}</t></is></c>" for at in range(10_000))

    assert refusal_of(workbook(f'<row r="1">{names}</row>')) == "too_many_columns"


def test_workbook_larger_than_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as stream:
        stream.write(order_workbook())
        stream.truncate(workbooks.MAX_XLSX_BYTES + 1)

    with path.open("rb") as stream, pytest.raises(ExportFileError) as refused:
        open_export(stream)

    assert refused.value.code == "xlsx_too_large"


def test_archive_of_very_many_entries_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"xl/{number}", b"")
        archive.writestr("xl/workbook.xml", b"<a/>")

    assert refusal_of(content.getvalue()) == "xlsx_too_large"


def archive_of(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"<a/>")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (archive_of("orders.csv"), "zip"),
        (archive_of(), "zip"),
        (archive_of("xl/workbook.bin"), "zip"),
        (archive_of("content.xml", "xl/workbook.xml"), "zip"),
        (archive_of("xl/workbook.xml"), "damaged"),
        (b"PK\x03\x04" + b"\x00" * 100, "damaged"),
        (order_workbook(text_row(2, order_cells()))[:-200], "damaged"),
        (workbook("<row><c></row>"), "damaged"),
        (workbook('<row><c r="1A"/></row>'), "damaged"),
        (workbook("", {"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "damaged"),
        (
            workbook(
                "", {"xl/_rels/workbook.xml.rels": '<a><Relationship Id="rId1" Target="hidden.bin"/></a>'}
            ),
            "damaged",
        ),
        (workbook(""), "not_export"),
        (workbook(text_row(2, ORDER_HEADER)), "not_export"),
    ],
)
def test_refused_workbook(content: bytes, code: str) -> None:
    assert refusal_of(content) == code


def test_damaged_workbooks_are_read_or_refused() -> None:
    whole = (DATA / "taobao/2026/orders.xlsx").read_bytes()
    chance = random.Random(2026)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        if chance.random() < 0.3:
            del content[chance.randrange(len(content)) :]
        try:
            rows = list(open_export(io.BytesIO(bytes(content))))
        except ExportFileError:
            continue
        assert rows
