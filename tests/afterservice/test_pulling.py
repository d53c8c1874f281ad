"""A6: what carriers, warehouse and payers wrote down is taken over by the job of clocks, each once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from afterservice.models import Clock, Ticket
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import TicketKind
from afterservice.services import clocks
from afterservice.states import Case, Goods, Money
from orders.models import Refund, RefundTask
from tests.afterservice.clock_scenes import actions, clock_of, decided, exchange, run, say_signed
from tests.factories import NOW
from tests.orders.shipped_parcels import make_shipped_parcel

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
K = ClockKind


def test_the_carriers_signing_starts_the_inspection_from_its_time() -> None:
    ticket = decided(goods=Goods.SENT, return_invoice_no="ZT1234567")
    say_signed("ZT1234567", NOW - HOUR, state=0)
    assert run(NOW) == 0
    say_signed("ZT1234567", NOW - 2 * DAY)
    say_signed("ZT1234567", NOW - DAY)

    assert [run(NOW), run(NOW)] == [1, 0]

    stored = Ticket.objects.get()
    assert (stored.return_signed_at, stored.goods) == (NOW - 2 * DAY, Goods.SENT)
    clock = clock_of(ticket, K.INSPECT)
    assert (clock.started_at, clock.due_at) == (NOW - 2 * DAY, NOW + 5 * DAY)
    assert (stored.next_due_at, stored.awaits) == (NOW + 5 * DAY, "us")
    assert actions() == ["ticket.return_signed"]


def test_goods_that_were_scanned_first_are_due_from_the_signing_too() -> None:
    ticket = decided(goods=Goods.RECEIVED, return_invoice_no="ZT1234567", received_at=NOW)
    clocks.start(ticket, K.INSPECT, now=NOW)
    say_signed("ZT1234567", NOW - 6 * HOUR)

    assert run(NOW + HOUR) == 1

    assert clock_of(ticket, K.INSPECT).due_at == NOW + 7 * DAY - 6 * HOUR
    assert Clock.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"case": Case.CLOSED, "closed_at": NOW, "close_reason": "not_sent_back"},
        {"case": Case.CANCELLED},
        {"goods": Goods.PASSED},
        {"return_invoice_no": "ZT7654321"},
        {"return_invoice_no": ""},
    ],
)
def test_signings_that_start_nothing(fields: dict[str, Any]) -> None:
    decided(**{"goods": Goods.SENT, "return_invoice_no": "ZT1234567"} | fields)
    say_signed("ZT1234567", NOW)

    assert run(NOW) == 0

    assert not Clock.objects.exists()


def test_the_signing_of_an_exchange_gives_the_buyer_ten_days_to_confirm() -> None:
    ticket = exchange(signed_at=NOW - HOUR)

    assert [run(NOW), run(NOW + HOUR)] == [1, 0]

    clock = clock_of(ticket, K.CONFIRM)
    assert (clock.awaits, clock.started_at, clock.due_at) == ("buyer", NOW - HOUR, NOW + 10 * DAY - HOUR)
    assert actions() == ["ticket.exchange_signed"]


def test_an_exchange_on_its_way_is_not_confirmed_yet() -> None:
    exchange(signed_at=None)

    assert run(NOW) == 0


@pytest.mark.parametrize(
    ("kind", "purpose", "goods", "settlement"),
    [
        (TicketKind.RESEND, "resend", Goods.NONE, "resent"),
        (TicketKind.RETURN, "sent_back", Goods.SENT_BACK, "sent_back"),
        (TicketKind.REPAIR, "sent_back", Goods.PASSED, "repaired"),
    ],
)
def test_what_went_out_again_settles_its_ticket(kind: str, purpose: str, goods: str, settlement: str) -> None:
    parcel = make_shipped_parcel(purpose=purpose)
    ticket = decided(
        order=parcel.order,
        kind=kind,
        goods=goods,
        parcel=parcel,
        settlement=settlement,
        running=(K.REPAIR,),
    )

    assert [run(NOW), run(NOW)] == [1, 0]

    stored = Ticket.objects.get()
    assert (stored.case, stored.settlement, stored.settled_at) == (Case.SETTLED, settlement, NOW)
    assert clock_of(ticket, K.REPAIR).stopped_at == NOW
    assert (stored.next_due_at, stored.awaits) == (NOW + 7 * DAY, "buyer")


def refund(ticket: Ticket, status: str = Refund.Status.DONE) -> None:
    ticket.refund = Refund.objects.create(
        order=ticket.order,
        status=status,
        goods_fee=Decimal("100.00"),
        after_sale=True,
        reason="退货",
        asked_at=NOW,
    )
    ticket.money, ticket.settlement = Money.DUE, "refunded"
    ticket.save()


def test_a_refund_that_is_paid_out_settles_the_return() -> None:
    ticket = decided(goods=Goods.PASSED)
    refund(ticket)

    assert [run(NOW), run(NOW)] == [1, 0]

    stored = Ticket.objects.get()
    assert (stored.money, stored.case, stored.settlement) == (Money.PAID, Case.SETTLED, "refunded")
    assert (stored.settled_at, stored.next_due_at) == (NOW, NOW + 7 * DAY)
    assert actions() == ["money.paid", "ticket.settled"]


def test_a_refund_that_waits_settles_nothing() -> None:
    refund(decided(goods=Goods.PASSED), Refund.Status.DUE)

    assert run(NOW) == 0


def test_return_postage_beside_the_refund_must_be_paid_out_too() -> None:
    ticket = decided(goods=Goods.PASSED, owed=Decimal("12.00"))
    refund(ticket)
    task = RefundTask.objects.create(
        order=ticket.order, reason="after_sale", rule="A9", amount=Decimal("12.00"), opened_at=NOW
    )

    assert run(NOW) == 0
    RefundTask.objects.filter(pk=task.pk).update(done_at=NOW)
    assert run(NOW) == 1

    assert Ticket.objects.get().money == Money.PAID


@pytest.mark.parametrize(
    ("kind", "settlement", "case"),
    [
        (TicketKind.COMPENSATION, "refunded", Case.SETTLED),
        (TicketKind.EXCHANGE_SKU, "exchanged", Case.DECIDED),
        (TicketKind.RETURN, "", Case.DECIDED),
    ],
)
def test_money_that_goes_along_with_goods_settles_nothing(kind: str, settlement: str, case: str) -> None:
    ticket = decided(kind=kind, settlement=settlement, money=Money.DUE, owed=Decimal("12.00"))
    RefundTask.objects.create(
        order=ticket.order,
        reason="after_sale",
        rule="A9",
        amount=Decimal("12.00"),
        opened_at=NOW,
        done_at=NOW,
    )

    assert run(NOW) == 1

    stored = Ticket.objects.get()
    assert (stored.money, stored.case) == (Money.PAID, case)
