"""Waiting for what happens elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable


def afresh() -> None:
    """Let this process ask the database by a new connection: the one it had may be cut."""
    from django.db import connection

    connection.close()


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether it became so in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
