"""The evidence bundle for a dispute on the platform: log, order facts and photos as one streamed zip."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation

from afterservice.events.evidence import bundle_taken
from afterservice.models import Evidence
from afterservice.rules.file_types import of_content_type
from afterservice.selectors.bundle_words import BundleText, bundle_texts
from afterservice.services.locks import lock_ticket, require_role
from shopdesk.base import audit, clock
from shopdesk.base.models import Staff

CHUNK = 1 << 16


@dataclass(frozen=True)
class Bundle:
    """What goes into the zip: texts as they are, files by where they are kept."""

    name: str
    at: datetime
    texts: Sequence[BundleText]
    files: Sequence[tuple[str, str]]

    def packed(self) -> Iterator[bytes]:
        """The zip in pieces; of a file no more than one piece is in memory. A lost file is named in the zip."""
        pipe = _Pipe()
        with zipfile.ZipFile(cast(BinaryIO, pipe), "w") as archive:
            for text in self.texts:
                archive.writestr(
                    self._entry(text.name, zipfile.ZIP_DEFLATED), text.content.encode("utf-8-sig")
                )
                yield pipe.taken()
            for name, path in self.files:
                try:
                    source = default_storage.open(path)
                except FileNotFoundError:
                    archive.writestr(self._entry(f"{name}.missing.txt", zipfile.ZIP_STORED), "")
                    continue
                with source, archive.open(self._entry(name, zipfile.ZIP_STORED), "w") as entry:
                    while data := source.read(CHUNK):
                        entry.write(data)
                        yield pipe.taken()
        yield pipe.taken()

    def _entry(self, name: str, how: int) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self.at.astimezone(clock.SHANGHAI).timetuple()[:6])
        entry.compress_type = how
        return entry


def take_bundle(number: int, *, language: str, actor: Staff, now: datetime | None = None) -> Bundle:
    """Take out the log of a ticket, the facts of its order and its evidence, in a language, phones masked (A12).

    Who took it is audited. Raises ``Forbidden`` (A12) by role, ``DomainError`` (A1) for no such ticket.
    """
    require_role("A12", actor)
    now = now or clock.now()
    with transaction.atomic():
        ticket = lock_ticket(number)
        evidence = list(Evidence.objects.filter(ticket=ticket).order_by("added_at", "pk"))
        files = [
            (
                f"{position:02d}-{record.stage}.{of_content_type(record.content_type).suffix}",
                str(record.file.name),
            )
            for position, record in enumerate(evidence, start=1)
        ]
        with translation.override(language):
            names = [name for name, _path in files]
            texts = bundle_texts(ticket, list(zip(names, evidence, strict=True)), now=now)
        audit.record(bundle_taken(number, language, len(files)), at=now, actor=actor)
    return Bundle(f"{ticket.number}-{ticket.order_id}.zip", now, texts, files)


class _Pipe:
    """Where the zip is written to, and taken from at once: it cannot be sought in, so nothing is kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
