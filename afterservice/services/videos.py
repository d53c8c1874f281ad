"""Videos as they are kept: MP4 and QuickTime with picture and sound alone (A12).

Phones write where a video was made into it: into boxes of words (``udta``, ``meta``, ``uuid``), and some cameras
into a track of its own, next to picture and sound. There is no tool here that writes videos anew, but the format
lets us blank: a box becomes ``free`` of the same length, filled with zeros, so that every place that the file counts
from its start stays where it is; and the samples of every track that is neither picture nor sound become zeros too.
What the format does not need at the top, in ``moov`` and in a track is blanked whether it is known or not, since
makers invent boxes. A video that cannot be followed so far is refused: nobody could say what it holds.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

# Boxes that hold others.
_HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex", b"edts"})
# All that stays at the top of the file, in ``moov`` and in a track.
_STAY = {
    None: frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"mfra", b"sidx"}),
    b"moov": frozenset({b"mvhd", b"trak", b"mvex", b"iods"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia", b"tapt"}),
}
_WORDS = frozenset({b"udta", b"meta", b"uuid", b"XMP_", b"free", b"skip"})
_SEEN_AND_HEARD = frozenset({b"vide", b"soun"})
MAX_BOXES = 20_000
MAX_DEPTH = 8
MAX_TABLE = 8 << 20
_CHUNK = 1 << 16


class _Unreadable(Exception):
    """The boxes do not add up."""


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def blank_words(video: BinaryIO) -> None:
    """Blank in place all of the video but picture and sound. The file must be open for reading and writing.

    Raises ``DomainError`` (A12) for a file whose boxes do not add up, that shows nothing, or that holds another track
    whose samples cannot be found.
    """
    try:
        _Blanking(video).run()
    except (_Unreadable, struct.error) as error:
        raise DomainError(
            "A12",
            _("The video is damaged, or of a make that cannot be checked. Ask the buyer for an MP4."),
            field="files",
        ) from error


class _Blanking:
    """One pass over one file."""

    def __init__(self, video: BinaryIO) -> None:
        self.video = video
        self.size = video.seek(0, 2)
        self.boxes = 0
        self.has_picture = False
        self.in_fragments = False
        self.silent_tracks: list[_Box] = []

    def run(self) -> None:
        top = list(self._inside(0, self.size))
        self.in_fragments = any(box.kind == b"moof" for box in top)
        for box in top:
            self._walk(box, None, 0)
        # Where fragments say which samples are whose, a track to be blanked cannot be told from the others.
        if not self.has_picture or (self.silent_tracks and self.in_fragments):
            raise _Unreadable
        for track in self.silent_tracks:
            self._blank_samples(track)
            self._blank(track)
        self.video.flush()

    def _inside(self, start: int, end: int) -> Iterator[_Box]:
        while start < end:
            self.boxes += 1
            if end - start < 8 or self.boxes > MAX_BOXES:
                # QuickTime ends lists of words with four zero bytes.
                if end - start == 4 and self._read(start, 4) == bytes(4):
                    return
                raise _Unreadable
            length, kind = struct.unpack(">I4s", self._read(start, 8))
            body = start + 8
            if length == 1:
                length, body = struct.unpack(">Q", self._read(body, 8))[0], body + 8
            elif length == 0:
                length = end - start
            if start + length < body or start + length > end:
                raise _Unreadable
            yield _Box(kind, start, body, start + length)
            start += length

    def _walk(self, box: _Box, holder: bytes | None, depth: int) -> None:
        if box.kind in _WORDS or (holder in _STAY and box.kind not in _STAY[holder]):
            if (holder, box.kind) == (b"moov", b"cmov"):
                raise _Unreadable  # all of it is packed: no box of it can be followed
            self._blank(box)
        elif box.kind in _HOLDERS:
            if depth > MAX_DEPTH:
                raise _Unreadable
            if box.kind == b"trak" and not self._is_seen_or_heard(box):
                self.silent_tracks.append(box)
                return
            for part in list(self._inside(box.body, box.end)):
                self._walk(part, box.kind, depth + 1)

    def _is_seen_or_heard(self, track: _Box) -> bool:
        what = self._handler(track)
        self.has_picture |= what == b"vide"
        return what in _SEEN_AND_HEARD

    def _handler(self, track: _Box) -> bytes:
        handler = self._find(track, b"mdia", b"hdlr")
        return self._read(handler.body + 8, 4)

    def _find(self, box: _Box, *path: bytes) -> _Box:
        for kind in path:
            found = next((part for part in self._inside(box.body, box.end) if part.kind == kind), None)
            if found is None:
                raise _Unreadable
            box = found
        return box

    def _blank(self, box: _Box) -> None:
        self._write(box.start + 4, b"free")
        self._zero(box.body, box.end - box.body)

    def _blank_samples(self, track: _Box) -> None:
        table = self._find(track, b"mdia", b"minf", b"stbl")
        left = self.size
        for start, length in self._sample_places(table):
            left -= length
            if left < 0 or start + length > self.size:
                raise _Unreadable
            self._zero(start, length)

    def _sample_places(self, table: _Box) -> Iterator[tuple[int, int]]:
        """Where the chunks of a track lie, and how long they are."""
        sizes = self._sizes(self._find(table, b"stsz"))
        runs = self._numbers(self._find(table, b"stsc"), ">III", 4)
        kinds = {part.kind: part for part in self._inside(table.body, table.end)}
        if b"stco" in kinds:
            chunks = [place for (place,) in self._numbers(kinds[b"stco"], ">I", 4)]
        elif b"co64" in kinds:
            chunks = [place for (place,) in self._numbers(kinds[b"co64"], ">Q", 4)]
        else:
            raise _Unreadable
        sample = 0
        for position, (first, samples, _description) in enumerate(runs):
            after = runs[position + 1][0] if position + 1 < len(runs) else len(chunks) + 1
            for chunk in range(first, after):
                if not 1 <= chunk <= len(chunks) or sample + samples > len(sizes):
                    raise _Unreadable
                yield chunks[chunk - 1], sum(sizes[sample : sample + samples])
                sample += samples
        if sample != len(sizes):
            raise _Unreadable

    def _sizes(self, box: _Box) -> list[int]:
        each, count = struct.unpack(">II", self._read(box.body + 4, 8))
        if each:
            if count * each > self.size or count * 4 > MAX_TABLE:
                raise _Unreadable
            return [each] * count
        return [size for (size,) in self._numbers(box, ">I", 8)]

    def _numbers(self, box: _Box, row: str, before_count: int) -> list[tuple[int, ...]]:
        (count,) = struct.unpack(">I", self._read(box.body + before_count, 4))
        length = count * struct.calcsize(row)
        start = box.body + before_count + 4
        if length > MAX_TABLE or start + length > box.end:
            raise _Unreadable
        return list(struct.iter_unpack(row, self._read(start, length)))

    def _read(self, start: int, length: int) -> bytes:
        self.video.seek(start)
        data = self.video.read(length)
        if len(data) != length:
            raise _Unreadable
        return data

    def _write(self, start: int, data: bytes) -> None:
        self.video.seek(start)
        self.video.write(data)

    def _zero(self, start: int, length: int) -> None:
        self.video.seek(start)
        while length > 0:
            self.video.write(bytes(min(length, _CHUNK)))
            length -= _CHUNK
