"""The roster's page: everybody sees it, supervisors and managers plan, colleagues swap (T2)."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shopdesk.base import clock
from shopdesk.base.models import RosterEntry, ShiftHours, ShiftSwap, Staff
from shopdesk.desk.selectors.roster import cell_name
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
TODAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
WEEK = f"{reverse('roster')}?week={MONDAY}"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def test_a_week_is_planned_from_the_grid(client_of: Callable[..., Client]) -> None:
    nana, client = make_staff("agent"), client_of("supervisor")
    week = client.get(WEEK).context["week"]

    answer = client.post(
        reverse("roster-save"),
        {"week": str(MONDAY), "seen": week.seen, cell_name(nana.pk, MONDAY): "day late"},
    )

    assert answer["Location"] == WEEK
    assert set(RosterEntry.objects.values_list("staff", "day", "shift")) == {
        (nana.pk, MONDAY, "day"),
        (nana.pk, MONDAY, "late"),
    }


def test_a_refused_save_loses_nothing_and_shows_both(client_of: Callable[..., Client]) -> None:
    nana, client = make_staff("agent"), client_of("manager")
    seen = client.get(WEEK).context["week"].seen
    RosterEntry.objects.create(staff=nana, day=MONDAY, shift="late")

    answer = client.post(
        reverse("roster-save"), {"week": str(MONDAY), "seen": seen, cell_name(nana.pk, MONDAY): "day"}
    )

    [cell] = [
        cell
        for row in answer.context["week"].rows
        for cell in row.cells
        if cell.name == cell_name(nana.pk, MONDAY)
    ]
    assert answer.status_code == 409
    assert (cell.codes, cell.differs) == (("late",), True)
    assert [choice.value for choice in cell.choices if choice.chosen] == ["day"]
    assert answer.context["week"].seen != seen  # saving again is then meant


def test_a_begun_shift_cannot_be_chosen(client_of: Callable[..., Client]) -> None:
    nana = make_staff("agent")
    RosterEntry.objects.create(staff=nana, day=TODAY, shift="day")
    rows = client_of("manager").get(reverse("roster")).context["week"].rows

    [row] = [row for row in rows if row.staff == nana]
    assert not row.cells[0].choices  # Monday is past
    assert {choice.value: choice.fixed for choice in row.cells[6].choices} == {
        "": True,
        "day": False,
        "late": True,
        "day late": False,
    }


@pytest.mark.parametrize("role", ["agent", "warehouse"])
def test_others_look_but_do_not_plan(role: str, client_of: Callable[..., Client]) -> None:
    page = client_of(role).get(WEEK).content.decode()

    assert "roster-save" not in page or reverse("roster-copy") not in page
    assert "<select" not in page.split("swaps-title")[0]


def test_a_swap_from_asking_to_accepting() -> None:
    nana, yu = make_staff("agent"), make_staff("agent", signature="小雨")
    RosterEntry.objects.create(staff=nana, day=MONDAY, shift="day")
    RosterEntry.objects.create(staff=yu, day=MONDAY, shift="late")
    page = signed_in(nana).get(WEEK)
    [give] = page.context["to_give"]
    assert [offer.words for offer in page.context["takers"]] == [
        "小雨, nothing in return",
        "小雨, for their 11-23 Late shift",
    ]

    taker = page.context["takers"][1].value
    signed_in(nana).post(reverse("swap-ask"), {"give": give.value, "taker": taker})
    signed_in(yu).post(reverse("swap-accept", args=[ShiftSwap.objects.get().pk]))

    assert set(RosterEntry.objects.values_list("staff", "shift")) == {(nana.pk, "late"), (yu.pk, "day")}


@pytest.mark.parametrize("posted", [{}, {"give": "x", "taker": "1"}, {"give": "2026-13-40 day", "taker": "1"},
                                    {"give": "2026-11-23 day", "taker": "٣"},
                                    {"give": "2026-11-23 day", "taker": "1 x y"}])  # fmt: skip
def test_nonsense_is_refused_in_words(posted: dict[str, str], client_of: Callable[..., Client]) -> None:
    answer = client_of("agent").post(reverse("swap-ask"), posted, follow=True)

    assert answer.status_code == 200
    assert not ShiftSwap.objects.exists()


@pytest.mark.parametrize("week", ["", "x", "0001-01-01", "9999-12-31", "2026-02-31"])
def test_any_address_shows_a_week(week: str, client_of: Callable[..., Client]) -> None:
    assert client_of("agent").get(reverse("roster"), {"week": week}).status_code == 200


def test_hours_are_changed_by_a_manager_and_typed_ones_kept(client_of: Callable[..., Client]) -> None:
    client = client_of("manager")
    good = {"code": "day", "starts": "09:00", "ends": "18:00", "valid_from": "2026-12-01"}

    refused = client.post(reverse("roster-hours"), good | {"valid_from": "2026-11-22"})
    client.post(reverse("roster-hours"), good)

    assert refused.status_code == 422
    assert 'value="09:00"' in refused.content.decode()
    assert str(ShiftHours.objects.get()) == "day 09:00–18:00"


def test_costs_the_same_however_many_work(
    client_of: Callable[..., Client], django_assert_num_queries: Callable[..., Any]
) -> None:
    client, me = client_of("agent"), make_staff("agent")
    # Who asks; hours, roster and people of the week; hours and who is on; swaps that wait and ended ones; hours and
    # my shifts; hours, colleagues and theirs.
    with django_assert_num_queries(14):
        client.get(WEEK)
    for number in range(4):
        person = make_staff("agent", signature=f"同事{number}")
        RosterEntry.objects.create(staff=person, day=MONDAY, shift="day")
        RosterEntry.objects.create(staff=person, day=TODAY, shift="day")
        ShiftSwap.objects.create(asked_by=person, colleague=me, day=MONDAY, shift="day", asked_at=NOW)
    with django_assert_num_queries(14):
        client.get(WEEK)
