"""O16: how far the goods of a line are, and whether it can travel."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.rules.products import SHELF_KINDS, ProductKind
from orders.states import Supply

# Where a line stands that nobody did anything about yet. Shelf goods are held instead (F5).
FIRST_STEP = {ProductKind.PROXY_PREORDER: Supply.TO_BUY, ProductKind.CUSTOM: Supply.TO_MAKE}
# Changing or refunding these needs a supervisor (P1).
BEGUN = frozenset({Supply.BOUGHT, Supply.ARRIVED, Supply.MAKING, Supply.MADE})
# The goods are here: the line is ready.
HERE = frozenset({Supply.ARRIVED, Supply.MADE})
# Nobody has got or begun them yet: they wait while their SKU is out.
NOT_COMING = (Supply.TO_BUY.value, Supply.UNAVAILABLE.value, Supply.TO_MAKE.value)


def travels(kind: str, *, virtual: bool, refunded: bool) -> bool:
    """Whether a line goes into a parcel: postage links and virtual goods do not, nor what was refunded."""
    return kind != ProductKind.POSTAGE_LINK and not virtual and not refunded


def supply_of(kind: str, supply: str) -> str:
    """How far the goods are: what was recorded, else the first step of the kind; empty for shelf goods."""
    return supply or FIRST_STEP.get(ProductKind(kind), "")


class Readiness(models.TextChoices):
    """How far a line is on its way into a parcel, in one word; beside what ``Supply`` names (F5, O16)."""

    SENT = "sent", _("shipped")
    HELD = "held", _("held")
    WAITS = "waits", _("waits for stock")


def readiness(kind: str, supply: str, *, held: bool, sent: bool, paid: bool) -> str:
    """A code of ``Readiness`` or ``Supply``; empty where there is nothing to tell: nothing is bought unpaid."""
    if sent:
        return Readiness.SENT
    if kind in SHELF_KINDS:
        return Readiness.HELD if held else Readiness.WAITS
    return supply_of(kind, supply) if paid else ""


def is_ready(kind: str, supply: str, *, held: bool) -> bool:
    """Whether a line that travels can be packed: held on the shelf, arrived from Korea, or made (O16)."""
    if kind in SHELF_KINDS:
        return held
    return supply in HERE
