"""A6: repairs in the shop and on site by their clocks; what is missing is sent again."""

from typing import Any

import pytest

from afterservice.rules.clocks import ClockKind
from afterservice.services import repairing, returning, settling
from afterservice.states import Case
from orders.models import Parcel, StockMovement
from shopdesk.base import clock
from shopdesk.base.errors import Conflict, DomainError
from tests.afterservice.goods_scenes import accepted, caught_up, due_of, keep_address, now_of, shipped
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon", "media")]


def test_a_repair_in_the_shop_is_due_in_thirty_days_and_goes_back() -> None:
    keep_address()
    agent, keeper = make_staff("agent"), make_staff("warehouse")
    ticket = accepted(kind="repair", problem="flawed")
    repairing.choose_place(ticket.pk, "shop", actor=agent, now=NOW)
    returning.give_address(ticket.pk, actor=agent, now=NOW)
    returning.receive(f"T{ticket.pk}", actor=keeper, now=NOW)
    assert due_of(ticket) == {ClockKind.REPAIR: 30}

    ticket = settling.send(ticket.pk, "repaired", actor=agent, now=NOW)

    assert due_of(ticket) == {}
    assert ticket.case == Case.DECIDED
    shipped(ticket.parcel)
    caught_up(ticket)
    ticket = now_of(ticket)
    assert (ticket.case, ticket.settlement) == (Case.SETTLED, "repaired")
    assert not StockMovement.objects.exists()


def test_a_repair_on_site_has_three_clocks() -> None:
    agent = make_staff("agent")
    ticket = accepted(kind="repair", problem="flawed")

    repairing.choose_place(ticket.pk, "on_site", actor=agent, now=NOW)
    assert due_of(ticket) == {ClockKind.AGREE_VISIT: 3, ClockKind.VISIT: 15}
    repairing.agree_visit(ticket.pk, NOW + clock.hours(48), actor=agent, now=NOW)
    assert due_of(ticket) == {ClockKind.VISIT: 15}
    repairing.note_visit(ticket.pk, actor=agent, now=NOW)
    assert due_of(ticket) == {ClockKind.VISIT_REPAIR: 30}
    with pytest.raises(Conflict):
        repairing.note_visit(ticket.pk, actor=agent, now=NOW)
    repairing.finish_on_site(ticket.pk, actor=agent, now=NOW)

    ticket = now_of(ticket)
    assert (ticket.case, ticket.settlement) == (Case.SETTLED, "repaired")
    assert due_of(ticket) == {ClockKind.FOLLOW_UP: 7}


@pytest.mark.parametrize(
    ("place", "step"),
    [("shop", "agree"), ("buyer", "visit"), ("on_site", "finish"), ("", "agree"), ("on_site", "past")],
)
def test_steps_of_a_repair_that_are_none(place: str, step: str) -> None:
    agent = make_staff("agent")
    ticket = accepted(kind="repair", problem="flawed", repair_place=place)
    steps: dict[str, Any] = {
        "agree": lambda: repairing.agree_visit(ticket.pk, NOW + clock.hours(1), actor=agent, now=NOW),
        "past": lambda: repairing.agree_visit(ticket.pk, NOW, actor=agent, now=NOW),
        "visit": lambda: repairing.note_visit(ticket.pk, actor=agent, now=NOW),
        "finish": lambda: repairing.finish_on_site(ticket.pk, actor=agent, now=NOW),
    }

    with pytest.raises(DomainError) as refusal:
        steps[step]()

    assert refusal.value.code == "A6"
    assert now_of(ticket).case == Case.DECIDED


def test_what_is_missing_is_resent_and_settles_when_it_is_out() -> None:
    agent = make_staff("agent")
    ticket = accepted(kind="resend", problem="lost")

    ticket = settling.send(ticket.pk, "resent", actor=agent, now=NOW)

    assert ticket.parcel.purpose == Parcel.Purpose.RESEND
    assert caught_up(ticket) is False
    with pytest.raises(Conflict):
        settling.send(ticket.pk, "resent", actor=agent, now=NOW)
    shipped(ticket.parcel)
    assert caught_up(ticket) is True
    assert now_of(ticket).settlement == "resent"
