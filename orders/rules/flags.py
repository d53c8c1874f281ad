"""N1, N3: which flags may be set, and what a red one must say."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

GREY, RED, BLUE = 0, 1, 4
# N1: Taobao knows six colours, the shop uses these three.
COLOURS_IN_USE = (GREY, RED, BLUE)


def check_colour(colour: int) -> None:
    """Raises ``DomainError`` (N1) for a colour that the shop does not use."""
    if colour not in COLOURS_IN_USE:
        raise DomainError(
            "N1", _("The shop does not use this colour. Choose grey, red or blue."), field="seller_flag"
        )


def check_red(
    colour: int, label: str, text: str, addressee: str, until: datetime | None, now: datetime
) -> None:
    """Raises ``DomainError`` (N3) for a red flag without its why, note, addressee or a time still to come."""
    if colour != RED:
        return
    if not label.strip():
        raise DomainError("N3", _("A red flag says why: give it a short label."), field="label")
    if not text.strip():
        raise DomainError("N3", _("A red flag cannot be set without a note."), field="text")
    if not addressee:
        raise DomainError("N3", _("A red flag is for somebody: choose for whom."), field="addressee")
    if until is None:
        raise DomainError("N3", _("A red flag stands until some time: choose until when."), field="until")
    if until <= now:
        raise DomainError("N3", _("This time is past: choose one still to come."), field="until")
