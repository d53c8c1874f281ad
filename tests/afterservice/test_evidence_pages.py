"""A12 on the pages: who sees a file and how it is sent; adding; the bundle for the platform."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from afterservice.models import Evidence, Ticket, TicketMessage
from afterservice.services import bundles
from afterservice.services.evidence import add
from afterservice.states import Case
from shopdesk.base.models import AuditEntry
from tests.afterservice.evidence_files import PLACE, photo, upload, video
from tests.afterservice.scenes import make_received_order, make_ticket
from tests.factories import NOW, make_staff
from tests.orders.shipped_parcels import make_shipped_parcel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
REQUEST, TALK, INSPECTION = Evidence.Stage.REQUEST, Evidence.Stage.TALK, Evidence.Stage.INSPECTION


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


def kept(ticket: Ticket, content: bytes, *, stage: str = REQUEST, name: str = "瑕疵.exe") -> Evidence:
    later = NOW + timedelta(minutes=Evidence.objects.count())
    return add(ticket.pk, upload(content, name), stage=stage, actor=make_staff("supervisor"), now=later)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse", "manager"])
def test_a_photo_is_sent_to_staff_as_a_picture_and_nothing_else(
    role: str, ticket: Ticket, client_of: Callable[..., Client]
) -> None:
    record = kept(ticket, photo())

    answer = client_of(role).get(reverse("tickets:evidence", args=[record.pk]))

    content = body(answer)
    assert content.startswith(b"\xff\xd8\xff")
    assert answer["Content-Type"] == "image/jpeg"
    assert int(answer["Content-Length"]) == len(content) == record.size
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''%E7%91%95%E7%96%B5.jpg"
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
    )
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, max-age=3600, immutable"
    small = client_of(role).get(reverse("tickets:evidence-small", args=[record.pk]))
    assert (small["Content-Type"], body(small)[8:12]) == ("image/webp", b"WEBP")


def test_nobody_sees_a_file_without_signing_in(ticket: Ticket) -> None:
    record = kept(ticket, photo())

    answer = Client().get(reverse("tickets:evidence", args=[record.pk]))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign-in"))


def test_a_file_has_no_other_address(ticket: Ticket, client_of: Callable[..., Client]) -> None:
    record = kept(ticket, photo())
    client = client_of("supervisor")

    guesses = [
        reverse("tickets:evidence", args=[uuid4()]),
        f"/media/{record.file.name}",
        f"/{record.file.name}",
        f"/static/{record.file.name}",
        f"/tickets/evidence/{record.pk.hex}/",
        f"/tickets/evidence/{ticket.pk}/",
    ]

    assert record.pk.version == 4
    assert {client.get(address).status_code for address in guesses} == {404}


def test_talks_are_not_for_the_warehouse(ticket: Ticket, client_of: Callable[..., Client]) -> None:
    talk, inspection = kept(ticket, photo(), stage=TALK), kept(ticket, photo(), stage=INSPECTION)
    client = client_of("warehouse")

    page = client.get(reverse("tickets:detail", args=[ticket.pk])).content.decode()

    assert client.get(reverse("tickets:evidence", args=[talk.pk])).status_code == 404
    assert client.get(reverse("tickets:evidence-small", args=[talk.pk])).status_code == 404
    assert client.get(reverse("tickets:evidence", args=[inspection.pk])).status_code == 200
    assert str(talk.pk) not in page
    assert str(inspection.pk) in page
    assert reverse("tickets:evidence-add", args=[ticket.pk]) not in page


def test_a_lost_file_is_not_found(ticket: Ticket, client_of: Callable[..., Client]) -> None:
    record = kept(ticket, photo())
    record.file.storage.delete(record.file.name)

    assert client_of("agent").get(reverse("tickets:evidence", args=[record.pk])).status_code == 404


def test_a_video_has_no_small_picture(ticket: Ticket, client_of: Callable[..., Client]) -> None:
    record = kept(ticket, video())

    assert client_of("agent").get(reverse("tickets:evidence-small", args=[record.pk])).status_code == 404


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-1", slice(0, 2)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-99999999", slice(5, None)),
    ],
)
def test_a_video_is_sent_in_the_parts_that_a_player_asks_for(
    header: str, part: slice, ticket: Ticket, client_of: Callable[..., Client]
) -> None:
    record = kept(ticket, video())
    client, address = client_of("agent"), reverse("tickets:evidence", args=[record.pk])
    whole = body(client.get(address))

    answer = client.get(address, headers={"Range": header})

    start, stop, _ = part.indices(len(whole))
    assert answer.status_code == 206
    assert body(answer) == whole[part]
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert int(answer["Content-Length"]) == stop - start
    assert answer["Content-Security-Policy"].endswith("sandbox")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("bytes=99999999-", 416),
        ("bytes=5-2", 416),
        ("bytes=-", 200),
        ("lines=1-2", 200),
        ("bytes=0-1,4-5", 200),
    ],
)
def test_a_part_that_there_is_not(
    header: str, status: int, ticket: Ticket, client_of: Callable[..., Client]
) -> None:
    record = kept(ticket, video())

    answer = client_of("agent").get(reverse("tickets:evidence", args=[record.pk]), headers={"Range": header})

    assert answer.status_code == status
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{record.size}"


@pytest.mark.parametrize("htmx", [False, True])
def test_several_files_are_added_at_once(
    htmx: bool, ticket: Ticket, client_of: Callable[..., Client]
) -> None:
    client = client_of("agent")
    files = [upload(photo(), "正面.jpg"), upload(video(), "走路.mp4", "video/mp4")]

    answer = client.post(
        reverse("tickets:evidence-add", args=[ticket.pk]),
        {"stage": "talk", "files": files, "camera": upload(photo(), "image.jpg")},
        headers={"HX-Request": "true"} if htmx else {},
        follow=True,
    )

    names = list(Evidence.objects.order_by("added_at", "pk").values_list("name", "stage", "ticket"))
    assert sorted(names) == sorted(
        (name, "talk", ticket.pk) for name in ("正面.jpg", "走路.mp4", "image.jpg")
    )
    page = answer.content.decode()
    assert "3 files are kept." in page
    assert page.count("/tickets/evidence/") >= 6


def test_what_can_be_kept_is_kept_and_the_rest_is_named(
    ticket: Ticket, client_of: Callable[..., Client]
) -> None:
    files = [upload(b"MZ" + bytes(99), "发票.jpg"), upload(photo(), "正面.jpg")]

    answer = client_of("agent").post(
        reverse("tickets:evidence-add", args=[ticket.pk]), {"stage": "request", "files": files}, follow=True
    )

    assert list(Evidence.objects.values_list("name", flat=True)) == ["正面.jpg"]
    page = answer.content.decode()
    assert "1 file is kept." in page
    assert "发票.jpg is not kept. It is a program" in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"stage": "request"}, "Choose at least one file"),
        ({"stage": "request", "files": b""}, "The file is empty"),
        ({"stage": "request", "files": b"<svg onload='alert(1)'/>"}, "HTML, SVG"),
        ({"stage": "nowhere", "files": photo()}, "It shows"),
    ],
)
def test_a_refusal_stands_beside_the_form(
    sent: dict[str, Any], words: str, ticket: Ticket, client_of: Callable[..., Client]
) -> None:
    client, address = client_of("agent"), reverse("tickets:evidence-add", args=[ticket.pk])

    def data() -> dict[str, Any]:
        return sent | ({"files": upload(sent["files"], "a.jpg")} if "files" in sent else {})

    plain = client.post(address, data())
    part = client.post(address, data(), headers={"HX-Request": "true"})

    assert plain.status_code == part.status_code == 422
    assert words in plain.content.decode()
    assert part["HX-Retarget"] == "#evidence-refusal"
    assert words in part.content.decode()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("case", [Case.CLOSED, Case.CANCELLED])
def test_a_closed_ticket_shows_its_evidence_and_no_form(case: str, client_of: Callable[..., Client]) -> None:
    ticket = make_ticket()
    record = kept(ticket, photo())
    Ticket.objects.update(case=case, closed_at=NOW, close_reason="refused")
    client = client_of("agent")

    page = client.get(reverse("tickets:detail", args=[ticket.pk])).content.decode()
    answer = client.post(
        reverse("tickets:evidence-add", args=[ticket.pk]), {"stage": "request", "files": upload(photo())}
    )

    assert str(record.pk) in page
    assert 'name="files"' not in page
    assert answer.status_code == 409
    assert Evidence.objects.count() == 1


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def disputed() -> Ticket:
    order = make_received_order(
        "买家甲",
        receiver_address="李四，86-13912345678，上海 上海市 示例路1号",
        buyer_message="=cmd|'/c calc'!A1",
    )
    make_shipped_parcel(order)
    ticket = make_ticket(order)
    for side, text in [
        ("from_buyer", "鞋底开胶了，电话13800007620"),
        ("to_buyer", "亲，请拍一下照片"),
        ("staff", "这个买家上次也这样"),
    ]:
        TicketMessage.objects.create(ticket=ticket, side=side, channel="wangwang", text=text, at=NOW)
    kept(ticket, photo("PNG"))
    kept(ticket, video(), stage=TALK)
    return ticket


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["After-sales request", "What was said", "from the buyer"]),
        ("zh-hans", ["售后单", "沟通内容", "申请: 退货", "买家留言"]),
    ],
)
def test_the_bundle_has_log_facts_and_photos_in_the_chosen_language(
    language: str, words: list[str], disputed: Ticket, client_of: Callable[..., Client]
) -> None:
    answer = client_of("agent").post(reverse("tickets:bundle", args=[disputed.pk]), {"language": language})

    assert answer.streaming
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="{disputed.number}-{disputed.order_id}.zip"'
    )
    assert answer["Cache-Control"] == "no-store"
    files = unpacked(body(answer))
    assert list(files) == ["log.txt", "order.csv", "lines.csv", "01-request.png", "02-talk.mp4"]
    log = files["log.txt"].decode("utf-8-sig")
    assert [word for word in words if word not in log] == []
    assert "鞋底开胶了" in log
    assert "请拍一下照片" in log
    assert "上次也这样" not in log
    everything = b"".join(files.values())
    for phone in ("13800007620", "13912345678", disputed.order.receiver_mobile):
        assert phone.encode() not in everything
    assert "138****7620" in log
    assert PLACE not in everything
    rows = list(csv.reader(io.StringIO(files["order.csv"].decode("utf-8-sig"))))
    values = [value for _name, value in rows]
    assert disputed.order_id in values
    assert "买家甲" in values
    assert "'=cmd|'/c calc'!A1" in values
    lines = list(csv.reader(io.StringIO(files["lines.csv"].decode("utf-8-sig"))))
    assert lines[1][0] == "小白鞋"
    assert lines[1][3:6] == ["499.00", "1", "499.00"]
    first = Evidence.objects.get(content_type="image/png")
    assert files["01-request.png"] == first.file.open("rb").read()


def test_taking_a_bundle_is_logged(disputed: Ticket, client_of: Callable[..., Client]) -> None:
    client_of("agent").post(reverse("tickets:bundle", args=[disputed.pk]), {"language": "zh-hans"})

    entry = AuditEntry.objects.get(action="evidence.bundle_taken")
    assert (entry.subject_id, entry.after) == (str(disputed.pk), {"language": "zh-hans", "files": 2})


def test_a_bundle_is_packed_piece_by_piece(disputed: Ticket) -> None:
    big = make_ticket()
    kept(big, video(extra=b"\x00\x0c\x00\x00free" + bytes((12 << 16) - 8)))

    pieces = list(bundles.take_bundle(big.pk, language="en", actor=make_staff("agent"), now=NOW).packed())

    assert len(pieces) > 12
    assert max(map(len, pieces)) < 2 * bundles.CHUNK
    assert list(unpacked(b"".join(pieces)))[-1] == "01-request.mp4"


def test_a_lost_file_is_named_in_the_bundle(disputed: Ticket) -> None:
    record = Evidence.objects.get(content_type="image/png")
    record.file.storage.delete(record.file.name)

    bundle = bundles.take_bundle(disputed.pk, language="en", actor=make_staff("agent"), now=NOW)

    assert "01-request.png.missing.txt" in unpacked(b"".join(bundle.packed()))


@pytest.mark.parametrize("language", ["", "de", "../en"])
def test_a_language_that_there_is_not_is_refused(
    language: str, disputed: Ticket, client_of: Callable[..., Client]
) -> None:
    answer = client_of("agent").post(reverse("tickets:bundle", args=[disputed.pk]), {"language": language})

    assert answer.status_code == 302
    assert not AuditEntry.objects.filter(action="evidence.bundle_taken").exists()


@pytest.mark.parametrize("files", [1, 9])
def test_the_page_asks_as_often_however_many_files_there_are(
    files: int, ticket: Ticket, client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    for _ in range(files):
        kept(ticket, photo())
    client = client_of("agent")
    client.get(reverse("tickets:detail", args=[ticket.pk]))

    with django_assert_max_num_queries(27):
        client.get(reverse("tickets:detail", args=[ticket.pk]))
