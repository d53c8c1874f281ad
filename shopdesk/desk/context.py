"""What every page needs for its frame."""

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, object]:
    return {}
