"""The frame of every page: rail, language, look, signing in and out, and pages for what went wrong."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from shopdesk.base.models import Staff
from shopdesk.desk.demo.sign_ins import DEMO_PASSWORD
from shopdesk.desk.views import errors
from tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        ("agent", ["/", "/orders/", "/taobao/", "/approvals/"]),
        ("supervisor", ["/", "/orders/", "/taobao/", "/approvals/", "/jobs/"]),
        ("warehouse", ["/", "/orders/", "/approvals/"]),
        ("manager", ["/", "/orders/", "/jobs/"]),
    ],
)
def test_the_rail_leads_to_what_the_role_may_see(client_of: ClientOf, role: str, pages: list[str]) -> None:
    page = client_of(role).get("/orders/").content.decode()
    rail = page[page.index('<nav class="rail"') :].partition("</nav>")[0]
    assert [address for address in pages if f'href="{address}"' in rail] == pages
    assert {"/taobao/", "/jobs/", "/approvals/"} - set(pages) == {
        address for address in ("/taobao/", "/jobs/", "/approvals/") if f'href="{address}"' not in rail
    }


@pytest.mark.parametrize("address", ["/orders/", "/sign-in/", "/nothing/"])
def test_no_page_holds_inline_style_or_script(client_of: ClientOf, address: str) -> None:
    client = client_of("agent") if address != "/sign-in/" else Client()
    page = client.get(address).content.decode()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_the_language_is_chosen_and_kept(client_of: ClientOf) -> None:
    client = client_of("agent")
    answer = client.post("/language/", {"language": "zh-hans", "next": "/orders/"})
    assert answer.url == "/orders/"
    assert answer.cookies["django_language"].value == "zh-hans"
    assert 'lang="zh-hans"' in client.get("/orders/").content.decode()
    assert Staff.objects.get().language == "zh-hans"


@pytest.mark.parametrize(("address", "field"), [("/language/", "language"), ("/theme/", "theme")])
def test_a_choice_that_there_is_not_changes_nothing(client_of: ClientOf, address: str, field: str) -> None:
    client = client_of("agent")
    client.post(address, {field: "klingon"})
    staff = Staff.objects.get()
    assert (staff.language, staff.theme) == ("", "auto")


def test_the_look_is_set_by_the_server(client_of: ClientOf) -> None:
    client = client_of("agent")
    assert 'data-bs-theme="auto"' in client.get("/orders/").content.decode()
    client.post("/theme/", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get("/orders/").content.decode()
    client.post("/sign-out/")
    assert 'data-bs-theme="dark"' in client.get("/sign-in/").content.decode()


def test_a_choice_does_not_lead_away_from_the_desk(client_of: ClientOf) -> None:
    assert client_of("agent").post("/theme/", {"theme": "dark", "next": "https://evil.example/"}).url == "/"


def test_signing_in_and_out() -> None:
    staff = make_staff("agent")
    client = Client()
    assert client.get("/orders/").url == "/sign-in/?next=/orders/"
    wrong = client.post("/sign-in/", {"username": staff.username, "password": "wrong"})
    assert "do not go together" in wrong.content.decode()
    right = client.post("/sign-in/", {"username": staff.username, "password": PASSWORD, "next": "/orders/"})
    assert right.url == "/orders/"
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/orders/").status_code == 302


@pytest.mark.parametrize("name", ["x" * 151, "x" * 256, "名" * 5000, "a\x00b"])
def test_a_name_that_no_account_has_is_refused_in_words(name: str) -> None:
    answer = Client().post("/sign-in/", {"username": name, "password": "x"})
    assert answer.status_code == 200
    assert "do not go together" in answer.content.decode()


def test_the_search_box_names_a_phone_to_those_who_may_see_one(client_of: ClientOf) -> None:
    assert "tracking number, phone…" in client_of("agent").get("/orders/").content.decode()
    page = client_of("warehouse").get("/orders/").content.decode()
    assert "tracking number…" in page
    assert "phone…" not in page


def test_demo_staff_are_one_click_away_while_they_exist() -> None:
    assert DEMO_PASSWORD not in Client().get("/sign-in/").content.decode()
    make_staff("warehouse", username="warehouse1", password=DEMO_PASSWORD, signature="阿强")
    page = Client().get("/sign-in/").content.decode()
    assert "阿强" in page
    answer = Client().post("/sign-in/", {"username": "warehouse1", "password": DEMO_PASSWORD})
    assert answer.status_code == 302


def test_somebody_not_signed_in_may_choose_the_language() -> None:
    client = Client()
    client.post("/sign-in/language/", {"language": "zh-hans", "next": "/sign-in/"})
    assert 'lang="zh-hans"' in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("page", [errors.bad_request, errors.forbidden, errors.not_found, errors.failed])
def test_error_pages_ask_nothing_of_the_database(page: Callable[..., object], rf: RequestFactory) -> None:
    with CaptureQueriesContext(connection) as captured:
        response = page(rf.get("/"))
    assert len(captured) == 0
    assert "<h1>" in response.content.decode()  # type: ignore[attr-defined]


def test_an_unknown_page_and_a_forbidden_one_say_what_to_do(client_of: ClientOf) -> None:
    assert 'role="search"' in client_of("agent").get("/nothing/").content.decode()
    assert "Your role does not allow this" in client_of("agent").get("/jobs/").content.decode()
