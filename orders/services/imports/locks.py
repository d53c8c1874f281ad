"""One import batch at a time: two files that bring the same order must not both create it."""

from django.db import connection

_IMPORT_LOCK = 7_201_001


def lock_imports() -> None:
    """Wait for our turn; the lock goes with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
