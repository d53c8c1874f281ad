"""The clock strip of a ticket, and the page of terms: what they show to whom, and what is done there."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from afterservice.models import Clock, ClockPolicy, Ticket
from afterservice.rules.clocks import STARTING_TERMS, ClockKind
from afterservice.selectors.clocks import Stand, read_strip, stand_of
from afterservice.services import clocks
from shopdesk.base import clock as base_clock
from tests.afterservice.clock_scenes import clock_of, make_ticket
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
K = ClockKind
ClientOf = Callable[..., Client]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with base_clock.fixed(NOW):
        yield


def strip_of(client: Client, ticket: Ticket) -> list[str]:
    """The items of the strip as text, in their order."""
    answer = client.get(f"/tickets/{ticket.pk}/")
    assert answer.status_code == 200
    found = re.search(r'<ol class="clock-strip".*?</ol>', answer.content.decode(), re.DOTALL)
    return re.findall(r"<li.*?</li>", found[0], re.DOTALL) if found else []


@pytest.mark.parametrize(
    ("fields", "stand"),
    [
        ({}, Stand.RUNS),
        ({"warned_at": NOW}, Stand.SOON),
        ({"due_at": NOW}, Stand.LATE),
        ({"due_at": NOW - HOUR, "expired_at": NOW - HOUR}, Stand.LATE),
        ({"due_at": NOW - HOUR, "expired_at": NOW - HOUR, "stopped_at": NOW}, Stand.DONE_LATE),
        ({"due_at": NOW - HOUR, "stopped_at": NOW - 2 * HOUR}, Stand.DONE),
        ({"due_at": NOW - HOUR, "paused_at": NOW - 2 * HOUR, "pause_reason": "等图"}, Stand.PAUSED),
    ],
)
def test_how_a_clock_stands(fields: dict[str, object], stand: str) -> None:
    ticket = make_ticket()
    values: dict[str, object] = {"due_at": NOW + DAY, "started_at": NOW - DAY} | fields
    clock = Clock.objects.create(ticket=ticket, kind=K.ANSWER, awaits="us", at_zero="supervisor", **values)

    assert stand_of(clock, NOW) == stand


def test_the_strip_says_what_is_awaited_from_whom_until_when_and_what_then(client_of: ClientOf) -> None:
    ticket = make_ticket(running=(K.SEND_BACK, K.DECIDE, K.ANSWER))

    answer, decide, send_back = strip_of(client_of("agent"), ticket)

    assert 'class="runs ours"' in answer
    for words in ("answer the buyer", ">us<", "1 d 0 h", "red flag, to the supervisor"):
        assert words in answer
    assert f'data-until="{(clock_of(ticket).due_at).isoformat()}"' in answer
    assert "2 d 0 h" in decide
    assert "accepted where the rules allow it" in decide
    # What waits on the buyer comes after what waits on us, and looks different.
    assert 'class="runs theirs"' in send_back
    assert 'class="clock theirs"' in send_back
    for words in ("send the goods back", ">the buyer<", "10 d 0 h", "closed; the buyer may open it again"):
        assert words in send_back


def test_red_stays_red_after_the_fact(client_of: ClientOf) -> None:
    ticket = make_ticket(running=(K.ANSWER, K.DECIDE), now=NOW - 30 * HOUR)
    client = client_of("agent")

    late, running = strip_of(client, ticket)
    assert 'class="late ours late"' in late
    assert "overdue since 11-22 06:00" in late
    assert "late" not in running
    clocks.stop(ticket, K.ANSWER, K.DECIDE, now=NOW)
    done, met = strip_of(client, ticket)[::-1]

    assert 'class="done_late ours late"' in done
    assert "11-22 12:00, late" in done
    assert 'class="done ours"' in met
    assert ", late" not in met


def test_the_warehouse_sees_the_strip_and_pauses_nothing(client_of: ClientOf) -> None:
    ticket = make_ticket(running=(K.ANSWER,))

    assert len(strip_of(client_of("warehouse"), ticket)) == 1
    page = client_of("warehouse").get(f"/tickets/{ticket.pk}/").content.decode()
    assert "/clocks/pause/" not in page
    assert 'href="/tickets/clocks/"' not in page


def test_a_ticket_that_waits_for_nothing_says_so(client_of: ClientOf) -> None:
    ticket = make_ticket()

    assert strip_of(client_of("agent"), ticket) == []
    assert "Nothing is awaited." in client_of("agent").get(f"/tickets/{ticket.pk}/").content.decode()


def test_the_strip_costs_one_statement() -> None:
    ticket = make_ticket(running=(K.ANSWER, K.DECIDE, K.INSPECT))

    with CaptureQueriesContext(connection) as captured:
        shown = read_strip(ticket.pk, NOW)

    assert (len(shown), len(captured)) == (3, 1)


def pause(client: Client, ticket: Ticket, **fields: Any) -> Any:
    data = {"kind": "answer", "reason": "等客户补图", "version": 1} | fields
    return client.post(f"/tickets/{ticket.pk}/clocks/pause/", data)


def test_pausing_and_letting_run_again(client_of: ClientOf) -> None:
    ticket, client = make_ticket(running=(K.ANSWER,)), client_of("agent")

    assert pause(client, ticket).status_code == 302
    (item,) = strip_of(client, ticket)
    assert 'class="paused ours"' in item
    assert "等客户补图" in item
    assert "1 d 0 h" in item
    assert "data-until" not in item
    with base_clock.fixed(NOW + 5 * HOUR):
        client.post(f"/tickets/{ticket.pk}/clocks/resume/", {"kind": "answer", "version": 1})

    clock = clock_of(ticket)
    assert (clock.paused_at, clock.due_at) == (None, NOW + 29 * HOUR)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"reason": ""}, 422, "Why: "),
        ({"kind": "decide"}, 409, "does not run any more"),
        ({"kind": "nap"}, 422, "Which clock: "),
        ({"version": 7}, 409, "Somebody changed this ticket"),
    ],
)
def test_a_refused_pause_keeps_what_was_typed(
    client_of: ClientOf, fields: dict[str, Any], status: int, said: str
) -> None:
    ticket, client = make_ticket(running=(K.ANSWER,)), client_of("agent")

    answer = pause(client, ticket, **fields)

    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert fields.get("reason", "等客户补图") in page
    assert clock_of(ticket).paused_at is None


def test_with_htmx_the_ticket_is_swapped_and_a_refusal_lands_in_its_box(client_of: ClientOf) -> None:
    ticket, client = make_ticket(running=(K.ANSWER,)), client_of("agent")
    address, data = f"/tickets/{ticket.pk}/clocks/pause/", {"kind": "answer", "reason": "", "version": 1}

    refused = client.post(address, data, headers={"HX-Request": "true"})
    taken = client.post(address, data | {"reason": "等图"}, headers={"HX-Request": "true"})

    assert (refused.status_code, refused["HX-Retarget"]) == (422, "#clocks-refusal")
    assert taken.status_code == 200
    assert taken.content.decode().lstrip().startswith('<div id="ticket"')


def row_of(client: Client, kind: str) -> str:
    page = client.get("/tickets/clocks/").content.decode()
    found = re.search(rf'<tr id="clock-{kind}".*?</tr>', page, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("role", ["agent", "supervisor", "manager"])
def test_the_terms_show_with_their_span_warning_and_end(client_of: ClientOf, role: str) -> None:
    clocks.ensure_starting_terms()

    row = row_of(client_of(role), "send_back")

    for words in ("send the goods back", "the buyer", "240", "48", "closed; the buyer may open it again"):
        assert words in row
    assert ("<input" in row) == (role == "manager")


def change(client: Client, kind: str = "answer", **fields: Any) -> Any:
    data = {"hours": 12, "warning_hours": 2, "at_zero": "supervisor"} | fields
    return client.post(f"/tickets/clocks/{kind}/", data)


def test_a_manager_lays_down_other_terms_and_the_old_ones_are_kept(client_of: ClientOf) -> None:
    clocks.ensure_starting_terms()
    client = client_of("manager", signature="小王")
    seen = ClockPolicy.objects.get(kind="answer").pk

    assert change(client, seen=seen).status_code == 302

    row = row_of(client, "answer")
    assert 'name="hours"' in row
    assert 'value="12"' in row
    assert "小王" in row
    assert "24 h, warns 4 h ahead, then: red flag, to the supervisor" in row
    assert clock_of(make_ticket(running=(K.ANSWER,))).due_at == NOW + 12 * HOUR


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"hours": "2", "warning_hours": "2"}, 422, "warns before it runs out"),
        ({"hours": "zwölf"}, 422, "Hours: "),
        ({"at_zero": "close"}, 422, "cannot happen at zero"),
        ({"seen": 0}, 409, "other terms meanwhile"),
    ],
)
def test_refused_terms_keep_what_was_typed(
    client_of: ClientOf, fields: dict[str, Any], status: int, said: str
) -> None:
    clocks.ensure_starting_terms()

    answer = change(client_of("manager"), **fields)

    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert f'value="{fields.get("hours", 12)}"' in page
    assert ClockPolicy.objects.count() == len(STARTING_TERMS)


def test_there_are_no_terms_of_a_clock_that_there_is_not(client_of: ClientOf) -> None:
    assert change(client_of("manager"), "nap").status_code == 404


def test_two_managers_at_once_take_turns() -> None:
    clocks.ensure_starting_terms()
    seen = ClockPolicy.objects.get(kind="answer").pk
    client = Client()
    client.force_login(make_staff("manager"))
    with base_clock.fixed(NOW + HOUR):
        change(client, seen=seen)
    with base_clock.fixed(NOW + 2 * HOUR):
        answer = change(client, seen=seen, hours=6)

    assert answer.status_code == 409
    assert clocks.current_policies(NOW + DAY)["answer"].hours == 12


def test_the_page_of_terms_takes_as_many_statements_with_many_versions(client_of: ClientOf) -> None:
    clocks.ensure_starting_terms()
    client, manager = client_of("agent"), make_staff("manager")
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get("/tickets/clocks/")
        counts.append(len(captured))
        moment: datetime = NOW - DAY + number * HOUR
        clocks.set_terms(K.ANSWER, hours=9, warning_hours=1, at_zero="supervisor", actor=manager, now=moment)

    assert counts[0] == counts[1]
