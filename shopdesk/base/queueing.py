"""Handing work over to the worker."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from shopdesk.base.errors import DomainError


class WorkerUnreachable(DomainError):
    """The broker that hands work to the worker does not answer."""

    status = 503


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
