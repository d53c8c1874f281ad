"""F1, F6, T1: the file of labels, the one place with phones, and tracking numbers that come back by file."""

import csv
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from orders.models import Parcel
from orders.rules.notes import NoteForm
from orders.services.notes import add_note
from orders.services.parcels.printing import print_ready
from orders.services.parcels.slips import void_slip
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_staff
from tests.orders.parcel_scenes import (
    PHONE,
    notice_on,
    numbers_file,
    packed,
    parcel_of,
    printed,
    ready_order,
    talkative_order,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
ClientOf = Callable[..., Client]


def test_the_label_file_holds_phones_and_who_took_it_is_logged(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    order = talkative_order(receiver_name="=cmd()")
    add_note(order.tid, "客户要求周末送货", actor=make_staff("agent"), form=NoteForm.DELIVERY_TIME, now=NOW)
    gone = ready_order()
    batch = print_ready(actor=make_staff("warehouse"), now=NOW).batches[0]
    void_slip(parcel_of(gone), "changed", now=NOW)

    answer = client.post(reverse("warehouse:labels-csv", args=[batch.pk]))
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    header, row = list(csv.reader(io.StringIO(content)))
    assert dict(zip(header, row, strict=True)) == {
        "包裹号": f"P{parcel_of(order).pk}", "订单号": order.tid, "收件人": "'=cmd()", "手机": PHONE,
        "电话": "021-55558888", "省份": "上海", "地址": order.receiver_address, "邮编": "", "快递公司": "中通快递",
        "物品": "【韩国现货】小白鞋 颜色分类：白色;尺码：37 ×1", "件数": "1", "备注": "客户要求周末送货",
    }  # fmt: skip
    answer = client.post(reverse("warehouse:labels-xlsx", args=[batch.pk]))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert (len(sheet), sheet[1][3], answer["Cache-Control"]) == (2, PHONE, "no-store")
    kinds = [entry.after for entry in AuditEntry.objects.filter(action="labels.taken").order_by("pk")]
    assert kinds == [{"kind": "csv", "parcels": 1}, {"kind": "xlsx", "parcels": 1}]
    assert PHONE not in str(list(AuditEntry.objects.values_list("before", "after")))


def test_a_batch_with_nothing_to_label_gives_no_file(client_of: ClientOf) -> None:
    order = ready_order()
    parcel = printed(order)
    notice_on(order)

    answer = client_of("warehouse").post(reverse("warehouse:labels-csv", args=[parcel.batch_id]), follow=True)

    assert "No parcel of this batch waits for a label" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="labels.taken").exists()


def test_tracking_numbers_come_back_by_file_and_twice_changes_nothing(client_of: ClientOf) -> None:
    client = client_of("warehouse")
    ids = [packed(ready_order()).pk for _ in range(2)]
    waiting = printed(ready_order()).pk
    rows = [*ids, waiting, "P99999999,73100000000077,中通", f"P{ids[0]},,", "x,y,z"]

    page = client.post(reverse("warehouse:numbers-take"), {"file": numbers_file(*rows)}).content.decode()

    assert list(Parcel.objects.order_by("pk").values_list("stage", flat=True)) == [
        "shipped",
        "shipped",
        "printed",
    ]
    assert page.count(">shipped<") == 2
    for said in (
        "not packed yet",
        "There is no parcel for “P99999999”",
        "goes out with its tracking number",
        "“x”",
    ):
        assert said in page
    before = list(Parcel.objects.order_by("pk").values())
    page = client.post(reverse("warehouse:numbers-take"), {"file": numbers_file(*ids)}).content.decode()
    assert page.count("known before") == 2
    assert list(Parcel.objects.order_by("pk").values()) == before


def test_a_file_may_name_the_order_instead(client_of: ClientOf) -> None:
    order = ready_order()
    packed(order)
    file = numbers_file(f"{order.tid},SF1234567890123,顺丰", header="订单号,运单号,快递公司")

    client_of("warehouse").post(reverse("warehouse:numbers-take"), {"file": file})

    parcel = parcel_of(order)
    assert (parcel.stage, parcel.carrier, parcel.invoice_no) == ("shipped", "shunfeng", "SF1234567890123")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        ("包裹号,快递公司\r\nP1,中通".encode(), "must name the columns"),
        (b"PK\x03\x04nonsense", "damaged"),
        (b"\x89PNG\r\n\x1a\n....", "other kind of file"),
        (("包裹号,运单号\r\n" + "P1,73100000000001\r\n" * 2001).encode(), "more than 2000 rows"),
        (b"x" * ((5 << 20) + 1), "larger than 5 MB"),
    ],
)
def test_a_file_that_is_none_is_refused(client_of: ClientOf, content: bytes, said: str) -> None:
    file = SimpleUploadedFile("numbers.csv", content)
    answer = client_of("warehouse").post(reverse("warehouse:numbers-take"), {"file": file})
    assert answer.status_code == 422
    assert said in answer.content.decode()
