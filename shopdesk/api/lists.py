"""Lists: what every one of them takes and answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shopdesk.base.listing import CURSOR_LENGTH, PAGE_SIZE, Position

MOST_ROWS = 200


class ListQuery(serializers.Serializer[Any]):
    """Where to go on, and how many rows."""

    cursor = serializers.CharField(
        required=False,
        max_length=CURSOR_LENGTH,
        help_text="`next` or `previous` of another page; nothing for the first.",
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ROWS, default=PAGE_SIZE)

    def validate_cursor(self, value: str) -> str:
        """A cursor is one that a page gave out."""
        if Position.parse(value.partition("~")[0]) is None:
            raise serializers.ValidationError(_("This cursor is none that a page of this list gave out."))
        return value


def page_of(rows: type[serializers.BaseSerializer[Any]], name: str) -> type[serializers.Serializer[Any]]:
    """The page of a list of such rows, for the schema."""
    return type(
        name,
        (serializers.Serializer,),
        {
            "__doc__": "One page, and the cursors of those around it.",
            "results": rows(many=True, read_only=True),
            "next": serializers.CharField(
                read_only=True, allow_null=True, help_text="The cursor further down the list."
            ),
            "previous": serializers.CharField(
                read_only=True, allow_null=True, help_text="The cursor back up the list."
            ),
        },
    )
