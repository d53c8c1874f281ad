"""Reading the tariff matrix: provinces by zone, carriers across (S2, S3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shipping.carriers import CARRIERS, DEFAULT_CARRIERS, Carrier
from shipping.provinces import PROVINCES, Zone, zone_of
from shipping.rules import Tariff, benefit_from, examples, may_go
from shipping.selectors import tariffs_at

ZONES: Mapping[Zone, str | Promise] = {
    Zone.CORE: _("Core"),
    Zone.MAINLAND: _("Mainland"),
    Zone.REMOTE: _("Remote"),
    Zone.HMT: _("Hong Kong, Macau, Taiwan"),
    Zone.OVERSEAS: _("Overseas"),
}


@dataclass(frozen=True)
class Cell:
    """A carrier to a province: what it costs, nothing where there is no tariff or it does not go there (S5)."""

    carrier: str
    province: str
    tariff: Tariff | None
    goes: bool = True
    default: bool = False


@dataclass(frozen=True)
class ProvinceRow:
    """A province and what each carrier takes to there."""

    province: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class ZoneGroup:
    """The provinces of a zone; ``free_from`` is what S6 asks for (CNY), None where it gives nothing."""

    zone: Zone
    title: str | Promise
    free_from: Decimal | None
    rows: Sequence[ProvinceRow]


@dataclass(frozen=True)
class Matrix:
    """All tariffs of a moment."""

    carriers: Sequence[Carrier]
    groups: Sequence[ZoneGroup]
    others: Sequence[Carrier]


def read_matrix(at: datetime, more: str = "") -> Matrix:
    """The matrix of a moment, with one statement; ``more`` is a carrier without tariffs to be shown too."""
    tariffs = tariffs_at(at)
    shown = {*DEFAULT_CARRIERS.values(), more} | {carrier for carrier, _province in tariffs}
    carriers = [carrier for code, carrier in CARRIERS.items() if code in shown]
    groups = [
        ZoneGroup(
            zone,
            title,
            benefit_from(zone),
            [_row(province, carriers, tariffs) for province in PROVINCES if zone_of(province) == zone],
        )
        for zone, title in ZONES.items()
    ]
    return Matrix(carriers, groups, [carrier for code, carrier in CARRIERS.items() if code not in shown])


def read_cell(carrier: str, province: str, tariff: Tariff | None) -> Cell:
    """One cell."""
    zone = zone_of(province)
    goes = may_go(carrier, zone)
    return Cell(carrier, province, tariff, goes=goes, default=DEFAULT_CARRIERS[zone] == carrier)


def _row(
    province: str, carriers: Sequence[Carrier], tariffs: Mapping[tuple[str, str], Tariff]
) -> ProvinceRow:
    cells = [read_cell(carrier.code, province, tariffs.get((carrier.code, province))) for carrier in carriers]
    return ProvinceRow(province, cells)


@dataclass(frozen=True)
class Effect:
    """What a parcel of ``weight`` kg costs before and after a change (CNY): the carrier's fee, the buyer's."""

    weight: Decimal
    fee_before: Decimal | None
    fee_after: Decimal
    postage_before: Decimal | None
    postage_after: Decimal


def effects(before: Tariff | None, after: Tariff) -> list[Effect]:
    """What a new tariff would change, at a few weights (S3, S4)."""
    zone = zone_of(after.province)
    old = examples(before, zone) if before else []
    return [
        Effect(
            example.weight,
            old[number].fee if old else None,
            example.fee,
            old[number].postage if old else None,
            example.postage,
        )
        for number, example in enumerate(examples(after, zone))
    ]
