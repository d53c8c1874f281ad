"""F8: every row of a carrier's bill is accounted for, checked against parcel and tariff, and read once."""

import io
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from orders.models import CarrierBill, CarrierBillLine
from orders.rules.carrier_bills import Verdict, judge, judge_unbilled
from orders.selectors.carrier_bills import summaries
from orders.services.carrier_bills import read_bill, resolve_line
from shipping.models import TariffRow
from shipping.rules import Tariff
from shipping.services import ensure_starting_tariffs
from shopdesk.base import clock
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_staff
from tests.orders.shipped_parcels import make_shipped_order, make_shipped_parcel

D = Decimal
# S3: first 1 kg 10, each further kg 4.
TARIFF = Tariff("zhongtong", "甘肃", D(1), D(10), D(1), D(4))
MONTH = date(2026, 11, 1)
HEADER = "运单号,计费重量,运费,目的地,日期"


@pytest.mark.parametrize(
    ("fee", "weight", "own", "facts", "verdict", "expected", "stake"),
    [
        ("18.00", "2.4", None, {}, Verdict.RIGHT, "18.00", "0"),
        ("18.00", None, "2.4", {}, Verdict.RIGHT, "18.00", "0"),
        ("22.00", "3.4", "2.4", {}, Verdict.OVER, "18.00", "4.00"),
        ("10.01", "0.3", None, {}, Verdict.OVER, "10.00", "0.01"),
        ("9.00", "1", None, {}, Verdict.UNDER, "10.00", "0"),
        ("10.00", None, None, {}, Verdict.RIGHT, "10.00", "0"),
        ("18.00", "2.4", None, {"billed_before": True}, Verdict.DOUBLED, "18.00", "18.00"),
        ("18.00", "2.4", None, {"known": False, "tariff": None}, Verdict.UNKNOWN, None, "18.00"),
        ("18.00", "2.4", None, {"tariff": None}, Verdict.NO_TARIFF, None, "18.00"),
    ],
)
def test_a_line_is_judged_by_the_tariff(fee, weight, own, facts, verdict, expected, stake):
    facts = {"billed_before": False, "known": True, "tariff": TARIFF} | facts
    found = judge(D(fee), D(weight) if weight else None, own_weight=D(own) if own else None, **facts)
    assert (found.verdict, found.expected, found.stake) == (
        verdict,
        D(expected) if expected else None,
        D(stake),
    )


def test_a_parcel_never_billed_may_still_cost_its_tariff():
    assert judge_unbilled(TARIFF, D("2.4")).stake == 18
    assert judge_unbilled(None, None).stake == 0


@pytest.fixture
def shop(db):
    ensure_starting_tariffs()
    return make_staff("supervisor")


def parcel(number: str, province: str = "上海", **fields):
    order = make_shipped_order(receiver_state=province)
    return make_shipped_parcel(order, invoice_no=number, carrier="zhongtong", **fields)


def fee_to(province: str, weight: str) -> Decimal:
    row = TariffRow.objects.filter(carrier="zhongtong", province=province).latest("valid_from")
    return Tariff("zhongtong", province, row.first_kg, row.first_fee, row.step_kg, row.extra_fee).fee(
        D(weight)
    )


def csv(*rows: str, header: str = HEADER) -> io.BytesIO:
    return io.BytesIO("\r\n".join([header, *rows]).encode("gb18030"))


def read(content, actor, **asked):
    asked = {"carrier": "zhongtong", "month": MONTH, "file_name": "账单.csv", "now": NOW} | asked
    return read_bill(content, actor=actor, **asked)


def found() -> dict[str, str]:
    return dict(CarrierBillLine.objects.exclude(invoice_no="").values_list("invoice_no", "verdict"))


ROWS = (
    "75510000000001,2.4,{right},上海,2026-11-21",
    "75510000000002,1,{over},上海,",
    "75519999999999,1,6.00,北京,",
)


