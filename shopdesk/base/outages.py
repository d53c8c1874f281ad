"""What the desk itself stands on and may give way: its database, and the room for files. What is told then."""

import errno
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Of a call that met an outage; the status says which.
UNAVAILABLE = "unavailable"
# EFBIG: a limit that the system sets to one file, which is no room either.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

# SQLSTATE: connection exceptions, and a server that shuts down, crashes or starts. A cut connection has none.
_CONNECTION_LOST = ("08", "57P")


@dataclass(frozen=True)
class Outage:
    """Something that gave way: what a page says of it, what a program is told, and when to ask again (seconds)."""

    status: int
    title: str | Promise
    advice: str | Promise
    told_programs: str | Promise
    retry_after: int


DATABASE = Outage(
    503,
    _("The desk cannot reach its database"),
    _(
        "The desk goes on by itself as soon as the database answers. What you sent last was saved whole or not at "
        "all: look before you send it again."
    ),
    _(
        "The database of the desk does not answer. What you sent was done whole or not at all: send it again with "
        "the same Idempotency-Key, and it is done once."
    ),
    retry_after=5,
)
NO_ROOM = Outage(
    507,
    _("There is no room left for files"),
    _(
        "Nothing was kept of what you sent. Everything that needs no new file goes on. Tell whoever runs the desk, "
        "and try again."
    ),
    _("There is no room left for files on the desk. Nothing was kept of what you sent: send it again later."),
    retry_after=60,
)


def lacks_room(error: BaseException | None) -> bool:
    """Whether a file could not be written because there is no room for it."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def is_of_database(error: BaseException | None) -> bool:
    """Whether the database went away, or did not let us have what we waited for."""
    return isinstance(error, OperationalError | InterfaceError)


def is_connection_lost(error: BaseException | None) -> bool:
    """Whether the connection itself went: whatever is tried next fails too, until the database is back."""
    if not is_of_database(error):
        return False
    code = getattr(error.__cause__, "sqlstate", None) if error is not None else None
    return code is None or code.startswith(_CONNECTION_LOST)


def outage_of(error: BaseException | None) -> Outage | None:
    """Which outage an error comes from; ``None`` for an error of another kind."""
    if is_of_database(error):
        return DATABASE
    return NO_ROOM if lacks_room(error) else None
