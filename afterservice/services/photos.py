"""Photos as they are kept: written anew, so that nothing is in the file but the picture (A12).

Stripping what is known would leave what is not: place and device stand in EXIF, XMP, comments, maker's notes, in
second pictures and videos that phones hang on to a JPEG. A picture that was read and written again has none of
them, stands upright, and is no web page or archive at the same time. A JPEG keeps its own quality, the colours keep
their profile, since a shade may be what the ticket is about.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import get_sampling

from afterservice.rules.file_types import GIF, JPEG, PREVIEW, WEBP, FileType
from shopdesk.base.errors import DomainError

# Of all frames together: more than the photos of phones have, and about 200 MB while one is written anew.
MAX_PIXELS = 64_000_000
MAX_FRAMES = 500
PREVIEW_EDGE = 320
QUALITY = 92
# All of what Pillow found beside the picture that may be written again.
_KEPT = ("icc_profile", "transparency", "background", "duration", "loop", "disposal")
# What Pillow's readers raise at files that are not what they seem.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Photo:
    """A photo as it is kept, and a small one for lists."""

    content: BytesIO
    preview: BytesIO


def written_anew(source: BinaryIO, kind: FileType) -> Photo:
    """The photo without anything beside its picture, upright.

    Raises ``DomainError`` (A12) for a file that is damaged or no photo after all, and for one with more pixels than
    ``MAX_PIXELS``; those are counted before any of them is unpacked.
    """
    try:
        source.seek(0)
        image = Image.open(source, formats=[kind.reader])
        _check_pixels(image, kind)
        moves = _moves(image, kind)
        image.load()
        if not moves:
            ImageOps.exif_transpose(image, in_place=True)
        options = _options(image, kind, moves=moves)
        image.info = {name: image.info[name] for name in _KEPT if name in image.info}
        content = BytesIO()
        image.save(content, kind.reader, **options)
        if moves:
            image.seek(0)
        return Photo(content, _preview(image))
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except _BROKEN as error:
        raise DomainError(
            "A12",
            _("The photo is damaged and cannot be read. Ask the buyer to send it again."),
            field="files",
        ) from error


def _check_pixels(image: Image.Image, kind: FileType) -> None:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise _too_large()
    most = min(MAX_PIXELS // pixels, MAX_FRAMES)
    if kind is WEBP and getattr(image, "n_frames", 1) > most:
        raise _too_large()
    if kind is GIF:
        # A GIF does not say how many frames it has: no more are read than may be.
        try:
            image.seek(most)
        except EOFError:
            image.seek(0)
        else:
            raise _too_large()


def _too_large() -> DomainError:
    return DomainError(
        "A12",
        _("The photo unpacks to more than %(most)s million pixels. Make it smaller, then add it again.")
        % {"most": MAX_PIXELS // 1_000_000},
        field="files",
    )


def _moves(image: Image.Image, kind: FileType) -> bool:
    return kind in (GIF, WEBP) and bool(getattr(image, "is_animated", False))


def _options(image: Image.Image, kind: FileType, *, moves: bool) -> dict[str, Any]:
    """How Pillow is to write it. What it would take from the picture by itself is named, and empty."""
    options: dict[str, Any] = {"exif": b"", "xmp": b"", "comment": b""}
    if profile := image.info.get("icc_profile"):
        options["icc_profile"] = profile
    if moves:
        options |= {
            "save_all": True,
            "duration": image.info.get("duration", 0),
            "loop": image.info.get("loop", 0),
        }
    if kind is JPEG:
        tables = getattr(image, "quantization", None) or {}
        if tables and all(max(table) <= 255 for table in tables.values()):
            options |= {"qtables": tables, "subsampling": get_sampling(image)}
        else:
            options["quality"] = QUALITY
    if kind is WEBP:
        options["quality"] = QUALITY
    return options


def _preview(image: Image.Image) -> BytesIO:
    small = image.convert("RGBA" if image.has_transparency_data else "RGB")
    small.thumbnail((PREVIEW_EDGE, PREVIEW_EDGE))
    small.info = {}
    content = BytesIO()
    small.save(content, PREVIEW.reader, quality=80, exif=b"", xmp=b"")
    return content