def mixed(shop) -> io.BytesIO:
    for number in ("75510000000001", "75510000000002", "75510000000003", "75510000000004"):
        parcel(number)
    right, over = fee_to("上海", "2.4"), fee_to("上海", "1") + D("2.50")
    rows = [row.format(right=right, over=over) for row in ROWS]
    return csv(*rows, rows[0], "75510000000004,abc,6.00,,", ",1,6.00,,")


def test_every_row_is_accounted_for_with_its_sum(shop):
    report = read(mixed(shop), shop)
    assert (report.rows, report.new, report.known, report.rejected) == (6, 4, 0, 2)
    (summary,) = summaries([report.bill])
    tallies = {tally.verdict: tally for tally in summary.tallies}
    assert {verdict: tally.lines for verdict, tally in tallies.items() if tally.lines} == {
        Verdict.RIGHT: 1,
        Verdict.OVER: 1,
        Verdict.UNKNOWN: 1,
        Verdict.DOUBLED: 1,
        Verdict.REJECTED: 2,
        # 0003 was not on it, 0004 only on a row that could not be read.
        Verdict.NEVER_BILLED: 2,
    }
    assert summary.lines == report.rows
    assert tallies[Verdict.OVER].stake == D("2.50")
    assert tallies[Verdict.UNKNOWN].stake == 6
    assert tallies[Verdict.DOUBLED].stake == fee_to("上海", "2.4")
    assert tallies[Verdict.NEVER_BILLED].stake == 2 * fee_to("上海", "1")
    assert summary.stake == sum(CarrierBillLine.objects.values_list("stake", flat=True))


def test_the_same_file_read_again_changes_nothing(shop):
    content = mixed(shop)
    read(content, shop)
    before = sorted(CarrierBillLine.objects.exclude(verdict="rejected").values_list())
    report = read(content, shop)
    assert (report.new, report.known, report.rejected) == (0, 4, 2)
    assert sorted(CarrierBillLine.objects.exclude(verdict="rejected").values_list()) == before
    assert CarrierBill.objects.count() == 1


def test_mended_rows_are_taken_in_and_what_was_never_billed_is_billed_then(shop):
    read(mixed(shop), shop)
    report = read(csv(f"75510000000004,1,{fee_to('上海', '1')},,"), shop)
    assert (report.new, report.rejected) == (1, 0)
    assert found()["75510000000004"] == Verdict.RIGHT
    assert not CarrierBillLine.objects.filter(verdict="rejected").exists()


def test_a_parcel_billed_again_next_month_is_doubled_and_not_missing(shop):
    parcel("75510000000001")
    read(csv("75510000000001,1,6.00,,"), shop)
    read(csv("75510000000001,1,6.00,,"), shop, month=date(2026, 12, 1))
    verdicts = CarrierBillLine.objects.order_by("pk").values_list("bill__month__month", "verdict")
    assert [verdict for _month, verdict in verdicts][1] == Verdict.DOUBLED
    assert not CarrierBillLine.objects.filter(verdict=Verdict.NEVER_BILLED).exists()


def test_never_billed_are_those_of_the_carrier_and_the_month(shop):
    edge = datetime(2026, 11, 1, 0, 0, tzinfo=SHANGHAI)
    parcel("75510000000001", shipped_at=edge)
    parcel("75510000000002", shipped_at=edge - timedelta(seconds=1))
    make_shipped_parcel(invoice_no="SF1234567890", carrier="shunfeng")
    read(csv("75519999999999,1,6.00,,"), shop)
    missing = CarrierBillLine.objects.filter(verdict=Verdict.NEVER_BILLED)
    assert [line.invoice_no for line in missing] == ["75510000000001"]


def test_the_tariff_is_that_of_the_day_it_was_shipped(shop):
    row = TariffRow.objects.filter(carrier="zhongtong", province="上海").latest("valid_from")
    row.pk, row.first_fee, row.valid_from, row.entered_at = None, D("30.00"), NOW + timedelta(days=1), NOW
    row.save()
    parcel("75510000000001")
    parcel("75510000000002", shipped_at=NOW + timedelta(days=2))
    read(csv("75510000000001,1,30.00,,", "75510000000002,1,30.00,,"), shop)
    assert found() == {"75510000000001": Verdict.OVER, "75510000000002": Verdict.RIGHT}


