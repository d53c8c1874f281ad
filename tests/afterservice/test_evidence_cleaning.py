"""A12: what is left of a photo or a video: picture and sound as they were, and nothing that says where or whose."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from afterservice.models import Evidence, Ticket
from afterservice.rules.file_types import type_of
from afterservice.services import evidence
from afterservice.services.evidence import add
from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff
from tests.afterservice.evidence_files import (
    CAMERA,
    GPS_SAMPLE,
    PICTURE_SAMPLE,
    PLACE,
    SOUND_SAMPLE,
    box,
    content_of,
    full,
    moving,
    numbers,
    photo,
    picture,
    track,
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
