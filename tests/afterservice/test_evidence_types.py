"""A12: what is taken as evidence and what is refused, told by the content of a file."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from afterservice.models import Evidence, Ticket
from afterservice.rules.file_types import FileType
from afterservice.services import photos
from afterservice.services.evidence import add
from shopdesk.base.errors import DomainError
from shopdesk.base.models import AuditEntry, Staff
from tests.afterservice.evidence_files import (
    box,
    content_of,
    files_in,
    moving,
    photo,
    upload,
    video,
    zip_file,
)
from tests.afterservice.scenes import make_ticket
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
REQUEST = Evidence.Stage.REQUEST


@pytest.fixture
def agent() -> Staff:
    return make_staff("agent")


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


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


def test_pixels_are_counted_before_any_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(self: Image.Image) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(Image.Image, "load", unpack)

    with pytest.raises(DomainError, match="64 million pixels"):
        photos.written_anew(BytesIO(HUGE_PNG), FileType("image/png", "png", "PNG"))
