"""O7: which lines of an unpaid order may be dropped, and why."""

from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError


class DropReason(models.TextChoices):
    """Why the buyer does without a line."""

    UNWANTED = "unwanted", _("the buyer no longer wants it")
    TWICE = "twice", _("ordered twice by mistake")
    WRONG = "wrong", _("wrong colour or size: ordered anew")
    UNAVAILABLE = "unavailable", _("cannot be had")
    PRICE = "price", _("too dear for the buyer")


class Placed(Protocol):
    """Whatever has a position in an order."""

    @property
    def position(self) -> int:
        """Its place, from 1."""


Line = TypeVar("Line", bound=Placed)


def split_lines(lines: Sequence[Line], positions: Collection[int]) -> tuple[list[Line], list[Line]]:
    """The lines that stay and those that go. Raises ``DomainError`` (O7) where that cannot be."""
    unknown = set(positions) - {line.position for line in lines}
    if unknown or not positions:
        raise DomainError("O7", _("Tick the lines to be dropped."), field="positions")
    kept = [line for line in lines if line.position not in positions]
    if not kept:
        raise DomainError(
            "O7", _("The last line cannot be dropped: close the order instead."), field="positions"
        )
    return kept, [line for line in lines if line.position in positions]
