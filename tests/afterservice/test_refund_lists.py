"""D1, D2 through the command and the page: what refund lists open, and that every row is accounted for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Clock, Ticket, TicketMessage
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.states import Case, Decision, Goods, Money
from orders.models import ImportRejection, ImportRun, Order, WaitingRow
from orders.states import Status
from orders.tasks import import_uploaded
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry
from tests.afterservice.refund_files import HEADER, RefundDesk, counts, row
from tests.afterservice.refund_list_scenes import TID, everything, running, states, the_ticket
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import make_line, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path) -> RefundDesk:
    return RefundDesk(tmp_path)


@pytest.fixture
def order() -> Order:
    return make_received_order("买家甲", tid=TID)


class TestOpening:
    """A row whose number is new opens a ticket."""

    def test_by_number_with_line_problem_and_the_platforms_due_time(
        self, desk: RefundDesk, order: Order
    ) -> None:
        report = desk.take(row(TID))

        ticket = the_ticket()
        assert counts(report) == (1, 0, 0, 0)
        assert (ticket.order_id, ticket.buyer_id, ticket.kind) == (TID, "买家甲", TicketKind.RETURN)
        assert (ticket.problem, ticket.priority) == (Problem.FLAWED, 1)
        assert states(ticket) == (Case.OPENED, Decision.PENDING, Goods.NONE, Money.NONE)
        assert (ticket.platform_status, ticket.platform_fee) == ("WAIT_SELLER_AGREE", Decimal("499.00"))
        assert [(part.line.product.title, part.num) for part in ticket.lines.all()] == [("小白鞋", 1)]
        due = Clock.objects.get(ticket=ticket, kind=ClockKind.PLATFORM)
        assert due.due_at == datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
        assert due.warn_at == due.due_at - timedelta(hours=24)
        assert due.last_warn_at == due.due_at - timedelta(hours=4)
        assert running(ticket) == {"answer": "us", "decide": "us", "platform": "us"}
        said = TicketMessage.objects.filter(ticket=ticket).first()
        assert said is not None
        assert said.text == "买家在淘宝申请退货退款（2026-11-22 09:00）：质量问题；鞋底开胶"
        assert (said.side, said.channel, said.author) == ("from_buyer", "taobao", None)
        assert AuditEntry.objects.filter(action="ticket.opened", origin="import").count() == 1

    def test_the_seller_s_phone_is_kept_nowhere(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))

        assert not any("13800009999" in text for table in everything() for text in table)

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
    def test_whatever_the_encoding(self, encoding: str, desk: RefundDesk, order: Order) -> None:
        assert counts(desk.take(row(TID), encoding=encoding)) == (1, 0, 0, 0)
        assert the_ticket().problem == Problem.FLAWED

    def test_from_a_workbook(self, desk: RefundDesk, order: Order) -> None:
        assert counts(desk.take_file(desk.write_xlsx(row(TID)))) == (1, 0, 0, 0)
        assert the_ticket().platform_fee == Decimal("499.00")

    def test_columns_in_any_order_and_as_few_as_it_needs(self, desk: RefundDesk, order: Order) -> None:
        header = ["退款状态", "售后类型", "宝贝标题", "退款编号", "订单编号"]

        assert counts(desk.take(row(TID), header=header)) == (1, 0, 0, 0)
        assert running(the_ticket()) == {"answer": "us", "decide": "us"}

    def test_the_line_is_found_among_several(self, desk: RefundDesk, order: Order) -> None:
        coat = make_line(order, "大衣", outer_sku_id="D-1", payment=Decimal("300.00"))
        other = make_line(order, "大衣", outer_sku_id="D-2", payment=Decimal("300.00"))

        desk.take(
            row(TID, "1", 宝贝标题="大衣", 商品编码="D-2"),
            row(TID, "2", 宝贝标题="大衣", 买家实际支付金额="300.00"),
            row(TID, "3", 宝贝标题="", 商品编码="D-1"),
        )

        about = {t.platform_no: t.lines.get().line_id for t in Ticket.objects.all()}
        assert about == {"1": other.pk, "2": coat.pk, "3": coat.pk}

    def test_a_ticket_that_staff_opened_for_the_same_is_taken_for_it(
        self, desk: RefundDesk, order: Order
    ) -> None:
        ours = make_ticket(order)

        report = desk.take(row(TID))

        assert counts(report) == (0, 1, 0, 0)
        assert Ticket.objects.get() == ours
        assert the_ticket() == ours

    def test_another_kind_or_number_is_another_ticket(self, desk: RefundDesk, order: Order) -> None:
        make_ticket(order, kind=TicketKind.REPAIR)
        make_ticket(order, platform_no="900")

        assert counts(desk.take(row(TID))) == (1, 0, 0, 0)
        assert Ticket.objects.count() == 3


class TestAccountedFor:
    """D1: every row is counted, and a bad one never stops the rest."""

    def test_a_row_that_comes_before_its_order_waits_for_it(self, desk: RefundDesk) -> None:
        report = desk.take(row(TID))
        assert counts(report) == (0, 0, 0, 1)
        assert report["rejected"] == []
        assert not Ticket.objects.exists()
        assert WaitingRow.objects.filter(kind="refund", tid=TID).count() == 1

    def test_a_row_of_an_order_without_its_lines_waits_for_them(self, desk: RefundDesk) -> None:
        make_order(tid=TID, status=Status.WAIT_BUYER_CONFIRM_GOODS)

        assert counts(desk.take(row(TID))) == (0, 0, 0, 1)
        assert not Ticket.objects.exists()

    def test_a_row_without_a_state_updates_and_opens_nothing(self, desk: RefundDesk, order: Order) -> None:
        assert counts(desk.take(row(TID, 退款状态=""))) == (0, 0, 0, 1)
        desk.take(row(TID))

        assert counts(desk.take(row(TID, 退款状态="", 买家退款金额="450.00"))) == (0, 1, 0, 0)
        assert the_ticket().platform_fee == Decimal("450.00")

    def test_bad_rows_are_named_and_the_rest_goes_on(self, desk: RefundDesk, order: Order) -> None:
        make_received_order("买家乙", tid="4326000000000000002")
        desk.take(row("4326000000000000002", "77"))

        report = desk.take(
            row(TID, "1", 退款状态="交易成功"),
            row(TID, "2", 售后类型="预约上门"),
            row(TID, "3", 宝贝标题="别家的鞋"),
            row(TID, "77"),
            row("3.51E+16", "5"),
            row(TID, ""),
            row(TID, "7", 买家退款金额="-1"),
            row(TID, "8", 超时时间="明天"),
            row(TID),
        )

        told = [(r["row"], r["column"], r["code"]) for r in report["rejected"]]
        assert told == [
            (2, "退款状态", "status"),
            (3, "售后类型", "kind"),
            (4, "宝贝标题", "line"),
            (5, "订单编号", "other_order"),
            (6, "订单编号", told[4][2]),
            (7, "退款编号", told[5][2]),
            (8, "买家退款金额", "money"),
            (9, "超时时间", "date"),
        ]
        assert all(r["reason"] for r in report["rejected"])
        assert counts(report) == (1, 0, 0, 0)
        assert ImportRejection.objects.count() == 8
        assert Ticket.objects.count() == 2

    @pytest.mark.parametrize(
        "words",
        [
            "=cmd|'/c calc'!A1",
            "<script>alert(1)</script>",
            "'; DROP TABLE orders_order; --",
            "鞋" * 1500,
            "‮a\t\r\nb",
        ],
    )
    def test_hostile_cells_are_words_and_nothing_else(
        self, words: str, desk: RefundDesk, order: Order
    ) -> None:
        report = desk.take(row(TID, 买家退款说明=words, 买家退款原因="其他"))

        assert counts(report) == (1, 0, 0, 0)
        ticket = the_ticket()
        assert ticket.problem == Problem.CHANGED_MIND
        first = TicketMessage.objects.filter(ticket=ticket, side="from_buyer").get()
        assert len(first.text) <= 2000
        assert first.text.startswith("买家在淘宝申请退货退款")

    def test_the_page_shows_hostile_words_as_words(
        self, desk: RefundDesk, order: Order, client_of: Callable[..., Client]
    ) -> None:
        desk.take(row(TID, 买家退款说明="<script>alert(1)</script>"))

        page = client_of("agent").get(reverse("tickets:detail", args=[the_ticket().pk])).content.decode()

        assert "<script>alert(1)" not in page

    def test_from_the_import_page(
        self,
        desk: RefundDesk,
        order: Order,
        client_of: Callable[..., Client],
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        monkeypatch.setattr(import_uploaded, "delay", import_uploaded)
        path = desk.write(row(TID), row(TID, "2", 退款状态="?"))
        client = client_of("agent")

        with path.open("rb") as file, django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("orders:import-upload"), {"files": file})

        run = ImportRun.objects.get()
        assert (run.refunds_created, run.rejected) == (1, 1)
        page = client.get(answer["Location"]).content.decode()
        assert "退款状态" in page
        assert the_ticket().order == order


def test_the_made_files_have_the_platforms_columns() -> None:
    assert len(HEADER) == 44
    assert set(row("1")) <= set(HEADER)
