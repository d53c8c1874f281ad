"""Where uploaded and written files are kept: each whole or not at all, and none without its row."""

from typing import Any

from django.core.files.storage import FileSystemStorage
from django.db import Error
from django.db.models import QuerySet

from shopdesk.base.errors import DomainError
from shopdesk.base.outages import NO_ROOM, lacks_room


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
