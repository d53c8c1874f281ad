"""Sending a file that somebody sent in, so that a browser shows it and never runs it (A12)."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

CHUNK = 1 << 16
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
# Shown as a picture or a video and nothing else: no script, no form, no frame, no other address. Browsers style the
# page that they show a lone picture on, inline.
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"


def kept_file(
    request: HttpRequest, content: BinaryIO, *, size: int, content_type: str, name: str
) -> HttpResponseBase:
    """The file, or the part of it that the browser asks for: Safari plays no video without (RFC 9110, 14).

    Browsers may keep it for an hour, since it never changes; nobody on the way may.
    """
    response: HttpResponseBase
    asked = _asked(request, size)
    if asked is None:
        response = FileResponse(content, content_type=content_type)
        response["Content-Length"] = str(size)
    elif not asked:
        content.close()
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
    else:
        response = StreamingHttpResponse(_part(content, asked), status=206, content_type=content_type)
        response["Content-Length"] = str(len(asked))
        response["Content-Range"] = f"bytes {asked.start}-{asked.stop - 1}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600, immutable"
    return response


def _asked(request: HttpRequest, size: int) -> range | None:
    """The bytes asked for; ``None`` for all of them, an empty range where there are none of those."""
    header = request.headers.get("Range", "")
    match = _RANGE.fullmatch(header)
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(size, int(last) + 1) if last else size)


def _part(content: BinaryIO, asked: range) -> Iterator[bytes]:
    with content:
        content.seek(asked.start)
        left = len(asked)
        while left > 0 and (data := content.read(min(CHUNK, left))):
            left -= len(data)
            yield data
