"""One row of a sheet, wherever it comes from, and what may keep it from being read (D1)."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Problem(Enum):
    """Why the cells of a row could not be read."""

    ENCODING = auto()
    OPEN_QUOTE = auto()
    TOO_LONG = auto()
    UNREADABLE = auto()
    TOO_MANY_CELLS = auto()

    @property
    def code(self) -> str:
        """The code of the rejection."""
        return "encoding" if self is Problem.ENCODING else "cells"

    @property
    def reason(self) -> StrOrPromise:
        """What to do about it, translated when it is turned into text."""
        return _REASONS[self]


_REASONS: dict[Problem, StrOrPromise] = {
    Problem.ENCODING: _("The row holds bytes that are no text in the file's encoding: export it again."),
    Problem.OPEN_QUOTE: _("A quotation mark in this row is never closed: close it, or delete it."),
    Problem.TOO_LONG: _("The row is longer than 128 KiB: no row of an export is."),
    Problem.UNREADABLE: _("The row is not valid CSV: look for stray line breaks and quotation marks."),
    Problem.TOO_MANY_CELLS: _("The row has more cells than the header: put text that has commas in quotes."),
}


class SheetRow(NamedTuple):
    """A row of a sheet. `number` is the row in the sheet, the header being 1; `cells` are raw.

    With a `problem`, `cells` is what could be saved of the row, to be shown and mended.
    """

    number: int
    cells: list[str]
    problem: Problem | None = None
