"""What goes wrong with an export file as a whole, with one row of it, and with one cell (D1, D2).

Messages stay untranslated templates until somebody reads them, because a file is read by a job in one
language and its report is looked at in another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_SHOWN_VALUE = 200  # characters of a refused value kept for the report


class ExportFileError(Exception):
    """The file as a whole cannot be imported; nothing of it has been yielded (D2).

    `code` is stable and meant for programs; `message` is for people, in the reader's language.
    """

    def __init__(self, code: str, template: StrOrPromise, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.template = template
        self.parameters = parameters

    @property
    def message(self) -> str:
        """The message in the language that is active now."""
        return str(self.template) % self.parameters if self.parameters else str(self.template)


class CellRefused(ValueError):
    """One cell does not hold what its column promises; `reason` says why and how to mend it."""

    def __init__(self, reason: StrOrPromise) -> None:
        super().__init__()
        self.reason = reason


class RowRejected(Exception):
    """One row cannot be imported; the others can (D1).

    `code`: tid, oid, money, date, status, number, quantity, text, encoding or cells. `row` is the row in the
    sheet, the header being 1. `column` is the header's own text, "" where no single column is to blame.
    `value` is the cell as it stood in the file, shortened to 200 characters. `reason` is translated when
    it is turned into text.
    """

    def __init__(self, code: str, row: int, column: str, value: str, reason: StrOrPromise) -> None:
        super().__init__(code, row, column)
        self.code = code
        self.row = row
        self.column = column
        self.value = value[:MAX_SHOWN_VALUE]
        self.reason = reason


@dataclass(frozen=True)
class Refused:
    """A row that contradicts what is known: which field is to blame, the code of the reason, or its own words."""

    row: int
    field: str
    code: str
    reason: str | Promise = ""
