"""Photos and videos for tests: made here, byte by byte where it matters; and what is kept of them."""

import struct
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from afterservice.models import Evidence

PLACE = b"+31.2304+121.4737/"
CAMERA = "Example Phone 15"
ORIENTATION, GPS = 0x0112, 0x8825


def upload(content: bytes, name: str = "photo.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def picture(size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Red left, blue right: whoever turns it is found out."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image


def located_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x0110] = CAMERA
    exif[GPS] = {1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)}
    return exif


def photo(kind: str = "JPEG", *, orientation: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """A photo that says where it was made in every way that its format has."""
    content = BytesIO()
    xmp = b"<x:xmpmeta>exif:GPSLatitude='31,13.8N'</x:xmpmeta>"
    options: dict[str, Any] = {"exif": located_exif(orientation), "xmp": xmp}
    if kind == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Location", PLACE.decode())
        words.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options = {"exif": located_exif(orientation), "pnginfo": words}
    elif kind == "GIF":
        options = {"comment": PLACE}
    elif kind == "JPEG":
        options |= {"comment": PLACE, "quality": 80}
    picture(size).save(content, kind, **options)
    return content.getvalue()


def moving(kind: str, frames: int = 3) -> bytes:
    content = BytesIO()
    pictures = [Image.new("RGB", (20, 20), (80 * number, 0, 0)) for number in range(frames)]
    pictures[0].save(content, kind, save_all=True, append_images=pictures[1:], duration=100)
    return content.getvalue()


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *parts: bytes) -> bytes:
    return box(kind, bytes(4), *parts)


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def track(handler: bytes, chunks: Sequence[int], sizes: Sequence[int], *more: bytes) -> bytes:
    """A track with one sample in each chunk."""
    table = box(
        b"stbl",
        full(b"stsd", numbers(0)),
        full(b"stsc", numbers(1, 1, 1, 1)),
        full(b"stsz", numbers(0, len(sizes), *sizes)),
        full(b"stco", numbers(len(chunks), *chunks)),
    )
    media = box(
        b"mdia", full(b"mdhd", bytes(20)), full(b"hdlr", bytes(4), handler, bytes(13)), box(b"minf", table)
    )
    return box(b"trak", full(b"tkhd", bytes(80)), media, *more)


PICTURE_SAMPLE, SOUND_SAMPLE = b"PICTURE-SAMPLE-1", b"SOUND-SAMPLE"
GPS_SAMPLE = b"GPS:" + PLACE


def video(brand: bytes = b"isom", *, gps_track: bool = True, extra: bytes = b"") -> bytes:
    """A video that says where it was made in each way that phones have."""
    start = box(b"ftyp", brand, bytes(4), brand)
    data = [PICTURE_SAMPLE, SOUND_SAMPLE, GPS_SAMPLE]
    first = len(start) + 8
    places = [first, first + len(data[0]), first + len(data[0]) + len(data[1])]
    tracks = [
        track(b"vide", places[:1], [len(data[0])], box(b"udta", box(b"\xa9xyz", PLACE))),
        track(b"soun", places[1:2], [len(data[1])]),
    ]
    if gps_track:
        tracks.append(track(b"meta", places[2:], [len(data[2])]))
    moov = box(
        b"moov",
        full(b"mvhd", bytes(96)),
        *tracks,
        box(b"udta", box(b"\xa9xyz", PLACE), full(b"loci", PLACE)),
        full(b"meta", box(b"ilst", PLACE)),
        box(b"gps ", PLACE),
    )
    return start + box(b"mdat", *data) + moov + box(b"uuid", bytes(16), PLACE) + extra


def zip_file() -> bytes:
    """An archive of one file."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "a")
    return content.getvalue()


def files_in(media: Path) -> set[str]:
    """The names of all files that are kept."""
    return {path.name for path in media.rglob("*") if path.is_file()}


def content_of(record: Evidence) -> bytes:
    """What is kept under a record."""
    with record.file.open("rb") as file:
        return bytes(file.read())
