"""A12: what is taken as evidence, what is refused and why, what is left of it, and that nothing stays behind."""

import struct
import threading
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from afterservice.models import AcceptCondition, Evidence, Ticket
from afterservice.rules.file_types import FileType, type_of
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.services import evidence, photos
from afterservice.services.evidence import add, remove_orphans
from afterservice.states import Case, Decision
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from tests.afterservice.evidence_files import (
    CAMERA,
    GPS_SAMPLE,
    PICTURE_SAMPLE,
    PLACE,
    SOUND_SAMPLE,
    box,
    full,
    moving,
    numbers,
    photo,
    picture,
    track,
    upload,
    video,
)
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db
REQUEST, TALK, INSPECTION = Evidence.Stage.REQUEST, Evidence.Stage.TALK, Evidence.Stage.INSPECTION


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Files of a test go where nobody keeps any."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def agent() -> Staff:
    return make_staff("agent")


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


def files_in(media: Path) -> set[str]:
    return {path.name for path in media.rglob("*") if path.is_file()}


def content_of(record: Evidence) -> bytes:
    with record.file.open("rb") as file:
        return bytes(file.read())


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (photo("JPEG"), "image/jpeg"),
        (photo("PNG"), "image/png"),
        (photo("WEBP"), "image/webp"),
        (photo("GIF"), "image/gif"),
        (moving("GIF"), "image/gif"),
        (moving("WEBP"), "image/webp"),
        (video(b"isom"), "video/mp4"),
        (video(b"3gp4"), "video/mp4"),
        (video(b"qt  "), "video/quicktime"),
    ],
)
def test_the_type_is_told_by_the_content_never_by_the_name(
    content: bytes, content_type: str, agent: Staff, ticket: Ticket, media: Path
) -> None:
    named_otherwise = upload(content, name="report.exe", content_type="application/x-msdownload")

    kept = add(ticket.pk, named_otherwise, stage=REQUEST, actor=agent, now=NOW)

    kept.refresh_from_db()
    assert (kept.content_type, kept.name, kept.stage, kept.added_by) == (
        content_type,
        "report.exe",
        REQUEST,
        agent,
    )
    assert kept.size == len(content_of(kept))
    small = {f"{kept.pk.hex}-small"} if content_type.startswith("image") else set()
    assert files_in(media) == {kept.pk.hex} | small
    entry = AuditEntry.objects.get(action="evidence.added")
    assert (entry.subject_id, entry.actor_id) == (str(ticket.pk), agent.pk)
    assert entry.after == {
        "evidence": str(kept.pk),
        "stage": "request",
        "content_type": content_type,
        "size": kept.size,
    }


HUGE_PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    for kind, body in [
        (b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    ]
)


def gif_bomb() -> bytes:
    """A few kilobytes that unpack to 800 megapixels: one picture, fifty times."""
    content = BytesIO()
    Image.new("P", (4000, 4000)).save(content, "GIF")
    one = content.getvalue()
    head = 13 + 3 * 2 ** ((one[10] & 7) + 1)  # the screen and its colours
    return one[:head] + one[head:-1] * 50 + one[-1:]


def zip_file() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "a")
    return content.getvalue()


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"MZ\x90\x00" + bytes(300), "It is a program"),
        (b"\x7fELF\x02\x01\x01" + bytes(300), "It is a program"),
        (b"#!/bin/sh\nrm -rf /\n", "It is a program"),
        (SVG, "can hold a program (HTML, SVG)"),
        (b"<svg onload='alert(1)'/>", "can hold a program (HTML, SVG)"),
        (b"\xef\xbb\xbf <!DOCTYPE html><script>alert(1)</script>", "can hold a program (HTML, SVG)"),
        (b"%PDF-1.7\n" + bytes(300), "document or an archive"),
        (zip_file(), "document or an archive"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(300), "Save it as JPEG"),
        (b"\x00\x00\x00\x18ftypavif" + bytes(300), "Save it as JPEG"),
        (b"\x1a\x45\xdf\xa3" + bytes(300), "taken as MP4 or MOV"),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(300), "taken as MP4 or MOV"),
        (b"hello, I am a photo", "neither a photo"),
        (b"\x00\x00\x00\x18ftypM4A " + bytes(300), "neither a photo"),
        (b"", "The file is empty"),
        (bytes(21 << 20), "21.0 MB; a file may have 20 MB"),
        (photo("JPEG") + bytes(20 << 20), "a file may have 20 MB"),
        (photo("JPEG")[:300], "damaged"),
        (b"\xff\xd8\xff" + b"MZ" * 200, "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(300), "damaged"),
        (HUGE_PNG, "million pixels"),
        (gif_bomb(), "million pixels"),
        (b"\x00\x00\x00\x18ftypisom" + b"MZ" * 200, "damaged, or of a make"),
        (box(b"ftyp", b"isom") + box(b"mdat", b"MZ" * 200), "damaged, or of a make"),
        (video()[:-5], "damaged, or of a make"),
    ],
    # A name that writes twenty megabytes out would be passed round with every report.
    ids=lambda value: "file" if isinstance(value, bytes) else None,
)
def test_what_is_refused_and_why(
    content: bytes, reason: str, agent: Staff, ticket: Ticket, media: Path
) -> None:
    with pytest.raises(DomainError) as refusal:
        add(ticket.pk, upload(content, "photo.jpg"), stage=REQUEST, actor=agent, now=NOW)

    assert refusal.value.code == "A12"
    assert reason in str(refusal.value.message)
    assert not Evidence.objects.exists()
    assert not files_in(media)
    assert not AuditEntry.objects.filter(action="evidence.added").exists()