def test_a_workbook_with_other_names_of_its_columns(shop):
    parcel("75510000000001")
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["日期", "快递单号", "省份", "重量", "金额", "备注"])
        sheet.write_row(1, 0, ["2026/11/3", "75510000000001", "上海", 1, float(fee_to("上海", "1")), ""])
    read(content, shop)
    line = CarrierBillLine.objects.get(verdict=Verdict.RIGHT)
    assert (line.billed_on, line.weight_kg, line.destination) == (date(2026, 11, 3), 1, "上海")


@pytest.mark.parametrize("content", [csv(header="订单号,金额"), io.BytesIO(b"")])
def test_what_is_no_bill_is_refused_and_nothing_is_kept(shop, content):
    with pytest.raises(DomainError):
        read(content, shop)
    assert not CarrierBill.objects.exists()


def test_a_difference_is_resolved_with_a_word_and_stays_so(shop):
    content = mixed(shop)
    read(content, shop)
    line = CarrierBillLine.objects.get(verdict=Verdict.OVER)
    for resolution, word in (("settled", " "), ("forgotten", "x"), ("settled", "长" * 201)):
        with pytest.raises(DomainError):
            resolve_line(line.pk, resolution, word, actor=shop)
    resolve_line(line.pk, "disputed", "客服说重量错了", actor=shop, now=NOW)
    with pytest.raises(Forbidden):
        resolve_line(line.pk, "settled", "x", actor=make_staff("agent"))
    right = CarrierBillLine.objects.get(verdict=Verdict.RIGHT)
    with pytest.raises(DomainError):
        resolve_line(right.pk, "settled", "x", actor=shop)
    read(content, shop)
    line.refresh_from_db()
    assert (line.resolution, line.word, line.resolved_by) == ("disputed", "客服说重量错了", shop)
    (summary,) = summaries([line.bill])
    assert summary.open_stake == summary.stake - line.stake
    assert AuditEntry.objects.get(action="carrier_bill.resolved").after["stake"] == "2.50"


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_bill_goes_through_the_pages(shop, django_assert_num_queries):
    client = signed_in(shop)
    content = mixed(shop).getvalue()
    with clock.fixed(NOW):
        answer = client.post(
            reverse("carrier-bill-read"),
            {"carrier": "zhongtong", "month": "2026-11", "file": SimpleUploadedFile("b.csv", content)},
        )
        bill = CarrierBill.objects.get()
        page = reverse("carrier-bill", args=[bill.pk])
        assert answer.url == page
        with django_assert_num_queries(4):
            shown = client.get(page)
        assert next(line.verdict for line in shown.context["page"].rows) == Verdict.DOUBLED
        with django_assert_num_queries(3):
            client.get(reverse("carrier-bills"))
        line = CarrierBillLine.objects.get(verdict=Verdict.OVER)
        resolve = reverse("carrier-bill-resolve", args=[bill.pk, line.pk])
        refused = client.post(resolve, {"resolution": "x", "word": "已谈好"})
        assert refused.status_code == 422
        assert "已谈好" in refused.content.decode()
        assert client.post(resolve, {"resolution": "settled", "word": "已谈好"}).status_code == 302
        file = client.post(
            f"{reverse('export', args=['carrier-bill'])}?verdict=over&of={bill.pk}", {"kind": "csv"}
        )
        lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert "已谈好" in lines[1]
        mend = client.post(reverse("carrier-bill-rejected", args=[bill.pk]))
        rejected = b"".join(mend.streaming_content).decode("utf-8-sig").splitlines()
        assert rejected[0] == f"{HEADER},未导入原因"
        assert len(rejected) == 3


def test_a_form_without_a_file_keeps_what_was_chosen(shop):
    answer = signed_in(shop).post(reverse("carrier-bill-read"), {"carrier": "shunfeng", "month": "2026-10"})
    assert answer.status_code == 422
    assert 'value="shunfeng" selected' in answer.content.decode()
