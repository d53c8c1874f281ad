"""Evidence (A12): photos and videos of a ticket, checked, cleaned, and kept under a name that nobody guesses."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import PurePath
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, cast
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from afterservice.events import evidence as events
from afterservice.models import Evidence, Ticket
from afterservice.rules.file_types import HEAD_BYTES, type_of, why_not
from afterservice.services.deciding import accept_by_condition
from afterservice.services.locks import lock_ticket, require_role
from afterservice.services.photos import written_anew
from afterservice.services.videos import blank_words
from afterservice.states import OPEN_CASES
from shopdesk.base import audit, clock
from shopdesk.base.errors import Conflict, DomainError
from shopdesk.base.jobs import JobResult
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.storage import surely_absent

# A12.
MAX_FILES = 9
MAX_BYTES = 20 << 20
NAME_LENGTH = 120
FOLDER = "evidence"
PREVIEW_SUFFIX = "-small"
# A file without a row is left over from something that broke off, once nobody can be about to write the row.
ORPHANS_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class _Cleaned:
    content: IO[bytes]
    content_type: str
    preview: BytesIO | None = None


def add(
    ticket_number: int, upload: File, *, stage: str, actor: Staff, now: datetime | None = None
) -> Evidence:
    """Keep a photo or video as evidence of a ticket (A12); the files are written before the row commits.

    Its type is told by its content. Photos are written anew and videos blanked of all but picture and sound, so that
    neither says where it was made. The warehouse adds what an inspection shows, nothing else. The ticket's version
    stays: a further photo contradicts nobody's form, nor an approval that is asked for. A condition that waits for
    evidence may accept the request now (A14).

    Raises ``Forbidden`` (A12) by role; ``DomainError`` (A12) for a file that is empty, larger than ``MAX_BYTES``,
    of no type that is taken, damaged, or of too many pixels, and for a ticket that has ``MAX_FILES`` already, (A1)
    for no such ticket; ``Conflict`` (A12) for a ticket that is closed or withdrawn. Then nothing is kept.
    """
    _check_role(stage, actor)
    now = now or clock.now()
    _check_size(upload)
    _check_room(ticket_number)
    cleaned = _cleaned(upload)
    record = Evidence(
        ticket_id=ticket_number,
        stage=stage,
        name=_shown_name(upload.name or ""),
        content_type=cleaned.content_type,
        size=cleaned.content.seek(0, 2),
        added_by=actor,
        added_at=now,
    )
    with _removed_on_failure(record), transaction.atomic():
        ticket = lock_ticket(ticket_number)
        _check_open(ticket)
        _check_room(ticket_number)
        _keep_files(record, cleaned)
        record.save(force_insert=True)
        audit.record(events.evidence_added(record), at=now, actor=actor)
        # With evidence there A3 may say more, and a manager's condition be met.
        accept_by_condition(ticket, now=now)
    return record


def preview_name(record: Evidence) -> str:
    """Where the small picture of a photo is kept; a video has none."""
    return f"{record.file.name}{PREVIEW_SUFFIX}"


def remove_orphans(now: datetime, dry_run: bool) -> JobResult:
    """Remove files of evidence that no row names and that are older than a day.

    They are left where a process was killed between writing a file and its row, or a transaction around ``add``
    rolled back. Runs may overlap: a file that is gone already is nobody's any more.
    """
    result = JobResult()
    for folder in _folders():
        names = default_storage.listdir(folder)[1]
        known = Evidence.objects.filter(pk__in=filter(None, map(_number_in, names)))
        kept = {pk.hex for pk in known.values_list("pk", flat=True)}
        orphans = [
            path
            for name in sorted(names)
            if name.removesuffix(PREVIEW_SUFFIX) not in kept
            and (path := f"{folder}/{name}")
            and _written_before(path, now - ORPHANS_AFTER)
        ]
        if not dry_run:
            for path in orphans:
                default_storage.delete(path)
        result.add(orphans)
    return result


def _check_role(stage: str, actor: Staff) -> None:
    if stage not in Evidence.Stage.values:
        raise DomainError("A12", _("Say what the file shows."), field="stage")
    inspects = stage == Evidence.Stage.INSPECTION and actor.may(Permission.WORK_WAREHOUSE)
    if not inspects:
        require_role("A12", actor)


def _check_size(upload: File) -> None:
    if not upload.size:
        raise DomainError("A12", _("The file is empty."), field="files")
    if upload.size > MAX_BYTES:
        raise DomainError(
            "A12",
            _("The file has %(size).1f MB; a file may have %(most)s MB. Make it smaller, then add it again.")
            % {"size": upload.size / (1 << 20), "most": MAX_BYTES >> 20},
            field="files",
        )


def _check_room(ticket_number: int) -> None:
    if Evidence.objects.filter(ticket=ticket_number).count() >= MAX_FILES:
        raise DomainError(
            "A12",
            _("The ticket has %(most)s files already, and no more are kept. Say the rest in its log.")
            % {"most": MAX_FILES},
            field="files",
        )


def _check_open(ticket: Ticket) -> None:
    if ticket.case not in OPEN_CASES:
        raise Conflict(
            "A12", _("The ticket is closed and keeps what it had. Open it again before you add to it.")
        )


def _cleaned(upload: File) -> _Cleaned:
    upload.seek(0)
    head = upload.read(HEAD_BYTES)
    kind = type_of(head)
    if kind is None:
        raise DomainError("A12", why_not(head), field="files")
    upload.seek(0)
    if kind.is_video:
        video = TemporaryFile()  # noqa: SIM115 (it goes on into the store, and is gone when nobody has it)
        shutil.copyfileobj(upload, video)
        blank_words(video)
        return _Cleaned(video, kind.content_type)
    photo = written_anew(cast(BinaryIO, upload.file), kind)
    return _Cleaned(photo.content, kind.content_type, photo.preview)


def _shown_name(name: str) -> str:
    # It is shown, and names the file that somebody saves; it never becomes a path of ours.
    shown = "".join(letter for letter in PurePath(name.replace("\\", "/")).name if letter.isprintable())
    return shown[-NAME_LENGTH:].strip() or str(_("without a name"))


def _keep_files(record: Evidence, cleaned: _Cleaned) -> None:
    cleaned.content.seek(0)
    record.file.save(record.name, File(cleaned.content), save=False)
    if cleaned.preview is not None:
        default_storage.save(preview_name(record), File(cleaned.preview))


@contextmanager
def _removed_on_failure(record: Evidence) -> Iterator[Any]:
    try:
        yield
    except BaseException:
        if record.file.name and surely_absent(Evidence.objects.filter(pk=record.pk)):
            default_storage.delete(preview_name(record))
            default_storage.delete(record.file.name)
        raise


def _folders() -> list[str]:
    if not default_storage.exists(FOLDER):
        return []
    return [f"{FOLDER}/{name}" for name in sorted(default_storage.listdir(FOLDER)[0])]


def _number_in(name: str) -> UUID | None:
    try:
        return UUID(hex=name.removesuffix(PREVIEW_SUFFIX))
    except ValueError:
        return None


def _written_before(path: str, moment: datetime) -> bool:
    try:
        return default_storage.get_modified_time(path) < moment
    except FileNotFoundError:
        return False
