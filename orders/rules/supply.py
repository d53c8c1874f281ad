"""O16: how far the goods of a line are, and whether it can travel."""

from orders.rules.products import SHELF_KINDS, ProductKind
from orders.states import Supply

# Where a line stands that nobody did anything about yet. Shelf goods are held instead (F5).
FIRST_STEP = {ProductKind.PROXY_PREORDER: Supply.TO_BUY, ProductKind.CUSTOM: Supply.TO_MAKE}
# Changing or refunding these needs a supervisor (P1).
BEGUN = frozenset({Supply.BOUGHT, Supply.ARRIVED, Supply.MAKING, Supply.MADE})
# The goods are here: the line is ready.
HERE = frozenset({Supply.ARRIVED, Supply.MADE})


def travels(kind: str, *, virtual: bool, refunded: bool) -> bool:
    """Whether a line goes into a parcel: postage links and virtual goods do not, nor what was refunded."""
    return kind != ProductKind.POSTAGE_LINK and not virtual and not refunded


def supply_of(kind: str, supply: str) -> str:
    """How far the goods are: what was recorded, else the first step of the kind; empty for shelf goods."""
    return supply or FIRST_STEP.get(ProductKind(kind), "")


def is_ready(kind: str, supply: str, *, held: bool) -> bool:
    """Whether a line that travels can be packed: held on the shelf, arrived from Korea, or made (O16)."""
    if kind in SHELF_KINDS:
        return held
    return supply in HERE
