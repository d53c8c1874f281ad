"""N1, N3: which flags may be set, and what a red one must say."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError, VersionConflict
from shopdesk.base.permissions import Role

GREY, RED, BLUE = 0, 1, 4
# N1: Taobao knows six colours, the shop uses these three.
COLOURS_IN_USE = (GREY, RED, BLUE)
LABEL_LENGTH = 24

# N3: whose red flags a role looks after.
ADDRESSED_TO: Mapping[str, tuple[str, ...]] = {
    Role.WAREHOUSE: ("warehouse",),
    Role.SUPERVISOR: ("supervisor",),
    Role.AGENT: ("agent", "next_shift"),
    Role.MANAGER: (),
}


def is_for(role: str, addressee: str) -> bool:
    """Whether a flag is for a role to acknowledge; one without an addressee is for nobody."""
    return addressee in ADDRESSED_TO[role]


def check_colour(colour: int) -> None:
    """Raises ``DomainError`` (N1) for a colour that the shop does not use."""
    if colour not in COLOURS_IN_USE:
        raise DomainError(
            "N1", _("The shop does not use this colour. Choose grey, red or blue."), field="seller_flag"
        )


def check_label(label: str) -> None:
    """Raises ``DomainError`` (N1) for a label that cannot be kept."""
    if len(label) > LABEL_LENGTH:
        raise DomainError(
            "N1",
            _("A label holds %(most)s characters, this one has %(length)s. Say the rest in the note.")
            % {"most": LABEL_LENGTH, "length": len(label)},
            field="label",
        )
    if "\x00" in label:
        raise DomainError("N1", _("The text holds a character that cannot be stored."), field="label")


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


def check_unchanged(seen: int | None, current: int | None, *, order: str) -> None:
    """Raises ``VersionConflict`` (T5) when another flag stands than the one (its id, if any) that was seen."""
    if seen != current:
        raise VersionConflict(
            "T5",
            _("Somebody changed this flag since you opened it. Look at it as it is now, then try again."),
            subject=("order", order),
            stands={"seen_flag": current},
        )


def waits_for_its_addressee(colour: int, set_by: int | None, acknowledged_at: datetime | None) -> bool:
    """Whether this is a person's red flag that nobody acknowledged yet.

    **Our reading:** what it says is lost if it is taken away unread. Neither the desk nor somebody who acts on many
    orders at once replaces it.
    """
    return colour == RED and set_by is not None and acknowledged_at is None


def check_replaceable_unread(
    colour: int, set_by: int | None, acknowledged_at: datetime | None, actor: int
) -> None:
    """Raises ``DomainError`` (N3) for a red flag that waits for its addressee, unless it is one's own."""
    if waits_for_its_addressee(colour, set_by, acknowledged_at) and set_by != actor:
        raise DomainError(
            "N3",
            _("A red flag by somebody else waits here to be acknowledged. Open the order and read it first."),
        )
