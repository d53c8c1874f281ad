"""Searching inside short texts, Chinese ones included.

Trigrams find nothing for words of one or two characters, so the searched columns carry a GIN index over
``search_grams(text)``: every single character and every pair of neighbours, in lower case.
"""

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, TextField
from django.db.models.expressions import Combinable


class SearchGrams(Func):
    """The grams of a column, as the database function of the same name gives them."""

    function = "search_grams"
    output_field = ArrayField(TextField())

    def __init__(self, expression: str | Combinable) -> None:
        super().__init__(expression)


def grams(text: str) -> list[str]:
    """The grams that a text holding ``text`` must hold: its pairs, or the one character it is."""
    lowered = text.lower()
    if len(lowered) < 2:
        return [lowered]
    return sorted({lowered[i : i + 2] for i in range(len(lowered) - 1)})


def like_pattern(text: str) -> str:
    """``text`` as the middle of a LIKE pattern over a lower-cased column."""
    escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
