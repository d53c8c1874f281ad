"""Made refund lists in the shape of header K, as files."""

import csv
import io
import json
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from shopdesk.base.spreadsheets import xlsx_file

_HEADERS = Path(__file__).parent.parent / "data" / "taobao-headers.txt"


def header_k() -> list[str]:
    """The 44 columns of 2026."""
    lines = _HEADERS.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("## K"))
    return lines[place + 1].split(",")


HEADER = header_k()


def row(tid: str, number: str = "901", **said: str) -> dict[str, str]:
    """A return that waits for our answer, as the platform writes it."""
    return {
        "订单编号": f'="{tid}"',
        "退款编号": f'="{number}"',
        "支付单号": '="2026112022001100000000000001"',
        "宝贝标题": "小白鞋",
        "买家实际支付金额": "499.00",
        "买家退款金额": "499.00",
        "手工退款/系统退款": "手工退款",
        "售后类型": "退货退款",
        "退款的申请时间": "2026-11-22 09:00:00",
        "超时时间": "2026-11-24 09:00:00",
        "退款状态": "买家已经申请退款，等待卖家同意",
        "货物状态": "买家已收到货",
        "客服介入状态": "客服未介入",
        "卖家手机": "'13800009999",
        "退货物流单号": "'null",
        "买家退款原因": "质量问题",
        "买家退款说明": "鞋底开胶",
        "售中或售后": "售后",
    } | said


def cells(rows: tuple[dict[str, str], ...], header: list[str]) -> list[list[str]]:
    return [[fields.get(name, "") for name in header] for fields in rows]


class RefundDesk:
    """Writes refund lists and imports them by the command."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def path(self, suffix: str) -> Path:
        self.count += 1
        return self.folder / f"refunds{self.count}.{suffix}"

    def write(
        self, *rows: dict[str, str], encoding: str = "utf-8-sig", header: list[str] | None = None
    ) -> Path:
        header = header or HEADER
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(cells(rows, header))
        path = self.path("csv")
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    def write_xlsx(self, *rows: dict[str, str]) -> Path:
        path = self.path("xlsx")
        path.write_bytes(xlsx_file(HEADER, cells(rows, HEADER)))
        return path

    def take(self, *rows: dict[str, str], **options: Any) -> dict[str, Any]:
        return self.take_file(self.write(*rows, **options))

    def take_file(self, path: Path, *options: str) -> dict[str, Any]:
        out = StringIO()
        call_command("import_orders", str(path), "--json", *options, stdout=out)
        report: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
        return report


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, waiting."""
    refunds = report["refunds"]
    return refunds["created"], refunds["updated"], refunds["unchanged"], refunds["waiting"]
