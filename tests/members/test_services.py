"""M2, M4: tables of tiers and where a spend stands."""

from datetime import timedelta
from decimal import Decimal

import pytest

from members.models import TierVersion
from members.rules import STARTING_TIERS, Tier
from members.selectors import standing_in, standing_of, tiers_at
from members.services import Spent, change_tiers, ensure_starting_tiers, record_spend
from shopdesk.base.errors import Conflict, DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_buyer, make_staff

pytestmark = pytest.mark.django_db
SILVER = Tier(Decimal("2000.00"), Decimal("0.97"), "银")


def test_new_table_is_valid_from_now_and_the_old_one_before() -> None:
    ensure_starting_tiers()

    table = change_tiers([SILVER], actor=make_staff("manager"), now=NOW)

    assert tiers_at(NOW).tiers == (SILVER,)
    assert tiers_at(NOW).version == str(table.pk)
    assert tiers_at(NOW - timedelta(seconds=1)).tiers == STARTING_TIERS.tiers
    entry = AuditEntry.objects.get(action="tiers.changed")
    assert entry.before["初级"] == "1000.00 × 0.950"
    assert entry.after == {"银": "2000.00 × 0.97"}


def test_table_without_tiers_gives_nobody_a_discount() -> None:
    ensure_starting_tiers()

    change_tiers([], actor=make_staff("manager"), now=NOW)

    assert tiers_at(NOW).tiers == ()
    assert standing_in(Decimal(50_000), tiers_at(NOW)).tier is None


@pytest.mark.parametrize(
    "tiers",
    [
        [SILVER, Tier(Decimal(1000), Decimal("0.95"), "初级")],
        [SILVER, Tier(Decimal(3000), Decimal("0.98"), "金")],
        [SILVER, Tier(Decimal(3000), Decimal("0.95"), "银")],
        [Tier(Decimal(0), Decimal("0.95"), "初级")],
        [Tier(Decimal(100), Decimal(0), "初级")],
        [Tier(Decimal(100), Decimal("1.01"), "初级")],
    ],
)
def test_tiers_that_do_not_step_are_refused(tiers: list[Tier]) -> None:
    ensure_starting_tiers()

    with pytest.raises(DomainError) as refusal:
        change_tiers(tiers, actor=make_staff("manager"), now=NOW)

    assert refusal.value.code == "M4"
    assert TierVersion.objects.count() == 1


def test_only_a_manager_and_nobody_over_somebody_elses_change() -> None:
    ensure_starting_tiers()
    seen = tiers_at(NOW).version
    with pytest.raises(Forbidden):
        change_tiers([SILVER], actor=make_staff("supervisor"), now=NOW)
    change_tiers([SILVER], actor=make_staff("manager"), now=NOW, seen=seen)

    with pytest.raises(Conflict):
        change_tiers([], actor=make_staff("manager"), now=NOW + timedelta(minutes=1), seen=seen)

    assert tiers_at(NOW + timedelta(hours=1)).tiers == (SILVER,)


@pytest.mark.parametrize(
    ("spend", "tier", "following", "missing"),
    [
        ("999.99", None, "初级", "0.01"),
        ("1000.00", "初级", "中级", "9000.00"),
        ("20000.00", "高级", None, "0.00"),
    ],
)
def test_standing(spend: str, tier: str | None, following: str | None, missing: str) -> None:
    standing = standing_in(Decimal(spend), STARTING_TIERS)

    assert (standing.tier and standing.tier.name) == tier
    assert (standing.next_tier and standing.next_tier.name) == following
    assert standing.missing == Decimal(missing)


def test_standing_of_a_buyer_costs_two_statements(django_assert_num_queries: object) -> None:
    ensure_starting_tiers()
    make_buyer("小肥")
    record_spend([Spent("小肥", "order", "1", Decimal("1204.50"), NOW)])
    buyer = make_buyer("小肥")

    with django_assert_num_queries(2):  # type: ignore[operator]
        standing = standing_of(buyer, NOW)

    assert standing.missing == Decimal("8795.50")
