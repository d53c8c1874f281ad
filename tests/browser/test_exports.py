"""Taking a list out in a browser: the short one comes at once, the long one waits on the page of files (D3)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shopdesk.base import clock
from shopdesk.base.models import Export
from shopdesk.base.services import exports
from tests.factories import make_line, make_order


def test_a_short_and_a_long_list(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        make_line(make_order(f"买家{number}", created=clock.now() - timedelta(hours=number + 1)), "大衣")
    page = signed_in("supervisor")

    page.goto("/orders/?q=买家3")
    with page.expect_download() as short:
        page.get_by_role("button", name="Orders: CSV").click()
    assert "买家3" in Path(short.value.path()).read_text("utf-8-sig")
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    page.goto("/orders/")
    page.get_by_role("button", name="Orders: XLSX").click()
    page.wait_for_url("**/exports/")
    with page.expect_download() as long:
        page.get_by_role("link", name="Download").click()

    assert long.value.suggested_filename.startswith("orders-")
    assert Path(long.value.path()).stat().st_size == Export.objects.latest("pk").size
    expect(page.get_by_text("sent at once")).to_be_visible()
    assert axe(page) == []