def test_a_file_of_20_mib_is_taken(agent: Staff, ticket: Ticket) -> None:
    content = video()
    content += box(b"free", bytes((20 << 20) - len(content) - 8))

    kept = add(ticket.pk, upload(content), stage=REQUEST, actor=agent, now=NOW)

    assert kept.size == 20 << 20


def test_the_tenth_file_is_refused(agent: Staff, ticket: Ticket, media: Path) -> None:
    for _ in range(9):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    with pytest.raises(DomainError, match="9 files already"):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert Evidence.objects.filter(ticket=ticket).count() == 9
    assert len(files_in(media)) == 18
    other = add(make_ticket().pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    assert other.pk


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_nothing_but_the_picture_is_left_of_a_photo(
    kind: str, agent: Staff, ticket: Ticket, media: Path
) -> None:
    given = photo(kind)
    assert PLACE in given or CAMERA.encode() in given

    kept = add(ticket.pk, upload(given), stage=REQUEST, actor=agent, now=NOW)

    for path in (path for path in media.rglob("*") if path.is_file()):
        left = path.read_bytes()
        assert not any(word in left for word in (PLACE, CAMERA.encode(), b"Exif", b"xmpmeta", b"GPS"))
        with Image.open(path) as image:
            assert dict(image.getexif()) == {}
    with Image.open(BytesIO(content_of(kept))) as image:
        assert image.size == (60, 40)
        assert image.convert("RGB").getpixel((10, 20)) == pytest.approx((255, 0, 0), abs=12)
        assert image.convert("RGB").getpixel((50, 20)) == pytest.approx((0, 0, 255), abs=12)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [(1, (60, 40), (10, 20)), (3, (60, 40), (50, 20)), (6, (40, 60), (20, 10)), (8, (40, 60), (20, 50))],
)
def test_a_photo_stands_upright_without_the_tag_that_said_how(
    kind: str, orientation: int, size: tuple[int, int], red: tuple[int, int], agent: Staff, ticket: Ticket
) -> None:
    given = photo(kind, orientation=orientation)

    kept = add(ticket.pk, upload(given), stage=REQUEST, actor=agent, now=NOW)

    with Image.open(BytesIO(content_of(kept))) as image:
        assert image.size == size
        assert image.convert("RGB").getpixel(red) == pytest.approx((255, 0, 0), abs=12)


def test_what_hangs_on_to_a_jpeg_goes(agent: Staff, ticket: Ticket) -> None:
    given = photo() + b"<script>alert(1)</script>" + video() + zip_file()

    kept = add(ticket.pk, upload(given), stage=REQUEST, actor=agent, now=NOW)

    left = content_of(kept)
    assert left.endswith(b"\xff\xd9")
    assert b"script" not in left
    assert PLACE not in left


def test_a_jpeg_keeps_its_quality_and_the_colours_their_profile(agent: Staff, ticket: Ticket) -> None:
    profile = b"profile of the screen" + bytes(200)
    content = BytesIO()
    picture((64, 64)).save(content, "JPEG", quality=71, subsampling=0, icc_profile=profile)

    kept = add(ticket.pk, upload(content.getvalue()), stage=REQUEST, actor=agent, now=NOW)

    with Image.open(BytesIO(content_of(kept))) as image, Image.open(content) as given:
        assert image.quantization == given.quantization  # type: ignore[attr-defined]
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_what_moves_goes_on_moving(kind: str, agent: Staff, ticket: Ticket) -> None:
    kept = add(ticket.pk, upload(moving(kind)), stage=REQUEST, actor=agent, now=NOW)

    with Image.open(BytesIO(content_of(kept))) as image:
        assert image.n_frames == 3  # type: ignore[attr-defined]


def test_a_transparent_picture_stays_transparent(agent: Staff, ticket: Ticket) -> None:
    content = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 128)).save(content, "PNG")

    kept = add(ticket.pk, upload(content.getvalue()), stage=REQUEST, actor=agent, now=NOW)

    with Image.open(BytesIO(content_of(kept))) as image:
        assert image.getpixel((5, 5)) == (255, 0, 0, 128)


