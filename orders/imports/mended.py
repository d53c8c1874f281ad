"""Rejected rows written back as a file that can be mended in a spreadsheet and imported again (D1, D3)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

REASON_COLUMN = "未导入原因"  # Chinese in every language, as all columns of an export are; imports ignore it
RUN_BY_SPREADSHEETS = tuple("=+-@＝＋－＠\t\r")
# ="35010000000000001" is how the platform keeps a spreadsheet from rounding a number; it runs nothing.
_LITERAL = re.compile(r'\s*="[^"]*"\s*')


def mended_csv(names: Sequence[str], rejected: Iterable[tuple[Sequence[str], str]]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with byte order mark, in pieces: the file's own columns and one with the reason.

    `names` are the header's column names, each row its raw cells with the reason why it was rejected. Mended
    rows read exactly as they would have in the first file. A row with more cells than the header keeps them,
    to the right of the reason.
    """
    width = len(names)
    if names and names[-1] == REASON_COLUMN:  # what is mended may be rejected once more
        width -= 1
    yield b"\xef\xbb\xbf" + _line([*names[:width], REASON_COLUMN])
    for cells, reason in rejected:
        own = [*cells[:width], *[""] * (width - len(cells))]
        beyond = list(cells[len(names) :])
        yield _line([*own, reason, *(beyond if any(beyond) else ())])


def defused(cell: str) -> str:
    """The cell with a `'` in front where a spreadsheet would run it; reading takes it off again."""
    runs = cell.startswith(RUN_BY_SPREADSHEETS) or cell.lstrip().startswith(RUN_BY_SPREADSHEETS)
    return f"'{cell}" if runs and not _LITERAL.fullmatch(cell) else cell


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([defused(cell) for cell in cells])
    return line.getvalue().encode("utf-8", "replace")
