"""S1–S6: who carries, what it costs, and what the shop gives, as decisions on plain values."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from django.utils.translation import gettext_lazy as _

from shipping.carriers import DEFAULT_CARRIERS
from shipping.provinces import Zone
from shopdesk.base.errors import DomainError
from shopdesk.base.money import ZERO, quantize

# S6, in one place (CNY of payable goods).
FREE_FROM = {Zone.CORE: Decimal(500), Zone.MAINLAND: Decimal(1000)}
REMOTE_REBATE_FROM = Decimal(1000)
REMOTE_REBATE = Decimal("10.00")
# S8: shelf goods go first without being asked, and both parcels may be free.
TWO_FREE_FROM = Decimal(3000)
# S7: orders add up in these zones.
JOINING_ZONES = frozenset({Zone.CORE, Zone.MAINLAND})
# S4: the one carrier whose extra weight the shop pays, but not to remote provinces.
SHOP_PAYS_EXTRA_WEIGHT = "zhongtong"


@dataclass(frozen=True)
class Tariff:
    """What a carrier charges to a province: first weight and fee, then each step (kg, CNY) (S3)."""

    carrier: str
    province: str
    first_kg: Decimal
    first_fee: Decimal
    step_kg: Decimal
    extra_fee: Decimal
    version: str = ""

    def steps(self, weight: Decimal | None) -> int:
        """How many steps a weight (kg) goes past the first weight; an unknown weight is the first weight."""
        if weight is None or weight <= self.first_kg:
            return 0
        return int(((weight - self.first_kg) / self.step_kg).to_integral_value(rounding=ROUND_CEILING))

    def fee(self, weight: Decimal | None) -> Decimal:
        """What the carrier charges for a parcel of this weight (kg), in CNY (S3)."""
        return quantize(self.first_fee + self.steps(weight) * self.extra_fee)


def choose_carrier(zone: Zone, asked: str | None) -> str:
    """The carrier asked for, else the zone's own (S1). Raises ``DomainError`` (S5) where it may not go there."""
    default = DEFAULT_CARRIERS[zone]
    carrier = asked or default
    if zone == Zone.HMT and carrier != default:
        raise DomainError("S5", _("To Hong Kong, Macau and Taiwan only shunfeng goes."), field="carrier")
    if zone == Zone.OVERSEAS and carrier != default:
        raise DomainError("S5", _("To a foreign address only EMS goes."), field="carrier")
    return carrier


def buyer_pays_extra_weight(carrier: str, zone: Zone) -> bool:
    """S4."""
    return carrier != SHOP_PAYS_EXTRA_WEIGHT or zone == Zone.REMOTE


def postage(tariff: Tariff, zone: Zone, weight: Decimal | None) -> Decimal:
    """What the buyer pays for one parcel before any benefit (CNY) (S3, S4)."""
    if buyer_pays_extra_weight(tariff.carrier, zone):
        return tariff.fee(weight)
    return quantize(tariff.first_fee)


def benefit_from(zone: Zone) -> Decimal | None:
    """From what amount of goods (CNY) on the shop gives something, None where it never does (S6)."""
    return REMOTE_REBATE_FROM if zone == Zone.REMOTE else FREE_FROM.get(zone)


def is_free(zone: Zone, goods: Decimal) -> bool:
    """Whether goods of this amount (CNY) travel free on the default carrier (S6)."""
    threshold = FREE_FROM.get(zone)
    return threshold is not None and goods >= threshold


def rebate(zone: Zone, goods: Decimal) -> Decimal:
    """What S6 takes off the postage of one order to a remote province (CNY)."""
    return REMOTE_REBATE if zone == Zone.REMOTE and goods >= REMOTE_REBATE_FROM else ZERO


# S3: the weights (kg) at which a price is shown before and after a change.
EXAMPLE_WEIGHTS = (Decimal(1), Decimal("2.4"), Decimal(5))


@dataclass(frozen=True)
class Example:
    """What a parcel of ``weight`` kg costs by a tariff (CNY): what the carrier takes, what the buyer pays."""

    weight: Decimal
    fee: Decimal
    postage: Decimal


def examples(tariff: Tariff, zone: Zone) -> list[Example]:
    """A tariff at a few weights (S3, S4)."""
    return [Example(weight, tariff.fee(weight), postage(tariff, zone, weight)) for weight in EXAMPLE_WEIGHTS]


def may_go(carrier: str, zone: Zone) -> bool:
    """Whether a carrier goes to a zone at all (S5)."""
    try:
        choose_carrier(zone, carrier)
    except DomainError:
        return False
    return True
