"""Handing work over to the worker, and what of it nobody seems to do any more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from shopdesk.base.errors import DomainError

# Work that did not move for so long was lost: with the queue, or with the worker that did it.
LOST_AFTER = timedelta(minutes=5)


class WorkerUnreachable(DomainError):
    """The broker that hands work to the worker does not answer."""

    status = 503


@dataclass(frozen=True)
class HandedOver:
    """A kind of work that stands in a row of its own until a task has done it.

    ``lost`` answers the rows that did not move since a moment; ``begin_again`` hands one over once more, and says so
    in the row, so that it is not taken for lost at once. Doing one twice must do no harm.
    """

    name: str
    lost: Callable[[datetime], Sequence[int]]
    begin_again: Callable[[int, datetime], None]


_kinds: dict[str, HandedOver] = {}


def register(kind: HandedOver) -> None:
    """Make a kind of work known. Called once, from the app's ``ready``."""
    _kinds[kind.name] = kind


def registered() -> list[HandedOver]:
    """All kinds by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def hand_over(start: Callable[[int], object], number: int) -> None:
    """Hand the row with this number to a task. Raises ``WorkerUnreachable`` where the queue does not answer."""
    try:
        start(number)
    except OperationalError as error:
        raise WorkerUnreachable(
            "",
            _(
                "The queue of the desk does not answer, so nothing was started. Try again in a minute; if it stays "
                "so, tell whoever runs the desk."
            ),
        ) from error
