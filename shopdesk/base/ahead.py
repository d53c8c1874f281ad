"""Reading ahead: a thread prepares the next piece while this one waits for the database."""

import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Piece = TypeVar("Piece")
_END: Any = object()
_AN_INSTANT = 0.00001  # seconds; with none at all nobody else gets the turn


def read_ahead(pieces: Iterator[Piece]) -> Generator[Piece, None, None]:
    """The same pieces in the same order, each made by a thread while the caller works with the one before it.

    Never more than one lies ready, so memory stays flat. What goes wrong in making a piece is raised where it was
    to come. The thread has no database connection of its own, and is not to ask for one. Close this when you leave
    it early.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, pieces, _END)
        while (piece := coming.result()) is not _END:
            coming = thread.submit(next, pieces, _END)
            yield piece


def give_way() -> None:
    """Let the caller go on, if it can: what makes a piece calls this every now and then.

    Everything waits for the caller. Python itself would let it wait for five milliseconds after each statement, and
    have pieces made while it works instead of while the database does.
    """
    time.sleep(_AN_INSTANT)
