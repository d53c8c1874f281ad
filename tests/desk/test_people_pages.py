"""The manager's pages of people: accounts, roles, locks, sessions (T1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from shopdesk.base import clock
from shopdesk.base.models import RosterEntry, Staff
from shopdesk.base.permissions import MATRIX
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


def failed(person: Staff, failures: int = 5) -> None:
    attempt = AccessAttempt.objects.create(
        username=person.username, ip_address="10.0.0.1", user_agent="", failures_since_start=failures
    )
    AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=clock.now() - timedelta(minutes=1))


def test_an_account_is_made_and_its_password_shown_once(client_of: Callable[..., Client]) -> None:
    client = client_of("manager")

    answer = client.post(reverse("person-make"), {"username": "xiaoyu", "signature": "小雨", "role": "agent"})

    person = Staff.objects.get(username="xiaoyu")
    password = answer.context["password"]
    assert person.check_password(password)
    assert password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert password not in client.get(reverse("person", args=[person.pk])).content.decode()


def test_a_refused_account_keeps_what_was_typed(client_of: Callable[..., Client]) -> None:
    make_staff("agent", username="taken")
    answer = client_of("manager").post(
        reverse("person-make"), {"username": "taken", "signature": "小雨", "role": "agent"}
    )
    assert answer.status_code == 422
    assert 'value="小雨"' in answer.content.decode()


def test_change_lock_sessions_and_password(client_of: Callable[..., Client]) -> None:
    client, person = client_of("manager"), make_staff("agent")
    failed(person)
    page = reverse("person", args=[person.pk])
    assert "locked out" in client.get(page).content.decode()
    assert "locked out" in client.get(reverse("people")).content.decode()

    client.post(reverse("person-unlock", args=[person.pk]))
    client.post(reverse("person-sign-out", args=[person.pk]))
    client.post(
        reverse("person-change", args=[person.pk]),
        {"username": person.username, "signature": "娜", "role": "supervisor", "is_active": "on"},
    )
    shown = client.post(reverse("person-password", args=[person.pk])).context["password"]

    person.refresh_from_db()
    assert (person.role, person.signature, person.session_stamp) == ("supervisor", "娜", 1)
    assert person.check_password(shown)
    assert not AccessAttempt.objects.exists()
    history = client.get(page).context["history"]
    assert [words for _entry, words in history][-1] == ["unlocked: True"]
    assert "role: agent → supervisor" in history[1][1]


def test_a_switched_off_one_is_on_the_other_tab(client_of: Callable[..., Client]) -> None:
    client, person = client_of("manager"), make_staff("agent", signature="小雨")
    client.post(
        reverse("person-change", args=[person.pk]),
        {"username": person.username, "signature": "小雨", "role": "agent"},
    )
    assert "小雨" not in client.get(reverse("people")).content.decode()
    assert "小雨" in client.get(reverse("people") + "?tab=off").content.decode()


def test_ones_own_session_survives_signing_out_everywhere() -> None:
    manager = make_staff("manager")
    here, elsewhere = Client(), Client()
    here.force_login(manager)
    elsewhere.force_login(manager)

    here.post(reverse("person-sign-out", args=[manager.pk]))

    assert here.get(reverse("home")).status_code == 200
    assert elsewhere.get(reverse("home")).status_code == 302


def test_the_matrix_names_every_permission(client_of: Callable[..., Client]) -> None:
    page = client_of("manager").get(reverse("roles"))

    assert {permission for permission, _cells in page.context["rows"]} == set(MATRIX)
    assert page.content.decode().count("<tr>") == len(MATRIX) + 1


def test_costs_the_same_however_many_there_are(
    client_of: Callable[..., Client], django_assert_num_queries: Callable[..., Any]
) -> None:
    client, person = client_of("manager"), make_staff("agent")
    pages = [
        (reverse("people"), 4),  # who asks; people; locks; shifts
        (reverse("person", args=[person.pk]), 6),  # who asks; the person; history; sign-ins; locks; shifts
    ]
    for address, statements in pages:
        with django_assert_num_queries(statements):
            client.get(address)
    for number in range(4):
        other = make_staff("agent", signature=f"同事{number}")
        failed(other)
        RosterEntry.objects.create(staff=other, day=NOW.date(), shift="day")
        client.post(reverse("person-sign-out", args=[person.pk]))
    for address, statements in pages:
        with django_assert_num_queries(statements):
            client.get(address)
