"""Must hold: what is exported is what the list shows as filtered, for every list that there is (D3)."""

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from orders.models import CarrierBill, CarrierBillLine, Order, Parcel
from orders.services.bulk.running import prepare
from shopdesk.base import clock, exports, tasks
from shopdesk.base.exports import ExportList
from shopdesk.base.models import AuditEntry, Export, Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.services import exports as service
from tests import databases
from tests.factories import NOW, make_staff

# Each list as it opens, and filtered in ways that leave something and leave something out.
QUERIES: dict[str, list[dict[str, str]]] = {
    "approvals": [{}, {"tab": "decided"}, {"tab": "mine"}],
    "arrivals": [{}],
    "batches": [{}],
    "board": [{}, {"tab": "printed"}, {"tab": "packed"}, {"tab": "shipped"}],
    "bulk-results": [{}, {"only": "waiting"}],
    "buying-runs": [{}],
    "carrier-bill": [{}, {"verdict": "right"}],
    "chasing": [{"view": "all"}, {"view": "never", "asked": "no"}],
    "enquiries": [{}, {"ordered": "no"}],
    "exchanges": [{}, {"state": "open"}],
    "flags": [{}, {"tab": "seen"}],
    "holds": [{}, {"tab": "signed"}, {"only": "exchange"}],
    "job-runs": [{}, {"only": "work"}],
    "making": [{}, {"tab": "made"}],
    "members": [{"q": "小"}, {"tier": "1"}, {"view": "lifetime"}],
    "notices": [{}, {"tab": "done"}],
    "orders": [
        {"view": "red"},
        {"view": "paid", "receiver_state": "上海"},
        {"q": "小肥"},
        {"q": "没有这样的"},
    ],
    "people": [{}, {"tab": "off"}],
    "platform-tasks": [{}, {"kind": "memo"}, {"tab": "done"}],
    "problems": [{"state": "open"}, {"kind": "refund_only"}],
    "products": [{"q": "大衣"}, {"kind": "custom"}],
    "promises": [{}, {"tab": "all"}, {"tab": "ended"}],
    "refunds": [{}, {"tab": "done"}],
    "replies": [{}, {"q": "退货"}, {"moment": "shipping"}],
    "returned": [{}, {"goods": "received"}],
    "returns": [{}, {"tab": "awaited"}, {"tab": "unmatched"}],
    "roster": [{}, {"week": "2026-11-16"}],
    "shortages": [{}, {"tab": "ended"}],
    "stock": [{"view": "held"}, {"q": "大衣 38"}],
    "tickets": [{}, {"view": "all", "kind": "return"}, {"view": "all", "q": "小肥"}],
    "to-tell": [{}],
    "trouble": [{}, {"tab": "followed"}],
    "unpaid": [{"closed": "buyer"}, {"from": "2026-11-15", "to": "2026-11-20"}],
}


