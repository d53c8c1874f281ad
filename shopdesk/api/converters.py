"""What may stand in an address of the API."""

from django.urls import register_converter
from django.urls.converters import IntConverter


class RowConverter(IntConverter):
    """The number of a row: nothing that no column of ours holds gets as far as the database."""

    regex = "[0-9]{1,18}"


register_converter(RowConverter, "row")
