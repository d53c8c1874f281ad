"""A real Chromium against a real server. Skipped where there is none, unless ``REQUIRE_BROWSER`` is set."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from shopdesk.base.models import Staff
from shopdesk.celery import application
from tests.factories import PASSWORD, make_staff
from tests.sessions import session_of

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Playwright's synchronous interface keeps an event loop in this thread; the ORM is used beside it, not in it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test with a database of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the process."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("No Chromium or Chrome found, and REQUIRE_BROWSER is set.")
        pytest.skip("No Chromium or Chrome found: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # Each page is new, and no script on it runs for long enough to be worth its compiling.
                "--js-flags=--no-maglev --no-turbofan",
            ],
        )
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Open a browser window: ``visit(language="zh-CN", width=390)``. Console errors fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # A refusal (409, 422) is an answer that the pages show, not a fault of theirs.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            complaints.append(message.text)

    def open_window(
        *, language: str = "en-GB", width: int = 1366, height: int = 768, scheme: str = "light", **more: Any
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale=language,
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            timezone_id="Asia/Shanghai",
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def signed_in(visit: Callable[..., Page], live_server: LiveServer) -> Callable[..., Page]:
    """A window signed in as somebody of a role: with no page in it yet, or ``by_page``, by the sign-in page."""

    def open_window(role: str, *, staff: Staff | None = None, by_page: bool = False, **window: Any) -> Page:
        person = staff or make_staff(role)
        page = visit(**window)
        if by_page:
            sign_in(page, person)
        else:
            cookie = {
                "name": settings.SESSION_COOKIE_NAME,
                "value": session_of(person),
                "url": live_server.url,
            }
            page.context.add_cookies([cookie])  # type: ignore[list-item]  # a dictionary of its own kind
        return page

    return open_window


def sign_in(page: Page, person: Staff) -> None:
    """As people do, by the sign-in page."""
    page.goto("/sign-in/")
    page.locator("input[name=username]").first.fill(person.username)
    page.locator("input[name=password]").first.fill(PASSWORD)
    page.locator("input[name=password]").first.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


@pytest.fixture(autouse=True)
def work_at_once() -> Iterator[None]:
    """Tasks run in the request that asks for them: no worker stands beside the tests."""
    application.conf.task_always_eager = True
    application.conf.task_eager_propagates = True
    yield
    application.conf.task_always_eager = False


@pytest.fixture(autouse=True)
def own_media(tmp_path: Path, settings: Any) -> None:
    """Uploads of a test go away with it."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def axe(browser: Browser) -> Callable[[Page], list[str]]:
    """Run axe on a page: what it finds, a line each."""
    source = Path(settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")

    def run(page: Page) -> list[str]:
        page.evaluate(source)  # injected by the debugger, so that the page's policy stays as it is
        found = page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        )
        return [
            f"{problem['id']}: {node['target']} {node['html'][:160]}"
            for problem in found
            for node in problem["nodes"]
        ]

    return run
