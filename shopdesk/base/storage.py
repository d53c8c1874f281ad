"""Where uploaded and written files are kept: each whole or not at all, and none without its row."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import Error
from django.db.models import QuerySet

from shopdesk.base.errors import DomainError
from shopdesk.base.outages import NO_ROOM, lacks_room

# A file without a row is left over from something that was killed, once nobody can be about to write the row.
ORPHANS_AFTER = timedelta(days=1)
_named: dict[str, "QuerySet[Any, str]"] = {}


class NoRoom(DomainError):
    """The disk for files is full."""

    status = NO_ROOM.status

    def __init__(self) -> None:
        super().__init__("", NO_ROOM.told_programs)


class WholeFileStorage(FileSystemStorage):
    """Keeps a file whole, or leaves nothing of it behind."""

    def _save(self, name: str, content: Any) -> str:
        """Raises ``NoRoom`` where the disk is full."""
        try:
            kept: str = super()._save(name, content)  # type: ignore[misc]  # its types leave it out
        except OSError as error:
            self.delete(name)  # nobody had this name: ``save`` looked
            if lacks_room(error):
                raise NoRoom from error
            raise
        return kept


def surely_absent(rows: "QuerySet[Any]") -> bool:
    """Whether none of these rows is there. ``False`` where the database does not say.

    Who cannot tell whether a transaction was committed keeps its files: one too many is removed later, one that a
    row names is not to be had again.
    """
    try:
        return not rows.exists()
    except Error:
        return False


def register_folder(folder: str, names: "QuerySet[Any, str]") -> None:
    """Make a folder known, and the names that rows have for its files. Called once, from the app's ``ready``."""
    _named[folder] = names


def orphans(now: datetime) -> list[str]:
    """The files of the folders that are known, a day old or older, that no row names."""
    found = []
    for folder, names in sorted(_named.items()):
        named = set(names.all())
        found += [path for path in _files(folder) if path not in named and _written_before(path, now)]
    return found


def _files(folder: str) -> Iterator[str]:
    if not default_storage.exists(folder):
        return
    folders, names = default_storage.listdir(folder)
    for name in sorted(names):
        yield f"{folder}/{name}"
    for inner in sorted(folders):
        yield from _files(f"{folder}/{inner}")


def _written_before(path: str, now: datetime) -> bool:
    try:
        return default_storage.get_modified_time(path) < now - ORPHANS_AFTER
    except FileNotFoundError:
        return False
