"""A12 in a browser: adding by choosing and by dropping, what is shown, and what a file may do on its own."""

import re
from collections.abc import Callable
from pathlib import Path

from django.urls import reverse
from playwright.sync_api import Page, expect

from afterservice.models import Evidence
from tests.afterservice.evidence_files import photo, video
from tests.afterservice.scenes import make_ticket
from tests.browser.test_narrow import PHONE

# A DataTransfer with one file, dropped on the form as the browser would.
_DROP = """([bytes, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, {type: "image/jpeg"}));
  const form = document.querySelector("form[data-drop-files]");
  for (const kind of ["dragover", "drop"])
    form.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_photos_are_added_shown_and_refused(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]], tmp_path: Path
) -> None:
    ticket = make_ticket()
    page = signed_in("agent")
    page.goto(reverse("tickets:detail", args=[ticket.pk]))
    box = page.locator("#evidence")
    files = [
        {"name": "正面.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(640, 480))},
        {"name": "走路.mp4", "mimeType": "video/mp4", "buffer": video()},
    ]

    box.locator("input[name=files]").set_input_files(files)  # type: ignore[arg-type]
    box.get_by_role("button", name="Add").click()

    expect(page.locator("#told")).to_contain_text("2 files are kept.")
    expect(box.locator("img")).to_have_count(1)
    expect(box.locator("video")).to_have_count(1)
    box.locator("img").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('#evidence img').naturalWidth === 320")
    assert axe(page) == []

    box.locator("input[name=files]").set_input_files(
        {"name": "发票.jpg", "mimeType": "image/jpeg", "buffer": b"MZ" + bytes(99)}
    )
    box.get_by_role("button", name="Add").click()
    expect(page.locator("#evidence-refusal")).to_contain_text("It is a program")
    assert Evidence.objects.count() == 2

    page.evaluate(_DROP, [list(photo()), "侧面.jpg"])
    assert box.locator("input[name=files]").evaluate("input => input.files[0].name") == "侧面.jpg"
    box.get_by_role("button", name="Add").click()
    expect(box.locator("img")).to_have_count(2)


def test_a_file_opened_on_its_own_is_a_picture(signed_in: Callable[..., Page]) -> None:
    ticket = make_ticket()
    page = signed_in("agent", **PHONE)
    page.goto(reverse("tickets:detail", args=[ticket.pk]))
    box = page.locator("#evidence")
    expect(box.get_by_text("Or take a photo")).to_be_visible()
    box.locator("input[name=camera]").set_input_files(
        {"name": "image.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(640, 480))}
    )
    box.get_by_role("button", name="Add").click()
    expect(box.locator("img")).to_have_count(1)

    page.goto(reverse("tickets:evidence", args=[Evidence.objects.get().pk]))

    assert page.evaluate("document.images[0].naturalWidth") == 640
    assert page.evaluate("self.origin") == "null"


def test_the_registers_are_read_and_filtered(
    signed_in: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    ticket = make_ticket(problem="flawed")
    page = signed_in("supervisor")
    page.goto(reverse("tickets:register-problems"))
    expect(page.get_by_role("link", name=ticket.number)).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_label("Category").select_option("logistics")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Nothing stands in this register")).to_be_visible()
    page.get_by_role("link", name="Clear all").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="XLSX").click()
    assert re.fullmatch(r"problems-[\d-]+\.xlsx", download.value.suggested_filename)