@pytest.mark.parametrize("brand", [b"isom", b"qt  "])
def test_a_video_keeps_picture_and_sound_where_they_were_and_nothing_else(
    brand: bytes, agent: Staff, ticket: Ticket
) -> None:
    given = video(brand)
    assert given.count(PLACE) == 7

    kept = add(ticket.pk, upload(given), stage=REQUEST, actor=agent, now=NOW)

    left = content_of(kept)
    assert PLACE not in left
    assert GPS_SAMPLE not in left
    assert len(left) == len(given)
    for sample in (PICTURE_SAMPLE, SOUND_SAMPLE, b"vide", b"soun"):
        assert left.index(sample) == given.index(sample)
    assert not any(kind in left for kind in (b"udta", b"uuid", b"\xa9xyz", b"loci", b"gps "))


SILENT = full(b"mvhd", bytes(96)) + track(b"vide", [24], [4])


@pytest.mark.parametrize(
    "moov",
    [
        box(b"moov", SILENT, track(b"meta", [10**6], [4])),  # samples outside of the file
        box(b"moov", SILENT, track(b"meta", [24], [4] * 5)),  # more samples than its chunks hold
        box(b"moov", SILENT, track(b"meta", [24] * 50, [24] * 50)),  # more than there are bytes
        box(b"moov", SILENT, box(b"trak", full(b"tkhd", bytes(80)))),  # of no kind
        box(b"moov", SILENT, track(b"meta", [24], [4])) + box(b"moof", b""),  # samples told elsewhere
        box(b"moov", box(b"cmov", b"packed")),
        box(b"moov", track(b"soun", [24], [4])),  # shows nothing
    ],
)
def test_a_video_that_cannot_be_followed_is_refused(moov: bytes, agent: Staff, ticket: Ticket) -> None:
    given = box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", bytes(64)) + moov

    with pytest.raises(DomainError, match="of a make that cannot be checked"):
        add(ticket.pk, upload(given), stage=REQUEST, actor=agent, now=NOW)

    assert not Evidence.objects.exists()


def test_what_fragments_bring_is_kept_where_all_of_it_is_picture_and_sound(
    agent: Staff, ticket: Ticket
) -> None:
    given = (
        box(b"ftyp", b"isom", bytes(4))
        + box(b"moov", SILENT)
        + box(b"moof", full(b"mfhd", numbers(1)), box(b"traf", box(b"udta", PLACE)))
        + box(b"mdat", PICTURE_SAMPLE)
    )

    left = content_of(add(ticket.pk, upload(given), stage=REQUEST, actor=agent, now=NOW))

    assert PLACE not in left
    assert PICTURE_SAMPLE in left


@hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sample=st.sampled_from([photo(k) for k in ("JPEG", "PNG", "WEBP", "GIF")] + [moving("GIF"), video()]),
    damage=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=8),
    cut=st.integers(0, 200),
)
def test_a_damaged_file_is_taken_clean_or_refused_never_anything_else(
    sample: bytes, damage: list[tuple[int, int]], cut: int
) -> None:
    broken = bytearray(sample)
    for place, value in damage:
        broken[12 + place % (len(broken) - 12)] = value
    file = upload(bytes(broken[: len(broken) - cut]))
    try:
        cleaned = evidence._cleaned(file)
    except DomainError:
        return
    cleaned.content.seek(0)
    left = cleaned.content.read()
    kind = type_of(left)
    assert kind is not None
    assert kind.content_type == cleaned.content_type
    assert kind.is_video or PLACE not in left


def test_pixels_are_counted_before_any_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(self: Image.Image) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(Image.Image, "load", unpack)

    with pytest.raises(DomainError, match="64 million pixels"):
        photos.written_anew(BytesIO(HUGE_PNG), FileType("image/png", "png", "PNG"))


@pytest.mark.parametrize(
    ("role", "stage", "may"),
    [
        ("agent", REQUEST, True),
        ("agent", TALK, True),
        ("agent", INSPECTION, True),
        ("supervisor", TALK, True),
        ("warehouse", INSPECTION, True),
        ("warehouse", REQUEST, False),
        ("warehouse", TALK, False),
        ("manager", REQUEST, False),
        ("manager", INSPECTION, False),
    ],
)
def test_who_adds_what(role: str, stage: str, may: bool, ticket: Ticket, media: Path) -> None:
    actor = make_staff(role)

    if may:
        assert add(ticket.pk, upload(photo()), stage=stage, actor=actor, now=NOW).stage == stage
        return
    with pytest.raises(Forbidden):
        add(ticket.pk, upload(photo()), stage=stage, actor=actor, now=NOW)
    assert not Evidence.objects.exists()
    assert not files_in(media)


