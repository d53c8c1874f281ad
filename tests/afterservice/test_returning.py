"""A5, A10, A11: goods come back: scanned, inspected, failed and decided, or on the list without a ticket."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from afterservice.models import Clock, Evidence, ReturnAddress, Ticket, UnmatchedReturn
from afterservice.rules.clocks import ClockKind
from afterservice.rules.kinds import Problem, category_of
from afterservice.rules.refunds import Ask
from afterservice.services import addresses, arrivals, returning, settling
from afterservice.services.settling import FailedChoice
from afterservice.states import Case, Goods, Money
from orders.models import Parcel, Refund, StockMovement
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from tests.afterservice.goods_scenes import (
    RETURN_NO,
    accepted,
    awaited,
    caught_up,
    d,
    due_of,
    failed,
    now_of,
    passed,
    photo,
    received,
    sent,
    sent_order,
    shipped,
)
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "media")]


def test_a_return_comes_back_and_passes() -> None:
    ticket = sent(accepted())
    assert due_of(ticket) == {}  # the buyer did what was awaited
    keeper = make_staff("warehouse")

    returning.receive(f"  {RETURN_NO.lower()} ", actor=keeper, now=NOW)

    ticket = now_of(ticket)
    assert (ticket.goods, ticket.received_by_id) == (Goods.RECEIVED, keeper.pk)
    assert due_of(ticket) == {ClockKind.INSPECT: 7}
    returning.inspect(ticket.pk, passed=True, found="完好", actor=keeper, now=NOW)
    ticket = now_of(ticket)
    assert (ticket.goods, ticket.inspection) == (Goods.PASSED, "完好")
    assert due_of(ticket) == {}
    assert StockMovement.objects.get().num == 1


def test_inspecting_is_due_from_the_carriers_signing() -> None:
    signed = NOW - clock.hours(48)
    ticket = sent(accepted())
    Ticket.objects.filter(pk=ticket.pk).update(return_signed_at=signed)

    returning.receive(RETURN_NO, actor=make_staff("warehouse"), now=NOW)

    assert due_of(ticket) == {ClockKind.INSPECT: 5}


def test_goods_at_the_door_before_anybody_told_their_number() -> None:
    ticket = awaited(accepted())
    assert due_of(ticket) == {ClockKind.SEND_BACK: 10}

    returning.receive(f"T{ticket.pk}", actor=make_staff("warehouse"), now=NOW)

    assert now_of(ticket).goods == Goods.RECEIVED
    assert due_of(ticket) == {ClockKind.INSPECT: 7}


def test_one_parcel_brings_the_goods_of_two_tickets() -> None:
    first, second = sent(accepted()), sent(accepted(sent_order(nick="第二个")))

    tickets = returning.receive(RETURN_NO, actor=make_staff("warehouse"), now=NOW)

    assert {ticket.pk for ticket in tickets} == {first.pk, second.pk}
    assert now_of(second).goods == Goods.RECEIVED


def test_an_unknown_number_is_told_and_listed_and_found_when_it_is_told() -> None:
    keeper, agent = make_staff("warehouse"), make_staff("agent")
    ticket = awaited(accepted())

    with pytest.raises(returning.UnknownNumber) as refusal:
        returning.receive("SF999888777", actor=keeper, now=NOW)
    assert refusal.value.code == "A11"
    assert "SF999888777" in str(refusal.value)

    listed = arrivals.put_on_list("sf 999 888 777", "白鞋一双", actor=keeper, now=NOW)
    assert listed.invoice_no == "SF999888777"
    with pytest.raises(Conflict):
        arrivals.put_on_list("SF999888777", actor=keeper, now=NOW)

    # the agent notes the number: the goods lie here already
    noted = returning.note_return(ticket.pk, "shunfeng", "SF999888777", actor=agent, now=NOW)

    assert noted.goods == Goods.RECEIVED
    listed.refresh_from_db()
    assert (listed.ticket_id, listed.matched_by_id) == (ticket.pk, agent.pk)
    assert due_of(ticket) == {ClockKind.INSPECT: 7}


def test_goods_on_the_list_are_matched_by_hand_once() -> None:
    keeper = make_staff("warehouse")
    ticket = awaited(accepted())
    listed = arrivals.put_on_list("SF999888777", actor=keeper, now=NOW)

    arrivals.match(listed.pk, ticket.pk, actor=make_staff("agent"), now=NOW)

    ticket = now_of(ticket)
    assert (ticket.goods, ticket.return_invoice_no) == (Goods.RECEIVED, "SF999888777")
    other = awaited(accepted(sent_order(nick="另一个")))
    with pytest.raises(Conflict) as refusal:
        arrivals.match(listed.pk, other.pk, actor=keeper, now=NOW)
    assert refusal.value.code == "A11"
    assert now_of(other).goods == Goods.AWAITED


def test_goods_of_a_closed_ticket_are_put_on_the_list() -> None:
    ticket = sent(accepted())
    Ticket.objects.filter(pk=ticket.pk).update(case=Case.CLOSED, closed_at=NOW, close_reason="not_sent_back")
    keeper = make_staff("warehouse")

    with pytest.raises(Conflict) as refusal:
        returning.receive(RETURN_NO, actor=keeper, now=NOW)

    assert refusal.value.code == "A6"
    assert arrivals.put_on_list(RETURN_NO, actor=keeper, now=NOW).ticket_id is None


def test_goods_are_received_once() -> None:
    ticket = received(accepted())

    with pytest.raises(Conflict) as refusal:
        returning.receive(RETURN_NO, actor=make_staff("warehouse"), now=NOW)

    assert refusal.value.code == "A5"
    assert ticket.number in str(refusal.value)


@pytest.mark.parametrize("number", ["", "123", "!!!!!!", "A" * 33])
def test_a_number_that_is_none(number: str) -> None:
    ticket = awaited(accepted())

    with pytest.raises(DomainError) as refusal:
        returning.note_return(ticket.pk, "", number, actor=make_staff("agent"), now=NOW)

    assert refusal.value.code == "A7"
    assert now_of(ticket).goods == Goods.AWAITED


def test_a_number_may_be_mended_until_the_goods_are_here() -> None:
    ticket, agent = sent(accepted()), make_staff("agent")

    returning.note_return(ticket.pk, "", "SF123456789", actor=agent, now=NOW)
    assert now_of(ticket).return_invoice_no == "SF123456789"
    returning.receive("SF123456789", actor=make_staff("warehouse"), now=NOW)

    with pytest.raises(Conflict):
        returning.note_return(ticket.pk, "", "SF000000000", actor=agent, now=NOW)


@pytest.mark.parametrize(
    ("found", "photos", "field"),
    [("", [True], "found"), ("有污渍", [], "photos"), ("长" * 501, [True], "found")],
)
def test_goods_do_not_fail_without_words_and_photos(found: str, photos: list[bool], field: str) -> None:
    ticket = received(accepted())

    with pytest.raises(DomainError) as refusal:
        returning.inspect(
            ticket.pk,
            passed=False,
            found=found,
            photos=[photo() for _ in photos],
            actor=make_staff("warehouse"),
            now=NOW,
        )

    assert (refusal.value.code, refusal.value.field) == ("A10", field)
    assert now_of(ticket).goods == Goods.RECEIVED
    assert not Evidence.objects.exists()


def test_a_photo_that_is_none_is_refused_with_the_inspection() -> None:
    ticket = received(accepted())
    program = SimpleUploadedFile("a.jpg", b"MZ\x90\x00" * 100, content_type="image/jpeg")

    with pytest.raises(DomainError) as refusal:
        returning.inspect(
            ticket.pk, passed=False, found="坏", photos=[program], actor=make_staff("warehouse"), now=NOW
        )

    assert refusal.value.code == "A12"
    assert now_of(ticket).goods == Goods.RECEIVED


@pytest.mark.parametrize(
    ("choice", "goods", "money"),
    [
        (FailedChoice.ACCEPT, Goods.TAKEN, Money.NONE),
        (FailedChoice.SEND_BACK, Goods.SENT_BACK, Money.NONE),
        (FailedChoice.REFUND, Goods.TAKEN, Money.DUE),
    ],
)
def test_a_supervisor_decides_about_goods_that_failed(choice: str, goods: str, money: str) -> None:
    ticket = failed(accepted())
    line = ticket.lines.get().line_id
    assert not StockMovement.objects.exists()  # failed goods do not go on the shelf

    settling.decide_failed(
        ticket.pk,
        choice,
        reason="洗过的",
        ask=Ask({line: d("300.00")}),
        seen=d("300.00"),
        actor=make_staff("supervisor"),
        now=NOW,
    )

    ticket = now_of(ticket)
    assert (ticket.goods, ticket.money) == (goods, money)
    if choice == FailedChoice.SEND_BACK:
        assert ticket.parcel.purpose == Parcel.Purpose.SENT_BACK
        shipped(ticket.parcel)
        assert caught_up(ticket) is True
        assert (now_of(ticket).case, now_of(ticket).settlement) == (Case.SETTLED, "sent_back")
        assert not StockMovement.objects.exists()
    if choice == FailedChoice.REFUND:
        # above the agents' limit, and a supervisor is no agent
        assert Refund.objects.get().goods_fee == d("300.00")


def test_agents_do_not_decide_about_goods_that_failed() -> None:
    ticket = failed(accepted())

    with pytest.raises(Forbidden) as refusal:
        settling.decide_failed(
            ticket.pk, FailedChoice.ACCEPT, reason="好吧", actor=make_staff("agent"), now=NOW
        )

    assert refusal.value.code == "A10"
    assert now_of(ticket).goods == Goods.FAILED


def test_the_warehouse_receives_and_agents_do_not() -> None:
    ticket = sent(accepted())
    agent = make_staff("agent")

    for forbidden in (
        lambda: returning.receive(RETURN_NO, actor=agent, now=NOW),
        lambda: returning.inspect(ticket.pk, passed=True, found="", actor=agent, now=NOW),
        lambda: arrivals.put_on_list("SF12345678", actor=agent, now=NOW),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    assert now_of(ticket).goods == Goods.SENT
    assert not UnmatchedReturn.objects.exists()


def test_no_address_no_return() -> None:
    ticket = accepted(resale_asked_at=NOW)

    with pytest.raises(DomainError) as refusal:
        returning.give_address(ticket.pk, actor=make_staff("agent"), now=NOW)

    assert refusal.value.code == "A7"
    assert not Clock.objects.filter(ticket=ticket).exists()


def test_a_manager_keeps_the_return_address() -> None:
    manager = make_staff("manager")

    first = addresses.change_return_address(" 江苏省 \n 南通市 ", seen=None, actor=manager, now=NOW)

    assert first.text == "江苏省 南通市"
    with pytest.raises(VersionConflict):
        addresses.change_return_address("上海市", seen=None, actor=manager, now=NOW)
    for text, code in (("", "A7"), ("江苏省 南通市", "A7"), ("x" * 301, "A7")):
        with pytest.raises(DomainError) as refusal:
            addresses.change_return_address(text, seen=first.pk, actor=manager, now=NOW)
        assert refusal.value.code == code
    with pytest.raises(Forbidden):
        addresses.change_return_address("上海市", seen=first.pk, actor=make_staff("supervisor"), now=NOW)
    assert ReturnAddress.objects.count() == 1


@pytest.mark.parametrize(
    ("problem", "movements"),
    [
        (Problem.CHANGED_MIND, 1),
        (Problem.SIZE, 1),
        (Problem.COLOUR, 1),
        (Problem.DAMAGED, 0),
        (Problem.FLAWED, 0),
        (Problem.WRONG_ITEM, 0),
    ],
)
def test_what_passed_is_on_the_shelf_once_where_it_is_fit_for_sale(problem: str, movements: int) -> None:
    ticket = accepted()
    Ticket.objects.filter(pk=ticket.pk).update(problem=problem, category=category_of(problem))
    passed(ticket)

    assert StockMovement.objects.count() == movements


def test_goods_arrive_whatever_taobao_is_at() -> None:
    ticket = sent(accepted())
    Ticket.objects.filter(pk=ticket.pk).update(case=Case.PLATFORM)
    keeper = make_staff("warehouse")

    returning.receive(RETURN_NO, actor=keeper, now=NOW)
    returning.inspect(ticket.pk, passed=True, found="", actor=keeper, now=NOW)

    assert (now_of(ticket).goods, now_of(ticket).case) == (Goods.PASSED, Case.PLATFORM)
    with pytest.raises(Conflict):  # and money waits for what Taobao rules
        settling.settle_as_done(ticket.pk, remark="好", actor=make_staff("agent"), now=NOW)
