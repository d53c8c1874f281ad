"""Lists of many keys travel as one array: what takes each value by itself spends more on writing than on finding."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import BigIntegerField, CharField, Field, ForeignObject, TextField
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In

# So many values make a list long: fewer are written one by one, as Django does.
_MANY = 100
_LARGEST = 2**63 - 1  # that a column of keys can be compared with


def text_array(texts: Iterable[str]) -> str:
    """An array as PostgreSQL reads it, given as one value where an array is wanted: ``= ANY (%s)``, ``%s::text[]``.

    psycopg, given a list, looks for how to write each of its values. Numbers and times go as ``str`` of each.
    """
    listed = list(texts)
    if not listed:
        return "{}"
    together = "".join(listed)
    if '"' in together or "\\" in together:
        listed = [text.replace("\\", "\\\\").replace('"', '\\"') for text in listed]
    return '{"' + '","'.join(listed) + '"}'


class _OneArray:
    """``IN`` a long list of texts or whole numbers is ``= ANY`` of one array: the same plan, the same rows."""

    lhs: Any
    rhs: Any

    def get_prep_lookup(self) -> Any:
        """The values; a long list needs no look at each."""
        return list(self.rhs) if self._is_long() else super().get_prep_lookup()  # type: ignore[misc]

    def process_rhs(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """One placeholder with one value."""
        if self._is_long():
            return "%s", [text_array(dict.fromkeys(map(str, self.rhs)))]
        written: tuple[str, Any] = super().process_rhs(compiler, connection)  # type: ignore[misc]
        return written

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        """``IN (%s, …)`` or ``= ANY (%s)``."""
        if rhs == "%s":
            return "= ANY (%s)"
        operator: str = super().get_rhs_op(connection, rhs)  # type: ignore[misc]
        return operator

    def _is_long(self) -> bool:
        values = self.rhs
        if not isinstance(values, Collection) or len(values) < _MANY:
            return False
        field = getattr(self.lhs, "output_field", None)
        field = getattr(field, "target_field", field)
        kinds = set(map(type, values))
        if isinstance(field, CharField | TextField):
            return kinds == {str}
        return isinstance(field, BigIntegerField) and kinds == {int} and max(map(abs, values)) <= _LARGEST


@Field.register_lookup
class InArray(_OneArray, In):
    """``field__in=[…]``."""


@ForeignObject.register_lookup
class RelatedInArray(_OneArray, RelatedIn):
    """``relation__in=[…]`` of keys."""
