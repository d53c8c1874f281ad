"""S3: changing tariffs: from when on, by whom, refused when, and what stays."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shipping.models import TariffRow
from shipping.selectors import current_row, history, tariffs_at
from shipping.services import TariffChange, change_tariff, ensure_starting_tariffs
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tariffs(db: None) -> None:
    ensure_starting_tariffs()


def change(**fields: Any) -> TariffChange:
    values: dict[str, Any] = {
        "carrier": "zhongtong",
        "province": "浙江",
        "first_kg": Decimal(1),
        "first_fee": Decimal("7.00"),
        "step_kg": Decimal(1),
        "extra_fee": Decimal("3.00"),
    }
    return TariffChange(**values | fields)


def test_new_price_holds_from_now_on_and_the_old_one_before() -> None:
    manager = make_staff("manager", signature="店长")

    row = change_tariff(change(), actor=manager, now=NOW)

    key = ("zhongtong", "浙江")
    assert tariffs_at(NOW)[key].fee(Decimal("2.4")) == Decimal("13.00")
    assert tariffs_at(NOW - timedelta(seconds=1))[key].fee(Decimal("2.4")) == Decimal("10.00")
    assert tariffs_at(NOW)[key].version == str(row.pk)
    assert [(str(old.entered_by or ""), old.first_fee) for old in history(*key)] == [
        ("店长", Decimal("7.00")),
        ("", Decimal("6.00")),
    ]


def test_change_is_audited_with_before_and_after() -> None:
    change_tariff(change(), actor=make_staff("manager"), now=NOW)

    entry = AuditEntry.objects.get(action="tariff.changed")

    assert entry.subject_id == "zhongtong/浙江"
    assert (entry.before["first_fee"], entry.after["first_fee"]) == ("6.00", "7.00")


def test_price_where_there_was_none() -> None:
    change_tariff(change(carrier="yunda"), actor=make_staff("manager"), seen=0, now=NOW)

    row = current_row("yunda", "浙江", NOW)
    assert row is not None
    assert row.first_fee == Decimal("7.00")


def test_not_over_somebody_elses_change() -> None:
    seen = current_row("zhongtong", "浙江", NOW)
    assert seen is not None
    change_tariff(change(), actor=make_staff("manager"), seen=seen.pk, now=NOW)

    with pytest.raises(Conflict):
        change_tariff(
            change(first_fee=Decimal(9)),
            actor=make_staff("manager"),
            seen=seen.pk,
            now=NOW + timedelta(minutes=1),
        )

    assert len(history("zhongtong", "浙江")) == 2


@pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
def test_only_a_manager(role: str) -> None:
    before = TariffRow.objects.count()

    with pytest.raises(Forbidden):
        change_tariff(change(), actor=make_staff(role), now=NOW)

    assert TariffRow.objects.count() == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"carrier": "none"}, "S1"),
        ({"province": "火星"}, "S2"),
        ({"first_kg": Decimal(0)}, "S3"),
        ({"step_kg": Decimal(1001)}, "S3"),
        ({"first_fee": Decimal("-0.01")}, "S3"),
        ({"extra_fee": Decimal(10_001)}, "S3"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        change_tariff(change(**fields), actor=make_staff("manager"), now=NOW)

    assert refusal.value.code == code
    assert not AuditEntry.objects.exists()
