"""Hostile files: each is answered with a clear message, and nothing is half imported."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from orders.models import Order, WaitingRow

HEADER = "订单编号,买家会员名,总金额,订单状态,订单创建时间\n"
ROW = '="4326000000000000001",公主小肥,505.00,等待买家付款,2026-11-20 12:00:00\n'
SAMPLES = Path(__file__).parent.parent / "data" / "taobao"

pytestmark = pytest.mark.django_db


def zip_bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(400):
                sheet.write(b" " * (1 << 20))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: b"", "The file is empty"),
        (lambda: random.Random(1).randbytes(100_000), None),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000), None),
        (lambda: b"x" * (50 << 20), None),
        (zip_bomb, None),
        (lambda: b"PK\x03\x04" + bytes(100), None),
        (lambda: (",".join(f"c{n}" for n in range(10_000)) + "\n" + "1," * 10_000).encode(), "columns"),
        (lambda: (HEADER + ROW).encode("utf-16"), None),
    ],
    ids=[
        "empty",
        "noise",
        "a picture",
        "one line",
        "a bomb",
        "half a zip",
        "10 000 columns",
        "UTF-16",
    ],
)
def test_what_is_no_export_is_refused_whole(
    tmp_path: Path, content: Callable[[], bytes], message: str | None
) -> None:
    good, bad = SAMPLES / "2017" / "orders.csv", tmp_path / "bad.csv"
    bad.write_bytes(content())

    with pytest.raises(CommandError, match=message) as refusal:
        call_command("import_orders", str(good), str(bad), stdout=StringIO())

    assert refusal.value.returncode == 2
    assert str(refusal.value).startswith("bad.csv: ")
    assert len(str(refusal.value)) > 20
    assert not Order.objects.exists()
    assert not WaitingRow.objects.exists()


def test_a_header_alone_is_an_export_of_nothing(tmp_path: Path) -> None:
    bare, out = tmp_path / "bare.csv", StringIO()
    bare.write_text(HEADER, "utf-8")

    call_command("import_orders", str(bare), str(SAMPLES / "2017" / "orders.csv"), stdout=out)

    assert "60 created" in out.getvalue()
    assert "bare.csv: The file has a header and nothing below it" in out.getvalue()


def test_a_formula_is_text_and_never_run(tmp_path: Path) -> None:
    path, out = tmp_path / "formula.csv", StringIO()
    path.write_text(HEADER + ROW.replace("公主小肥", '"=HYPERLINK(""http://x"",""y"")"'), "utf-8")

    call_command("import_orders", str(path), "--json", stdout=out)

    assert json.loads(out.getvalue())["created"] == 1
    assert Order.objects.get().buyer_id == '=HYPERLINK("http://x","y")'


def test_a_row_that_does_not_decode_is_rejected_alone(tmp_path: Path) -> None:
    path, out = tmp_path / "bytes.csv", StringIO()
    broken = ROW.replace("0001", "0002").encode().replace("公主".encode(), b"\xff\xfe")
    path.write_bytes((HEADER + ROW).encode() + broken)

    call_command("import_orders", str(path), "--json", stdout=out)

    report = json.loads(out.getvalue())
    assert (report["created"], [r["row"] for r in report["rejected"]]) == (1, [3])
    assert report["rejected"][0]["code"] == "encoding"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no such file"):
        call_command("import_orders", str(tmp_path / "none.csv"), stdout=StringIO())