def test_a_stage_that_there_is_not_is_refused(agent: Staff, ticket: Ticket) -> None:
    with pytest.raises(DomainError, match="what the file shows"):
        add(ticket.pk, upload(photo()), stage="elsewhere", actor=agent, now=NOW)


@pytest.mark.parametrize("case", [Case.CLOSED, Case.CANCELLED])
def test_a_ticket_that_is_over_keeps_what_it_had(case: str, agent: Staff, media: Path) -> None:
    ticket = make_ticket()
    kept = add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    Ticket.objects.update(case=case, closed_at=NOW, close_reason="refused")
    before = files_in(media)

    with pytest.raises(Conflict, match="closed and keeps"):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert list(Evidence.objects.all()) == [kept]
    assert files_in(media) == before


def test_no_such_ticket(agent: Staff, media: Path) -> None:
    with pytest.raises(DomainError, match="There is no ticket T999999999"):
        add(999_999_999, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert not files_in(media)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\瑕疵 1.jpg", "瑕疵 1.jpg"),
        ("a\r\nSet-Cookie: x\x00.jpg", "aSet-Cookie: x.jpg"),
        ("‮gpj.exe", "gpj.exe"),
        ("長" * 200 + ".jpg", "長" * 116 + ".jpg"),
    ],
)
def test_the_name_is_shown_and_never_becomes_a_path(
    name: str, shown: str, agent: Staff, ticket: Ticket, media: Path
) -> None:
    file = upload(photo())
    file._name = name  # as a browser may send it, past what Django takes off

    kept = add(ticket.pk, file, stage=REQUEST, actor=agent, now=NOW)

    assert kept.name == shown
    assert kept.file.name == f"evidence/{kept.pk.hex[:2]}/{kept.pk.hex}"


def test_the_tickets_version_stays(agent: Staff, ticket: Ticket) -> None:
    add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert Ticket.objects.get().version == ticket.version


@pytest.mark.parametrize(
    ("stage", "decision"), [(REQUEST, Decision.ACCEPTED), (INSPECTION, Decision.PENDING)]
)
def test_a_condition_that_waits_for_evidence_of_the_request_accepts_it(
    stage: str, decision: str, agent: Staff
) -> None:
    ticket = make_ticket(problem=Problem.FLAWED)
    condition = AcceptCondition.objects.create(
        name="质量问题有图即退", kind=TicketKind.RETURN, needs_evidence=True, active=True, tried_version=1,
        tried_at=NOW, made_by=make_staff("manager"), made_at=NOW,
    )  # fmt: skip

    add(ticket.pk, upload(photo()), stage=stage, actor=agent, now=NOW)

    ticket.refresh_from_db()
    assert ticket.decision == decision
    assert ticket.condition == (condition if decision == Decision.ACCEPTED else None)


@pytest.fixture
def failing_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(evidence.audit, "record", fail)


def test_a_file_whose_row_rolls_back_is_removed(
    failing_audit: None, agent: Staff, ticket: Ticket, media: Path
) -> None:
    with pytest.raises(RuntimeError):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)

    assert not Evidence.objects.exists()
    assert not files_in(media)


def test_orphans_are_swept_after_a_day_and_nothing_else(agent: Staff, ticket: Ticket, media: Path) -> None:
    kept = add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    with transaction.atomic():
        lost = add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
        transaction.set_rollback(True)
    assert len(files_in(media)) == 4
    written = Path(kept.file.path).stat().st_mtime
    moment = datetime.fromtimestamp(written, UTC)  # the file's own clock, not the tests'

    assert remove_orphans(moment + timedelta(hours=23), False).done == 0
    foretold = remove_orphans(moment + timedelta(hours=25), True)
    assert len(files_in(media)) == 4
    done = remove_orphans(moment + timedelta(hours=25), False)
    again = remove_orphans(moment + timedelta(hours=25), False)

    orphan = f"evidence/{lost.pk.hex[:2]}/{lost.pk.hex}"
    assert done.subjects == foretold.subjects == [orphan, f"{orphan}-small"]
    assert again.done == 0
    assert files_in(media) == {kept.pk.hex, f"{kept.pk.hex}-small"}


@pytest.mark.django_db(transaction=True)
def test_of_two_ninth_files_at_once_one_is_refused(agent: Staff, ticket: Ticket, media: Path) -> None:
    for _ in range(8):
        add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
    refused: list[str] = []
    start = threading.Barrier(3)

    def ninth() -> None:
        try:
            start.wait()
            add(ticket.pk, upload(photo()), stage=REQUEST, actor=agent, now=NOW)
        except DomainError as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ninth) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["A12", "A12"]
    assert Evidence.objects.count() == 9
    assert len(files_in(media)) == 18
