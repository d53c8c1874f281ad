"""Export files made by hand for tests: any cells, any encoding, any damage."""

import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"

ORDER_HEADER = ("订单编号", "买家会员名", "总金额", "订单状态", "订单创建时间")
ORDER_CELLS = ('="35010000000000001"', "买家00001", "12.00", "等待买家付款", "2026-11-20 09:23:06")

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def header_variants() -> dict[str, tuple[str, list[str]]]:
    """Each variant's letter with its description and its column names as they stand in the file."""
    variants = {}
    lines = (DATA / "taobao-headers.txt").read_text(encoding="utf-8").splitlines()
    for title, names in itertools.pairwise(lines):
        if title.startswith("## "):
            letter, _, description = title.removeprefix("## ").partition(": ")
            variants[letter] = (description, names.split(","))
    return variants


def csv_bytes(rows: Iterable[Sequence[str]], encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def order_csv(*rows: Sequence[str], encoding: str = "utf-8-sig") -> bytes:
    return csv_bytes([ORDER_HEADER, *rows], encoding)


def order_cells(**changed: str) -> list[str]:
    cells = dict(zip(("tid", "nick", "payment", "status", "created"), ORDER_CELLS, strict=True))
    return list((cells | changed).values())


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def text_row(number: int, texts: Sequence[str]) -> str:
    cells = "".join(text_cell(f"{chr(ord('A') + at)}{number}", text) for at, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


def workbook(rows_xml: str, extra: dict[str, str | bytes] | None = None, dimension: str = "A1") -> bytes:
    """A workbook of one sheet; `extra` adds or replaces entries of the archive."""
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="export" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship '
        f'Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/>'
        f"<sheetData>{rows_xml}</sheetData></worksheet>",
    } | (extra or {})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
    return content.getvalue()
