"""A12: what a file is, told by its first bytes; never by its name, nor by what a browser says."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# So many bytes tell what a file is.
HEAD_BYTES = 512


@dataclass(frozen=True)
class FileType:
    """A type that is taken in. ``reader`` is the format's name in Pillow; a video has none."""

    content_type: str
    suffix: str
    reader: str = ""

    @property
    def is_video(self) -> bool:
        """Whether it is a video; else it is a photo."""
        return not self.reader


JPEG = FileType("image/jpeg", "jpg", "JPEG")
PNG = FileType("image/png", "png", "PNG")
GIF = FileType("image/gif", "gif", "GIF")
WEBP = FileType("image/webp", "webp", "WEBP")
MP4 = FileType("video/mp4", "mp4")
MOV = FileType("video/quicktime", "mov")
# What is kept of a photo to be shown small.
PREVIEW = WEBP

# Our reading of “photos and videos”: what phones, screenshots and the chat make. Phones write MP4 or QuickTime
# (3GP is MP4 by another name); WebM comes from none.
TAKEN = (JPEG, PNG, GIF, WEBP, MP4, MOV)
_BY_CONTENT_TYPE = {kind.content_type: kind for kind in TAKEN}

_MAGIC = (
    (re.compile(rb"\xff\xd8\xff"), JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PNG),
    (re.compile(rb"GIF8[79]a"), GIF),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), WEBP),
    (re.compile(rb".{4}ftypqt  ", re.DOTALL), MOV),
    (re.compile(rb".{4}ftyp(iso[m2-9]|mp4[12]|avc1|M4V[ HP]|3gp.|3g2.|3gg.|MSNV|mmp4)", re.DOTALL), MP4),
)

_HEIC = _("It is a HEIC or AVIF photo, which most browsers cannot show. Save it as JPEG, then add it again.")
_PROGRAM = _("It is a program, whatever its name says.")
_DOCUMENT = _(
    "It is a document or an archive. Add photos or videos; what was written belongs in the ticket's log."
)
_MARKUP = _(
    "It is a web page or a drawing that can hold a program (HTML, SVG). Take a screenshot of it instead."
)
_OTHER_VIDEO = _("Videos are taken as MP4 or MOV, as phones make them. Save it so, then add it again.")
_OTHER = _("It is neither a photo (JPEG, PNG, WebP, GIF) nor a video (MP4, MOV).")

_REFUSED: tuple[tuple[re.Pattern[bytes], str | Promise], ...] = (
    (re.compile(rb".{4}ftyp(hei|hev|mif1|msf1|avi[fs])", re.DOTALL), _HEIC),
    (re.compile(rb"MZ|\x7fELF|#!|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|dex\n"), _PROGRAM),
    (re.compile(rb"%PDF|PK\x03\x04|\xd0\xcf\x11\xe0|Rar!|7z\xbc\xaf|\x1f\x8b|\{\\rtf"), _DOCUMENT),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<"), _MARKUP),
    (re.compile(rb"\x1a\x45\xdf\xa3|RIFF.{4}AVI |\x00\x00\x01[\xba\xb3]|FLV", re.DOTALL), _OTHER_VIDEO),
)


def type_of(head: bytes) -> FileType | None:
    """The type of a file that begins with ``head`` (``HEAD_BYTES`` of it); ``None`` where it is not taken."""
    return next((kind for pattern, kind in _MAGIC if pattern.match(head)), None)


def why_not(head: bytes) -> str | Promise:
    """For a file that ``type_of`` does not know: what it is instead, and what to do."""
    return next((words for pattern, words in _REFUSED if pattern.match(head)), _OTHER)


def of_content_type(content_type: str) -> FileType:
    """The type by the name that was kept of it."""
    return _BY_CONTENT_TYPE[content_type]
