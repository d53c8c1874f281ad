"""Reading cells by the name of their column, in lists whose headers vary (D1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from orders.imports.cells import clean
from orders.imports.errors import CellRefused, ExportFileError, RowRejected
from orders.imports.sheets import SheetRow

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Value = TypeVar("Value")


class NamedColumns:
    """Where a file has each field: ``known`` names the headers of each, the likeliest first.

    Raises ``ExportFileError`` (``not_export``, with ``refusal`` saying which ``%(columns)s``) where a needed one is
    missing. ``code`` is the code of its rejections.
    """

    def __init__(
        self,
        header: Sequence[str],
        known: Mapping[str, tuple[str, ...]],
        *,
        needed: Sequence[str],
        refusal: StrOrPromise,
        code: str,
    ) -> None:
        names = [clean(cell) for cell in header]
        self.names = names
        self._code = code
        self._places: dict[str, int] = {}
        for field, own in known.items():
            place = next((names.index(name) for name in own if name in names), None)
            if place is not None:
                self._places[field] = place
        missing = [known[field][0] for field in needed if field not in self._places]
        if missing:
            raise ExportFileError("not_export", refusal, columns="、".join(missing))

    def read(self, row: SheetRow, field: str, reader: Callable[[str], Value]) -> Value | None:
        """A cell's value, nothing where the file has no such column; raises ``RowRejected``."""
        if field not in self._places:
            return None
        try:
            return reader(self._cell(row, field))
        except CellRefused as refusal:
            raise self.rejected(row, field, refusal.reason) from None

    def rejected(self, row: SheetRow, field: str, reason: StrOrPromise) -> RowRejected:
        """The rejection of a row because of one of its cells."""
        name = self.names[self._places[field]]
        return RowRejected(self._code, row.number, name, self._cell(row, field), reason)

    def _cell(self, row: SheetRow, field: str) -> str:
        place = self._places[field]
        return row.cells[place] if place < len(row.cells) else ""
