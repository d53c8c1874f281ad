"""D1, D2 through the command and the page: what refund lists do to tickets, whatever staff did meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from afterservice.models import Clock, Evidence, Ticket, TicketMessage
from afterservice.rules.clocks import Awaits, ClockKind
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.services.deciding import accept
from afterservice.states import Case, Decision, Goods, Money
from orders.models import ImportRejection, ImportRun, Order, Refund, WaitingRow
from orders.services import refunds_after
from orders.services.locks import lock_order
from orders.states import Status
from orders.tasks import import_uploaded
from shopdesk.base.clock import SHANGHAI
from shopdesk.base.models import AuditEntry
from tests.afterservice.refund_files import HEADER, RefundDesk, counts, row
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_line, make_order, make_staff

pytestmark = pytest.mark.django_db
TID = "4326000000000000001"
AGREE, REFUSED = "买家已经申请退款，等待卖家同意", "卖家拒绝退款"
RETURN, CONFIRM = "卖家已经同意退款，等待买家退货", "买家已经退货，等待卖家确认收货"
CLOSED, SUCCESS = "退款关闭", "退款成功"


@pytest.fixture
def desk(tmp_path: Path) -> RefundDesk:
    return RefundDesk(tmp_path)


@pytest.fixture
def order() -> Order:
    return make_received_order("买家甲", tid=TID)


def the_ticket() -> Ticket:
    return Ticket.objects.get(platform_no="901")


def states(ticket: Ticket) -> tuple[str, str, str, str]:
    return ticket.case, ticket.decision, ticket.goods, ticket.money


def running(ticket: Ticket) -> dict[str, str]:
    return dict(Clock.objects.filter(ticket=ticket, stopped_at__isnull=True).values_list("kind", "awaits"))


def everything() -> list[Any]:
    """All that a file could have touched; that it was read is on record besides."""
    tables = (Ticket, Clock, TicketMessage, Refund, Order)
    facts = AuditEntry.objects.filter(subject_kind__in=["ticket", "order"])
    rows = [facts.values_list(), *(table._default_manager.values_list() for table in tables)]
    return [sorted(map(str, found)) for found in rows]


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


class TestStates:
    """What happened on the platform is taken over."""

    @pytest.mark.parametrize(
        ("status", "expected", "clocks"),
        [
            (
                AGREE,
                (Case.OPENED, Decision.PENDING, Goods.NONE, Money.NONE),
                {"answer", "decide", "platform"},
            ),
            (RETURN, (Case.DECIDED, Decision.ACCEPTED, Goods.AWAITED, Money.NONE), {"send_back", "platform"}),
            (CONFIRM, (Case.DECIDED, Decision.ACCEPTED, Goods.SENT, Money.NONE), {"platform"}),
            (REFUSED, (Case.DECIDED, Decision.REFUSED, Goods.NONE, Money.NONE), {"follow_up", "platform"}),
            (CLOSED, (Case.CANCELLED, Decision.PENDING, Goods.NONE, Money.NONE), set()),
            (SUCCESS, (Case.SETTLED, Decision.ACCEPTED, Goods.NONE, Money.PAID), {"follow_up"}),
        ],
    )
    @pytest.mark.parametrize("at_once", [True, False])
    def test_each_state(
        self,
        at_once: bool,
        status: str,
        expected: tuple[str, ...],
        clocks: set[str],
        desk: RefundDesk,
        order: Order,
    ) -> None:
        if not at_once:
            desk.take(row(TID))

        desk.take(row(TID, 退款状态=status))

        ticket = the_ticket()
        assert states(ticket) == expected
        assert set(running(ticket)) == clocks

    def test_whose_turn_it_is(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        assert running(the_ticket())["platform"] == Awaits.US

        desk.take(row(TID, 退款状态=RETURN, 超时时间="2026-11-30 09:00:00"))
        ticket = the_ticket()
        assert running(ticket)["platform"] == Awaits.BUYER
        assert Clock.objects.get(ticket=ticket, kind="platform", stopped_at__isnull=True).due_at == datetime(
            2026, 11, 30, 9, 0, tzinfo=SHANGHAI
        )

        desk.take(row(TID, 退款状态=CONFIRM, 超时时间="2026-12-10 09:00:00"))
        assert running(the_ticket())["platform"] == Awaits.US

    def test_the_return_number_and_its_carrier(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        version = the_ticket().version

        desk.take(
            row(
                TID,
                退款状态=CONFIRM,
                退货物流单号="No:75510000000009",
                退货物流公司="中通快递",
                买家退货时间="2026-11-23 10:00:00",
            )
        )

        ticket = the_ticket()
        assert (ticket.return_invoice_no, ticket.return_carrier) == ("75510000000009", "zhongtong")
        assert ticket.sent_at == datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
        assert ticket.version > version

    def test_a_number_that_staff_noted_stays(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        Ticket.objects.update(return_invoice_no="SF1", return_carrier="shunfeng")

        desk.take(row(TID, 退货物流单号="75510000000009"))

        assert the_ticket().return_invoice_no == "SF1"

    def test_a_refused_request_that_is_amended_there_is_to_be_decided_anew(
        self, desk: RefundDesk, order: Order
    ) -> None:
        desk.take(row(TID))
        desk.take(row(TID, 退款状态=REFUSED, 超时时间="2026-11-26 09:00:00"))
        assert the_ticket().refusal == "已在淘宝上拒绝"

        desk.take(row(TID, 退款状态=AGREE, 超时时间="2026-11-28 09:00:00"))

        ticket = the_ticket()
        assert states(ticket)[:2] == (Case.ANSWERED, Decision.PENDING)
        assert set(running(ticket)) == {"decide", "platform"}

    def test_taobao_steps_in_and_gives_the_money_back(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, 退款状态=REFUSED))
        desk.take(row(TID, 退款状态=REFUSED, 客服介入状态="客服已介入", 超时时间="2026-11-25 09:00:00"))

        ticket = the_ticket()
        assert ticket.case == Case.PLATFORM
        assert running(ticket)["platform"]
        again = everything()
        desk.take(row(TID, 退款状态=REFUSED, 客服介入状态="客服已介入", 超时时间="2026-11-25 09:00:00"))
        assert the_ticket().case == Case.PLATFORM
        assert everything() == again

        desk.take(row(TID, 退款状态=SUCCESS, 客服介入状态="客服已介入"))
        assert states(the_ticket()) == (Case.SETTLED, Decision.ACCEPTED, Goods.NONE, Money.PAID)


class TestMoney:
    """SUCCESS: the money went back there, and counts here once."""

    def test_what_is_due_here_is_ticked(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        line = order.lines.get()
        refund = refunds_after.refund_shipped(
            lock_order(TID),
            {line.pk: Decimal("499.00")},
            reason="退货",
            actor=make_staff("supervisor"),
            now=NOW,
        )
        Ticket.objects.update(refund=refund, money=Money.DUE, case=Case.DECIDED, decision=Decision.ACCEPTED)

        desk.take(row(TID, 退款状态=SUCCESS))

        refund.refresh_from_db()
        line.refresh_from_db()
        assert (refund.status, line.refund_fee) == (Refund.Status.DONE, Decimal("499.00"))
        assert Order.objects.get(pk=TID).refund_fee == Decimal("499.00")
        assert not order.platform_tasks.filter(kind="refund", done_at__isnull=True).exists()
        assert Refund.objects.count() == 1
        assert states(the_ticket()) == (Case.SETTLED, Decision.ACCEPTED, Goods.NONE, Money.PAID)

    def test_what_nobody_planned_here_is_counted(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, 退款状态=SUCCESS, 买家退款金额="100.00"))

        refund = Refund.objects.get()
        assert (refund.status, refund.total) == (Refund.Status.DONE, Decimal("100.00"))
        assert the_ticket().refund == refund
        assert Order.objects.get(pk=TID).refund_fee == Decimal("100.00")
        assert order.lines.get().refund_fee == Decimal("100.00")

    def test_what_the_item_list_told_already_is_not_counted_again(
        self, desk: RefundDesk, order: Order
    ) -> None:
        order.lines.update(refund_fee=Decimal("499.00"))
        Order.objects.filter(pk=TID).update(refund_fee=Decimal("499.00"))

        desk.take(row(TID, 退款状态=SUCCESS))

        assert not Refund.objects.exists()
        assert Order.objects.get(pk=TID).refund_fee == Decimal("499.00")
        assert states(the_ticket())[3] == Money.PAID

    def test_two_refunds_of_one_line_add_up(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, "1", 退款状态=SUCCESS, 买家退款金额="100.00"))
        desk.take(row(TID, "2", 退款状态=SUCCESS, 买家退款金额="50.00"))

        assert order.lines.get().refund_fee == Decimal("150.00")
        assert sorted(r.total for r in Refund.objects.all()) == [Decimal("50.00"), Decimal("100.00")]

    def test_more_than_was_paid_is_never_counted_and_said(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID, 退款状态=SUCCESS, 买家退款金额="900.00"))

        assert not Refund.objects.exists()
        assert Order.objects.get(pk=TID).refund_fee == Decimal("0.00")
        assert TicketMessage.objects.filter(text__contains="请核对").exists()
        assert states(the_ticket())[0] == Case.SETTLED

    def test_another_amount_than_is_due_here_is_said(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        line = order.lines.get()
        refund = refunds_after.refund_shipped(
            lock_order(TID),
            {line.pk: Decimal("300.00")},
            reason="部分退款",
            actor=make_staff("supervisor"),
            now=NOW,
        )
        Ticket.objects.update(refund=refund, money=Money.DUE, case=Case.DECIDED, decision=Decision.ACCEPTED)

        desk.take(row(TID, 退款状态=SUCCESS, 买家退款金额="280.00"))

        said = TicketMessage.objects.filter(text__contains="280.00").get()
        assert "300.00" in said.text


class TestWhatStaffDidStays:
    """D1: never undone by a file."""

    def test_accepted_here_and_refused_there(self, desk: RefundDesk, order: Order) -> None:
        Evidence.objects.create(
            ticket=make_ticket(order, problem=Problem.FLAWED), file="x", name="x", content_type="image/jpeg",
            size=1, added_at=NOW,
        )  # fmt: skip
        desk.take(row(TID))
        accept(the_ticket().pk, actor=make_staff("agent"), now=NOW)

        desk.take(row(TID, 退款状态=REFUSED))

        assert states(the_ticket())[:2] == (Case.DECIDED, Decision.ACCEPTED)
        assert TicketMessage.objects.filter(side="platform", text__contains="请核对").exists()

    def test_refused_here_and_agreed_to_there(self, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        Ticket.objects.update(case=Case.DECIDED, decision=Decision.REFUSED, refusal="已穿过")

        desk.take(row(TID, 退款状态=RETURN))

        ticket = the_ticket()
        assert (states(ticket)[:3], ticket.refusal) == (
            (Case.DECIDED, Decision.REFUSED, Goods.NONE),
            "已穿过",
        )
        assert TicketMessage.objects.filter(side="platform", text__contains="请核对").exists()

    @pytest.mark.parametrize("status", [CLOSED, REFUSED, AGREE])
    def test_what_is_settled_here_stays_settled(self, status: str, desk: RefundDesk, order: Order) -> None:
        desk.take(row(TID))
        Ticket.objects.update(
            case=Case.SETTLED, decision=Decision.ACCEPTED, settlement="resent", settled_at=NOW, satisfaction=5
        )

        desk.take(row(TID, 退款状态=status))

        ticket = the_ticket()
        assert (ticket.case, ticket.settlement, ticket.satisfaction) == (Case.SETTLED, "resent", 5)

    @pytest.mark.parametrize("goods", [Goods.SENT, Goods.RECEIVED, Goods.PASSED, Goods.FAILED])
    def test_closed_there_while_the_goods_are_on_their_way_here(
        self, goods: str, desk: RefundDesk, order: Order
    ) -> None:
        desk.take(row(TID, 退款状态=CONFIRM))
        Ticket.objects.update(goods=goods)

        desk.take(row(TID, 退款状态=CLOSED))

        assert states(the_ticket())[:3] == (Case.DECIDED, Decision.ACCEPTED, goods)
        assert TicketMessage.objects.filter(text__contains="请核对").exists()

    def test_what_stands_there_alone_leaves_the_version_to_the_people(
        self, desk: RefundDesk, order: Order
    ) -> None:
        desk.take(row(TID))
        version = the_ticket().version

        desk.take(row(TID, 买家退款金额="480.00", 超时时间="2026-11-24 10:00:00"))

        ticket = the_ticket()
        assert (ticket.platform_fee, ticket.version) == (Decimal("480.00"), version)


class TestAgain:
    """D1: idempotent, and forward only."""

    @pytest.mark.parametrize("status", [AGREE, REFUSED, RETURN, CONFIRM, CLOSED, SUCCESS])
    def test_a_second_run_changes_nothing(self, status: str, desk: RefundDesk, order: Order) -> None:
        told = row(TID, 退款状态=status, 退货物流单号="75510000000009", 客服介入状态="客服已介入")
        desk.take(told)
        before = everything()

        report = desk.take(told)

        assert counts(report) == (0, 0, 1, 0)
        assert everything() == before

    @pytest.mark.parametrize(
        ("known", "told"),
        [
            (RETURN, AGREE),
            (RETURN, REFUSED),
            (CONFIRM, RETURN),
            (SUCCESS, CONFIRM),
            (SUCCESS, CLOSED),
            (CLOSED, SUCCESS),
        ],
    )
    def test_an_older_file_after_a_newer_one_moves_nothing_back(
        self, known: str, told: str, desk: RefundDesk, order: Order
    ) -> None:
        desk.take(row(TID, 退款状态=known))
        before = everything()

        report = desk.take(row(TID, 退款状态=told, 买家退款金额="1.00", 客服介入状态="客服已介入"))

        assert counts(report) == (0, 0, 1, 0)
        assert everything() == before

    def test_a_number_twice_in_one_file_is_one_ticket(self, desk: RefundDesk, order: Order) -> None:
        report = desk.take(row(TID), row(TID, 退款状态=RETURN), row(TID, 退款状态=RETURN))

        assert counts(report) == (1, 1, 1, 0)
        assert states(the_ticket())[:3] == (Case.DECIDED, Decision.ACCEPTED, Goods.AWAITED)

    def test_a_dry_run_keeps_nothing(self, desk: RefundDesk, order: Order) -> None:
        before = everything()

        report = desk.take_file(desk.write(row(TID)), "--dry-run")

        assert counts(report) == (1, 0, 0, 0)
        assert everything() == before

    def test_unchanged_rows_cost_no_statement_each(self, desk: RefundDesk) -> None:
        few, many = [], []
        for number in range(12):
            tid = f"43260000000000010{number:02d}"
            make_received_order(f"买家{number}", tid=tid)
            (few if number < 2 else many).append(row(tid, str(number)))
        files = desk.write(*few), desk.write(*many)
        asked = []
        for path in files:
            desk.take_file(path)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert counts(desk.take_file(path))[2] in (2, 10)
            # Each row has a savepoint of its own, which asks for nothing.
            asked.append(sum("SAVEPOINT" not in str(query["sql"]) for query in seen))

        assert asked[0] == asked[1]


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
