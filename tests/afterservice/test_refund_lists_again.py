"""D1: no refund list undoes what staff did, and the same or an older one changes nothing."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from afterservice.models import Evidence, Ticket, TicketMessage
from afterservice.rules.kinds import Problem
from afterservice.services.deciding import accept
from afterservice.states import Case, Decision, Goods
from orders.models import Order
from tests.afterservice.refund_files import RefundDesk, counts, row
from tests.afterservice.refund_list_scenes import (
    AGREE,
    CLOSED,
    CONFIRM,
    REFUSED,
    RETURN,
    SUCCESS,
    TID,
    everything,
    states,
    the_ticket,
)
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path) -> RefundDesk:
    return RefundDesk(tmp_path)


@pytest.fixture
def order() -> Order:
    return make_received_order("买家甲", tid=TID)


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
