"""A6: the clocks of a ticket, what they wait for, and the terms that a new shop starts with."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClockKind(models.TextChoices):
    """What is awaited (A6, A13)."""

    ANSWER = "answer", _("answer the buyer")
    DECIDE = "decide", _("decide")
    SEND_BACK = "send_back", _("send the goods back")
    INSPECT = "inspect", _("inspect the goods")
    REPAIR = "repair", _("repair")
    AGREE_VISIT = "agree_visit", _("agree on a visit")
    VISIT = "visit", _("visit")
    VISIT_REPAIR = "visit_repair", _("finish the repair on site")
    CONFIRM = "confirm", _("confirm the exchange")
    FOLLOW_UP = "follow_up", _("say whether all is well")
    PLATFORM = "platform", _("due on Taobao")


class Awaits(models.TextChoices):
    """From whom."""

    US = "us", _("us")
    BUYER = "buyer", _("the buyer")


class AtZero(models.TextChoices):
    """What happens when nobody did it in time."""

    SUPERVISOR = "supervisor", _("red flag, to the supervisor")
    ACCEPT = "accept", _("accepted where the rules allow it, else to the supervisor")
    CLOSE = "close", _("closed; the buyer may open it again")
    OFFER_RETURN = "offer_return", _("to the supervisor, return and refund offered")
    SETTLE = "settle", _("settled as done")
    FLAG = "flag", _("red flag")


@dataclass(frozen=True)
class Terms:
    """How long a clock runs and warns ahead (hours), whom it waits for, what happens at zero."""

    hours: int
    warning_hours: int
    awaits: Awaits
    at_zero: AtZero


DAY = 24
# A6's table. ``platform`` has no span of its own: the list from Taobao says when it is due; it warns twice.
STARTING_TERMS: dict[ClockKind, Terms] = {
    ClockKind.ANSWER: Terms(24, 4, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.DECIDE: Terms(48, 8, Awaits.US, AtZero.ACCEPT),
    ClockKind.SEND_BACK: Terms(10 * DAY, 48, Awaits.BUYER, AtZero.CLOSE),
    ClockKind.INSPECT: Terms(7 * DAY, 24, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.REPAIR: Terms(30 * DAY, 72, Awaits.US, AtZero.OFFER_RETURN),
    ClockKind.AGREE_VISIT: Terms(3 * DAY, 24, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.VISIT: Terms(15 * DAY, 48, Awaits.US, AtZero.SUPERVISOR),
    ClockKind.VISIT_REPAIR: Terms(30 * DAY, 72, Awaits.US, AtZero.OFFER_RETURN),
    ClockKind.CONFIRM: Terms(10 * DAY, 24, Awaits.BUYER, AtZero.SETTLE),
    ClockKind.FOLLOW_UP: Terms(7 * DAY, 0, Awaits.BUYER, AtZero.CLOSE),
    ClockKind.PLATFORM: Terms(0, 24, Awaits.US, AtZero.FLAG),
}
# A6: the platform's own due time warns once more so many hours before.
PLATFORM_LAST_WARNING_HOURS = 4
