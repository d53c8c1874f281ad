"""A7, A3: who pays postage for an exchange, and that it is said and paid before the exchange goes."""

import pytest

from afterservice.models import Ticket, TicketPayment
from afterservice.services import buyer_pays, returning, settling
from afterservice.states import Goods
from orders.models import LinkSettlement
from shopdesk.base.errors import DomainError
from tests.afterservice.goods_scenes import d, exchange, kept, link, now_of
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_postage_must_be_paid_before_the_exchange_goes() -> None:
    agent, keeper = make_staff("agent"), make_staff("warehouse")
    ticket, wanted = exchange()
    kept(ticket, wanted, agent)
    buyer_pays.set_postage(ticket.pk, d("12.00"), actor=agent, now=NOW)
    returning.give_address(ticket.pk, actor=agent, now=NOW)
    returning.receive(f"T{ticket.pk}", actor=keeper, now=NOW)
    returning.inspect(ticket.pk, passed=True, found="", actor=keeper, now=NOW)

    with pytest.raises(DomainError) as refusal:
        settling.send(ticket.pk, "exchanged", actor=agent, now=NOW)

    assert refusal.value.code == "A7"
    assert "¥12.00" in str(refusal.value)
    assert now_of(ticket).parcel_id is None


@pytest.mark.parametrize(
    ("problem", "goes"), [("changed_mind", False), ("flawed", True)], ids=["the buyer's", "the shop's fault"]
)
def test_an_exchange_does_not_go_before_somebody_said_what_postage_the_buyer_pays(
    problem: str, goes: bool
) -> None:
    agent = make_staff("agent")
    ticket, wanted = exchange(problem=problem)
    kept(ticket, wanted, agent, given=False)
    Ticket.objects.filter(pk=ticket.pk).update(
        goods=Goods.PASSED, address_given_at=NOW, return_invoice_no="SF1234567890"
    )

    if goes:
        settling.send(ticket.pk, "exchanged", actor=agent, now=NOW)
        assert now_of(ticket).parcel_id is not None
        return
    with pytest.raises(DomainError, match="Say what postage") as refusal:
        settling.send(ticket.pk, "exchanged", actor=agent, now=NOW)
    assert refusal.value.code == "A7"
    assert now_of(ticket).parcel_id is None
    with pytest.raises(DomainError, match="Say first"):
        buyer_pays.pay_by_links(ticket.pk, "postage", [link("12.00", "买家").tid], actor=agent, now=NOW)


@pytest.mark.parametrize(
    ("amount", "problem", "role", "rule"),
    [
        ("0.00", "changed_mind", "agent", "A3"),
        ("0.00", "changed_mind", "supervisor", ""),  # a supervisor gives it
        ("5.00", "flawed", "agent", "A3"),  # the shop is at fault
        ("0.00", "flawed", "agent", ""),
        ("-1.00", "changed_mind", "agent", "A7"),
        ("1.001", "changed_mind", "agent", "A7"),
        ("5.00", "changed_mind", "agent", ""),
    ],
)
def test_who_pays_postage_for_an_exchange(amount: str, problem: str, role: str, rule: str) -> None:
    ticket, _wanted = exchange(problem=problem)
    if not rule:
        buyer_pays.set_postage(ticket.pk, d(amount), actor=make_staff(role), now=NOW)
        assert now_of(ticket).postage_due == d(amount)
        return
    with pytest.raises(DomainError) as refusal:
        buyer_pays.set_postage(ticket.pk, d(amount), actor=make_staff(role), now=NOW)
    assert refusal.value.code == rule


def test_a_link_of_somebody_else_pays_nothing() -> None:
    ticket, _wanted = exchange()
    agent = make_staff("agent")
    buyer_pays.set_postage(ticket.pk, d("12.00"), actor=agent, now=NOW)
    paying = link("12.00", "别人")

    with pytest.raises(DomainError) as refusal:
        buyer_pays.pay_by_links(ticket.pk, "postage", [paying.tid], actor=agent, now=NOW)

    assert refusal.value.code == "A7"
    assert not LinkSettlement.objects.exists()
    assert not TicketPayment.objects.exists()
