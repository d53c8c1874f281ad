"""Lists that another app takes: it registers who, and the import run hands it the rows, batch by batch (D2).

``orders`` reads the file and accounts for its rows; what a refund list opens is none of its business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orders.imports.errors import Refused
from orders.imports.headers import ListKind
from orders.imports.refund_rows import RefundRow


@dataclass(frozen=True)
class Taken:
    """What became of the rows that a taker was given; each is counted once.

    ``waiting`` are rows that lack something, such as the line they are of: the run keeps them, and hands them over
    again when a file brings their order or its lines (D1).
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    waiting: Sequence[RefundRow] = ()
    refused: Sequence[Refused] = ()


class Taker(Protocol):
    """Takes rows whose orders are here, inside the transaction of their batch."""

    def __call__(self, rows: Sequence[RefundRow], *, file_name: str, now: datetime) -> Taken:
        """Take the rows; a bad one is refused and never stops the rest."""


_takers: dict[ListKind, Taker] = {}


def register(kind: ListKind, taker: Taker) -> None:
    """Let ``taker`` have the rows of such lists."""
    _takers[kind] = taker


def taker_of(kind: ListKind) -> Taker | None:
    """Who takes such lists, if anybody does."""
    return _takers.get(kind)
