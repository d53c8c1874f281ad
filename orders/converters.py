"""What may stand in an address about orders."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class TidConverter(StringConverter):
    """An order number: nothing else gets as far as the database."""

    regex = "[0-9A-Za-z-]{1,32}"


register_converter(TidConverter, "tid")