@pytest.fixture(scope="module", autouse=True)
def shop(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One demo shop for all tests of this file, gone after the last; each test's own changes go before."""
    with django_db_blocker.unblock(), databases.demo_shop():
        yield


@pytest.fixture(autouse=True)
def worker(shop: None, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Noon in the shop. The worker writes at once; three rows are a long list already, read two at a time."""
    monkeypatch.setattr(tasks.write_export, "delay", lambda number: service.work(number))
    monkeypatch.setattr(service, "AT_ONCE", 3)
    with clock.fixed(NOW):
        yield


@pytest.fixture
def clients() -> dict[str, Client]:
    """One of each role; whoever takes out a list sees its page, too."""
    found = {}
    for role in ("supervisor", "manager", "warehouse", "agent"):
        found[role] = Client()
        found[role].force_login(Staff.objects.filter(role=role).order_by("pk")[0])
    return found


def subject_of(listed: ExportList) -> int | None:
    """The bill, or the action on many orders, that a list is about."""
    if listed.code == "carrier-bill":
        bill = CarrierBill.objects.create(
            carrier="zhongtong", month=NOW.date().replace(day=1), file_name="账单.csv", read_at=NOW
        )
        for number, parcel in enumerate(Parcel.objects.filter(stage="shipped")[:60]):
            CarrierBillLine.objects.create(
                bill=bill, key=str(number), row=number, invoice_no=f"7551{number:08}", parcel=parcel, fee=8,
                expected_fee=6, stake=2 + number % 3, verdict="over" if number % 2 else "right", weight_kg=1,
            )  # fmt: skip
        return int(bill.pk)
    if listed.code == "bulk-results":
        supervisor = Staff.objects.filter(role="supervisor").order_by("pk")[0]
        tids = Order.objects.order_by("-created").values_list("pk", flat=True)[:120]
        return int(prepare("note", list(tids), actor=supervisor, now=NOW).pk)
    return None


def pages(client: Client, address: str) -> Iterator[Any]:
    """Every page of a list, as somebody would turn them over."""
    path = address.partition("?")[0]
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, address
        yield answer
        onward = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
        address = path + html.unescape(onward[1]) if onward else ""


def rows_of(answer: Any) -> int:
    """How many rows a page shows, whatever it calls them."""
    context = answer.context
    if "board" in context:
        return len(context["board"].rows)
    if "week" in context:
        return len(context["week"].rows)
    if "groups" in context and "rows" not in context:
        return sum(len(group.lines) for group in context["groups"])
    if context.get("report"):
        return len(context["report"].page.rows)
    names = ("owed", "done", "todos", "cards", "runs", "rows")
    for name in names if "page" in context or "owed" in context else ("people", "rows"):
        if isinstance(context.get(name), list | tuple):
            return len(context[name])
    return len(context["page"].rows)


def take(client: Client, listed: ExportList, query: dict[str, str], kind: str) -> list[list[str]]:
    """The rows of the file, the header first; a long one is fetched from the page of files."""
    answer = client.post(f"{reverse('export', args=[listed.code])}?{urlencode(query)}", {"kind": kind})
    if answer.status_code == 302:
        assert answer["Location"] == reverse("exports"), (listed.code, query)
        export = Export.objects.latest("pk")
        assert export.status == "done", export.error
        answer = client.get(reverse("export-file", args=[export.pk]))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [[_text(cell) for cell in row] for row in sheet.to_python()]


def _text(cell: Any) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def test_every_list_is_looked_at_here() -> None:
    assert set(QUERIES) == {listed.code for listed in exports.registered()}


@pytest.mark.parametrize("code", sorted(QUERIES))
def test_the_file_is_the_list(code: str, clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch) -> None:
    listed = exports.get(code)
    client = clients["manager" if listed.permission == Permission.ADMINISTER else "supervisor"]
    subject = subject_of(listed)
    module = __import__(listed.batches.__module__, fromlist=["BATCH"])
    monkeypatch.setattr(module, "BATCH", 7)
    page = reverse(listed.page, args=[] if subject is None else [subject])
    for query in QUERIES[code]:
        shown = list(pages(client, f"{page}?{urlencode(query)}"))
        asked = query | ({} if subject is None else {"of": str(subject)})
        header, *rows = take(client, listed, asked, "csv")

        texts = "\n".join(html.unescape(answer.content.decode()) for answer in shown)
        assert len(rows) == sum(rows_of(answer) for answer in shown), query
        place = 0
        for row in rows:
            # In the order of the list: what stands in the first column comes up on the page after the last row's.
            place = texts.find(row[0].lstrip("'"), place)
            assert place >= 0, (query, row)
        assert f'action="{reverse("export", args=[code])}' in texts
        workbook = take(client, listed, asked, "xlsx")
        assert workbook[0] == header
        assert [row[0] for row in workbook[1:]] == [row[0].removeprefix("'") for row in rows]
        entry = AuditEntry.objects.filter(action="list.exported").latest("pk")
        assert (entry.subject_id, entry.after["rows"]) == (code, len(rows))
        assert set(entry.after["filters"]) >= set(query)
        assert "小肥" not in str(entry.after)


def test_who_may_take_out_which_list(clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch) -> None:
    # The long ones are not written: this is about who may ask.
    monkeypatch.setattr(tasks.write_export, "delay", lambda number: service._fail(Export(pk=number), "", NOW))
    expected = {
        Permission.EXPORT: {"supervisor", "manager"},
        Permission.EXPORT_WAREHOUSE: {"supervisor", "manager", "warehouse"},
        Permission.CARRIER_BILL: {"supervisor", "manager"},
        Permission.ADMINISTER: {"manager"},
    }
    for listed in exports.registered():
        for role, client in clients.items():
            before = Export.objects.count()
            answer = client.post(reverse("export", args=[listed.code]), {"kind": "csv", "next": "/"})
            # What is refused by the service goes back to the page with a message.
            refused = answer.status_code == 403 or answer.headers.get("Location") == "/"
            if not listed.has_subject:
                assert refused == (role not in expected[listed.permission]), (listed.code, role)
            assert (Export.objects.count() == before) == refused


def test_the_warehouse_takes_out_no_price_and_no_whole_phone(clients: dict[str, Client]) -> None:
    Order.objects.update(receiver_mobile="13812347620")
    phones = 0
    for listed in exports.registered():
        if listed.permission != Permission.EXPORT_WAREHOUSE or listed.has_subject:
            continue
        header, *rows = take(clients["warehouse"], listed, QUERIES[listed.code][0], "csv")
        columns = () if callable(listed.columns) else listed.columns
        money = {str(column.title) for column in columns if column.money}
        assert not money & set(header), listed.code
        assert "13812347620" not in str(rows), listed.code
        phones += str(rows).count("138****7620")
    assert phones


def test_the_page_of_files(clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch) -> None:
    client = clients["supervisor"]
    monkeypatch.setattr(tasks.write_export, "delay", lambda number: None)
    client.post(f"{reverse('export', args=['orders'])}?view=paid&q=小肥", {"kind": "xlsx"})
    export = Export.objects.get()
    service._tell(export.pk, 1234)

    part = client.get(reverse("exports"), headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" in part
    assert ">1234<" in part
    assert "小肥" in part
    with clock.fixed(NOW + timedelta(hours=1)):
        service.cache.clear()
        assert "Nothing has moved for a while" in client.get(reverse("exports")).content.decode()
        monkeypatch.setattr(
            tasks.write_export, "delay", lambda number: service._fail(export, service.FAILED, NOW)
        )
        client.post(reverse("export-again", args=[export.pk]))
    assert "An error on our side" in client.get(reverse("exports")).content.decode()
    monkeypatch.setattr(tasks.write_export, "delay", lambda number: service.work(number))
    client.post(reverse("export-again", args=[export.pk]))
    page = client.get(reverse("exports")).content.decode()
    assert reverse("export-file", args=[export.pk]) in page
    assert "every 2s" not in page
    answer = client.get(reverse("export-file", args=[export.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="orders-2026-11-22-1200.xlsx"'
    assert answer["Cache-Control"] == "no-store"
    other = Client()
    other.force_login(make_staff("supervisor"))
    assert other.get(reverse("export-file", args=[export.pk])).status_code == 404
