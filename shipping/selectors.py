"""Reading tariffs."""

from collections.abc import Callable
from datetime import datetime

from shipping.models import TariffRow
from shipping.rules import Tariff
from shopdesk.base.composed import Composed, Given

HISTORY_SHOWN = 20


def tariffs_at(at: datetime) -> dict[tuple[str, str], Tariff]:
    """Every tariff valid at a moment, by carrier and province, with one statement (S3)."""
    rows = (
        TariffRow.objects.filter(valid_from__lte=at)
        .order_by("carrier", "province", "-valid_from")
        .distinct("carrier", "province")
    )
    return {(row.carrier, row.province): as_tariff(row) for row in rows}


_TO_PROVINCE = Composed(
    lambda: (
        TariffRow.objects.filter(province=Given("province"), valid_from__lte=Given("at"))
        .order_by("carrier", "-valid_from")
        .distinct("carrier")
    ),
    pages=["unpaid order"],
)


def tariff_finder(at: datetime, province: str | None) -> Callable[[str, str], Tariff | None]:
    """What a quote asks: the tariff of a carrier to a province, read with one statement for the province."""
    rows = _TO_PROVINCE(province=province or "", at=at)
    found = {(row.carrier, row.province): as_tariff(row) for row in rows}
    return lambda carrier, wanted: found.get((carrier, wanted))


def as_tariff(row: TariffRow) -> Tariff:
    """The plain values of a row; its version is the row itself, which never changes."""
    return Tariff(
        carrier=row.carrier,
        province=row.province,
        first_kg=row.first_kg,
        first_fee=row.first_fee,
        step_kg=row.step_kg,
        extra_fee=row.extra_fee,
        version=str(row.pk),
    )


def current_row(carrier: str, province: str, at: datetime) -> TariffRow | None:
    """The row of a carrier to a province that is valid at a moment."""
    rows = TariffRow.objects.filter(carrier=carrier, province=province, valid_from__lte=at)
    return rows.order_by("-valid_from").first()


def history(carrier: str, province: str) -> list[TariffRow]:
    """The last prices of a carrier to a province, newest first, with who entered them: one statement."""
    rows = TariffRow.objects.filter(carrier=carrier, province=province).select_related("entered_by")
    return list(rows.order_by("-valid_from")[:HISTORY_SHOWN])


def tariffs_through_time() -> Callable[[str, str, datetime], Tariff | None]:
    """The tariff of a carrier to a province as it was at any moment, all read with one statement (S3)."""
    found: dict[tuple[str, str], list[tuple[datetime, Tariff]]] = {}
    for row in TariffRow.objects.order_by("carrier", "province", "-valid_from"):
        found.setdefault((row.carrier, row.province), []).append((row.valid_from, as_tariff(row)))

    def tariff_at(carrier: str, province: str, at: datetime) -> Tariff | None:
        rows = found.get((carrier, province), ())
        return next((tariff for valid_from, tariff in rows if valid_from <= at), None)

    return tariff_at
